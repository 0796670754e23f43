/* What receivers of mail read out of TXT records: SPF (RFC 7208), DKIM keys (RFC 6376), DMARC policies (RFC 7489).  Nothing here
 * keeps a name from being answered, so all of it only warns. */
#include "shared/rrcheck_priv.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SPF_LOOKUPS_MAX = 10 };

/* ---- SPF */

typedef struct {
    bool lookup;   /* counts towards the ten */
    bool modifier; /* name=value */
    enum { ARG_NONE, ARG_DOMAIN, ARG_MAY, ARG_IP4, ARG_IP6 } arg;
    const char *name;
} term_t;
static const term_t TERMS[] = {
    {false, false, ARG_NONE, "all"}, {true, false, ARG_DOMAIN, "include"}, {true, false, ARG_MAY, "a"},
    {true, false, ARG_MAY, "mx"},    {true, false, ARG_MAY, "ptr"},        {false, false, ARG_IP4, "ip4"},
    {false, false, ARG_IP6, "ip6"},  {true, false, ARG_DOMAIN, "exists"},  {true, true, ARG_DOMAIN, "redirect"},
    {false, true, ARG_DOMAIN, "exp"}};

/* A number up to max, all of text. */
static bool number_to(const char *text, unsigned long max)
{
    return text[0] != '\0' && strlen(text) <= 4 && text[strspn(text, "0123456789")] == '\0' && strtoul(text, NULL, 10) <= max;
}

static bool network_ok(const char *text, int family, unsigned long bits)
{
    uint8_t address[16];
    AUTO_FREE char *copy = auto_strdup(text);
    char *slash = strchr(copy, '/');
    if (slash != NULL)
        *slash = '\0';
    return inet_pton(family, copy, address) == 1 && (slash == NULL || number_to(slash + 1, bits));
}

/* [domain] [/bits][//bits]; a domain has a dot or a macro. */
static bool domain_ok(const char *text, size_t len)
{
    return len > 0 && (memchr(text, '.', len) != NULL || memchr(text, '%', len) != NULL) && text[0] != '.';
}

static bool optional_ok(const char *arg)
{
    size_t domain = strcspn(arg, "/");
    if (arg[0] == ':' ? !domain_ok(arg + 1, domain - 1) : domain > 0)
        return false;
    const char *bits = arg + domain;
    if (bits[0] == '\0')
        return true;
    AUTO_FREE char *four = auto_strdup(bits[1] == '/' ? "" : bits + 1);
    const char *six = strstr(bits, "//");
    if (bits[1] != '/' && strchr(four, '/') != NULL)
        *strchr(four, '/') = '\0';
    return (bits[1] == '/' || number_to(four, 32)) && (six == NULL || number_to(six + 2, 128));
}

static bool arg_ok(const term_t *term, const char *arg)
{
    switch (term->arg) {
    case ARG_NONE: return arg[0] == '\0';
    case ARG_DOMAIN: return (arg[0] == ':' || arg[0] == '=') && domain_ok(arg + 1, strlen(arg + 1));
    case ARG_MAY: return optional_ok(arg);
    case ARG_IP4: return arg[0] == ':' && network_ok(arg + 1, AF_INET, 32);
    case ARG_IP6: return arg[0] == ':' && network_ok(arg + 1, AF_INET6, 128);
    }
    return false;
}

/* NULL: understood.  *ret_term: NULL for an unknown modifier, which receivers skip. */
static const char *read_term(const char *word, const term_t **ret_term)
{
    const char *name = word + (strchr("+-~?", word[0]) != NULL ? 1 : 0);
    size_t len = strcspn(name, ":=/");
    *ret_term = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(TERMS); i++) {
        if (strlen(TERMS[i].name) == len && strncasecmp(TERMS[i].name, name, len) == 0)
            *ret_term = &TERMS[i];
    }
    if (*ret_term == NULL)
        return name[len] == '=' && name == word && len > 0 ? NULL : "is no term of SPF";
    if ((*ret_term)->modifier ? name[len] != '=' || name != word : name[len] == '=')
        return "is not written so";
    return arg_ok(*ret_term, name + len) ? NULL : "has no valid argument";
}

bool rrcheck_mail_spf(const zonedata_rr_t *rr, const char *text, problem_list_t *problems)
{
    if (strncasecmp(text, "v=spf1", 6) != 0 || (text[6] != ' ' && text[6] != '\0'))
        return rrcheck_fault(rr, problems, RULE_SPF_SYNTAX, "SPF record \"%s\" does not begin with \"v=spf1 \"", rr->label);
    AUTO_FREE char *copy = auto_strdup(text + 6);
    const char *all = NULL, *why = NULL, *word = NULL;
    size_t lookups = 0, redirects = 0;
    char *save = NULL;
    for (char *next = strtok_r(copy, " ", &save); next != NULL && why == NULL; next = strtok_r(NULL, " ", &save)) {
        const term_t *term = NULL;
        word = next;
        why = read_term(word, &term);
        if (term == NULL)
            continue;
        lookups += term->lookup ? 1 : 0;
        redirects += strcmp(term->name, "redirect") == 0 ? 1 : 0;
        if (why == NULL && all != NULL && !term->modifier)
            why = "stands behind \"all\" and is never reached";
        if (why == NULL && redirects > 1)
            why = "stands twice";
        if (strcmp(term->name, "all") == 0)
            all = word;
    }
    bool ok = why == NULL || rrcheck_fault(rr, problems, RULE_SPF_SYNTAX, "term \"%.100s\" of SPF record \"%s\" %s", word,
                                           rr->label, why);
    return (lookups <= SPF_LOOKUPS_MAX || rrcheck_fault(rr, problems, RULE_SPF_LOOKUPS,
                                                        "SPF record \"%s\" causes at least %zu look-ups, %d are allowed",
                                                        rr->label, lookups, SPF_LOOKUPS_MAX)) &&
           ok;
}

/* ---- tag lists: name=value; name=value */

enum { TAGS_MAX = 30 };
typedef struct { char *copy; size_t count; struct { const char *name, *value; } tags[TAGS_MAX]; const char *bad; } tags_t;

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

static void tags_read(tags_t *tags, const char *text)
{
    *tags = (tags_t){.copy = auto_strdup(text)};
    char *save = NULL;
    for (char *part = strtok_r(tags->copy, ";", &save); part != NULL; part = strtok_r(NULL, ";", &save)) {
        char *name = trim(part), *equals = strchr(name, '=');
        if (name[0] == '\0')
            continue;
        if (equals == NULL || tags->count == TAGS_MAX) {
            tags->bad = name;
            return;
        }
        *equals = '\0';
        tags->tags[tags->count].name = trim(name);
        tags->tags[tags->count++].value = trim(equals + 1);
    }
}

static const char *tag_value(const tags_t *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (strcasecmp(tags->tags[i].name, name) == 0)
            return tags->tags[i].value;
    }
    return NULL;
}

static bool is_one_of(const char *value, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcasecmp(value, *list) == 0)
            return true;
    }
    return false;
}

/* ---- DKIM */

static bool base64_ok(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"), pad = 0;
    for (text += n; *text != '\0'; text++) {
        if (*text == ' ' || *text == '\t')
            continue; /* folded */
        if (*text == '=')
            pad++;
        else if (pad > 0 || (!isalnum((unsigned char)*text) && *text != '+' && *text != '/'))
            return false;
        n++;
    }
    return n % 4 == 0 && pad <= 2;
}

bool rrcheck_mail_dkim(const zonedata_rr_t *rr, const char *text, problem_list_t *problems)
{
    static const char *const keys[] = {"rsa", "ed25519", NULL};
    tags_t tags;
    tags_read(&tags, text);
    AUTO_FREE char *copy = tags.copy;
    const char *version = tag_value(&tags, "v"), *key = tag_value(&tags, "p"), *kind = tag_value(&tags, "k");
    const char *why = tags.bad != NULL                                           ? "is not a list of tags"
                      : version != NULL && strcmp(version, "DKIM1") != 0         ? "has a version other than DKIM1"
                      : version != NULL && strcasecmp(tags.tags[0].name, "v") != 0 ? "does not have v= as its first tag"
                      : key == NULL                                              ? "has no key (p=)"
                      : kind != NULL && !is_one_of(kind, keys)                   ? "has an unknown key type (k=)"
                      : !base64_ok(key)                                          ? "has a key (p=) that is not base64"
                                                                                 : NULL;
    return why == NULL || rrcheck_fault(rr, problems, RULE_DKIM_KEY, "DKIM record \"%s\" %s", rr->label, why);
}

/* ---- DMARC */

static bool uris_ok(const char *list)
{
    AUTO_FREE char *copy = auto_strdup(list);
    char *save = NULL;
    for (char *uri = strtok_r(copy, ",", &save); uri != NULL; uri = strtok_r(NULL, ",", &save)) {
        if (strchr(trim(uri), ':') == NULL)
            return false;
    }
    return true;
}

bool rrcheck_mail_dmarc(const zonedata_rr_t *rr, const char *text, problem_list_t *problems)
{
    static const char *const policies[] = {"none", "quarantine", "reject", NULL};
    static const char *const modes[] = {"r", "s", NULL};
    tags_t tags;
    tags_read(&tags, text);
    AUTO_FREE char *copy = tags.copy;
    const char *policy = tag_value(&tags, "p"), *below = tag_value(&tags, "sp"), *percent = tag_value(&tags, "pct");
    const char *rua = tag_value(&tags, "rua"), *ruf = tag_value(&tags, "ruf");
    const char *dkim = tag_value(&tags, "adkim"), *spf = tag_value(&tags, "aspf");
    bool version = tags.count > 0 && strcasecmp(tags.tags[0].name, "v") == 0 && strcmp(tags.tags[0].value, "DMARC1") == 0;
    const char *why = !version                                               ? "does not begin with v=DMARC1"
                      : tags.bad != NULL                                     ? "is not a list of tags"
                      : policy == NULL                                       ? "has no policy (p=)"
                      : !is_one_of(policy, policies)                         ? "has an unknown policy (p=)"
                      : below != NULL && !is_one_of(below, policies)         ? "has an unknown policy for subdomains (sp=)"
                      : percent != NULL && !number_to(percent, 100)          ? "has a percentage (pct=) that is not 0 to 100"
                      : (rua != NULL && !uris_ok(rua)) || (ruf != NULL && !uris_ok(ruf))
                          ? "has a report address that is no URI (mailto:...)"
                      : (dkim != NULL && !is_one_of(dkim, modes)) || (spf != NULL && !is_one_of(spf, modes))
                          ? "has an alignment (adkim=, aspf=) other than r and s"
                          : NULL;
    return why == NULL || rrcheck_fault(rr, problems, RULE_DMARC_POLICY, "DMARC record \"%s\" %s", rr->label, why);
}

/* The SOA record: its fields are fields of the version, kept as the user wrote them. */
#include "shared/zonetext_parser.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One of the SOA's five numbers, as the user wrote it. */
static char *soa_number(zonetext_parser_t *p, const zonetext_head_t *head, size_t field, const char *what)
{
    uint32_t seconds;
    const rrline_word_t *word = &p->line.words[head->rdata + field];
    char *text = zonetext_word(p, word);
    if (rr_ttl_from_text(text, &seconds))
        return text;
    problem_t *problem = zonetext_fault(p, word->pos, ERR_TTL_ZI_PARSE, false, "SOA %s \"%.40s\" is not a time (seconds, or like 1h30m)",
                                        what, text);
    AUTO_FREE char *zi_field = auto_printf("soa_%s", what);
    problem_key(problem, "zi_field", zi_field);
    problem_key(problem, "value", text);
    free(text);
    return NULL;
}

static char *soa_name(zonetext_parser_t *p, const zonetext_head_t *head, size_t field, const char *what)
{
    char name[DNAME_TEXT];
    const rrline_word_t *word = &p->line.words[head->rdata + field];
    AUTO_FREE char *text = zonetext_word(p, word);
    if (dname_absolute(text, p->origin, name) != ERR_OK) {
        problem_t *problem = zonetext_fault(p, word->pos, ERR_RDATA_PARSE, false, "SOA %s \"%.300s\" is not a domain name", what, text);
        problem_key(problem, "rdata_thing", text);
        return NULL;
    }
    bool mailbox = field == 1;
    if (mailbox ? !dname_is_mailbox(name) : !dname_is_hostname(name, false) && strcmp(name, ".") != 0) {
        problem_t *problem = zonetext_fault(p, word->pos, ERR_BAD_NAME_RDATA, false, "SOA %s \"%s\" is not a %s name", what, name,
                                            mailbox ? "mailbox's" : "host");
        if (mailbox)
            problem->hint = auto_strdup(rule_row(RULE_MAILBOX)->hint);
        problem_key(problem, "rdata_thing", text);
        problem_key(problem, "bad_name", name);
        return NULL;
    }
    return auto_strdup(name);
}

static bool soa_serial(zonetext_parser_t *p, const zonetext_head_t *head, uint32_t *ret_serial)
{
    const rrline_word_t *word = &p->line.words[head->rdata + 2];
    AUTO_FREE char *text = zonetext_word(p, word);
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    bool number = isdigit((unsigned char)text[0]) && *end == '\0';
    if (number && errno == 0 && n > 0 && n <= UINT32_MAX) {
        *ret_serial = (uint32_t)n;
        return true;
    }
    problem_t *problem =
        zonetext_fault(p, word->pos, number ? ERR_SOA_SERIAL_RANGE : ERR_SOA_SERIAL_MUST_BE_INTEGER, false,
                       "SOA serial \"%.40s\" is not %s", text, number ? "in range" : "an integer");
    problem->hint = auto_strdup("1 to 4294967295");
    problem_key(problem, "soa_serial_thing", text);
    return false;
}

void zonetext_soa(zonetext_parser_t *p, const zonetext_head_t *head)
{
    zonedata_soa_t *soa = &p->data->soa;
    size_t fields = p->line.word_count - head->rdata;
    if (p->soa_seen) {
        zonetext_fault(p, p->line.pos, ERR_ZONE_ALREADY_HAS_SOA_RECORD, false, "second SOA record");
        return;
    }
    p->soa_seen = true;
    soa->line = p->line.pos.line;
    soa->col = p->line.pos.col;
    if (fields != 7) {
        problem_t *problem = zonetext_fault(p, zonetext_rdata_pos(p, head), ERR_NOT_7_VALUES_SOA_PARSE, false, "SOA record has %zu fields, not 7",
                                            fields);
        problem_key_int(problem, "num_soa_rdata_values", (int64_t)fields);
        return;
    }
    if (p->flags.disable)
        zonetext_fault(p, p->flags.pos, ERR_ZI_TEXT_PARSE, false, "the SOA record cannot be disabled");
    soa->mname = soa_name(p, head, 0, "mname");
    soa->rname = soa_name(p, head, 1, "rname");
    soa->has_serial = soa_serial(p, head, &soa->serial);
    soa->refresh = soa_number(p, head, 3, "refresh");
    soa->retry = soa_number(p, head, 4, "retry");
    soa->expire = soa_number(p, head, 5, "expire");
    soa->minimum = soa_number(p, head, 6, "minimum");
    soa->soa_ttl = head->has_ttl ? zonetext_word(p, &head->ttl_word) : NULL;
    soa->comment = p->rr_comment.text;
    p->rr_comment.text = NULL;
    soa->reference = p->flags.reference;
    p->flags.reference = NULL;
    p->data->has_soa = soa->mname && soa->rname && soa->has_serial && soa->refresh && soa->retry && soa->expire &&
                       soa->minimum;
}

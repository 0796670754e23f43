/* One record: owner, TTL, class and type are told apart here, so that each fault has its own code and place; names and
 * rdata are libzscanner's. */
#include "shared/rrcheck.h"
#include "shared/rrplain.h"
#include "shared/rrscan.h"
#include "shared/zonetext_parser.h"
#include <ctype.h>
#include <libknot/dname.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool word_is(const zonetext_parser_t *p, const rrline_word_t *word, const char *text)
{
    return word->len == strlen(text) && strncasecmp(p->line.buf + word->off, text, word->len) == 0;
}

static bool is_class(const zonetext_parser_t *p, const rrline_word_t *word)
{
    if (word->len == 2 && word_is(p, word, "IN"))
        return true;
    if (strchr("CcHhNn", p->line.buf[word->off]) == NULL)
        return false;
    static const char *const classes[] = {"CH", "CHAOS", "HS", "HESIOD", "CS", "NONE"};
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if (word_is(p, word, classes[i]))
            return true;
    }
    return word->len > 5 && strncasecmp(p->line.buf + word->off, "CLASS", 5) == 0 &&
           isdigit((unsigned char)p->line.buf[word->off + 5]);
}

static bool is_delete(const zonetext_parser_t *p)
{
    return p->flags.update_op != NULL && strcmp(p->flags.update_op, "DELETE") == 0;
}

static bool read_type(zonetext_parser_t *p, zonetext_head_t *head, const rrline_word_t *word)
{
    head->type_word = *word;
    char text[RR_TYPE_TEXT];
    size_t n = word->len < sizeof text ? word->len : sizeof text - 1;
    memcpy(text, p->line.buf + word->off, n);
    text[n] = '\0';
    if (strcmp(text, p->type_text) == 0) {
        head->type = p->type;
        return true;
    }
    if (is_delete(p) && strcasecmp(text, "ANY") == 0) {
        head->type = RR_ANY;
        head->any_rdata = true;
        return true;
    }
    if (n < word->len || !rr_type_from_text(text, &head->type)) {
        AUTO_FREE char *full = zonetext_word(p, word);
        zonetext_fault(p, word->pos, ERR_UNHANDLED_TYPE, false, "\"%.60s\" is not a record type that a zone can have",
                       full);
        return false;
    }
    memcpy(p->type_text, text, n + 1);
    p->type = head->type;
    return true;
}

/* TTL, class and type, in that or the other order; stops after the type. */
static bool read_head(zonetext_parser_t *p, zonetext_head_t *head)
{
    size_t count = p->line.word_count < RRLINE_WORDS_MAX ? p->line.word_count : RRLINE_WORDS_MAX;
    size_t i = p->line.blank_start ? 0 : 1;
    bool has_class = false;
    head->has_owner = !p->line.blank_start;
    if (head->has_owner)
        head->owner = p->line.words[0];
    for (; i < count; i++) {
        const rrline_word_t *word = &p->line.words[i];
        if (!head->has_ttl && isdigit((unsigned char)p->line.buf[word->off])) {
            AUTO_FREE char *text = zonetext_word(p, word);
            head->has_ttl = true;
            head->ttl_word = *word;
            if (!rr_ttl_from_text(text, &head->ttl)) {
                zonetext_fault(p, word->pos, ERR_ZI_TEXT_PARSE, false, "\"%.40s\" is neither TTL, class nor type",
                               text);
                return false;
            }
        } else if (!has_class && is_class(p, word)) {
            has_class = true;
            if (!word_is(p, word, "IN") && !word_is(p, word, "CLASS1")) {
                AUTO_FREE char *text = zonetext_word(p, word);
                zonetext_fault(p, word->pos, ERR_UNHANDLED_CLASS, false, "class \"%.20s\" is not IN", text);
                return false;
            }
        } else {
            head->rdata = i + 1;
            return read_type(p, head, word);
        }
    }
    AUTO_FREE char *owner = head->has_owner ? zonetext_word(p, &head->owner) : auto_strdup(p->label);
    zonetext_fault(p, p->line.pos, ERR_ZI_TEXT_PARSE, false, "record \"%.300s\" has no type", owner);
    return false;
}

/* In update mode "" and \# 0 stand for any rdata of a DELETE, as does none at all. */
static bool is_any_rdata(const zonetext_parser_t *p, const zonetext_head_t *head)
{
    size_t n = p->line.word_count - head->rdata;
    if (head->any_rdata || !is_delete(p))
        return head->any_rdata;
    if (n == 0)
        return true;
    const rrline_word_t *w = &p->line.words[head->rdata];
    return (n == 1 && word_is(p, w, "\"\"")) || (n == 2 && word_is(p, w, "\\#") && word_is(p, w + 1, "0"));
}

/* The record as "owner type rdata\n" for libzscanner, made in place: what stands before the type is moved up to it. */
static const char *scan(zonetext_parser_t *p, const zonetext_head_t *head, rrscan_t *ret)
{
    char *type = p->line.buf + head->type_word.off;
    char *end = p->line.buf + p->line.buf_len + 1;
    if (!head->has_owner) {
        type[-2] = '@';
        return rrscan_line(type - 2, (size_t)(end - type) + 2, p->origin_wire, p->origin_len, ret);
    }
    size_t n = head->owner.len;
    char *line = type - n - 1;
    memmove(line, p->line.buf + head->owner.off, n);
    return rrscan_line(line, (size_t)(end - line), p->origin_wire, p->origin_len, ret);
}

/* owner in wire form -> p->label. */
static bool set_owner(zonetext_parser_t *p, const zonetext_head_t *head, const uint8_t *owner)
{
    knot_dname_storage_t wire;
    char absolute[DNAME_TEXT];
    size_t n = knot_dname_store(wire, owner);
    knot_dname_to_lower(wire);
    if (n == 0 || knot_dname_to_str(absolute, wire, sizeof absolute) == NULL) {
        p->owner = OWNER_BAD;
        zonetext_fault(p, head->owner.pos, ERR_ZI_TEXT_PARSE, false, "owner is not a domain name");
        return false;
    }
    if (p->data->name == NULL && head->type == RR_SOA)
        zonetext_set_name(p, absolute);
    if (p->data->name == NULL) {
        zonetext_fault(p, head->owner.pos, ERR_ZONE_NAME_UNDEFINED, false,
                       "record before the zone's name is known from $ORIGIN or SOA");
        p->stop = true;
        return false;
    }
    dname_shorten(absolute, p->data->name, p->label);
    if (strcmp(absolute, p->label) == 0) { /* nothing to shorten */
        p->owner = OWNER_BAD;
        problem_t *problem = zonetext_fault(p, head->owner.pos, ERR_LABEL_NOT_IN_DOMAIN, false, "owner \"%.300s\" is not in zone \"%s\"",
                                            absolute, p->data->name);
        problem_key(problem, "label_thing", absolute);
        return false;
    }
    p->owner = OWNER_GOOD;
    return true;
}

static bool check_owner_there(zonetext_parser_t *p, const zonetext_head_t *head)
{
    if (head->has_owner) {
        char last = p->line.buf[head->owner.off + head->owner.len - 1];
        if (p->origin[0] != '\0' || last == '.')
            return true;
        zonetext_fault(p, head->owner.pos, ERR_ZONE_NAME_UNDEFINED, false,
                       "relative owner before the zone's name is known");
        p->stop = true;
        return false;
    }
    if (p->owner == OWNER_NONE)
        zonetext_fault(p, p->line.pos, ERR_NO_PREVIOUS_LABEL_PARSE, false,
                       "record without owner, and no record before it");
    return p->owner != OWNER_NONE;
}

static void add_record(zonetext_parser_t *p, const zonetext_head_t *head, char *rdata)
{
    zonedata_group_t *group = zonetext_group(p);
    zonedata_rr_t *rr = zonedata_add_rr(p->data, group);
    rr->label = auto_strdup(p->label);
    rr->has_ttl = head->has_ttl;
    rr->ttl = head->ttl;
    rr->type = head->type;
    rr->rdata = rdata;
    rr->comment = p->rr_comment.text;
    p->rr_comment.text = NULL;
    rr->lock_ptr = p->flags.lock_ptr;
    rr->disable = p->flags.disable;
    rr->track_reverse = p->flags.track_reverse;
    rr->force_reverse = p->flags.force_reverse;
    rr->reference = p->flags.reference;
    rr->update_op = p->flags.update_op;
    p->flags.reference = p->flags.update_op = NULL;
    rr->line = p->line.pos.line;
    rr->col = p->line.pos.col;
}

/* A record that was not understood keeps its place, and its name from being missed by the rules of the zone. */
static void add_broken(zonetext_parser_t *p, const zonetext_head_t *head)
{
    zonedata_rr_t *rr = zonedata_add_rr(p->data, zonetext_group(p));
    rr->label = auto_strdup(p->label);
    rr->rdata = auto_strdup("");
    rr->type = head->type;
    rr->broken = true;
    rr->line = p->line.pos.line;
    rr->col = p->line.pos.col;
}

/* The record just added: rules of one record.  The problem gets its place in the submission and its line. */
static void check_record(zonetext_parser_t *p, const uint8_t *wire, size_t len)
{
    const zonedata_group_t *group = &p->data->groups[p->data->count - 1];
    zonedata_rr_t *rr = &group->rrs[group->count - 1];
    problem_list_t *found = p->problems;
    size_t before = found->count;
    rr->checked = true;
    if (rrcheck_record_wire(p->data->name, rr, wire, len, found))
        return;
    for (size_t i = before; i < found->count; i++) {
        found->items[i].group = (int)p->data->count - 1;
        found->items[i].record = (int)group->count - 1;
        found->items[i].marked_line = zonetext_marked_line(p, p->line.pos);
    }
}

static void rdata_failed(zonetext_parser_t *p, const zonetext_head_t *head, const char *reason)
{
    char type[RR_TYPE_TEXT];
    rr_type_text(head->type, type);
    const char *rdata = p->line.buf + head->type_word.off + head->type_word.len + 1;
    const char *end = p->line.buf + p->line.buf_len;
    int n = end > rdata ? (int)strnlen(rdata, (size_t)(end - rdata)) : 0;
    while (n > 0 && rdata[n - 1] == ' ')
        n--;
    problem_t *problem =
        zonetext_fault(p, zonetext_rdata_pos(p, head), ERR_RDATA_PARSE, false, "rdata \"%.*s\" of %s record \"%s\": %s",
                       n < 300 ? n : 300, rdata, type, p->label, n == 0 ? "it is missing" : reason);
    AUTO_FREE char *thing = auto_printf("%.*s", n, rdata);
    problem_key(problem, "rdata_thing", thing);
    const char *layout = rr_layout(head->type);
    if (layout != NULL)
        problem->hint = auto_printf("%s has the fields: %s", type, layout);
}

/* Text that libknot makes of these may not read back: of octets that no text of the type makes (a LOC at 500 degrees), and
 * of service parameters, where it puts quotes around one value in a list. */
static bool must_read_back(const zonetext_parser_t *p, const zonetext_head_t *head)
{
    enum { SVCB = 64, HTTPS = 65 };
    if (head->type == SVCB || head->type == HTTPS)
        return true;
    return head->rdata < p->line.word_count && head->rdata < RRLINE_WORDS_MAX &&
           word_is(p, &p->line.words[head->rdata], "\\#");
}

static void read_rdata(zonetext_parser_t *p, const zonetext_head_t *head, const rrscan_t *rr)
{
    char *rdata = NULL;
    bool doubtful = must_read_back(p, head);
    if (!doubtful && rr_rdata_to_text(head->type, rr->data, rr->len, p->data->name, &rdata, NULL) == ERR_OK) {
        add_record(p, head, rdata);
        check_record(p, rr->data, rr->len);
        return;
    }
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = rr_rdata_to_text(head->type, rr->data, rr->len, p->data->name, &rdata, &info);
    if (err == ERR_OK && doubtful) {
        AUTO_FREE char *first = rdata;
        rdata = NULL;
        err = rr_rdata_canonical(head->type, first, p->data->name, &rdata, &info);
    }
    if (err != ERR_OK) {
        rdata_failed(p, head, err_message(&info));
        return;
    }
    add_record(p, head, rdata);
    check_record(p, NULL, 0); /* the scanner's wire form is gone */
}

/* libzscanner says what is wrong, not where: is it the owner, or the rdata? */
static void owner_failed(zonetext_parser_t *p, const zonetext_head_t *head, const char *at, const char *reason)
{
    int n = head->owner.len < 300 ? (int)head->owner.len : 300;
    p->owner = OWNER_BAD;
    zonetext_fault(p, head->owner.pos, ERR_ZI_TEXT_PARSE, false, "owner \"%.*s\" is not a domain name: %s", n, at,
                   reason);
}

/* Owner as it is in most zones: plain, and in the zone, which is known.  False: nothing is done, nor said. */
static bool owner_quick(const zonetext_parser_t *p, const char *at, size_t len, char ret_label[DNAME_TEXT])
{
    return p->data->name != NULL && dname_plain(at, len, p->origin, p->data->name, ret_label) &&
           ret_label[strlen(ret_label) - 1] != '.';
}

static void owner_is(zonetext_parser_t *p, const char *label)
{
    memcpy(p->label, label, strlen(label) + 1);
    p->owner = OWNER_GOOD;
}

/* Owner of a record whose rdata is not read, or could not be; at: where the owner's text is now. */
static bool owner_alone(zonetext_parser_t *p, const zonetext_head_t *head, const char *at)
{
    if (!head->has_owner)
        return p->owner == OWNER_GOOD;
    char label[DNAME_TEXT];
    if (owner_quick(p, at, head->owner.len, label)) {
        owner_is(p, label);
        return true;
    }
    rrscan_t rr;
    AUTO_FREE char *line = auto_printf("%.*s TXT \"\"\n", (int)head->owner.len, at);
    const char *reason = rrscan_line(line, strlen(line), p->origin_wire, p->origin_len, &rr);
    if (reason == NULL)
        return set_owner(p, head, rr.owner);
    owner_failed(p, head, at, reason);
    return false;
}

static void warn_flags_at_end(zonetext_parser_t *p)
{
    if (p->line.comment_len > 1 && p->line.comment[1] == '!')
        zonetext_fault(p, p->line.pos, ERR_ZI_TEXT_PARSE, true,
                       "flags behind a record do nothing: put them on a line before");
}

static void record_soa(zonetext_parser_t *p, const zonetext_head_t *head)
{
    if (!owner_alone(p, head, p->line.buf + head->owner.off))
        return;
    if (strcmp(p->label, "@") != 0) {
        zonetext_fault(p, p->line.pos, ERR_ZONE_SOA_RECORD_NOT_AT_APEX, false, "SOA record at \"%s\", not at the apex",
                       p->label);
        return;
    }
    zonetext_group(p);
    p->group_apex = p->group_soa = true;
    zonetext_soa(p, head);
}

/* The quick way: owner in the zone and rdata are as they are in most zones.  False: nothing is done, nor said. */
static bool record_quick(zonetext_parser_t *p, const zonetext_head_t *head)
{
    char label[DNAME_TEXT];
    size_t at = head->type_word.off + head->type_word.len;
    if (head->has_owner ? !owner_quick(p, p->line.buf + head->owner.off, head->owner.len, label)
                        : p->owner != OWNER_GOOD)
        return false;
    char *rdata = rrplain_rdata(head->type, p->line.buf + at, p->line.buf_len - at, p->origin, p->data->name);
    if (rdata == NULL)
        return false;
    if (head->has_owner)
        owner_is(p, label);
    add_record(p, head, rdata);
    check_record(p, NULL, 0);
    return true;
}

static void record_plain(zonetext_parser_t *p, const zonetext_head_t *head)
{
    rrscan_t rr;
    if (record_quick(p, head))
        return;
    const char *type = p->line.buf + head->type_word.off;
    const char *reason = scan(p, head, &rr);
    if (reason == NULL) {
        if ((!head->has_owner || set_owner(p, head, rr.owner)) && p->owner == OWNER_GOOD)
            read_rdata(p, head, &rr);
        return;
    }
    const char *at = type - head->owner.len - 1; /* scan() has moved it up to the type */
    if (owner_alone(p, head, at) || p->owner != OWNER_BAD || !head->has_owner)
        rdata_failed(p, head, reason);
}

/* Owner of a record of which TTL, class or type is at fault, so that the lines that continue it still have it. */
static void owner_of_fault(zonetext_parser_t *p, const zonetext_head_t *head)
{
    rrscan_t rr;
    knot_dname_storage_t wire;
    char absolute[DNAME_TEXT];
    p->owner = OWNER_BAD;
    AUTO_FREE char *line = auto_printf("%.*s TXT \"\"\n", (int)head->owner.len, p->line.buf + head->owner.off);
    if (p->origin[0] == '\0' || p->data->name == NULL ||
        rrscan_line(line, strlen(line), p->origin_wire, p->origin_len, &rr) != NULL ||
        knot_dname_store(wire, rr.owner) == 0)
        return;
    knot_dname_to_lower(wire);
    if (knot_dname_to_str(absolute, wire, sizeof absolute) != NULL && dname_in(absolute, p->data->name)) {
        dname_shorten(absolute, p->data->name, p->label);
        p->owner = OWNER_GOOD;
    }
}

static void read_record(zonetext_parser_t *p, zonetext_head_t *head)
{
    if (!read_head(p, head)) {
        if (head->has_owner)
            owner_of_fault(p, head);
        return;
    }
    if (!check_owner_there(p, head))
        return;
    warn_flags_at_end(p);
    if (head->type == RR_SOA && !is_delete(p)) {
        record_soa(p, head);
    } else if (is_any_rdata(p, head)) {
        if (owner_alone(p, head, p->line.buf + head->owner.off))
            add_record(p, head, auto_strdup(""));
    } else {
        record_plain(p, head);
    }
}

void zonetext_record(zonetext_parser_t *p)
{
    zonetext_head_t head = {0};
    size_t faults = p->faults;
    read_record(p, &head);
    if (p->faults == faults)
        return;
    if (p->owner == OWNER_GOOD && !p->stop)
        add_broken(p, &head);
    else
        p->data->incomplete = true;
}

/* The frame of the parser: lines, comments and groups.  rrline.c cuts the text into entries, libzscanner (rrscan.c)
 * reads each one. */
#include "shared/zonetext.h"
#include "shared/utf8.h"
#include "shared/zonetext_parser.h"
#include <stdlib.h>
#include <string.h>

enum { BINARY_TEST = 256, SHOWN_MAX = 200 };

static bool utf8_follows(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Part of the line around col, cut between characters. */
static void window(const zonetext_parser_t *p, rrline_pos_t pos, const char **ret_from, const char **ret_at,
                   const char **ret_to)
{
    const char *start = p->line.text + pos.line_start;
    size_t rest = p->line.len - pos.line_start;
    const char *nl = memchr(start, '\n', rest);
    const char *end = nl != NULL ? nl : start + rest;
    if (end > start && end[-1] == '\r')
        end--;
    const char *at = start + (pos.col > 0 ? pos.col - 1 : 0);
    if (at > end)
        at = end;
    const char *from = at - start > SHOWN_MAX ? at - SHOWN_MAX : start;
    const char *to = end - at > SHOWN_MAX ? at + SHOWN_MAX : end;
    while (from < at && utf8_follows((unsigned char)*from))
        from++;
    while (to < end && to > at && utf8_follows((unsigned char)*to))
        to--;
    while (at > from && at < end && utf8_follows((unsigned char)*at))
        at--;
    *ret_from = from;
    *ret_at = at;
    *ret_to = to;
}

char *zonetext_marked_line(const zonetext_parser_t *p, rrline_pos_t pos)
{
    const char *from;
    const char *at;
    const char *to;
    window(p, pos, &from, &at, &to);
    return auto_printf("%.*s>!<%.*s", (int)(at - from), from, (int)(to - at), at);
}

problem_t *zonetext_fault(zonetext_parser_t *p, rrline_pos_t pos, err_t code, bool warning, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    problem_t *problem = problem_add(p->problems, code, warning, "%s", message);
    const char *from;
    const char *at;
    const char *to;
    window(p, pos, &from, &at, &to);
    problem->line = pos.line;
    problem->col = pos.col;
    problem->marked_line = zonetext_marked_line(p, pos);
    problem->rr_data = auto_printf("%.*s", (int)(to - from), from);
    const zonedata_group_t *last = &p->data->groups[p->data->count - 1];
    problem->group = (int)(p->group_open ? p->data->count - 1 : p->data->count);
    problem->record = p->group_open ? (int)last->count : 0;
    p->faults += warning ? 0 : 1;
    return problem;
}

char *zonetext_word(const zonetext_parser_t *p, const rrline_word_t *word)
{
    return auto_strndup(p->line.buf + word->off, word->len);
}

rrline_pos_t zonetext_rdata_pos(const zonetext_parser_t *p, const zonetext_head_t *head)
{
    bool has_rdata = head->rdata < p->line.word_count && head->rdata < RRLINE_WORDS_MAX;
    return has_rdata ? p->line.words[head->rdata].pos : head->type_word.pos;
}

void zonetext_set_origin(zonetext_parser_t *p, const char *origin)
{
    if (strcmp(p->origin, origin) == 0)
        return;
    snprintf(p->origin, sizeof p->origin, "%s", origin);
    p->origin_len = dname_to_wire(origin, p->origin_wire);
}

void zonetext_set_name(zonetext_parser_t *p, const char *name)
{
    p->data->name = auto_strdup(name);
    if (p->origin[0] == '\0')
        zonetext_set_origin(p, name);
}

void zonetext_flags_done(zonetext_flags_t *flags)
{
    free(flags->reference);
    free(flags->update_op);
    *flags = (zonetext_flags_t){0};
}

static void comment_done(zonetext_comment_t *comment)
{
    free(comment->text);
    *comment = (zonetext_comment_t){0};
}

/* The apex records of the group just read go to the apex group; what remains keeps its place. */
static void split_apex(zonetext_parser_t *p)
{
    zonedata_t *data = p->data;
    zonedata_group_t *group = &data->groups[data->count - 1];
    zonedata_group_t *apex = &data->groups[ZONEDATA_GROUP_APEX];
    size_t kept = 0;
    for (size_t i = 0; i < group->count; i++) {
        zonedata_rr_t *rr = &group->rrs[i];
        if (rr->type == RR_NS && strcmp(rr->label, "@") == 0) {
            *zonedata_add_rr(data, apex) = *rr;
            data->records--; /* moved, not added */
        } else {
            group->rrs[kept++] = *rr;
        }
    }
    group->count = kept;
    if (group->comment != NULL && apex->comment == NULL && (p->group_soa || kept == 0)) { /* else it is that of the records that stay */
        apex->comment = group->comment;
        group->comment = NULL;
        if (!p->soa_seen && strcmp(apex->comment, ZONETEXT_APEX_COMMENT) == 0) { /* the writer's mark where there is neither comment nor SOA */
            free(apex->comment);
            apex->comment = NULL;
        }
    }
}

/* Records are collected in one array, which grows a few times only; a complete group gets one of its size. */
static void group_close(zonetext_parser_t *p)
{
    if (!p->group_open)
        return;
    if (p->group_apex)
        split_apex(p);
    zonedata_group_t *group = &p->data->groups[p->data->count - 1];
    p->rrs = group->rrs;
    p->rrs_cap = group->cap;
    if (group->count > 0) {
        group->cap = group->count;
        group->rrs = auto_malloc(group->count * sizeof *group->rrs);
        memcpy(group->rrs, p->rrs, group->count * sizeof *group->rrs);
    } else {
        free(group->comment);
        p->data->count--;
    }
    p->group_open = p->group_apex = p->group_soa = false;
}

zonedata_group_t *zonetext_group(zonetext_parser_t *p)
{
    if (!p->group_open) {
        zonedata_group_t *group = zonedata_add_group(p->data, NULL, NULL);
        group->rrs = p->rrs;
        group->cap = p->rrs_cap;
        p->rrs = NULL;
        p->rrs_cap = 0;
        group->comment = p->group_comment.text;
        p->group_comment = (zonetext_comment_t){0};
        p->group_open = true;
        p->group_apex = group->comment != NULL &&
                        strncmp(group->comment, ZONETEXT_APEX_COMMENT, strlen(ZONETEXT_APEX_COMMENT)) == 0;
    }
    return &p->data->groups[p->data->count - 1];
}

/* Text behind the two marker characters and one blank; control characters become blanks. */
static void comment_add(zonetext_parser_t *p, zonetext_comment_t *comment)
{
    const char *text = p->line.comment + 2;
    size_t len = p->line.comment_len - 2;
    if (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    size_t before = comment->text != NULL ? strlen(comment->text) + 1 : 0;
    comment->text = auto_realloc(comment->text, before + len + 1);
    if (before > 0)
        comment->text[before - 1] = '\n';
    memcpy(comment->text + before, text, len);
    comment->text[before + len] = '\0';
    for (char *c = comment->text + before; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    }
    if (!comment->open)
        comment->pos = p->line.pos;
    comment->open = true;
}

static void group_comment_end(zonetext_parser_t *p)
{
    zonetext_comment_t *comment = &p->group_comment;
    if (comment->open && comment->text[strspn(comment->text, "\n")] == '\0') {
        free(comment->text); /* ";|" lines without text: only a new group */
        comment->text = NULL;
    }
    comment->open = false;
}

static void group_comment_lost(zonetext_parser_t *p)
{
    if (p->group_comment.text != NULL)
        zonetext_fault(p, p->group_comment.pos, ERR_ZI_TEXT_PARSE, true,
                       "comment of a group without records is left out");
    comment_done(&p->group_comment);
}

static void read_comment(zonetext_parser_t *p)
{
    char kind = p->line.comment_len > 1 ? p->line.comment[1] : '\0';
    if (kind != '|')
        group_comment_end(p);
    switch (kind) {
    case '|':
        group_close(p);
        if (!p->group_comment.open)
            group_comment_lost(p);
        comment_add(p, &p->group_comment);
        break;
    case '#':
        comment_add(p, &p->rr_comment);
        break;
    case '!':
        zonetext_read_flags(p);
        break;
    default:
        break; /* an ordinary comment is not kept */
    }
}

/* Text is printable at its beginning, has no NUL and is UTF-8 (comments are stored and shown as such). */
static bool is_text(const char *text, size_t len, size_t *ret_at)
{
    size_t n;
    for (size_t i = 0; i < len; i += n) {
        uint64_t eights[4];
        if (i >= BINARY_TEST && len - i >= sizeof eights) {
            /* So many at a time while they are ASCII and none is NUL: below 0x80, and no borrow when 1 is taken off. */
            uint64_t high = 0;
            memcpy(eights, text + i, sizeof eights);
            for (size_t k = 0; k < ARRAY_SIZE(eights); k++)
                high |= eights[k] | (eights[k] - UINT64_C(0x0101010101010101));
            if ((high & UINT64_C(0x8080808080808080)) == 0) {
                n = sizeof eights;
                continue;
            }
        }
        unsigned char c = (unsigned char)text[i];
        *ret_at = i;
        n = c < 0x80 ? 1 : utf8_len(text + i, len - i);
        if (n == 0 || c == 0)
            return false;
        if ((c < ' ' || c == 127) && i < BINARY_TEST && strchr("\t\n\v\f\r", c) == NULL)
            return false;
    }
    return true;
}

static bool check_text(zonetext_parser_t *p)
{
    size_t at;
    if (is_text(p->line.text, p->line.len, &at))
        return true;
    rrline_pos_t pos = {.line = 1};
    for (size_t i = 0; i < at; i++) {
        if (p->line.text[i] == '\n') {
            pos.line++;
            pos.line_start = i + 1;
        }
    }
    pos.col = (unsigned)(at - pos.line_start) + 1;
    problem_t *problem = problem_add(p->problems, ERR_BINARY_FILE, false, "input is binary, not UTF-8 text (line %u)",
                                     pos.line);
    problem->line = pos.line;
    problem->col = pos.col;
    problem_key(problem, "file_name", "zi_text"); /* a caller who read a file knows its name */
    p->data->incomplete = true;
    return false;
}

static void read_entry(zonetext_parser_t *p)
{
    if (p->line.buf[0] == '$') {
        size_t faults = p->faults;
        zonetext_directive(p); /* owners and records may be missing after it, but not for a TTL */
        p->data->incomplete = p->data->incomplete || (p->faults > faults && strncmp(p->line.buf, "$TTL", 4) != 0);
        return;
    }
    if (p->opts->max_records > 0 && p->data->records >= p->opts->max_records) {
        zonetext_fault(p, p->line.pos, ERR_ZONE_TOO_BIG, false, "zone has more than %zu records", p->opts->max_records);
        p->stop = p->data->incomplete = true;
        return;
    }
    zonetext_record(p);
    p->record_seen = true;
    comment_done(&p->rr_comment);
    zonetext_flags_done(&p->flags);
}

/* An entry that is no line of words: name it by its first word, or by the owner that it continues. */
static void read_bad(zonetext_parser_t *p)
{
    const rrline_t *line = &p->line;
    const char *word = p->label;
    size_t n = strlen(word);
    if (!line->blank_start && line->word_count > 0) {
        word = line->buf + line->words[0].off;
        n = line->word_count > 1 || line->words[0].len > 0 ? line->words[0].len : line->buf_len - line->words[0].off;
    }
    bool in_rdata = line->word_count >= (line->blank_start ? 1 : 2); /* behind the type, as a rule */
    zonetext_fault(p, line->pos, in_rdata ? ERR_RDATA_PARSE : ERR_ZI_TEXT_PARSE, false, "record \"%.*s\": %s",
                   (int)(n < 300 ? n : 300), word, line->fault);
    p->data->incomplete = true;
    comment_done(&p->rr_comment);
    zonetext_flags_done(&p->flags);
}

static void read_lines(zonetext_parser_t *p)
{
    while (!p->stop) {
        rrline_kind_t kind = rrline_next(&p->line);
        if (kind != RRLINE_COMMENT && p->group_comment.open)
            group_comment_end(p);
        switch (kind) {
        case RRLINE_EOF:
            return;
        case RRLINE_BLANK:
            group_close(p);
            break;
        case RRLINE_COMMENT:
            read_comment(p);
            break;
        case RRLINE_BAD:
            read_bad(p);
            break;
        case RRLINE_ENTRY:
            read_entry(p);
            break;
        }
    }
}

static void check_end(zonetext_parser_t *p)
{
    group_comment_end(p);
    group_comment_lost(p);
    if (p->stop)
        return;
    if (p->flags.any)
        zonetext_fault(p, p->flags.pos, ERR_ZI_TEXT_PARSE, true, "flags without a record after them are left out");
    if (p->rr_comment.text != NULL)
        zonetext_fault(p, p->rr_comment.pos, ERR_ZI_TEXT_PARSE, true, "comment without a record after it is left out");
    if (p->data->name == NULL && p->problems->errors == 0)
        problem_add(p->problems, ERR_ZONE_NAME_UNDEFINED, false, "no zone name given, and none in the text");
}

void zonetext_parse(const char *text, size_t len, const char *name, const zonetext_opts_t *opts,
                    problem_list_t *problems, zonedata_t **ret_data)
{
    static const zonetext_opts_t defaults = {0};
    AUTO_FREE zonetext_parser_t *p = auto_calloc(1, sizeof *p);
    p->opts = opts != NULL ? opts : &defaults;
    p->problems = problems;
    p->data = zonedata_new(NULL);
    rrline_init(&p->line, text, len);
    if (name != NULL)
        zonetext_set_name(p, name);
    if (name == NULL && !p->opts->origin_as_name) {
        problem_add(problems, ERR_ZONE_NAME_UNDEFINED, false, "no zone name given");
    } else if (check_text(p)) {
        read_lines(p);
        group_close(p);
        check_end(p);
    }
    free(p->rrs);
    rrline_done(&p->line);
    comment_done(&p->group_comment);
    comment_done(&p->rr_comment);
    zonetext_flags_done(&p->flags);
    *ret_data = p->data;
}

/* ---- marks for problems that were found later */

typedef struct {
    unsigned line;
    problem_t *problem;
} unmarked_t;

static int by_line(const void *a, const void *b)
{
    unsigned x = ((const unmarked_t *)a)->line, y = ((const unmarked_t *)b)->line;
    return x < y ? -1 : x > y;
}

void zonetext_mark(const char *text, size_t len, problem_list_t *problems)
{
    unmarked_t unmarked[PROBLEM_MAX] = {{0}};
    size_t count = 0, next = 0;
    for (size_t i = 0; i < problems->count; i++) {
        problem_t *problem = &problems->items[i];
        if (problem->line > 0 && problem->marked_line == NULL)
            unmarked[count++] = (unmarked_t){problem->line, problem};
    }
    qsort(unmarked, count, sizeof(unmarked[0]), by_line);
    AUTO_FREE zonetext_parser_t *p = auto_calloc(1, sizeof *p);
    p->line.text = text;
    p->line.len = len;
    rrline_pos_t pos = {.line = 1};
    while (next < count && pos.line_start < len) {
        for (; next < count && unmarked[next].line == pos.line; next++) {
            pos.col = unmarked[next].problem->col;
            unmarked[next].problem->marked_line = zonetext_marked_line(p, pos);
        }
        const char *nl = memchr(text + pos.line_start, '\n', len - pos.line_start);
        pos.line_start = nl == NULL ? len : (size_t)(nl - text) + 1;
        pos.line++;
    }
}

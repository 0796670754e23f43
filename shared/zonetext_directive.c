/* Directives and flag lines.  No directive reaches libzscanner, which would open files for $INCLUDE. */
#include "shared/zonetext_parser.h"
#include <stdlib.h>
#include <string.h>

static void directive_ttl(zonetext_parser_t *p, const char *value, rrline_pos_t pos)
{
    uint32_t seconds;
    if (p->ttl_seen || p->record_seen) {
        zonetext_fault(p, p->line.pos, ERR_TTL_IN_WRONG_PLACE, false,
                       p->ttl_seen ? "second $TTL" : "$TTL after a record");
        return;
    }
    p->ttl_seen = true;
    if (rr_ttl_from_text(value, &seconds))
        p->data->zone_ttl = auto_strdup(value);
    else
        zonetext_fault(p, pos, ERR_TTL_PARSE, false, "\"%.40s\" is not a TTL (seconds, or like 1h30m)", value);
}

static void directive_origin(zonetext_parser_t *p, const char *value, rrline_pos_t pos)
{
    char name[DNAME_TEXT];
    size_t n = strlen(value);
    if (n == 0 || value[n - 1] != '.') {
        zonetext_fault(p, pos, ERR_HOSTNAME_PARSE, false, "$ORIGIN \"%.300s\" does not end in a dot", value);
        return;
    }
    if (dname_from_text(value, name, NULL) != ERR_OK) {
        zonetext_fault(p, pos, ERR_HOSTNAME_PARSE, false, "$ORIGIN \"%.300s\" is not a domain name", value);
        return;
    }
    zonetext_set_origin(p, name);
    if (p->data->name == NULL)
        zonetext_set_name(p, name);
}

static void directive_update_type(zonetext_parser_t *p, const char *value, rrline_pos_t pos)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    if (!p->opts->update_mode)
        zonetext_fault(p, p->line.pos, ERR_UPDATE_TYPE_NOT_SUPPORTED, false,
                       "$UPDATE_TYPE is only for incremental updates");
    else if (value[0] == '\0' || value[strspn(value, allowed)] != '\0')
        zonetext_fault(p, pos, ERR_ZI_TEXT_PARSE, false, "update type \"%.40s\" has characters outside A-Za-z0-9_.-",
                       value);
    else if (p->data->update_type != NULL)
        zonetext_fault(p, p->line.pos, ERR_ZI_TEXT_PARSE, false, "second $UPDATE_TYPE");
    else
        p->data->update_type = auto_strdup(value);
}

void zonetext_directive(zonetext_parser_t *p)
{
    AUTO_FREE char *name = zonetext_word(p, &p->line.words[0]);
    AUTO_FREE char *value = p->line.word_count > 1 ? zonetext_word(p, &p->line.words[1]) : auto_strdup("");
    rrline_pos_t pos = p->line.words[p->line.word_count > 1 ? 1 : 0].pos;
    if (strcmp(name, "$INCLUDE") == 0)
        zonetext_fault(p, p->line.pos, ERR_INCLUDE_NOT_SUPPORTED, false, "$INCLUDE is not supported");
    else if (strcmp(name, "$GENERATE") == 0)
        zonetext_fault(p, p->line.pos, ERR_GENERATE_NOT_SUPPORTED, false, "$GENERATE is not supported");
    else if (strcmp(name, "$TTL") != 0 && strcmp(name, "$ORIGIN") != 0 && strcmp(name, "$UPDATE_TYPE") != 0)
        zonetext_fault(p, p->line.pos, ERR_ZI_TEXT_PARSE, false, "directive \"%.40s\" is not known", name);
    else if (p->line.word_count > 2)
        zonetext_fault(p, p->line.words[2].pos, ERR_ZI_TEXT_PARSE, false, "%s takes one value", name);
    else if (strcmp(name, "$TTL") == 0)
        directive_ttl(p, value, pos);
    else if (strcmp(name, "$ORIGIN") == 0)
        directive_origin(p, value, pos);
    else
        directive_update_type(p, value, pos);
}

static void flag_update_op(zonetext_parser_t *p, const char *op, rrline_pos_t pos)
{
    static const char *const ops[] = {"ADD", "DELETE", "UPDATE_RRTYPE"};
    if (!p->opts->update_mode) {
        zonetext_fault(p, pos, ERR_RROP_NOT_SUPPORTED, false, "RROP: is only for incremental updates");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (strcmp(op, ops[i]) == 0) {
            free(p->flags.update_op);
            p->flags.update_op = auto_strdup(op);
            return;
        }
    }
    zonetext_fault(p, pos, ERR_INVALID_UPDATE_OPERATION, false,
                   "update operation \"%.40s\" is not known: ADD, DELETE, UPDATE_RRTYPE", op);
}

static void read_flag(zonetext_parser_t *p, const char *flag, rrline_pos_t pos)
{
    zonetext_flags_t *flags = &p->flags;
    const struct { const char *name; bool *member; } simple[] = {
        {"LOCKPTR", &flags->lock_ptr},
        {"DISABLE", &flags->disable},
        {"TRACKREV", &flags->track_reverse},
        {"FORCEREV", &flags->force_reverse},
    };
    for (size_t i = 0; i < ARRAY_SIZE(simple); i++) {
        if (strcmp(flag, simple[i].name) == 0) {
            *simple[i].member = true;
            return;
        }
    }
    if (strncmp(flag, "REF:", 4) == 0 && flag[4] != '\0') {
        free(flags->reference);
        flags->reference = auto_strdup(flag + 4);
    } else if (strncmp(flag, "RROP:", 5) == 0) {
        flag_update_op(p, flag + 5, pos);
    } else {
        problem_t *problem = zonetext_fault(p, pos, ERR_ZI_TEXT_PARSE, false, "flag \"%.80s\" is not known", flag);
        problem->hint = auto_strdup("flags are LOCKPTR DISABLE TRACKREV FORCEREV REF:reference RROP:operation");
    }
}

void zonetext_read_flags(zonetext_parser_t *p)
{
    const char *text = p->line.comment + 2;
    const char *end = p->line.comment + p->line.comment_len;
    p->flags.pos = p->line.pos;
    p->flags.any = true;
    if (p->line.blank_start) {
        zonetext_fault(p, p->line.pos, ERR_ZI_TEXT_PARSE, false, "flags must begin in column 1");
        return;
    }
    while (text < end) {
        size_t n = 0;
        while (text + n < end && strchr(" \t,", text[n]) == NULL)
            n++;
        if (n > 0) {
            AUTO_FREE char *flag = auto_strndup(text, n);
            rrline_pos_t pos = p->line.pos;
            pos.col += (unsigned)(text - p->line.comment);
            read_flag(p, flag, pos);
            text += n;
        } else {
            text++;
        }
    }
}

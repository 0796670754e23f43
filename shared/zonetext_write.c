/* Layout of behaviour.md 7.6, except that groups stay in the user's order and comments are not wrapped: what was
 * written must read back as the same data. */
#include "shared/zonetext_parser.h"
#include <stdlib.h>
#include <string.h>

/* marker and text before each line of a comment */
static void write_comment(FILE *out, const char *marker, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    for (const char *line = text;;) {
        size_t n = strcspn(line, "\n");
        fputs(marker, out);
        if (n > 0)
            fputc(' ', out);
        for (size_t i = 0; i < n; i++)
            fputc((unsigned char)line[i] < ' ' || line[i] == 127 ? ' ' : line[i], out);
        fputc('\n', out);
        if (line[n] == '\0')
            return;
        line += n + 1;
    }
}

static void write_header(FILE *out, const zonedata_t *data, const zonetext_header_t *header)
{
    const struct { const char *what, *value; } lines[] = {
        {"Zone:", data->name},
        {"Reference:", header->reference},
        {"change_by:", header->change_by},
    };
    const struct { const char *what, *value; } times[] = {
        {"zi_ctime:", header->ctime},
        {"zi_mtime:", header->mtime},
        {"zi_ptime:", header->ptime},
    };
    fputs("\n;\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (lines[i].value != NULL)
            fprintf(out, "; %-12s %s\n", lines[i].what, lines[i].value);
    }
    if (header->zi_id != 0)
        fprintf(out, "; %-12s %lld\n", "zi_id:", (long long)header->zi_id);
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        if (times[i].value != NULL)
            fprintf(out, "; %-12s %s\n", times[i].what, times[i].value);
    }
    fputs(";\n", out);
}

static void write_flags(FILE *out, const zonedata_rr_t *rr)
{
    const struct { bool set; const char *name, *value; } flags[] = {
        {rr->lock_ptr, "LOCKPTR", ""},
        {rr->disable, "DISABLE", ""},
        {rr->track_reverse, "TRACKREV", ""},
        {rr->force_reverse, "FORCEREV", ""},
        {rr->reference != NULL, "REF:", rr->reference},
        {rr->update_op != NULL, "RROP:", rr->update_op},
    };
    const char *before = ";!";
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (flags[i].set) {
            fprintf(out, "%s%s%s", before, flags[i].name, flags[i].value);
            before = " ";
        }
    }
    if (before[0] == ' ')
        fputc('\n', out);
}

static void write_record(FILE *out, const zonedata_rr_t *rr, const char *owner)
{
    char ttl[16] = "";
    char type[RR_TYPE_TEXT];
    if (rr->has_ttl)
        snprintf(ttl, sizeof ttl, "%u", rr->ttl);
    if (rr->type == RR_ANY)
        memcpy(type, "ANY", 4); /* update mode */
    else
        rr_type_text(rr->type, type);
    write_comment(out, ";#", rr->comment);
    write_flags(out, rr);
    const char *rdata = rr->rdata[0] != '\0' ? rr->rdata : "\\# 0";
    fprintf(out, "%-15s %-7s %-7s %-15s %s\n", owner, ttl, "IN", type, rdata);
}

static void write_soa(FILE *out, const zonedata_soa_t *soa)
{
    const char *const values[] = {soa->mname, soa->rname, NULL, soa->refresh, soa->retry, soa->expire, soa->minimum};
    static const char *const notes[] = {"Master NS", "RP email", "Serial yyyymmddnn", "Refresh",
                                        "Retry",     "Expire",   "Minimum/Ncache"};
    write_comment(out, ";#", soa->comment);
    if (soa->reference != NULL)
        fprintf(out, ";!REF:%s\n", soa->reference);
    fprintf(out, "%-15s %-7s %-7s %-15s (", "@", soa->soa_ttl != NULL ? soa->soa_ttl : "", "IN", "SOA");
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char serial[16];
        snprintf(serial, sizeof serial, "%u", soa->has_serial ? soa->serial : 1);
        /* A value that was not given has no form in a zone file; the root name, 0 or 1 keep the record whole. */
        const char *value = i == 2 ? serial : values[i] != NULL ? values[i] : i < 2 ? "." : "0";
        fprintf(out, "%s%-15s ;%s\n", i == 0 ? " " : "                                                  ", value,
                notes[i]);
    }
    fprintf(out, "%48s)\n", "");
}

static void write_group(FILE *out, const zonedata_t *data, size_t i)
{
    const zonedata_group_t *group = &data->groups[i];
    bool apex = i == ZONEDATA_GROUP_APEX;
    bool soa = apex && data->has_soa;
    const char *comment = group->comment;
    const char *owner = soa ? "@" : NULL;
    if (group->count == 0 && !soa)
        return;
    if (apex && !soa && comment == NULL)
        comment = ZONETEXT_APEX_COMMENT; /* the parser would not know the group otherwise; it takes this mark away */
    fputs("\n\n", out);
    write_comment(out, ";|", comment);
    if (soa)
        write_soa(out, &data->soa);
    for (size_t k = 0; k < group->count; k++) {
        const zonedata_rr_t *rr = &group->rrs[k];
        write_record(out, rr, owner != NULL && strcmp(owner, rr->label) == 0 ? "" : rr->label);
        owner = rr->label;
    }
}

char *zonetext_write_record(const zonedata_rr_t *rr)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return auto_strdup("");
    write_record(out, rr, rr->label);
    fclose(out);
    return text;
}

char *zonetext_write(const zonedata_t *data, const zonetext_header_t *header)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return auto_strdup("");
    if (data->update_type != NULL)
        fprintf(out, "$UPDATE_TYPE %s\n", data->update_type);
    if (data->zone_ttl != NULL)
        fprintf(out, "$TTL %s\n", data->zone_ttl);
    if (data->name != NULL)
        fprintf(out, "$ORIGIN %s\n", data->name);
    if (header != NULL)
        write_header(out, data, header);
    for (size_t i = 0; i < data->count; i++)
        write_group(out, data, i);
    fclose(out);
    return text;
}

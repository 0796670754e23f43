#include "controller/domain/zone_compare.h"
#include "shared/zonetext.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int by_identity(const zonedata_rr_t *a, const zonedata_rr_t *b)
{
    int order = strcmp(a->label, b->label);
    if (order == 0)
        order = (a->type > b->type) - (a->type < b->type);
    return order != 0 ? order : strcmp(a->rdata, b->rdata);
}

static int by_record(const void *a, const void *b)
{
    return by_identity(((const compare_side_t *)a)->rr, ((const compare_side_t *)b)->rr);
}

static int by_place(const void *a, const void *b)
{
    const compare_item_t *x = a, *y = b;
    const compare_side_t *left = x->after.rr != NULL ? &x->after : &x->before;
    const compare_side_t *right = y->after.rr != NULL ? &y->after : &y->before;
    int order = by_text(left->group, right->group);
    return order != 0 ? order : by_identity(left->rr, right->rr);
}

static unsigned changes(const compare_side_t *a, const compare_side_t *b)
{
    const zonedata_rr_t *x = a->rr, *y = b->rr;
    unsigned changed = 0;
    if (x->has_ttl != y->has_ttl || (x->has_ttl && x->ttl != y->ttl))
        changed |= COMPARE_TTL;
    if (by_text(x->comment, y->comment) != 0)
        changed |= COMPARE_COMMENT;
    if (x->disable != y->disable || x->lock_ptr != y->lock_ptr || x->track_reverse != y->track_reverse)
        changed |= COMPARE_FLAGS;
    if (by_text(x->reference, y->reference) != 0)
        changed |= COMPARE_REFERENCE;
    if (by_text(a->group, b->group) != 0)
        changed |= COMPARE_GROUP;
    return changed;
}

void zone_compare_records(compare_side_t *before, size_t before_count, compare_side_t *after, size_t after_count,
                          compare_item_t **ret_items, size_t *ret_count)
{
    compare_item_t *items = auto_calloc(before_count + after_count + 1, sizeof(*items));
    size_t b = 0, a = 0, count = 0;
    if (before_count > 0)
        qsort(before, before_count, sizeof(*before), by_record);
    if (after_count > 0)
        qsort(after, after_count, sizeof(*after), by_record);
    while (b < before_count || a < after_count) {
        int order = b == before_count ? 1 : a == after_count ? -1 : by_record(&before[b], &after[a]);
        compare_item_t item = {0};
        if (order <= 0)
            item.before = before[b++];
        if (order >= 0)
            item.after = after[a++];
        if (order == 0)
            item.changed = changes(&item.before, &item.after);
        if (order != 0 || item.changed != 0)
            items[count++] = item;
    }
    if (count > 0)
        qsort(items, count, sizeof(*items), by_place);
    *ret_items = items;
    *ret_count = count;
}

/* ---- text */

/* Each line of the text behind a sign; the record is written as in a zone file. */
static void lines(FILE *out, char sign, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        fprintf(out, "%c%.*s\n", sign, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void record(FILE *out, char sign, const zonedata_rr_t *rr)
{
    if (rr == NULL)
        return;
    AUTO_FREE char *text = zonetext_write_record(rr);
    lines(out, sign, text);
}

static void comment(FILE *out, char sign, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    for (const char *line = text;; line++) {
        size_t n = strcspn(line, "\n");
        fprintf(out, "%c;| %.*s\n", sign, (int)n, line);
        line += n;
        if (*line == '\0')
            return;
    }
}

static void values(FILE *out, const compare_text_t *in)
{
    if (in->value_count > 0)
        fputs("@@ SOA and zone @@\n", out);
    for (size_t i = 0; i < in->value_count; i++) {
        const compare_value_t *v = &in->values[i];
        if (v->before != NULL)
            fprintf(out, "-%-15s %s\n", v->name, v->before);
        if (v->after != NULL)
            fprintf(out, "+%-15s %s\n", v->name, v->after);
    }
}

static void heading(FILE *out, const char *group)
{
    fprintf(out, "@@ %.*s @@\n", group != NULL ? (int)strcspn(group, "\n") : 7, group != NULL ? group : "records");
}

/* What became of the comment of the group under this heading. */
static void renamed(FILE *out, const compare_text_t *in, const char *group)
{
    for (size_t i = 0; i < in->group_count; i++) {
        if (by_text(in->groups[i].after, group) == 0) {
            comment(out, '-', in->groups[i].before);
            comment(out, '+', in->groups[i].after);
        }
    }
}

static const char *group_of(const compare_item_t *item) { return item->after.rr != NULL ? item->after.group : item->before.group; }

/* Groups that differ in their comment only. */
static void groups(FILE *out, const compare_text_t *in)
{
    for (size_t i = 0; i < in->group_count; i++) {
        bool shown = false;
        for (size_t k = 0; k < in->item_count; k++)
            shown = shown || by_text(group_of(&in->items[k]), in->groups[i].after) == 0;
        for (size_t k = 0; k < i; k++)
            shown = shown || by_text(in->groups[k].after, in->groups[i].after) == 0;
        if (!shown) {
            heading(out, in->groups[i].after);
            renamed(out, in, in->groups[i].after);
        }
    }
}

char *zone_compare_text(const compare_text_t *in)
{
    char *text = NULL;
    size_t len = 0;
    if (in->value_count + in->group_count + in->item_count == 0)
        return auto_strdup("");
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        abort();
    fprintf(out, "--- %s\n+++ %s\n", in->before_name, in->after_name);
    values(out, in);
    groups(out, in);
    const char *group = NULL;
    for (size_t i = 0; i < in->item_count; i++) {
        const compare_item_t *item = &in->items[i];
        if (i == 0 || by_text(group, group_of(item)) != 0) {
            heading(out, group_of(item));
            renamed(out, in, group_of(item));
        }
        group = group_of(item);
        if ((item->changed & COMPARE_GROUP) != 0)
            comment(out, '-', item->before.group);
        record(out, '-', item->before.rr);
        if ((item->changed & COMPARE_GROUP) != 0)
            comment(out, '+', item->after.group);
        record(out, '+', item->after.rr);
    }
    fclose(out);
    return text;
}

#include "controller/domain/dns_diff.h"
#include <stdlib.h>
#include <string.h>

void zi_changes_free(zi_change_t *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(changes[i].label);
        free(changes[i].rdata);
    }
    free(changes);
}

static void lines_free(char **lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}

void dns_diff_done(dns_diff_t *self)
{
    lines_free(self->remove, self->remove_count);
    lines_free(self->add, self->add_count);
    *self = (dns_diff_t){0};
}

err_t dns_diff_line(const char *zone, const char *label, uint32_t ttl, uint16_t type, const char *rdata,
                    char **ret_line, err_info_t *reterr)
{
    char owner[DNAME_TEXT], type_text[RR_TYPE_TEXT];
    if (dname_absolute(label, zone, owner) != ERR_OK)
        return err_set(reterr, ERR_INTERNAL, "owner \"%s\" of zone \"%s\" is not a name", label, zone);
    AUTO_FREE uint8_t *wire = NULL;
    uint16_t len = 0;
    AUTO_FREE char *absolute = NULL;
    err_t e = rr_rdata_to_wire(type, rdata, zone, &wire, &len, reterr);
    if (e == ERR_OK)
        e = rr_rdata_to_text(type, wire, len, NULL, &absolute, reterr);
    rr_type_text(type, type_text);
    if (e != ERR_OK)
        return err_set(reterr, ERR_INTERNAL, "%s record of \"%s\" cannot be read: %s", type_text, owner, rdata);
    *ret_line = auto_printf("%s %u %s %s", owner, ttl, type_text, absolute);
    return ERR_OK;
}

typedef struct {
    char **items;
    size_t count, cap;
} lines_t;

static err_t add_line(lines_t *lines, const char *zone, const char *label, uint32_t ttl, uint16_t type,
                      const char *rdata, err_info_t *reterr)
{
    lines->items = auto_grow(lines->items, &lines->cap, lines->count + 1, sizeof(*lines->items));
    err_t e = dns_diff_line(zone, label, ttl, type, rdata, &lines->items[lines->count], reterr);
    if (e == ERR_OK)
        lines->count++;
    return e;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Both sorted: what is in one only stays, the rest is freed. */
static void cancel(lines_t *remove, lines_t *add)
{
    size_t r = 0, a = 0, kept_r = 0, kept_a = 0;
    while (r < remove->count || a < add->count) {
        int order = r == remove->count ? 1 : a == add->count ? -1 : strcmp(remove->items[r], add->items[a]);
        if (order < 0) {
            remove->items[kept_r++] = remove->items[r++];
        } else if (order > 0) {
            add->items[kept_a++] = add->items[a++];
        } else {
            free(remove->items[r++]);
            free(add->items[a++]);
        }
    }
    remove->count = kept_r;
    add->count = kept_a;
}

static err_t collect(const dns_diff_in_t *in, lines_t *remove, lines_t *add, err_info_t *reterr)
{
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < in->change_count; i++) {
        const zi_change_t *c = &in->changes[i];
        /* The group's NS names stand for all NS records of the apex: such a one was not sent, or is not to be. */
        if (c->type == RR_NS && strcmp(c->label, "@") == 0 && (c->added ? in->new_apex_count : in->old_apex_count) > 0)
            continue;
        uint32_t zone_ttl = c->added ? in->new_zone_ttl : in->old_zone_ttl;
        e = add_line(c->added ? add : remove, in->zone, c->label, c->has_ttl ? c->ttl : zone_ttl, c->type, c->rdata,
                     reterr);
    }
    for (size_t i = 0; e == ERR_OK && i < in->old_apex_count; i++)
        e = add_line(remove, in->zone, "@", in->old_zone_ttl, RR_NS, in->old_apex_ns[i], reterr);
    for (size_t i = 0; e == ERR_OK && i < in->new_apex_count; i++)
        e = add_line(add, in->zone, "@", in->new_zone_ttl, RR_NS, in->new_apex_ns[i], reterr);
    return e;
}

err_t dns_diff(const dns_diff_in_t *in, dns_diff_t *ret_diff, err_info_t *reterr)
{
    lines_t remove = {0}, add = {0};
    err_t e = collect(in, &remove, &add, reterr);
    if (e != ERR_OK) {
        lines_free(remove.items, remove.count);
        lines_free(add.items, add.count);
        return e;
    }
    if (remove.count > 0)
        qsort(remove.items, remove.count, sizeof(*remove.items), by_text);
    if (add.count > 0)
        qsort(add.items, add.count, sizeof(*add.items), by_text);
    cancel(&remove, &add);
    *ret_diff = (dns_diff_t){.needs_load = in->old_zone_ttl != in->new_zone_ttl || (in->old_apex_count == 0) != (in->new_apex_count == 0),
                             .remove = remove.items,
                             .add = add.items,
                             .remove_count = remove.count,
                             .add_count = add.count};
    for (size_t i = 0; i < remove.count; i++)
        ret_diff->bytes += strlen(remove.items[i]) + 1;
    for (size_t i = 0; i < add.count; i++)
        ret_diff->bytes += strlen(add.items[i]) + 1;
    return ERR_OK;
}

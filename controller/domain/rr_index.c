#include "controller/domain/rr_index.h"
#include <stdlib.h>
#include <string.h>

static uint32_t hash_text(uint64_t h, const char *text)
{
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (uint32_t)(h ^ (h >> 32));
}

static uint64_t hash_start(void)
{
    static const char here;
    return UINT64_C(14695981039346656037) ^ ((uint64_t)(uintptr_t)&here * UINT64_C(0x9E3779B97F4A7C15));
}

uint32_t rr_index_hash(const char *text)
{
    return hash_text(hash_start(), text);
}

static size_t table_size(size_t expected)
{
    size_t size = 64;
    while (size < expected * 2)
        size *= 2;
    return size;
}

struct rr_index {
    rr_entry_t *slots; /* rr NULL: free */
    size_t size, count;
};

rr_index_t *rr_index_new(size_t expected)
{
    rr_index_t *self = auto_calloc(1, sizeof(*self));
    self->size = table_size(expected);
    self->slots = auto_calloc(self->size, sizeof(*self->slots));
    return self;
}

void rr_index_destroy(rr_index_t **self)
{
    if (*self == NULL)
        return;
    free((*self)->slots);
    free(*self);
    *self = NULL;
}

static uint32_t rr_hash(const char *label, uint16_t type, const char *rdata)
{
    uint64_t h = hash_start() + type * UINT64_C(0xD6E8FEB86659FD93);
    h ^= (uint64_t)hash_text(h, label) << 16;
    return rdata == NULL ? (uint32_t)(h ^ (h >> 32)) : hash_text(h, rdata);
}

static rr_entry_t *rr_slot(const rr_index_t *self, const char *label, uint16_t type, const char *rdata, uint32_t hash)
{
    for (size_t i = hash & (self->size - 1);; i = (i + 1) & (self->size - 1)) {
        rr_entry_t *e = &self->slots[i];
        if (e->rr == NULL || (e->hash == hash && e->rr->type == type && strcmp(e->rr->label, label) == 0 &&
                              (rdata == NULL || strcmp(e->rr->rdata, rdata) == 0)))
            return e;
    }
}

rr_entry_t *rr_index_find(const rr_index_t *self, const char *label, uint16_t type, const char *rdata)
{
    rr_entry_t *e = rr_slot(self, label, type, rdata, rr_hash(label, type, rdata));
    return e->rr == NULL ? NULL : e;
}

static void rr_index_double(rr_index_t *self)
{
    rr_entry_t *old = self->slots;
    size_t old_size = self->size;
    self->size *= 2;
    self->slots = auto_calloc(self->size, sizeof(*self->slots));
    for (size_t k = 0; k < old_size; k++) {
        if (old[k].rr == NULL)
            continue;
        size_t i = old[k].hash & (self->size - 1);
        while (self->slots[i].rr != NULL)
            i = (i + 1) & (self->size - 1);
        self->slots[i] = old[k];
    }
    free(old);
}

rr_entry_t *rr_index_add(rr_index_t *self, const rr_entry_t *entry, bool with_rdata)
{
    const zonedata_rr_t *rr = entry->rr;
    const char *rdata = with_rdata ? rr->rdata : NULL;
    uint32_t hash = rr_hash(rr->label, rr->type, rdata);
    rr_entry_t *slot = rr_slot(self, rr->label, rr->type, rdata, hash);
    if (slot->rr != NULL)
        return slot;
    *slot = *entry;
    slot->hash = hash;
    if (++self->count * 2 > self->size)
        rr_index_double(self);
    return NULL;
}

rr_index_t *rr_index_of(const zonedata_t *data)
{
    rr_index_t *self = rr_index_new(data->records);
    size_t ordinal = 0;
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++, ordinal++)
            rr_index_add(self, &(rr_entry_t){.rr = &data->groups[g].rrs[r], .group = g, .record = r, .ordinal = ordinal}, true);
    }
    return self;
}

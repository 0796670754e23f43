#include "controller/domain/name_index.h"
#include "controller/domain/rr_index.h"
#include <stdlib.h>
#include <string.h>

static size_t table_size(size_t expected)
{
    size_t size = 64;
    while (size < expected * 2)
        size *= 2;
    return size;
}

typedef struct {
    const char *label; /* NULL: free */
    uint32_t hash;
    unsigned bits;
} name_entry_t;

struct name_index {
    name_entry_t *slots;
    size_t size, count;
};

name_index_t *name_index_new(size_t expected)
{
    name_index_t *self = auto_calloc(1, sizeof(*self));
    self->size = table_size(expected);
    self->slots = auto_calloc(self->size, sizeof(*self->slots));
    return self;
}

void name_index_destroy(name_index_t **self)
{
    if (*self == NULL)
        return;
    free((*self)->slots);
    free(*self);
    *self = NULL;
}

static name_entry_t *name_slot(const name_index_t *self, const char *label, uint32_t hash)
{
    size_t i = hash & (self->size - 1);
    while (self->slots[i].label != NULL && (self->slots[i].hash != hash || strcmp(self->slots[i].label, label) != 0))
        i = (i + 1) & (self->size - 1);
    return &self->slots[i];
}

static void name_index_double(name_index_t *self)
{
    name_entry_t *old = self->slots;
    size_t old_size = self->size;
    self->size *= 2;
    self->slots = auto_calloc(self->size, sizeof(*self->slots));
    for (size_t k = 0; k < old_size; k++) {
        if (old[k].label != NULL)
            *name_slot(self, old[k].label, old[k].hash) = old[k];
    }
    free(old);
}

unsigned *name_index_bits(name_index_t *self, const char *label)
{
    uint32_t hash = rr_index_hash(label);
    name_entry_t *e = name_slot(self, label, hash);
    if (e->label != NULL)
        return &e->bits;
    if (++self->count * 2 > self->size) {
        name_index_double(self);
        e = name_slot(self, label, hash);
    }
    *e = (name_entry_t){label, hash, 0};
    return &e->bits;
}

unsigned name_index_find(const name_index_t *self, const char *label)
{
    return name_slot(self, label, rr_index_hash(label))->bits;
}

const char *name_index_parent(const char *label)
{
    if (strcmp(label, "@") == 0)
        return NULL;
    for (const char *p = label; *p != '\0'; p++) {
        if (*p == '.')
            return p + 1;
        if (*p == '\\' && p[1] != '\0')
            p++;
    }
    return "@";
}

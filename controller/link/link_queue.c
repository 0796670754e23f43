#include "controller/link/link_queue.h"
#include <czmq.h>
#include <string.h>

/* A load in one part of this size costs no more than a batch of updates and goes with the small commands. */
enum { BULK_TEXT = 16 << 10, ENVELOPE_HEAD = 64 };

typedef struct {
    wire_command_t *items;
    size_t head, end, cap; /* queued: items[head .. end-1] */
} fifo_t;

typedef struct {
    uint64_t id;
    bool sent;
} open_t;

struct link_queue {
    fifo_t small, bulk;
    zhashx_t *open; /* id -> open_t */
    size_t sent, credit;
};

static size_t id_hash(const void *key)
{
    uint64_t id;
    memcpy(&id, key, sizeof id);
    return (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 16); /* ids are consecutive: spread them */
}

static int id_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(uint64_t));
}

static void open_free(void **item)
{
    free(*item);
    *item = NULL;
}

link_queue_t *link_queue_new(size_t credit)
{
    link_queue_t *self = auto_calloc(1, sizeof *self);
    self->credit = credit;
    self->open = zhashx_new();
    zhashx_set_key_hasher(self->open, id_hash);
    zhashx_set_key_comparator(self->open, id_compare);
    zhashx_set_key_duplicator(self->open, NULL); /* the key lives in the item */
    zhashx_set_key_destructor(self->open, NULL);
    zhashx_set_destructor(self->open, open_free);
    return self;
}

static void fifo_done(fifo_t *fifo)
{
    for (size_t i = fifo->head; i < fifo->end; i++)
        wire_command_done(&fifo->items[i]);
    free(fifo->items);
}

void link_queue_destroy(link_queue_t **self)
{
    if (*self == NULL)
        return;
    fifo_done(&(*self)->small);
    fifo_done(&(*self)->bulk);
    zhashx_destroy(&(*self)->open);
    free(*self);
    *self = NULL;
}

static void fifo_add(fifo_t *fifo, wire_command_t *command)
{
    if (fifo->end == fifo->cap && fifo->head > fifo->cap / 2) {
        memmove(fifo->items, fifo->items + fifo->head, (fifo->end - fifo->head) * sizeof *fifo->items);
        fifo->end -= fifo->head;
        fifo->head = 0;
    }
    fifo->items = auto_grow(fifo->items, &fifo->cap, fifo->end + 1, sizeof *fifo->items);
    fifo->items[fifo->end++] = *command;
    *command = (wire_command_t){0};
}

/* The first count commands are done with. */
static void fifo_drop(fifo_t *fifo, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_command_done(&fifo->items[fifo->head++]);
    if (fifo->head == fifo->end)
        fifo->head = fifo->end = 0;
}

static bool is_bulk(const wire_command_t *command)
{
    if (command->goal != WIRE_ZONE_LOAD)
        return false;
    const wire_zone_load_t *load = &command->zone_load;
    return load->parts > 1 || (load->text != NULL && strlen(load->text) > BULK_TEXT);
}

void link_queue_add(link_queue_t *self, wire_command_t *command)
{
    if (zhashx_lookup(self->open, &command->id) == NULL) {
        open_t *item = auto_malloc(sizeof *item);
        *item = (open_t){.id = command->id};
        zhashx_insert(self->open, &item->id, item);
    }
    fifo_add(is_bulk(command) ? &self->bulk : &self->small, command);
}

size_t link_queue_open(const link_queue_t *self)
{
    return zhashx_size(self->open);
}

bool link_queue_answered(link_queue_t *self, uint64_t id)
{
    const open_t *item = zhashx_lookup(self->open, &id);
    if (item == NULL)
        return false;
    if (item->sent)
        self->sent--;
    zhashx_delete(self->open, &id);
    return true;
}

/* May the command go out now?  Further parts and repeats of what is on its way always may. */
static bool may_send(const link_queue_t *self, const open_t *item, size_t planned)
{
    return item->sent || self->sent + planned < self->credit;
}

static void skip_answered(link_queue_t *self, fifo_t *fifo)
{
    while (fifo->head < fifo->end && zhashx_lookup(self->open, &fifo->items[fifo->head].id) == NULL)
        fifo_drop(fifo, 1);
}

/* How many commands from the head fit into one envelope and the credit. */
static size_t batch_count(const link_queue_t *self, const fifo_t *fifo, size_t max)
{
    size_t count = 0, planned = 0, size = ENVELOPE_HEAD;
    while (count < max && fifo->head + count < fifo->end) {
        const wire_command_t *command = &fifo->items[fifo->head + count];
        const open_t *item = zhashx_lookup(self->open, &command->id);
        if (item == NULL || !may_send(self, item, planned))
            break; /* answered meanwhile: skipped when it is at the head */
        size += wire_command_size(command);
        if (count > 0 && size > WIRE_ENVELOPE_MAX)
            break;
        planned += item->sent ? 0 : 1;
        count++;
    }
    return count;
}

static void mark_sent(link_queue_t *self, const wire_command_t *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        open_t *item = zhashx_lookup(self->open, &commands[i].id);
        if (item->sent)
            continue;
        item->sent = true;
        self->sent++;
    }
}

static err_t next(link_queue_t *self, fifo_t *fifo, size_t max, uint64_t epoch, uint8_t **ret_bytes, size_t *ret_size,
                  wire_command_t *ret_bad, err_info_t *reterr)
{
    *ret_size = 0;
    skip_answered(self, fifo);
    size_t count = batch_count(self, fifo, max);
    if (count == 0)
        return ERR_OK;
    wire_msg_t msg = {.kind = WIRE_COMMANDS, .version = WIRE_VERSION, .epoch = epoch}; /* borrows the commands */
    msg.commands.items = &fifo->items[fifo->head];
    msg.commands.count = count;
    err_t err = wire_encode(&msg, ret_bytes, ret_size, count > 1 ? NULL : reterr);
    if (err != ERR_OK && count > 1) { /* one bad command must not hold up the others: alone it shows itself */
        msg.commands.count = count = 1;
        err = wire_encode(&msg, ret_bytes, ret_size, reterr);
    }
    if (err == ERR_OK) {
        mark_sent(self, msg.commands.items, count);
        fifo_drop(fifo, count);
        return ERR_OK;
    }
    *ret_bad = fifo->items[fifo->head];
    fifo->items[fifo->head] = (wire_command_t){0};
    fifo_drop(fifo, 1);
    link_queue_answered(self, ret_bad->id);
    return err;
}

err_t link_queue_small(link_queue_t *self, uint64_t epoch, uint8_t **ret_bytes, size_t *ret_size,
                       wire_command_t *ret_bad, err_info_t *reterr)
{
    return next(self, &self->small, WIRE_BATCH_MAX, epoch, ret_bytes, ret_size, ret_bad, reterr);
}

err_t link_queue_bulk(link_queue_t *self, uint64_t epoch, uint8_t **ret_bytes, size_t *ret_size,
                      wire_command_t *ret_bad, err_info_t *reterr)
{
    return next(self, &self->bulk, 1, epoch, ret_bytes, ret_size, ret_bad, reterr);
}

static bool has_ready(const link_queue_t *self, const fifo_t *fifo)
{
    if (fifo->head == fifo->end)
        return false;
    const open_t *item = zhashx_lookup(self->open, &fifo->items[fifo->head].id);
    return item == NULL || may_send(self, item, 0);
}

bool link_queue_has_bulk(const link_queue_t *self)
{
    return has_ready(self, &self->bulk);
}

bool link_queue_has_small(const link_queue_t *self)
{
    return has_ready(self, &self->small);
}

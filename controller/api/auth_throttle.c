#include "controller/api/auth_throttle.h"
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, WAYS = 4 };

typedef struct {
    uint64_t key; /* 0: empty */
    unsigned failures;
    mono_t last;
} slot_t;

struct auth_throttle {
    const clock_source_t *clock;
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* nobody can choose names that share a slot */
    pthread_mutex_t lock;
    slot_t slots[SLOTS];
};

auth_throttle_t *auth_throttle_new(const clock_source_t *clock)
{
    auth_throttle_t *self = auto_calloc(1, sizeof *self);
    self->clock = clock;
    pthread_mutex_init(&self->lock, NULL);
    randombytes_buf(self->secret, sizeof self->secret);
    return self;
}

void auth_throttle_destroy(auth_throttle_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    pthread_mutex_destroy(&(*self)->lock);
    free(*self);
    *self = NULL;
}

static uint64_t key_of(const auth_throttle_t *self, const char *uri, const char *name, const char *address)
{
    AUTO_FREE char *text = auto_printf("%s\n%s\n%s", name != NULL ? uri : "", name != NULL ? name : "", address);
    uint64_t key = 0;
    crypto_shorthash((unsigned char *)&key, (const unsigned char *)text, strlen(text), self->secret);
    return key != 0 ? key : 1;
}

static int64_t age_s(const auth_throttle_t *self, const slot_t *slot)
{
    return mono_diff_ms(clock_mono(self->clock), slot->last) / 1000;
}

/* NULL: not there.  take: the place for it; an old one or the one with the fewest failures gives way. */
static slot_t *find(auth_throttle_t *self, uint64_t key, bool take)
{
    slot_t *set = &self->slots[key % (SLOTS / WAYS) * WAYS], *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key != 0 && age_s(self, &set[i]) > AUTH_THROTTLE_FORGET_S)
            set[i] = (slot_t){0};
        if (set[i].key == key)
            return &set[i];
        if (set[i].failures < least->failures)
            least = &set[i];
    }
    if (!take)
        return NULL;
    *least = (slot_t){.key = key};
    return least;
}

static unsigned wait_of(const auth_throttle_t *self, const slot_t *slot, unsigned free_failures)
{
    if (slot == NULL || slot->failures < free_failures)
        return 0;
    unsigned step = slot->failures - free_failures, wait = step < 6 ? 1u << step : AUTH_THROTTLE_MAX_S;
    wait = wait < AUTH_THROTTLE_MAX_S ? wait : AUTH_THROTTLE_MAX_S;
    int64_t gone = age_s(self, slot);
    return gone < wait ? wait - (unsigned)gone : 0;
}

unsigned auth_throttle_wait(auth_throttle_t *self, const char *uri, const char *name, const char *address)
{
    pthread_mutex_lock(&self->lock);
    unsigned wait = wait_of(self, find(self, key_of(self, uri, NULL, address), false), AUTH_THROTTLE_FREE_ADDRESS);
    unsigned more = name == NULL ? 0 : wait_of(self, find(self, key_of(self, uri, name, address), false), AUTH_THROTTLE_FREE);
    pthread_mutex_unlock(&self->lock);
    return wait > more ? wait : more;
}

static void count(auth_throttle_t *self, uint64_t key)
{
    slot_t *slot = find(self, key, true);
    slot->failures++;
    slot->last = clock_mono(self->clock);
}

void auth_throttle_failed(auth_throttle_t *self, const char *uri, const char *name, const char *address)
{
    pthread_mutex_lock(&self->lock);
    count(self, key_of(self, uri, NULL, address));
    if (name != NULL)
        count(self, key_of(self, uri, name, address));
    pthread_mutex_unlock(&self->lock);
}

void auth_throttle_passed(auth_throttle_t *self, const char *uri, const char *name, const char *address)
{
    pthread_mutex_lock(&self->lock);
    slot_t *slot = find(self, key_of(self, uri, name, address), false);
    if (slot != NULL)
        *slot = (slot_t){0};
    pthread_mutex_unlock(&self->lock);
}

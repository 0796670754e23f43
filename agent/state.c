#include "agent/state.h"
#include "agent/files.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct state {
    char *path;
    uint64_t epoch, generation;
};

static bool number(const char *text, const char *name, uint64_t *ret)
{
    const char *p = strstr(text, name);
    if (p == NULL || !isdigit((unsigned char)p[strlen(name)]))
        return false;
    char *end;
    errno = 0;
    *ret = strtoull(p + strlen(name), &end, 10);
    return errno == 0 && *end == '\n';
}

err_t state_open(const char *dir, state_t **ret_state, err_info_t *reterr)
{
    state_t *self = auto_calloc(1, sizeof *self);
    self->path = auto_printf("%s/agent.state", dir);
    AUTO_FREE char *text = NULL;
    err_t e = ERR_OK;
    if (access(self->path, F_OK) == 0)
        e = files_read(self->path, &text, reterr);
    if (e == ERR_OK && text != NULL && (!number(text, "epoch ", &self->epoch) ||
                                        !number(text, "generation ", &self->generation)))
        e = err_set(reterr, ERR_CONFIG, "state file \"%s\" is not understood", self->path);
    if (e != ERR_OK)
        state_destroy(&self);
    else
        *ret_state = self;
    return e;
}

void state_destroy(state_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    free((*self)->path);
    free(*self);
    *self = NULL;
}

uint64_t state_epoch(const state_t *self) { return self->epoch; }
uint64_t state_generation(const state_t *self) { return self->generation; }

static err_t save(state_t *self, uint64_t epoch, uint64_t generation, err_info_t *reterr)
{
    if (epoch == self->epoch && generation == self->generation)
        return ERR_OK;
    AUTO_FREE char *text = auto_printf("epoch %" PRIu64 "\ngeneration %" PRIu64 "\n", epoch, generation);
    err_t e = files_write(self->path, text, strlen(text), 0640, reterr);
    if (e == ERR_OK) {
        self->epoch = epoch;
        self->generation = generation;
    }
    return e;
}

err_t state_set_epoch(state_t *self, uint64_t epoch, err_info_t *reterr) 
{
    return epoch > self->epoch ? save(self, epoch, self->generation, reterr) : ERR_OK;
}

err_t state_set_generation(state_t *self, uint64_t generation,
                           err_info_t *reterr) { return save(self, self->epoch, generation, reterr); }

#include "agent/spool.h"
#include "agent/files.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MODE = 0660 }; /* named replaces zone files as a member of the directory's group */

typedef struct entry entry_t;
struct entry {
    uint64_t id;
    uint32_t next_part;
    char *path;
    entry_t *next;
};

struct spool {
    const driver_t *driver;
    void *server;
    entry_t *entries; /* few: the controller sends the parts of one zone in a row */
};

spool_t *spool_new(const driver_t *driver, void *server)
{
    spool_t *self = auto_calloc(1, sizeof *self);
    *self = (spool_t){.driver = driver, .server = server};
    return self;
}

static entry_t **find(spool_t *self, uint64_t id)
{
    entry_t **p = &self->entries;
    while (*p != NULL && (*p)->id != id)
        p = &(*p)->next;
    return p;
}

static void drop(entry_t **at, bool remove_file)
{
    entry_t *e = *at;
    *at = e->next;
    if (remove_file)
        unlink(e->path);
    free(e->path);
    free(e);
}

void spool_clear(spool_t *self)
{
    while (self->entries != NULL)
        drop(&self->entries, true);
}

void spool_destroy(spool_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    spool_clear(*self);
    free(*self);
    *self = NULL;
}

spool_result_t spool_part(spool_t *self, uint64_t id, const wire_zone_load_t *load, char **ret_path, err_info_t *reterr)
{
    entry_t **at = find(self, id);
    if (*at != NULL && load->part == 0)
        drop(at, true); /* the command is repeated from its start */
    at = find(self, id);
    if (*at == NULL) {
        if (load->part != 0)
            return SPOOL_INCOMPLETE;
        *at = auto_calloc(1, sizeof **at);
        (*at)->id = id;
        (*at)->path = self->driver->spool_path(self->server, id);
        unlink((*at)->path);
    }
    entry_t *e = *at;
    if (load->part != e->next_part) {
        drop(at, true);
        return SPOOL_INCOMPLETE;
    }
    if (files_append(e->path, load->text, strlen(load->text), FILE_MODE, reterr) != ERR_OK) {
        drop(at, true);
        return SPOOL_IO;
    }
    if (++e->next_part < load->parts)
        return SPOOL_MORE;
    *ret_path = auto_strdup(e->path);
    drop(at, false);
    return SPOOL_COMPLETE;
}

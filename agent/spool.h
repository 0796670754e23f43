/* Collects the parts of ZoneLoad commands in files. */
#ifndef DMS_AGENT_SPOOL_H
#define DMS_AGENT_SPOOL_H
#include "agent/driver.h"

typedef enum { SPOOL_MORE, SPOOL_COMPLETE, SPOOL_INCOMPLETE, SPOOL_IO } spool_result_t;
typedef struct spool spool_t;
spool_t *spool_new(const driver_t *driver, void *server);
void spool_destroy(spool_t **self);
/* COMPLETE: *ret_path is the file, owned by the caller, as is the string.  INCOMPLETE: a part is missing; all is
 * dropped. */
spool_result_t spool_part(spool_t *self, uint64_t id, const wire_zone_load_t *load, char **ret_path,
                          err_info_t *reterr);
void spool_clear(spool_t *self); /* a new session: parts of the old one will not be continued */
#endif

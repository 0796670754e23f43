/* What waits for one agent: small commands, then parts of bulk loads, and the ids that are not answered yet. */
#ifndef DMS_LINK_QUEUE_H
#define DMS_LINK_QUEUE_H
#include "proto/wire.h"

typedef struct link_queue link_queue_t;
/* credit: ids that may be on their way unanswered; further commands wait here. */
link_queue_t *link_queue_new(size_t credit);
void link_queue_destroy(link_queue_t **self);
/* Takes the contents of the command. */
void link_queue_add(link_queue_t *self, wire_command_t *command);
/* Ids without a report, queued or sent; each once, however often it is sent and in however many parts. */
size_t link_queue_open(const link_queue_t *self);
/* A report came; queued copies of the command are dropped.  False: the id was not open (a late double). */
bool link_queue_answered(link_queue_t *self, uint64_t id);
/* Encode the next envelope of small commands, or of one part of a bulk load.  Returns ERR_OK and *ret_size 0 when there is nothing
 * to send now.  Errors: ERR_LIMIT when a command cannot be encoded; it is taken out of the queue and moved to *ret_bad. */
err_t link_queue_small(link_queue_t *self, uint64_t epoch, uint8_t **ret_bytes, size_t *ret_size,
                       wire_command_t *ret_bad, err_info_t *reterr);
err_t link_queue_bulk(link_queue_t *self, uint64_t epoch, uint8_t **ret_bytes, size_t *ret_size,
                      wire_command_t *ret_bad, err_info_t *reterr);
/* True if a part of a bulk load could go out now. */
bool link_queue_has_bulk(const link_queue_t *self);
bool link_queue_has_small(const link_queue_t *self);
#endif

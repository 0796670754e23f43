/* Rows -> JSON structures of behaviour.md 3.4. */
#ifndef DMS_PACK_H
#define DMS_PACK_H
#include "controller/api/method.h"

/* Set a member: NULL text, id 0 and time 0 become null. */
void pack_text(json_t *object, const char *key, const char *text);
void pack_id(json_t *object, const char *key, int64_t id);
void pack_int(json_t *object, const char *key, int64_t number);
void pack_bool(json_t *object, const char *key, bool value);
void pack_time(json_t *object, const char *key, wall_t time);
json_t *pack_names(char *const *names, size_t count);

json_t *pack_zone_brief(const zone_row_t *row);
json_t *pack_zone_full(const zone_row_t *row);
json_t *pack_zi_brief(const zi_row_t *row);
json_t *pack_zi(const zi_row_t *row); /* brief and SOA values */
json_t *pack_server_brief(const server_row_t *row);
json_t *pack_server_full(const server_row_t *row);
json_t *pack_group(const group_row_t *row);
json_t *pack_event(const event_row_t *row);

/* A changing method's result by its kind (method_kind_t) and the caller's `receipt`. */
json_t *pack_change(const method_call_t *call, const change_result_t *result);
/* The same where the result without receipt is something else (reference taken). */
json_t *pack_change_other(const method_call_t *call, const change_result_t *result, json_t *old);
/* How most changing methods end: the result if err is ERR_OK; returns err. */
err_t pack_done(const method_call_t *call, err_t err, const change_result_t *result, json_t **ret_result);
#endif

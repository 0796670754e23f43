/* Receipts: what a change returned, and how far it is on each server. */
#ifndef DMS_ZONE_TOOL_WAIT_H
#define DMS_ZONE_TOOL_WAIT_H
#include "zone_tool/command.h"

enum { WAIT_DEFAULT_S = 60 };

/* Call a changing method with receipt: true, show warnings and the change's number, and wait if --wait says so.
 * params: reference is taken. Returns the exit code; errors are printed. */
int wait_call(tool_t *tool, const args_t *args, const char *method, json_t *params);
/* The second half, for callers that look at the result themselves. */
int wait_receipt(tool_t *tool, const args_t *args, const json_t *result);
/* What --wait says; absent: what counts if it is not given. */
int64_t wait_seconds(const args_t *args, int64_t absent);
/* Wait for a change at most so long: EXIT_OK, or EXIT_TEMPFAIL having told which server is behind, why and since when. */
int wait_change(tool_t *tool, int64_t change_id, int64_t seconds);
/* show_change. Returns the exit code; errors are printed. */
int wait_show(tool_t *tool, int64_t change_id);
/* Why a server of a receipt or of show_zonesm is not there yet, and since when, for a person. Caller frees. */
char *wait_why(const json_t *server);
/* The receipt as a picture: bars on a time axis. */
void wait_picture(const json_t *receipt, FILE *to);
#endif

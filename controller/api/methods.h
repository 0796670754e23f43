/* The method table (methods.def), and what is made from it. */
#ifndef DMS_METHODS_H
#define DMS_METHODS_H
#include "controller/api/method.h"

extern const method_t methods_table[];
extern const size_t methods_count;

/* OpenRPC 1.2.6 document of the methods that the caller may use: rpc.discover. */
err_t methods_discover(method_call_t *call, json_t **ret_result, err_info_t *reterr);
/* Markdown reference: doc/methods.md. */
void methods_markdown(FILE *out);
#endif

/* What methods give, for rpc.discover: an example of it, and a JSON schema made from the example. */
#ifndef DMS_METHOD_RESULT_H
#define DMS_METHOD_RESULT_H
#include "controller/api/method.h"

/* New references.  The example is of a call with the method's example parameters; NULL: results.def has none. */
json_t *method_result_example(const method_t *method);
json_t *method_result_schema(const method_t *method);
#endif

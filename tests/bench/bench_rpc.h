/* Minimal JSON-RPC client of the benchmarks: HTTP/1.1 keep-alive over the unix socket. */
#ifndef DMS_BENCH_RPC_H
#define DMS_BENCH_RPC_H
#include <jansson.h>
/* Connected socket; ends the program when it cannot. */
int bench_rpc_open(const char *path);
/* Takes params; returns the result (caller owns); an error answer ends the program with its text. */
json_t *bench_rpc_call(int fd, const char *method, json_t *params);
#endif

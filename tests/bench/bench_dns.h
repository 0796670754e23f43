/* Watches many names on two servers until each answers with the wanted TXT: the proof that both measurements share. */
#ifndef DMS_BENCH_DNS_H
#define DMS_BENCH_DNS_H
#include <stddef.h>
/* servers: "127.0.0.1#5300 127.0.0.1#5301".  names[i] must answer TXT "want" on every server.
 * Returns the number of questions asked; ends the program after limit_s seconds. */
size_t bench_dns_wait(const char *servers, char *const *names, size_t count, const char *want, int limit_s);
#endif

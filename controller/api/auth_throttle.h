/* Failed logins, counted for an account at an address and for an address alone: after some that are free each next one has to wait longer.
 * Memory is bounded; when slots run short the ones that matter least are lost.  Thread: any. */
#ifndef DMS_AUTH_THROTTLE_H
#define DMS_AUTH_THROTTLE_H
#include "shared/clock.h"
#include "shared/err.h"

enum { AUTH_THROTTLE_FREE = 10, AUTH_THROTTLE_FREE_ADDRESS = 100, AUTH_THROTTLE_MAX_S = 60, AUTH_THROTTLE_FORGET_S = 900 };

typedef struct auth_throttle auth_throttle_t;
auth_throttle_t *auth_throttle_new(const clock_source_t *clock);
void auth_throttle_destroy(auth_throttle_t **self);
/* Seconds that this account at this address has to wait; 0: go on. name NULL: the address alone. */
unsigned auth_throttle_wait(auth_throttle_t *self, const char *uri, const char *name, const char *address);
void auth_throttle_failed(auth_throttle_t *self, const char *uri, const char *name, const char *address);
/* The account has logged in: its failures at this address are forgotten (those of the address are not). */
void auth_throttle_passed(auth_throttle_t *self, const char *uri, const char *name, const char *address);
#endif

/* The Authorization header: Basic (RFC 7617) and Bearer (RFC 6750) with this system's tokens.  Pure; fuzzed. */
#ifndef DMS_AUTH_HEADER_H
#define DMS_AUTH_HEADER_H
#include <stdbool.h>
#include <stddef.h>

enum { AUTH_HEADER_MAX = 2048, AUTH_HEADER_ID = 16, AUTH_HEADER_SECRET = 64 };
typedef enum { AUTH_HEADER_NONE, AUTH_HEADER_BASIC, AUTH_HEADER_TOKEN, AUTH_HEADER_BAD } auth_header_kind_t;

typedef struct {
    auth_header_kind_t kind;
    char text[AUTH_HEADER_MAX + 1];      /* BASIC: "login\0password" */
    size_t login_len, password_len;
    char id[AUTH_HEADER_ID + 1], secret[AUTH_HEADER_SECRET + 1]; /* TOKEN: hexadecimal, lower case */
} auth_header_t;

/* value NULL: NONE.  BAD: another scheme, not well formed, or too long.  Nothing is allocated; wipe with auth_header_done. */
void auth_header_parse(const char *value, auth_header_t *ret_header);
void auth_header_done(auth_header_t *header);
static inline const char *auth_header_login(const auth_header_t *h) { return h->text; }
static inline const char *auth_header_password(const auth_header_t *h) { return h->text + h->login_len + 1; }
#endif

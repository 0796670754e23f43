#include "controller/fsm/fsm_params.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put(fsm_params_t *self, const char *text, size_t len)
{
    self->text = auto_grow(self->text, &self->cap, self->len + len + 2, 1); /* brace, NUL */
    memcpy(self->text + self->len, text, len);
    self->len += len;
    self->text[self->len] = '\0';
}

static void put_key(fsm_params_t *self, const char *key)
{
    put(self, self->len == 0 ? "{\"" : ", \"", self->len == 0 ? 2 : 3);
    put(self, key, strlen(key));
    put(self, "\": ", 3);
}

void fsm_params_int(fsm_params_t *self, const char *key, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, number);
    put_key(self, key);
    put(self, text, (size_t)len);
}

void fsm_params_bool(fsm_params_t *self, const char *key, bool value)
{
    put_key(self, key);
    put(self, value ? "true" : "false", value ? 4 : 5);
}

void fsm_params_text(fsm_params_t *self, const char *key, const char *text)
{
    if (text == NULL)
        return;
    put_key(self, key);
    put(self, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8];
        int len = c == '"' || c == '\\' ? snprintf(escaped, sizeof(escaped), "\\%c", c)
                  : c < 0x20            ? snprintf(escaped, sizeof(escaped), "\\u%04x", c)
                                        : snprintf(escaped, sizeof(escaped), "%c", c);
        put(self, escaped, (size_t)len);
    }
    put(self, "\"", 1);
}

char *fsm_params_take(fsm_params_t *self)
{
    if (self->len == 0)
        return auto_strdup("{}");
    put(self, "}", 1);
    char *text = self->text;
    *self = FSM_PARAMS_INIT;
    return text;
}

/* Inside a string every quote is escaped, so `"key": ` is found at a member only. */
static const char *member(const char *json, const char *key)
{
    if (json == NULL)
        return NULL;
    char pattern[64];
    snprintf(pattern, sizeof(pattern), "\"%s\": ", key);
    const char *at = strstr(json, pattern);
    return at != NULL ? at + strlen(pattern) : NULL;
}

int64_t fsm_params_get_int(const char *json, const char *key)
{
    const char *at = member(json, key);
    return at != NULL ? strtoll(at, NULL, 10) : 0;
}

bool fsm_params_get_bool(const char *json, const char *key)
{
    const char *at = member(json, key);
    return at != NULL && strncmp(at, "true", 4) == 0;
}

char *fsm_params_result(const char *message, const char *before, const char *after, const err_info_t *failure, int64_t edit_lock_token)
{
    fsm_params_t params = FSM_PARAMS_INIT;
    fsm_params_text(&params, "message", message);
    fsm_params_text(&params, "pre_event_sm_state", before);
    fsm_params_text(&params, "post_event_sm_state", after);
    if (failure != NULL)
        fsm_params_text(&params, "sm_exception_type", err_row(failure->code)->class_name);
    if (edit_lock_token != 0)
        fsm_params_int(&params, "edit_lock_token", edit_lock_token);
    return fsm_params_take(&params);
}

int64_t fsm_params_backoff_ms(int attempts, int64_t min_ms, int64_t max_ms, uint64_t jitter)
{
    int64_t ms = min_ms;
    for (int i = 1; i < attempts && ms < max_ms; i++)
        ms *= 2;
    if (ms > max_ms)
        ms = max_ms;
    /* splitmix64: neighbouring numbers must not give neighbouring delays */
    jitter = (jitter ^ (jitter >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    jitter = (jitter ^ (jitter >> 27)) * UINT64_C(0x94d049bb133111eb);
    int64_t percent = 75 + (int64_t)((jitter >> 33) % 51);
    return ms * percent / 100;
}

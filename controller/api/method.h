/* What a JSON-RPC method is: one row of methods.def, and the call that its handler gets. */
#ifndef DMS_METHOD_H
#define DMS_METHOD_H
#include "controller/store/db.h"
#include "controller/store/rows.h"
#include "controller/usecase/zone_edit.h"
#include <jansson.h>

typedef enum {
    METHOD_TEXT,    /* string */
    METHOD_INT,     /* integer */
    METHOD_BOOL,    /* true or false, nothing else */
    METHOD_NAMES,   /* array of strings */
    METHOD_LABELS,  /* array of strings, or of {sectag_label} as show_zone gives them */
    METHOD_ZI_ID,   /* integer, or zi-id notation as a string */
    METHOD_ZI_DATA, /* object: zone contents (zone_json.h) */
    METHOD_ZONE,    /* string: zone; an address or network means the most specific reverse zone that holds it */
    METHOD_WORDS,   /* string, or array of strings */
    METHOD_OBJECTS, /* array of objects; the handler knows their keys */
} method_type_t;

typedef struct {
    const char *name;
    method_type_t type;
    bool required;
    const char *def;      /* default as JSON text; NULL: absent (null) */
    unsigned roles;       /* METHOD_ROLE bits; for other roles the parameter does not exist */
    int64_t min, max;     /* METHOD_INT: range; METHOD_TEXT, METHOD_ZONE: most bytes (0: 1024, -1: any number); METHOD_NAMES,
                             METHOD_LABELS, METHOD_OBJECTS: most elements;
                             METHOD_BOOL: max 1: null is refused */
    const char *sentence;
} method_param_t;

/* What a changing method gives when no receipt is asked for (front ends of the predecessor expect true or null). */
typedef enum { METHOD_READS, METHOD_GIVES_TRUE, METHOD_GIVES_NULL, METHOD_GIVES_RECEIPT, METHOD_GIVES_OTHER } method_kind_t;

#define METHOD_ROLE(role) (1u << (role))
#define METHOD_UNTAGGED (1u << 30) /* about the whole system: not there for front ends with a sectag of their own */
#define METHOD_SOCKET (1u << 31)   /* only at the unix socket: whoever makes accounts could make himself any */
#define METHOD_PERSON (1u << 29)   /* not with an API token: who has one cannot make others */
#define METHOD_RECORDS (1u << 28)  /* also for tokens that are limited to some records: it shows and changes no others */
#define METHOD_ROLES (METHOD_RECORDS - 1)
enum { METHOD_PARAMS_MAX = 16 };

typedef struct method method_t;

/* Set by a handler that must wait (wait_change): the call is answered later by the waiter, no thread is held. */
typedef struct {
    int64_t change_id;    /* 0: no change to wait for */
    int64_t change_set_id; /* 0: no change set to wait for */
    int64_t timeout_ms;
} method_wait_t;

typedef struct {
    size_t max_records, max_batch;
    int64_t token_lifetime_s, token_lifetime_max_s;
    size_t password_min;
} method_limits_t;

typedef struct {
    db_t *db;                /* NULL only for methods that need none */
    const caller_t *who;
    const method_limits_t *limits;
    const method_t *method;
    const method_t *methods; /* the whole table */
    size_t method_count;
    json_t *params;          /* object, checked, defaults filled in */
    bool receipt;            /* the caller wants the receipt object */
    wall_t now;
    method_wait_t wait;      /* out */
} method_call_t;

/* Unpack, call the use case, pack.  *ret_result: new reference. */
typedef err_t (*method_fn_t)(method_call_t *call, json_t **ret_result, err_info_t *reterr);

struct method {
    const char *name;
    unsigned roles;       /* METHOD_ROLE bits and the flags above */
    method_kind_t kind;
    bool needs_db;
    method_fn_t fn;
    const char *result;   /* in words */
    const char *errors;   /* names of error.def, blank-separated */
    const char *sentence;
    const char *example;  /* params as JSON */
    method_param_t params[METHOD_PARAMS_MAX];
};

/* Is there this method for the caller: by role, place, security tag, and what front end and token are limited to? */
bool method_for(const method_t *method, const caller_t *who);
/* The method of this name that the caller may use; NULL: for this one there is none. */
const method_t *method_find(const method_t *methods, size_t count, const char *name, const caller_t *who);
static inline bool method_changes(const method_t *m) { return m->kind != METHOD_READS; }
#endif

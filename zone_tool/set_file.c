#include "zone_tool/set_file.h"
#include "shared/rr.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    json_t *params, *operations;
    json_t *zones, *ops;   /* of the block; borrowed */
    unsigned line;
} reader_t;

PRINTF(3, 4)
static err_t wrong(const reader_t *r, err_info_t *reterr, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *what = auto_vprintf(fmt, ap);
    va_end(ap);
    err_set(reterr, ERR_INVALID_ARGUMENT, "line %u: %s", r->line, what);
    err_hint(reterr, "help plan explains the file");
    return ERR_INVALID_ARGUMENT;
}

/* The next word of *text, which moves behind it; NULL: none. Caller frees. */
static char *word(const char **text)
{
    *text += strspn(*text, " \t");
    size_t len = strcspn(*text, " \t");
    const char *start = *text;
    *text += len + strspn(*text + len, " \t");
    return len > 0 ? auto_strndup(start, len) : NULL;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && *text != '\0')
        json_object_set_new(object, key, json_string(text));
}

/* ---- conditions: they begin a block when operations stand before them */

static void begin_block(reader_t *r)
{
    if (r->zones != NULL && json_array_size(r->ops) == 0)
        return;
    json_t *operation = json_pack("{s:{}, s:[]}", "zones", "ops");
    r->zones = json_object_get(operation, "zones");
    r->ops = json_object_get(operation, "ops");
    json_array_append_new(r->operations, operation);
}

static err_t condition(reader_t *r, const char *verb, const char *rest, err_info_t *reterr)
{
    begin_block(r);
    if (strcmp(verb, "zones") == 0) {
        json_t *names = json_object_get(r->zones, "names");
        for (char *name; (name = word(&rest)) != NULL; free(name)) {
            if (names == NULL)
                json_object_set_new(r->zones, "names", names = json_array());
            json_array_append_new(names, json_string(name));
        }
        return ERR_OK;
    }
    if (*rest == '\0')
        return wrong(r, reterr, "\"%s\" has nothing behind it", verb);
    if (strcmp(verb, "where") == 0) {
        AUTO_FREE char *type = word(&rest);
        json_t *where = json_pack("{s:s}", "type", type);
        set_text(where, "rdata", rest);
        json_object_set_new(r->zones, "where", where);
        return ERR_OK;
    }
    set_text(r->zones, strcmp(verb, "group") == 0 ? "sg_name" : "reference", rest);
    return ERR_OK;
}

/* ---- operations */

/* [OWNER:] TYPE */
static err_t owner_and_type(reader_t *r, const char **rest, json_t *op, err_info_t *reterr)
{
    AUTO_FREE char *first = word(rest);
    size_t len = first != NULL ? strlen(first) : 0;
    if (len > 1 && first[len - 1] == ':') {
        first[len - 1] = '\0';
        set_text(op, "label", first);
        free(first);
        first = word(rest);
    }
    if (first == NULL)
        return wrong(r, reterr, "there is no record type");
    set_text(op, "type", first);
    return ERR_OK;
}

static err_t on_values(reader_t *r, const char *verb, const char *rest, json_t *op, err_info_t *reterr)
{
    static const char arrow[] = " -> ";
    err_t e = owner_and_type(r, &rest, op, reterr);
    if (e != ERR_OK)
        return e;
    if (strcmp(verb, "set_ttl") == 0) {
        AUTO_FREE char *ttl = word(&rest);
        uint32_t seconds;
        if (ttl == NULL || !rr_ttl_from_text(ttl, &seconds))
            return wrong(r, reterr, "\"%s\" is not a TTL", ttl != NULL ? ttl : "");
        json_object_set_new(op, "ttl", json_integer(seconds));
        set_text(op, "rdata", rest);
    } else if (strcmp(verb, "remove") == 0) {
        set_text(op, "rdata", rest);
    } else {
        const char *middle = strstr(rest, arrow);
        if (middle == NULL || middle == rest)
            return wrong(r, reterr, "expected VALUE -> VALUE");
        AUTO_FREE char *old = auto_strndup(rest, (size_t)(middle - rest));
        set_text(op, "rdata", old);
        set_text(op, "new_rdata", middle + strlen(arrow) + strspn(middle + strlen(arrow), " \t"));
    }
    return ERR_OK;
}

/* OWNER [TTL] TYPE [VALUE] */
static err_t on_set(reader_t *r, const char *rest, json_t *op, err_info_t *reterr)
{
    AUTO_FREE char *owner = word(&rest);
    AUTO_FREE char *next = word(&rest);
    uint32_t seconds;
    if (owner != NULL && next != NULL && rr_ttl_from_text(next, &seconds)) {
        json_object_set_new(op, "ttl", json_integer(seconds));
        free(next);
        next = word(&rest);
    }
    if (next == NULL)
        return wrong(r, reterr, "expected OWNER [TTL] TYPE VALUE");
    set_text(op, "label", owner);
    set_text(op, "type", next);
    if (*rest != '\0')
        json_object_set_new(op, "rdata", json_pack("[s]", rest));
    return ERR_OK;
}

static err_t operation(reader_t *r, const char *verb, const char *rest, err_info_t *reterr)
{
    static const struct { const char *verb, *op; bool of_values; } known[] = {
        {"substitute", "SUBSTITUTE", true}, {"set_ttl", "SUBSTITUTE", true}, {"remove", "REMOVE", true}, {"replace", "REPLACE", false},
        {"extend", "EXTEND", false},        {"add", "ADD", false},           {"prune", "PRUNE", false},  {"delete", "DELETE", false}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(known[i].verb, verb) != 0)
            continue;
        if (r->ops == NULL)
            return wrong(r, reterr, "\"zones\" must come first; alone on its line it means all zones");
        json_t *op = json_pack("{s:s}", "op", known[i].op);
        err_t e = known[i].of_values ? on_values(r, verb, rest, op, reterr) : on_set(r, rest, op, reterr);
        json_array_append_new(r->ops, op);
        return e;
    }
    return wrong(r, reterr, "\"%.40s\" is not known", verb);
}

/* ---- the whole */

static err_t line(reader_t *r, const char *text, err_info_t *reterr)
{
    static const char *const conditions[] = {"zones", "reference", "group", "where"};
    const char *rest = text;
    AUTO_FREE char *verb = word(&rest);
    if (verb == NULL || *verb == '#' || *verb == ';')
        return ERR_OK;
    if (strcmp(verb, "title") == 0) {
        set_text(r->params, "title", rest);
        return ERR_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
        if (strcmp(verb, conditions[i]) == 0)
            return condition(r, verb, rest, reterr);
    }
    return operation(r, verb, rest, reterr);
}

static err_t parse_json(const char *text, json_t **ret_params, err_info_t *reterr)
{
    json_error_t error;
    json_auto_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "line %d, column %d: %s", error.line, error.column, error.text);
    *ret_params = json_is_array(json) ? json_pack("{s:O}", "operations", json) : json_incref(json);
    return ERR_OK;
}

err_t set_file_parse(const char *text, json_t **ret_params, err_info_t *reterr)
{
    const char first = text[strspn(text, " \t\r\n")];
    if (first == '[' || first == '{')
        return parse_json(text, ret_params, reterr);
    json_auto_t *params = json_pack("{s:[]}", "operations");
    reader_t r = {.params = params, .operations = json_object_get(params, "operations")};
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, "\n"), used = len;
        while (used > 0 && strchr(" \t\r", p[used - 1]) != NULL)
            used--;
        AUTO_FREE char *one = auto_strndup(p, used);
        r.line++;
        err_t e = line(&r, one, reterr);
        if (e != ERR_OK)
            return e;
        p += len + (p[len] == '\n');
    }
    *ret_params = json_incref(params);
    return ERR_OK;
}

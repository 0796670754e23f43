#include "controller/api/rpc.h"
#include "controller/api/idempotency.h"
#include "controller/api/m_kept_text.h"
#include "controller/api/params.h"
#include "controller/api/resolve.h"
#include "controller/api/rpc_error.h"
#include "shared/dname.h"
#include "shared/log.h"
#include <stdlib.h>
#include <string.h>

struct rpc_job {
    const rpc_opts_t *opts;
    caller_t who;
    char *strings[5]; /* owned copies behind who */
    bool batch;
    json_t *answers; /* array in request order; null: a notification, or an open wait */
    rpc_wait_t *waits;
    size_t wait_count, wait_cap;
    char *summary;
    db_t *db;
    bool db_asked;
    err_info_t db_error;
};

rpc_job_t *rpc_job_new(const rpc_opts_t *opts, const caller_t *who)
{
    rpc_job_t *self = auto_calloc(1, sizeof *self);
    self->opts = opts;
    self->who = *who;
    const char **texts[] = {&self->who.role_name, &self->who.sectag, &self->who.login, &self->who.front_end,
                            &self->who.address};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = self->strings[i] = auto_strdup(*texts[i]);
    self->who.request_id = self->who.method = NULL;
    self->answers = json_array();
    return self;
}

void rpc_job_destroy(rpc_job_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    rpc_job_t *j = *self;
    for (size_t i = 0; i < ARRAY_SIZE(j->strings); i++)
        free(j->strings[i]);
    for (size_t i = 0; i < j->wait_count; i++) {
        json_decref(j->waits[i].id);
        json_decref(j->waits[i].last);
    }
    free(j->waits);
    json_decref(j->answers);
    err_info_done(&j->db_error);
    free(j->summary);
    free(j);
    *self = NULL;
}

const caller_t *rpc_job_caller(const rpc_job_t *self) { return &self->who; }

rpc_wait_t *rpc_job_waits(rpc_job_t *self, size_t *ret_count)
{
    *ret_count = self->wait_count;
    return self->waits;
}

size_t rpc_job_open_waits(const rpc_job_t *self)
{
    size_t open = 0;
    for (size_t i = 0; i < self->wait_count; i++)
        open += !self->waits[i].settled;
    return open;
}

bool rpc_too_deep(const char *text, size_t len)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > RPC_DEPTH_MAX)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

static json_t *envelope(json_t *id)
{
    json_t *answer = json_object();
    json_object_set_new(answer, "jsonrpc", json_string("2.0"));
    if (id != NULL)
        json_object_set(answer, "id", id);
    else
        json_object_set_new(answer, "id", json_null());
    return answer;
}

static json_t *error_answer(const rpc_job_t *self, json_t *id, err_t code, const err_info_t *info)
{
    json_t *answer = envelope(id);
    json_object_set_new(answer, "error", rpc_error_pack(code, info, self->who.role));
    return answer;
}

static json_t *result_answer(json_t *id, json_t *result)
{
    json_t *answer = envelope(id);
    json_object_set_new(answer, "result", result);
    return answer;
}

/* The place keeps its number, so that settled waits find theirs. */
static void put(rpc_job_t *self, size_t index, json_t *answer)
{
    while (json_array_size(self->answers) <= index)
        json_array_append_new(self->answers, json_null());
    json_array_set_new(self->answers, index, answer);
}

static void note(rpc_job_t *self, const char *method, err_t err, int64_t ms)
{
    enum { SUMMARY_MAX = 400 };
    char *old = self->summary;
    if (old != NULL && strlen(old) > SUMMARY_MAX)
        return;
    self->summary = auto_printf("%s%s%.80s(%s, %lld ms)", old != NULL ? old : "", old != NULL ? " " : "", method,
                                err_name(err), (long long)ms);
    free(old);
}

const char *rpc_job_summary(const rpc_job_t *self) { return self->summary != NULL ? self->summary : "-"; }

static err_t take_db(rpc_job_t *self, err_info_t *reterr)
{
    if (!self->db_asked) {
        self->db_asked = true;
        self->db = self->opts->db != NULL ? self->opts->db(self->opts->db_arg, &self->db_error) : NULL;
    }
    if (self->db != NULL)
        return ERR_OK;
    err_t code = self->db_error.code != ERR_OK ? self->db_error.code : ERR_DB_DOWN;
    return err_set(reterr, code, "%s", self->db_error.message != NULL ? self->db_error.message : err_text(code));
}

/* Which object the caller meant, for the change log: the first of these parameters that he gave, and what accepted changes of such a thing have. */
typedef struct { const char *kind, *name; char buffer[DNAME_TEXT]; } object_t;
static void find_object(const json_t *params, object_t *ret)
{
    static const struct { const char *key, *kind; } KEYS[] = {
        {"name", "zone"}, {"server_name", "server"}, {"login", "account"}, {"uri", "front_end"}, {"key", "config"}, {"sg_name", "sg"},
        {"sectag_label", "sectag"}, {"reference", "reference"}, {"token_id", "token"}, {"zone_id", "zone"}, {"change_set_id", "change_set"},
        {"event_id", "event"}, {"certificate_id", "certificate"}};
    ret->kind = ret->name = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(KEYS) && ret->name == NULL; i++) {
        const json_t *value = json_object_get(params, KEYS[i].key);
        char cidr[64];
        ret->kind = json_is_string(value) || json_is_integer(value) ? KEYS[i].kind : NULL;
        ret->name = json_string_value(value);
        if (i == 0 && ret->name != NULL && dname_from_network(ret->name, ret->buffer, cidr, NULL) == ERR_OK)
            ret->name = ret->buffer; /* a zone under the name that accepted changes have */
        if (json_is_integer(value)) {
            snprintf(ret->buffer, sizeof ret->buffer, "%lld", (long long)json_integer_value(value));
            ret->name = ret->buffer;
        }
    }
}

static const char *or_dash(const char *text) { return text != NULL ? text : "-"; }

/* The log tells what was tried beside what the servers said to it; why NULL: it was done.  Zone and server are fields of the journal. */
static void log_change(const rpc_job_t *self, const method_t *method, const json_t *params, const err_info_t *why)
{
    const caller_t *who = &self->who;
    object_t object;
    find_object(params, &object);
    bool field = object.kind != NULL && (strcmp(object.kind, "zone") == 0 || strcmp(object.kind, "server") == 0);
    AUTO_FREE char *what = object.kind != NULL ? auto_printf(" %s=%.255s", field ? object.kind : "object", object.name) : NULL;
    AUTO_FREE char *by = auto_printf("by=%s role=%s front_end=%s address=%s%s", or_dash(who->login), or_dash(who->role_name), or_dash(who->front_end),
                                     or_dash(who->address), what != NULL ? what : "");
    if (why == NULL)
        log_info("%s done %s", method->name, by);
    else
        log_notice("%s refused: %.500s %s", method->name, err_message(why), by);
}

static void log_refusal(rpc_job_t *self, const method_t *method, const json_t *params, const err_info_t *why, wall_t now)
{
    AUTO_ERR info = ERR_INFO_INIT;
    object_t object;
    find_object(params, &object);
    log_change(self, method, params, why);
    if (self->opts->log_refusal == NULL || why->code == ERR_DB_DOWN || take_db(self, &info) != ERR_OK)
        return;
    if (self->opts->log_refusal(self->db, &self->who, method->name, object.kind, object.name, why, now) != ERR_OK)
        log_warning("refusal of %s by %s is not in the change log", method->name, self->who.login);
}

/* What somebody has written must not be lost because another one was faster: the error says under which number it is. */
static void keep_text(rpc_job_t *self, const method_call_t *call, err_info_t *info)
{
    int64_t id = 0;
    if (self->opts->keep_text == NULL || call->db == NULL || call->params == NULL || !m_kept_text_wanted(call->params, info->code))
        return;
    AUTO_FREE char *contents = m_kept_text_contents(call->params);
    object_t object;
    find_object(call->params, &object);
    if (contents == NULL || object.name == NULL)
        return;
    if (self->opts->keep_text(call->db, &self->who, call->method->name, object.name, contents, info, call->now, &id) == ERR_OK)
        err_key_int(info, "kept_text_id", id);
    else
        log_warning("contents of %s by %s could not be kept", call->method->name, self->who.login);
}

static void add_wait(rpc_job_t *self, size_t index, json_t *id, const method_wait_t *wait, json_t *last)
{
    self->waits = auto_grow(self->waits, &self->wait_cap, self->wait_count + 1, sizeof *self->waits);
    self->waits[self->wait_count++] = (rpc_wait_t){.index = index,
                                                   .id = json_incref(id),
                                                   .change_id = wait->change_id,
                                                   .change_set_id = wait->change_set_id,
                                                   .timeout_ms = wait->timeout_ms,
                                                   .last = last};
}

/* One call of a known method.  id NULL: a notification. */
static void call_method(rpc_job_t *self, size_t index, const method_t *method, json_t *params, json_t *id)
{
    AUTO_ERR info = ERR_INFO_INIT;
    mono_t start = clock_mono(self->opts->clock);
    method_call_t call = {.who = &self->who,
                          .limits = &self->opts->limits,
                          .method = method,
                          .methods = self->opts->methods,
                          .method_count = self->opts->method_count,
                          .now = clock_wall(self->opts->clock)};
    AUTO_FREE char *request_id = id != NULL ? json_dumps(id, JSON_ENCODE_ANY) : NULL;
    self->who.request_id = json_is_string(id) ? json_string_value(id) : request_id;
    self->who.method = method->name;
    json_t *result = NULL;
    err_t err = params_check(method, self->who.role, params, &call.params, &call.receipt, &info);
    if (err == ERR_OK && method->needs_db)
        err = take_db(self, &info);
    call.db = self->db;
    if (err == ERR_OK && call.db != NULL)
        err = resolve_zones(&call, &info);
    if (err == ERR_OK)
        err = idempotency_call(&call, &result, &info);
    if (err != ERR_OK) {
        if (info.code != err)
            err_set(&info, err, "%s", err_text(err));
        if (err_row(err)->class == ERR_CLASS_BUG)
            log_error("%s failed: %s", method->name, err_message(&info));
        if (method_changes(method))
            log_refusal(self, method, call.params != NULL ? call.params : params, &info, call.now);
        keep_text(self, &call, &info);
        if (id != NULL) {
            json_t *answer = error_answer(self, id, err, &info);
            rpc_error_input(json_object_get(answer, "error"), call.params);
            put(self, index, answer);
        }
    } else {
        if (method_changes(method))
            log_change(self, method, call.params, NULL);
        if (id != NULL && (call.wait.change_id != 0 || call.wait.change_set_id != 0))
            add_wait(self, index, id, &call.wait, json_incref(result));
        else if (id != NULL)
            put(self, index, result_answer(id, json_incref(result)));
    }
    json_decref(result);
    json_decref(call.params);
    self->who.request_id = self->who.method = NULL;
    note(self, method->name, err, mono_diff_ms(clock_mono(self->opts->clock), start));
}

static void refuse(rpc_job_t *self, size_t index, json_t *id, err_t code, const char *message)
{
    AUTO_ERR info = ERR_INFO_INIT;
    err_set(&info, code, "%s", message);
    put(self, index, error_answer(self, id, code, &info));
    note(self, "-", code, 0);
}

/* What makes a member of a batch (or the lone request) not a request object; NULL: it is one. */
static const char *request_fault(json_t *request)
{
    if (!json_is_object(request))
        return "request is not an object";
    const json_t *version = json_object_get(request, "jsonrpc");
    const char *text = json_string_value(version);
    /* front ends of the predecessor may leave it out, or say one of the older numbers; the answer is the same */
    if (version != NULL && (text == NULL || (strcmp(text, "2.0") != 0 && strcmp(text, "1.2") != 0 && strcmp(text, "1.0") != 0)))
        return "member \"jsonrpc\" is not \"2.0\"";
    if (!json_is_string(json_object_get(request, "method")))
        return "member \"method\" is not a string";
    const json_t *params = json_object_get(request, "params");
    if (params != NULL && !json_is_object(params) && !json_is_array(params))
        return "member \"params\" is neither an object nor an array";
    const json_t *id = json_object_get(request, "id");
    if (id != NULL && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
        return "member \"id\" is not a string, number or null";
    const char *key;
    json_t *value;
    json_object_foreach(request, key, value)
    {
        if (strcmp(key, "jsonrpc") != 0 && strcmp(key, "method") != 0 && strcmp(key, "params") != 0 &&
            strcmp(key, "id") != 0)
            return "request has a member other than jsonrpc, method, params and id";
    }
    return NULL;
}

/* A change that this caller's role, front end or token does not have; for him there is no such method, for the change log there is. */
static void log_forbidden(rpc_job_t *self, const char *name, const json_t *params)
{
    for (size_t i = 0; i < self->opts->method_count; i++) {
        const method_t *method = &self->opts->methods[i];
        if (!method_changes(method) || strcmp(method->name, name) != 0)
            continue;
        AUTO_ERR info = ERR_INFO_INIT;
        err_set(&info, ERR_METHOD_NOT_FOUND, "not a method of this caller");
        log_refusal(self, method, params, &info, clock_wall(self->opts->clock));
    }
}

static void one(rpc_job_t *self, size_t index, json_t *request)
{
    json_t *id = json_is_object(request) ? json_object_get(request, "id") : NULL;
    const char *fault = request_fault(request);
    if (fault != NULL) {
        bool usable = json_is_string(id) || json_is_number(id);
        refuse(self, index, usable ? id : NULL, ERR_INVALID_REQUEST, fault);
        return;
    }
    const char *name = json_string_value(json_object_get(request, "method"));
    const method_t *method = method_find(self->opts->methods, self->opts->method_count, name, &self->who);
    if (method != NULL) {
        call_method(self, index, method, json_object_get(request, "params"), id);
        return;
    }
    log_forbidden(self, name, json_object_get(request, "params"));
    if (id != NULL) {
        AUTO_FREE char *message = auto_printf("there is no method \"%.100s\"", name);
        refuse(self, index, id, ERR_METHOD_NOT_FOUND, message);
    } else {
        note(self, "-", ERR_METHOD_NOT_FOUND, 0);
    }
}

static void batch(rpc_job_t *self, json_t *requests)
{
    size_t count = json_array_size(requests);
    if (count == 0 || count > self->opts->limits.max_batch) {
        AUTO_FREE char *message =
            count == 0 ? auto_strdup("batch is empty")
                       : auto_printf("batch has %zu requests, the limit is %zu ([http] max_batch of the controller)", count,
                                     self->opts->limits.max_batch);
        refuse(self, 0, NULL, ERR_INVALID_REQUEST, message);
        return;
    }
    self->batch = true;
    for (size_t i = 0; i < count; i++)
        one(self, i, json_array_get(requests, i));
}

void rpc_job_run(rpc_job_t *self, const char *body, size_t len)
{
    if (rpc_too_deep(body, len)) {
        refuse(self, 0, NULL, ERR_PARSE, "request is nested deeper than 64 levels");
        return;
    }
    json_error_t error;
    json_auto_t *json = json_loadb(body, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (json == NULL) {
        AUTO_FREE char *message =
            auto_printf("request is not JSON: line %d, column %d: %s", error.line, error.column, error.text);
        refuse(self, 0, NULL, ERR_PARSE, message);
        return;
    }
    if (json_is_array(json))
        batch(self, json);
    else
        one(self, 0, json);
}

void rpc_job_settle(rpc_job_t *self, rpc_wait_t *wait, err_t code, json_t *result, const err_info_t *info)
{
    if (wait->settled) {
        json_decref(result);
        return;
    }
    wait->settled = true;
    put(self, wait->index, code == ERR_OK ? result_answer(wait->id, result) : error_answer(self, wait->id, code, info));
}

char *rpc_job_answer(rpc_job_t *self, size_t *ret_len)
{
    for (size_t i = 0; i < self->wait_count; i++)
        rpc_job_settle(self, &self->waits[i], ERR_OK, json_incref(self->waits[i].last), NULL);
    json_auto_t *given = json_array();
    size_t i;
    json_t *answer;
    json_array_foreach(self->answers, i, answer)
    {
        if (!json_is_null(answer))
            json_array_append(given, answer);
    }
    if (json_array_size(given) == 0)
        return NULL;
    char *text = json_dumps(self->batch ? given : json_array_get(given, 0), JSON_COMPACT);
    *ret_len = strlen(text);
    return text;
}

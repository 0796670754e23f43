#include "controller/api/http.h"
#include "controller/api/auth.h"
#include "controller/api/dbpool.h"
#include "controller/api/http_body.h"
#include "controller/api/http_guard.h"
#include "controller/api/listen.h"
#include "controller/api/methods.h"
#include "controller/api/rpc.h"
#include "controller/api/rpc_error.h"
#include "controller/api/waiter.h"
#include "controller/usecase/kept_text.h"
#include "shared/log.h"
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    STACK_BYTES = 512 * 1024,     /* address space; only what is touched counts */
    CONNECTION_BYTES = 32 * 1024, /* of headers, per connection */
    DISCARD_MAX = 64 * 1024,      /* a refused request's body is read up to this, so that the connection can go on */
    PEER_GROUPS_MAX = 256,
    REQUEST_TIMEOUTS = 2, /* a request must be there within this many times the time that a connection may be idle */
    TLS_FILE_MAX = 1024 * 1024,
};

typedef enum { LISTENER_SOCKET, LISTENER_HTTP, LISTENER_HTTPS, LISTENER_COUNT } listener_kind_t;
static const char *const NAMES[] = {"socket", "http", "https"};

typedef struct {
    http_t *http;
    listener_kind_t kind;
    struct MHD_Daemon *daemon;
    int port;
} listener_t;

struct http {
    const http_opts_t *opts;
    listener_t listeners[LISTENER_COUNT];
    auth_t *auth;
    dbpool_t *pool;
    waiter_t *waiter;
    http_guard_t *guard;
    rpc_opts_t rpc; /* db and db_arg are filled in per request */
    char *certificate, *key, *client_ca;
};

typedef struct {
    listener_t *listener;
    struct MHD_Connection *connection;
    auth_caller_t caller;
    unsigned refused; /* HTTP status, 0: go on */
    unsigned wait_s;  /* of a refusal: how long, for Retry-After */
    err_info_t why;
    char *body;
    size_t len, expected;
    rpc_opts_t rpc;
    db_t *db;
    rpc_job_t *job;
    mono_t start;
} request_t;

static const char *header(const request_t *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- answers */

/* A front end that speaks application/json-rpc, the predecessor's type, is answered in it. */
static const char *answer_type(const request_t *r)
{
    static const char old[] = "application/json-rpc";
    const char *asked = header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
    bool is_old = asked != NULL && strncasecmp(asked, old, strlen(old)) == 0;
    return is_old ? "application/json-rpc; charset=utf-8" : "application/json; charset=utf-8";
}

static enum MHD_Result send_text(request_t *r, unsigned status, char *text, size_t len)
{
    struct MHD_Response *response = text != NULL ? MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE)
                                                 : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    if (text != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer_type(r));
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "POST");
    if (status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"DMS\", charset=\"UTF-8\"");
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"DMS\"");
    }
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE || status == MHD_HTTP_TOO_MANY_REQUESTS) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", r->wait_s > 0 ? r->wait_s : 1);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result queued = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    log_debug("%s %s %u %lld ms: %s", r->caller.login != NULL ? r->caller.login : "-", NAMES[r->listener->kind], status,
              (long long)mono_diff_ms(clock_mono(NULL), r->start),
              r->job != NULL ? rpc_job_summary(r->job) : err_message(&r->why));
    return queued;
}

static enum MHD_Result send_refusal(request_t *r)
{
    json_auto_t *answer = json_pack("{s:s, s:n, s:o}", "jsonrpc", "2.0", "id", "error",
                                    rpc_error_pack(r->why.code, &r->why, ROLE_LIST_ZONE));
    char *text = json_dumps(answer, JSON_COMPACT);
    return send_text(r, r->refused, text, strlen(text));
}

static enum MHD_Result send_answer(request_t *r)
{
    size_t len = 0;
    char *text = rpc_job_answer(r->job, &len);
    return send_text(r, text != NULL ? MHD_HTTP_OK : MHD_HTTP_NO_CONTENT, text, len);
}

PRINTF(4, 5)
static void refuse(request_t *r, unsigned status, err_t code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    r->refused = status;
    err_set(&r->why, code, "%s", message);
}

/* ---- judging a request by its headers */
static void judge_peer(request_t *r)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred peer;
    socklen_t len = sizeof peer;
    gid_t groups[PEER_GROUPS_MAX + 1];
    socklen_t groups_len = sizeof groups - sizeof groups[0];
    AUTO_ERR why = ERR_INFO_INIT;
    err_t err = ERR_OK;
    if (info == NULL || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        err = err_set(&why, ERR_FORBIDDEN, "peer cannot be identified");
    if (err == ERR_OK) {
        /* The peer's own groups as the kernel knows them: no look-up that could block. */
        if (getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &groups_len) != 0)
            groups_len = 0;
        groups[0] = peer.gid;
        err = auth_peer(r->listener->http->auth, peer.uid, groups, 1 + groups_len / sizeof groups[0], &r->caller, &why);
    }
    if (err != ERR_OK)
        refuse(r, MHD_HTTP_FORBIDDEN, err, "%s", err_message(&why));
}

/* Text without a scope: PostgreSQL's inet knows none. */
static void client_address(const request_t *r, char *ret_address, socklen_t size)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    ret_address[0] = '\0';
    if (info == NULL || info->client_addr == NULL)
        return;
    socklen_t len = info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (getnameinfo(info->client_addr, len, ret_address, size, NULL, 0, NI_NUMERICHOST) != 0)
        ret_address[0] = '\0';
    ret_address[strcspn(ret_address, "%")] = '\0';
}

static void client_certificate(const request_t *r, tls_peer_t *ret_peer)
{
    const http_t *http = r->listener->http;
    const union MHD_ConnectionInfo *info = r->listener->kind == LISTENER_HTTPS && http->client_ca != NULL
                                               ? MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
                                               : NULL;
    if (info != NULL)
        tls_peer_read(info->tls_session, ret_peer);
}

/* refuse() with what hint and keys say too. */
static void refuse_login(request_t *r, unsigned status, err_info_t *why)
{
    r->refused = status;
    err_info_done(&r->why);
    r->why = *why;
    *why = ERR_INFO_INIT;
}

static void judge_account(request_t *r, const char *url)
{
    http_t *http = r->listener->http;
    char address[NI_MAXHOST];
    client_address(r, address, sizeof address);
    AUTO_CLEANUP(tls_peer_done) tls_peer_t peer = {0};
    const auth_request_t request = {url, header(r, MHD_HTTP_HEADER_AUTHORIZATION), address, &peer};
    AUTO_ERR why = ERR_INFO_INIT;
    db_t *db = NULL;
    if (request.authorization == NULL)
        client_certificate(r, &peer);
    err_t err = dbpool_take(http->pool, &db, &why);
    if (err == ERR_OK)
        err = auth_http(http->auth, db, &request, &r->caller, &r->wait_s, &why);
    dbpool_give(http->pool, db);
    bool tried = request.authorization != NULL || peer.given;
    if (err == ERR_FORBIDDEN) {
        refuse_login(r, MHD_HTTP_NOT_FOUND, &why); /* there is no front end at this URI */
    } else if (err == ERR_AUTH_REQUIRED || err == ERR_NETWORK_NOT_ALLOWED || err == ERR_FRONT_END_DISABLED) {
        if (tried)
            log_notice("login refused at %s from %s: %s", url, address, err_message(&why));
        refuse_login(r, (unsigned)err_row(err)->http_status, &why);
    } else if (err == ERR_LOGIN_THROTTLED) {
        log_debug("login at %s from %s has to wait", url, address); /* those that led to this were logged */
        refuse_login(r, MHD_HTTP_TOO_MANY_REQUESTS, &why);
    } else if (err != ERR_OK) {
        log_warning("login cannot be checked: %s", err_message(&why));
        refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, err, "%s", err_text(err));
    }
}

static void judge(request_t *r, const char *method, const char *url)
{
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
        refuse(r, MHD_HTTP_METHOD_NOT_ALLOWED, ERR_INVALID_REQUEST, "only POST is served here");
        return;
    }
    r->refused = http_body_judge(r->connection, r->listener->http->opts->max_request, &r->expected, &r->why);
    if (r->refused == 0 && r->listener->kind == LISTENER_SOCKET)
        judge_peer(r);
    else if (r->refused == 0)
        judge_account(r, url);
    if (r->refused == 0)
        r->body = auto_malloc(r->expected + 1);
}

/* ---- one request */
static db_t *request_db(void *arg, err_info_t *reterr)
{
    request_t *r = arg;
    dbpool_take(r->listener->http->pool, &r->db, reterr);
    return r->db;
}

static enum MHD_Result execute(request_t *r)
{
    http_t *http = r->listener->http;
    r->rpc = http->rpc;
    r->rpc.db = request_db;
    r->rpc.db_arg = r;
    r->job = rpc_job_new(&r->rpc, &r->caller.caller);
    rpc_job_run(r->job, r->body, r->len);
    dbpool_give(http->pool, r->db);
    r->db = NULL;
    free(r->body);
    r->body = NULL;
    if (rpc_job_open_waits(r->job) == 0)
        return send_answer(r);
    if (!waiter_reserve(http->waiter)) {
        size_t count;
        rpc_wait_t *waits = rpc_job_waits(r->job, &count);
        AUTO_ERR info = ERR_INFO_INIT;
        err_set(&info, ERR_LIMIT, "%u requests are waiting already, that is the limit ([http] max_waits of the controller)",
                http->opts->max_waits);
        err_hint(&info, "ask with show_change instead");
        for (size_t i = 0; i < count; i++)
            rpc_job_settle(r->job, &waits[i], ERR_LIMIT, NULL, &info);
        return send_answer(r);
    }
    MHD_suspend_connection(r->connection); /* before the waiter knows of it: it may resume at once */
    waiter_add(http->waiter, r->job, r);
    return MHD_YES;
}

static void resume(void *carrier)
{
    request_t *r = carrier;
    MHD_resume_connection(r->connection);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload_data, size_t *upload_data_size,
                                  void **req_cls)
{
    (void)version;
    request_t *r = *req_cls;
    if (r == NULL) {
        r = auto_calloc(1, sizeof *r);
        r->listener = cls;
        r->connection = connection;
        r->start = clock_mono(NULL);
        *req_cls = r;
        judge(r, method, url);
        return r->refused != 0 && r->expected > DISCARD_MAX ? send_refusal(r) : MHD_YES;
    }
    if (*upload_data_size > 0) {
        /* libmicrohttpd gives no more than Content-Length says; expected is within the limit when there is a body to
         * fill. */
        if (r->body != NULL && *upload_data_size <= r->expected - r->len) {
            memcpy(r->body + r->len, upload_data, *upload_data_size);
            r->len += *upload_data_size;
        }
        *upload_data_size = 0;
        return MHD_YES;
    }
    http_guard_request(r->listener->http->guard, connection, true);
    if (r->refused != 0)
        return send_refusal(r);
    return r->job != NULL ? send_answer(r) : execute(r); /* with a job: resumed, its waits are over */
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **req_cls,
                         enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)code;
    request_t *r = *req_cls;
    if (r == NULL)
        return;
    http_guard_request(r->listener->http->guard, connection, false);
    rpc_job_destroy(&r->job);
    auth_caller_done(&r->caller);
    err_info_done(&r->why);
    free(r->body);
    free(r);
    *req_cls = NULL;
}

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    AUTO_FREE char *line = auto_vprintf(fmt, ap);
    line[strcspn(line, "\n")] = '\0';
    log_debug("libmicrohttpd: %s", line);
}

/* ---- start and stop */
static err_t start(http_t *self, listener_kind_t kind, int fd, err_info_t *reterr)
{
    listener_t *l = &self->listeners[kind];
    l->http = self;
    l->kind = kind;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (kind == LISTENER_HTTPS ? MHD_USE_TLS : 0);
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, self->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, self->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {self->client_ca != NULL ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, self->client_ca},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    l->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, self->opts->threads, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, self->opts->max_connections, MHD_OPTION_CONNECTION_TIMEOUT, self->opts->timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, http_guard_notify, self->guard,
        MHD_OPTION_ARRAY, kind == LISTENER_HTTPS ? tls : none, MHD_OPTION_END);
    if (l->daemon != NULL)
        return ERR_OK;
    close(fd);
    err_set(reterr, ERR_IO, "%s server cannot start", NAMES[kind]);
    if (kind == LISTENER_HTTPS)
        err_hint(reterr, "do tls_certificate and tls_key belong together%s?", self->client_ca != NULL ? ", and is tls_client_ca PEM" : "");
    return ERR_IO;
}

static err_t read_file(const char *path, const char *key, char **ret_text, err_info_t *reterr)
{
    if (path == NULL || path[0] == '\0')
        return err_set(reterr, ERR_CONFIG, "https_listen needs %s", key);
    AUTO_FILE in = fopen(path, "re");
    if (in == NULL)
        return err_set(reterr, ERR_CONFIG, "cannot open %s \"%s\": %s", key, path, strerror(errno));
    char *text = auto_calloc(TLS_FILE_MAX, 1);
    size_t n = fread(text, 1, TLS_FILE_MAX - 1, in);
    bool failed = ferror(in) != 0;
    if (!failed)
        *ret_text = auto_strndup(text, n);
    explicit_bzero(text, n);
    free(text);
    return failed ? err_set(reterr, ERR_CONFIG, "cannot read %s \"%s\"", key, path) : ERR_OK;
}

static bool given(const char *text) { return text != NULL && text[0] != '\0'; }

static err_t start_all(http_t *self, err_info_t *reterr)
{
    const http_opts_t *o = self->opts;
    int fd = -1;
    err_t err = ERR_OK;
    if (given(o->socket)) {
        err = listen_unix(o->socket, o->socket_group, &fd, reterr);
        err = err == ERR_OK ? start(self, LISTENER_SOCKET, fd, reterr) : err;
    }
    if (err == ERR_OK && given(o->http_listen)) {
        err = listen_tcp(o->http_listen, true, &fd, &self->listeners[LISTENER_HTTP].port, reterr);
        err = err == ERR_OK ? start(self, LISTENER_HTTP, fd, reterr) : err;
    }
    if (err == ERR_OK && given(o->https_listen)) {
        err = read_file(o->tls_certificate, "tls_certificate", &self->certificate, reterr);
        err = err == ERR_OK ? read_file(o->tls_key, "tls_key", &self->key, reterr) : err;
        if (err == ERR_OK && given(o->tls_client_ca))
            err = read_file(o->tls_client_ca, "tls_client_ca", &self->client_ca, reterr);
        err = err == ERR_OK ? listen_tcp(o->https_listen, false, &fd, &self->listeners[LISTENER_HTTPS].port, reterr)
                            : err;
        err = err == ERR_OK ? start(self, LISTENER_HTTPS, fd, reterr) : err;
    }
    return err;
}

err_t http_start(const http_opts_t *opts, http_t **ret_http, err_info_t *reterr)
{
    http_t *self = auto_calloc(1, sizeof *self);
    self->opts = opts;
    self->rpc = (rpc_opts_t){.methods = methods_table,
                             .method_count = methods_count,
                             .limits = opts->limits,
                             .log_refusal = zone_edit_log_refusal,
                             .keep_text = kept_text_keep};
    err_t err = auth_new(opts->admin_groups, opts->helpdesk_groups, NULL, &self->auth, reterr);
    if (err == ERR_OK) {
        self->pool = dbpool_new(opts->conninfo, opts->threads, opts->statement_ms, opts->limits.max_records);
        self->waiter = waiter_new(opts->conninfo, opts->max_waits, NULL, resume);
        self->guard = http_guard_new(REQUEST_TIMEOUTS * opts->timeout_s);
        err = start_all(self, reterr);
    }
    if (err != ERR_OK) {
        http_destroy(&self);
        return err;
    }
    *ret_http = self;
    return ERR_OK;
}

void http_ports(const http_t *self, int *ret_http, int *ret_https)
{
    *ret_http = self->listeners[LISTENER_HTTP].port;
    *ret_https = self->listeners[LISTENER_HTTPS].port;
}

void http_destroy(http_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    http_t *h = *self;
    if (h->waiter != NULL)
        waiter_stop(h->waiter); /* resumes all: libmicrohttpd cannot stop with suspended connections */
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        if (h->listeners[i].daemon == NULL)
            continue;
        MHD_stop_daemon(h->listeners[i].daemon);
        if (i == LISTENER_SOCKET)
            unlink(h->opts->socket);
    }
    waiter_destroy(&h->waiter);
    http_guard_destroy(&h->guard);
    dbpool_destroy(&h->pool);
    auth_destroy(&h->auth);
    free(h->certificate);
    free(h->client_ca);
    if (h->key != NULL)
        explicit_bzero(h->key, strlen(h->key));
    free(h->key);
    free(h);
    *self = NULL;
}

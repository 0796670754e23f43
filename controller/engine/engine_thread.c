#include "controller/engine/engine_thread.h"
#include "controller/link/link.h"
#include "controller/engine/engine_priv.h"
#include "shared/log.h"
#include <inttypes.h>

enum {
    ROUNDS = 1,             /* then the sockets get their turn: what was just committed leaves before anything else is looked for */
    RETRY_MS = 100,         /* another transaction was in the way */
    SAFETY_POLL_MS = 5000,  /* NOTIFY is a hint; this is how late a lost one makes us */
    REOPEN_MIN_MS = 100,
    REOPEN_MAX_MS = 5000,
};

struct engine_thread {
    zactor_t *actor;
    const engine_thread_opts_t *opts; /* until started */
    err_info_t error;                 /* of the start */
    char *endpoint;
};

/* All of it belongs to the thread. */
typedef struct {
    zloop_t *loop;
    zsock_t *pipe;
    db_t *db;
    engine_t *engine;
    link_t *link;
    int socket;             /* registered with the loop; -1: none */
    int run_timer, reopen_timer; /* -1: none */
    int64_t reopen_ms;
    bool news, peers_news;  /* notifications said so */
} actor_t;

static void wake(actor_t *self, int64_t ms);
static void database_lost(actor_t *self);

/* ---- transport of the engine: the link */

static bool transport_is_up(void *arg, int64_t server_id)
{
    return link_is_up(((actor_t *)arg)->link, server_id);
}

static size_t transport_credit(void *arg, int64_t server_id)
{
    return link_credit(((actor_t *)arg)->link, server_id);
}

static bool transport_send(void *arg, int64_t server_id, wire_command_t *commands, size_t count)
{
    return link_send(((actor_t *)arg)->link, server_id, commands, count);
}

static void transport_peers_changed(void *arg)
{
    ((actor_t *)arg)->peers_news = true;
}

/* ---- the link's events: into the database, then see what follows.  Not from here: the link is in the middle of its work. */

static void handled(actor_t *self, const char *what, err_t err, const err_info_t *info)
{
    if (err == ERR_DB_DOWN || !db_is_up(self->db))
        database_lost(self);
    else if (err != ERR_OK)
        log_error("%s could not be recorded: %s", what, err_message(info));
    wake(self, 0);
}

static void on_up(void *arg, int64_t server_id, const wire_hello_t *hello)
{
    actor_t *self = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    handled(self, "an agent's session", engine_on_up(self->engine, server_id, hello, &info), &info);
}

static void on_down(void *arg, int64_t server_id, const char *why)
{
    actor_t *self = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    handled(self, "the end of a session", engine_on_down(self->engine, server_id, why, &info), &info);
}

static void on_reports(void *arg, int64_t server_id, const wire_report_t *reports, size_t count)
{
    actor_t *self = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    handled(self, "an agent's report", engine_on_reports(self->engine, server_id, reports, count, &info), &info);
}

static void on_health(void *arg, int64_t server_id, bool name_server_up, const char *text)
{
    actor_t *self = arg;
    AUTO_ERR info = ERR_INFO_INIT;
    handled(self, "a name server's health", engine_on_health(self->engine, server_id, name_server_up, text, &info), &info);
}

static void on_stranger(void *arg, const char *key, const char *address)
{
    (void)arg;
    log_warning("an agent with an unknown key was turned away key=%s address=%s", key, address != NULL ? address : "unknown");
}

/* ---- peers */

static err_t load_peers(actor_t *self, err_info_t *reterr)
{
    server_row_t *servers = NULL;
    size_t count = 0, n = 0;
    err_t err = server_store_servers(self->db, 0, &servers, &count, reterr);
    if (err != ERR_OK)
        return err;
    AUTO_FREE link_peer_t *peers = auto_calloc(count + 1, sizeof(*peers));
    for (size_t i = 0; i < count; i++) {
        if (servers[i].agent_key != NULL)
            peers[n++] = (link_peer_t){servers[i].id, servers[i].name, config_role(servers[i].role), servers[i].agent_key};
    }
    self->peers_news = false;
    link_set_peers(self->link, peers, n);
    server_store_servers_free(servers, count);
    return ERR_OK;
}

/* ---- database notifications */

static void on_notify(void *arg, const char *channel UNUSED, const char *payload)
{
    actor_t *self = arg;
    self->news = true;
    if (payload != NULL && streq(payload, "peers"))
        self->peers_news = true;
}

static int on_database(zloop_t *loop UNUSED, zmq_pollitem_t *item UNUSED, void *arg)
{
    actor_t *self = arg;
    if (db_consume(self->db, on_notify, self, NULL) == ERR_DB_DOWN)
        database_lost(self);
    else if (self->news)
        wake(self, 0);
    return 0;
}

static void watch_database(actor_t *self)
{
    self->socket = db_socket(self->db);
    zmq_pollitem_t item = {.fd = self->socket, .events = ZMQ_POLLIN};
    zloop_poller(self->loop, &item, on_database, self);
}

static void unwatch_database(actor_t *self)
{
    zmq_pollitem_t item = {.fd = self->socket, .events = ZMQ_POLLIN};
    if (self->socket >= 0)
        zloop_poller_end(self->loop, &item);
    self->socket = -1;
}

static int on_reopen(zloop_t *loop UNUSED, int timer UNUSED, void *arg)
{
    actor_t *self = arg;
    self->reopen_timer = -1;
    AUTO_ERR info = ERR_INFO_INIT;
    if (db_reopen(self->db, &info) != ERR_OK) {
        self->reopen_ms = self->reopen_ms * 2 > REOPEN_MAX_MS ? REOPEN_MAX_MS : self->reopen_ms * 2;
        database_lost(self);
        return 0;
    }
    log_notice("database is back");
    self->reopen_ms = REOPEN_MIN_MS;
    self->peers_news = true;
    watch_database(self);
    wake(self, 0);
    return 0;
}

static void database_lost(actor_t *self)
{
    if (self->reopen_timer >= 0)
        return;
    unwatch_database(self);
    if (self->reopen_ms == REOPEN_MIN_MS)
        log_error("database is not available: agents are kept, their work waits");
    self->reopen_timer = zloop_timer(self->loop, (size_t)self->reopen_ms, 1, on_reopen, self);
}

/* ---- work */

static err_t work(actor_t *self, int64_t *ret_next_ms, err_info_t *reterr)
{
    self->news = false;
    err_t err = self->peers_news ? load_peers(self, reterr) : ERR_OK;
    if (err == ERR_OK)
        err = engine_run(self->engine, ROUNDS, ret_next_ms, reterr);
    /* Statements read the socket too, so a notification may be in memory already and never make it readable. */
    if (err == ERR_OK)
        err = db_consume(self->db, on_notify, self, reterr);
    if (err == ERR_OK && self->news)
        *ret_next_ms = 0;
    return err;
}

static int on_run(zloop_t *loop UNUSED, int timer UNUSED, void *arg)
{
    actor_t *self = arg;
    self->run_timer = -1;
    if (!db_is_up(self->db)) {
        database_lost(self);
        return 0;
    }
    int64_t next_ms = SAFETY_POLL_MS;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = work(self, &next_ms, &info);
    if (err == ERR_DB_DOWN || !db_is_up(self->db)) {
        database_lost(self);
        return 0;
    }
    if (err != ERR_OK) {
        next_ms = err_row(err)->class == ERR_CLASS_RETRY ? RETRY_MS : SAFETY_POLL_MS;
        log_error("work could not be done, tried again in %" PRId64 " ms: %s", next_ms, err_message(&info));
    }
    wake(self, next_ms < 0 || next_ms > SAFETY_POLL_MS ? SAFETY_POLL_MS : next_ms);
    return 0;
}

static void wake(actor_t *self, int64_t ms)
{
    if (self->run_timer >= 0)
        zloop_timer_end(self->loop, self->run_timer);
    self->run_timer = zloop_timer(self->loop, (size_t)ms, 1, on_run, self);
}

/* Anything on the pipe, and its end, means stop. */
static int on_pipe(zloop_t *loop UNUSED, zsock_t *pipe, void *arg UNUSED)
{
    AUTO(zmsg) msg UNUSED = zmsg_recv(pipe);
    return -1;
}

/* ---- start, stop */

static err_t actor_start(actor_t *self, engine_thread_t *thread, err_info_t *reterr)
{
    const engine_thread_opts_t *opts = thread->opts;
    const engine_transport_t transport = {self, transport_is_up, transport_credit, transport_send, transport_peers_changed};
    const link_events_t events = {self, on_up, on_down, on_reports, on_health, on_stranger};
    err_t err = db_open(opts->conninfo, "dms-engine", &self->db, reterr);
    if (err == ERR_OK)
        err = db_listen(self->db, DB_CHANNEL_EVENT, reterr);
    if (err != ERR_OK)
        return err;
    db_limit_records(self->db, opts->max_records);
    self->engine = engine_new(self->db, NULL, &opts->engine, &transport);
    err = engine_start(self->engine, reterr);
    uint64_t epoch = err == ERR_OK ? engine_epoch(self->engine, reterr) : 0;
    if (err == ERR_OK && epoch == 0)
        err = reterr->code != ERR_OK ? reterr->code : err_set(reterr, ERR_INTERNAL, "there is no epoch in table master");
    if (err == ERR_OK)
        err = link_new(self->loop, opts->endpoint, opts->cert, epoch, opts->heartbeat_ms, &events, &self->link, reterr);
    if (err == ERR_OK)
        err = load_peers(self, reterr);
    if (err == ERR_OK)
        thread->endpoint = auto_strdup(link_endpoint(self->link));
    return err;
}

static void actor_main(zsock_t *pipe, void *arg)
{
    engine_thread_t *thread = arg;
    actor_t self = {.loop = zloop_new(), .pipe = pipe, .socket = -1, .run_timer = -1, .reopen_timer = -1, .reopen_ms = REOPEN_MIN_MS};
    err_t err = actor_start(&self, thread, &thread->error);
    zsock_signal(pipe, 0); /* thread->error and endpoint are the starter's from here on */
    if (err == ERR_OK) {
        watch_database(&self);
        zloop_reader(self.loop, pipe, on_pipe, NULL);
        wake(&self, 0);
        zloop_start(self.loop);
    } else {
        AUTO(zmsg) stop UNUSED = zmsg_recv(pipe);
    }
    link_destroy(&self.link);
    engine_destroy(&self.engine);
    db_destroy(&self.db);
    zloop_destroy(&self.loop);
}

err_t engine_thread_start(const engine_thread_opts_t *opts, engine_thread_t **ret_thread, err_info_t *reterr)
{
    engine_thread_t *self = auto_calloc(1, sizeof(*self));
    self->opts = opts;
    self->actor = zactor_new(actor_main, self);
    if (self->actor == NULL) {
        free(self);
        return err_set(reterr, ERR_IO, "the engine's thread could not be started");
    }
    self->opts = NULL;
    if (self->endpoint == NULL) {
        err_t err = self->error.code != ERR_OK ? self->error.code : ERR_INTERNAL;
        if (reterr != NULL) {
            err_info_done(reterr);
            *reterr = self->error;
            self->error = ERR_INFO_INIT;
        }
        engine_thread_destroy(&self);
        return err;
    }
    *ret_thread = self;
    return ERR_OK;
}

const char *engine_thread_endpoint(const engine_thread_t *self)
{
    return self->endpoint;
}

void engine_thread_destroy(engine_thread_t **self)
{
    if (*self == NULL)
        return;
    zactor_destroy(&(*self)->actor);
    err_info_done(&(*self)->error);
    free((*self)->endpoint);
    free(*self);
    *self = NULL;
}

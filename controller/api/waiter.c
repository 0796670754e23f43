#include "controller/api/waiter.h"
#include "controller/api/m_change.h"
#include "controller/api/m_change_set.h"
#include "shared/log.h"
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A change set moves with each of its zones, and costs more to look at: not more often than each CHANGE_SET_PAUSE_MS. */
enum { CHANGE_SET_PAUSE_MS = 250 };
enum { SWEEP_MS = 5000, RECONNECT_MS = 500, MOVED_MAX = 256, STACK_BYTES = 256 * 1024 };

typedef struct entry {
    struct entry *next;
    rpc_job_t *job;
    void *carrier;
    mono_t since;
    bool fresh; /* not looked at yet */
} entry_t;

struct waiter {
    char *conninfo;
    size_t max_jobs;
    const clock_source_t *clock;
    void (*resume)(void *carrier);
    int wake; /* eventfd */
    pthread_t thread;
    pthread_mutex_t lock;
    /* Under the lock */
    entry_t *incoming;
    size_t reserved; /* jobs here or on their way */
    bool stopping;
    /* The thread's own */
    entry_t *active;
    db_t *db;
    int64_t moved[MOVED_MAX];
    size_t moved_count;
    bool all_moved;
    mono_t next_sweep, next_connect;
};

static void ring(waiter_t *self)
{
    uint64_t one = 1;
    if (write(self->wake, &one, sizeof one) != sizeof one)
        log_error("waiter cannot be woken");
}

bool waiter_reserve(waiter_t *self)
{
    pthread_mutex_lock(&self->lock);
    bool room = !self->stopping && self->reserved < self->max_jobs;
    self->reserved += room;
    pthread_mutex_unlock(&self->lock);
    return room;
}

void waiter_add(waiter_t *self, rpc_job_t *job, void *carrier)
{
    entry_t *entry = auto_calloc(1, sizeof *entry);
    *entry = (entry_t){.job = job, .carrier = carrier, .since = clock_mono(self->clock), .fresh = true};
    pthread_mutex_lock(&self->lock);
    bool stopping = self->stopping;
    if (!stopping) {
        entry->next = self->incoming;
        self->incoming = entry;
    }
    pthread_mutex_unlock(&self->lock);
    if (!stopping) {
        ring(self);
        return;
    }
    free(entry);
    self->resume(carrier); /* the answer tells what is known */
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    (void)channel;
    waiter_t *self = arg;
    if (payload == NULL || payload[0] == '\0')
        self->all_moved = true;
    for (const char *p = payload; p != NULL && *p != '\0';) {
        char *end;
        int64_t id = strtoll(p, &end, 10);
        if (end == p || self->moved_count == MOVED_MAX) {
            self->all_moved = true;
            return;
        }
        self->moved[self->moved_count++] = id;
        p = end + strspn(end, " ,");
    }
}

/* A connection that listens; after a (re)connect everything may have moved. */
static void connect_db(waiter_t *self)
{
    mono_t now = clock_mono(self->clock);
    if ((self->db != NULL && db_is_up(self->db)) || now.us < self->next_connect.us)
        return;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err;
    if (self->db == NULL) {
        err = db_open(self->conninfo, "dms-waiter", &self->db, &info);
        if (err == ERR_OK)
            err = db_listen(self->db, DB_CHANNEL_CHANGE, &info);
    } else {
        err = db_reopen(self->db, &info);
    }
    if (err != ERR_OK)
        log_debug("waiter has no database: %s", err_message(&info));
    self->next_connect = mono_add_ms(clock_mono(self->clock), RECONNECT_MS);
    self->all_moved = true;
}

/* A change set waits for the changes of many zones: any of them may be the last one. */
static bool has_moved(const waiter_t *self, const rpc_wait_t *wait)
{
    if (self->all_moved || (wait->change_set_id != 0 && self->moved_count > 0))
        return true;
    for (size_t i = 0; i < self->moved_count; i++) {
        if (self->moved[i] == wait->change_id)
            return true;
    }
    return false;
}

static void look_at(waiter_t *self, entry_t *entry, rpc_wait_t *wait, bool late)
{
    json_t *result = NULL;
    bool complete = false;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t err = ERR_DB_DOWN;
    const caller_t *who = rpc_job_caller(entry->job);
    if (self->db != NULL && db_is_up(self->db))
        err = wait->change_set_id != 0 ? m_change_set_poll(self->db, who, wait->change_set_id, late, &result, &complete, &info)
                                       : m_change_poll(self->db, who, wait->change_id, &result, &complete, &info);
    if (err == ERR_OK && (complete || late)) {
        rpc_job_settle(entry->job, wait, ERR_OK, result, NULL);
    } else if (err == ERR_OK && result != NULL) {
        json_decref(wait->last);
        wait->last = result;
    } else if (err != ERR_OK && err_row(err)->class != ERR_CLASS_RETRY) {
        rpc_job_settle(entry->job, wait, err, NULL, &info);
    } else if (late) {
        rpc_job_settle(entry->job, wait, ERR_OK, json_incref(wait->last), NULL);
    }
}

/* Look at what moved, was added or is due; jobs with no open wait go back.  Returns when the next deadline is. */
static mono_t work(waiter_t *self)
{
    mono_t now = clock_mono(self->clock);
    mono_t next = mono_add_ms(now, SWEEP_MS);
    bool sweep = now.us >= self->next_sweep.us;
    if (sweep)
        self->next_sweep = next;
    for (entry_t **link = &self->active; *link != NULL;) {
        entry_t *entry = *link;
        size_t count;
        rpc_wait_t *waits = rpc_job_waits(entry->job, &count);
        for (size_t i = 0; i < count; i++) {
            mono_t deadline = mono_add_ms(entry->since, waits[i].timeout_ms);
            bool late = now.us >= deadline.us;
            waits[i].moved = waits[i].moved || sweep || entry->fresh || has_moved(self, &waits[i]);
            mono_t not_before = waits[i].change_set_id != 0 ? mono_add_ms(waits[i].looked_at, CHANGE_SET_PAUSE_MS) : now;
            if (!waits[i].settled && (late || (waits[i].moved && now.us >= not_before.us))) {
                look_at(self, entry, &waits[i], late);
                waits[i].moved = false;
                waits[i].looked_at = now;
            } else if (!waits[i].settled && waits[i].moved && not_before.us < next.us) {
                next = not_before;
            }
            if (!waits[i].settled && deadline.us < next.us)
                next = deadline;
        }
        entry->fresh = false;
        if (rpc_job_open_waits(entry->job) > 0) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        pthread_mutex_lock(&self->lock);
        self->reserved--;
        pthread_mutex_unlock(&self->lock);
        self->resume(entry->carrier);
        free(entry);
    }
    self->moved_count = 0;
    self->all_moved = false;
    return next;
}

static bool take_incoming(waiter_t *self)
{
    pthread_mutex_lock(&self->lock);
    entry_t *list = self->incoming;
    self->incoming = NULL;
    bool stopping = self->stopping;
    pthread_mutex_unlock(&self->lock);
    while (list != NULL) {
        entry_t *next = list->next;
        list->next = self->active;
        self->active = list;
        list = next;
    }
    return !stopping;
}

static void wait_for_work(waiter_t *self, mono_t next)
{
    bool up = self->db != NULL && db_is_up(self->db);
    int64_t ms = mono_diff_ms(next, clock_mono(self->clock)) + 1;
    if (!up && ms > RECONNECT_MS)
        ms = RECONNECT_MS;
    struct pollfd fds[2] = {{.fd = self->wake, .events = POLLIN},
                            {.fd = up ? db_socket(self->db) : -1, .events = POLLIN}};
    poll(fds, 2, ms < 0 ? 0 : (int)ms);
    if ((fds[0].revents & POLLIN) != 0) {
        uint64_t count;
        if (read(self->wake, &count, sizeof count) < 0)
            log_debug("waiter was woken without a reason");
    }
}

static void *run(void *arg)
{
    waiter_t *self = arg;
    while (take_incoming(self)) {
        connect_db(self);
        if (self->db != NULL && db_is_up(self->db))
            db_consume(self->db, on_notify, self, NULL);
        wait_for_work(self, work(self));
    }
    while (self->active != NULL) {
        entry_t *entry = self->active;
        self->active = entry->next;
        self->resume(entry->carrier);
        free(entry);
    }
    db_destroy(&self->db);
    return NULL;
}

waiter_t *waiter_new(const char *conninfo, size_t max_jobs, const clock_source_t *clock, void (*resume)(void *carrier))
{
    waiter_t *self = auto_calloc(1, sizeof *self);
    self->conninfo = auto_strdup(conninfo);
    self->max_jobs = max_jobs;
    self->clock = clock;
    self->resume = resume;
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&self->lock, NULL);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = self->wake < 0 || pthread_create(&self->thread, &attr, run, self) != 0;
    pthread_attr_destroy(&attr);
    if (failed) {
        log_error("waiter cannot start");
        abort(); /* no descriptors or threads at start: nothing could be served */
    }
    return self;
}

void waiter_stop(waiter_t *self)
{
    pthread_mutex_lock(&self->lock);
    bool first = !self->stopping;
    self->stopping = true;
    pthread_mutex_unlock(&self->lock);
    if (!first)
        return;
    ring(self);
    pthread_join(self->thread, NULL);
}

void waiter_destroy(waiter_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    waiter_stop(*self);
    close((*self)->wake);
    pthread_mutex_destroy(&(*self)->lock);
    free((*self)->conninfo);
    free(*self);
    *self = NULL;
}

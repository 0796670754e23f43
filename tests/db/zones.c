#include "tests/db/zones.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/store/config_store.h"
#include "controller/store/event_store.h"
#include "controller/store/server_store.h"
#include "controller/store/zone_store.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const caller_t ZONES_ADMIN = {
    .role = ROLE_ADMIN, .role_name = "admin", .sectag = "Admin", .login = "anna", .front_end = "socket"};
const caller_t ZONES_HELPDESK = {
    .role = ROLE_HELPDESK, .role_name = "helpdesk", .sectag = "Admin", .login = "hans", .front_end = "/helpdesk_dms"};

db_t *zones_db(void)
{
    db_t *db = harness_db();
    group_row_t group = {.name = auto_strdup("sg-one"), .apex_ns = auto_calloc(2, sizeof(char *)), .apex_ns_count = 2};
    group.apex_ns[0] = auto_strdup("ns1.dns-one.example.");
    group.apex_ns[1] = auto_strdup("ns2.dns-one.example.");
    ZONES_OK(server_store_group_insert(db, &group, ZONES_NOW, &ok_err));
    ZONES_OK(config_store_set(db, "default_sg", 0, "sg-one", &ok_err));
    group_row_done(&group);
    return db;
}

static void print_problems(const problem_list_t *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "line %u: %s\n", problems->items[i].line, problems->items[i].message);
}

zonedata_t *zones_parse(const char *name, const char *text)
{
    AUTO(problem_list) problems = problem_list_new();
    zonedata_t *data = NULL;
    char canonical[DNAME_TEXT], cidr[64];
    ck_assert_int_eq(dname_from_network(name, canonical, cidr, NULL), ERR_OK);
    zonetext_parse(text, strlen(text), canonical, &(zonetext_opts_t){0}, problems, &data);
    if (problems->errors > 0)
        print_problems(problems);
    ck_assert_uint_eq(problems->errors, 0);
    return data;
}

char *zones_read(const char *path, size_t *ret_len)
{
    AUTO_FILE file = fopen(path, "re");
    ck_assert_msg(file != NULL, "%s", path);
    char *text = NULL;
    size_t cap = 0, len = 0, got;
    do {
        text = auto_grow(text, &cap, len + 65537, 1);
        got = fread(text + len, 1, 65536, file);
        len += got;
    } while (got > 0);
    text[len] = '\0';
    if (ret_len != NULL)
        *ret_len = len;
    return text;
}

char *zones_text(zonedata_t *data)
{
    data->soa.serial = 1;
    free(data->soa.reference);
    data->soa.reference = NULL;
    for (size_t g = 0; g < data->count; g++) {
        for (size_t r = 0; r < data->groups[g].count; r++) {
            zonedata_rr_t *rr = &data->groups[g].rrs[r];
            rr->force_reverse = false; /* a one-shot wish, not stored */
            for (char *p = rr->reference; p != NULL && *p != '\0'; p++)
                *p = (char)tolower((unsigned char)*p); /* the case of the first use is kept */
        }
    }
    return zonetext_write(data, NULL);
}

const char *zones_network(const char *name)
{
    static char network[256];
    char label[16][8];
    size_t count = 0;
    bool four = strstr(name, ".in-addr.arpa") != NULL;
    const char *end = strstr(name, four ? ".in-addr.arpa" : ".ip6.arpa");
    if (end == NULL || strspn(name, "0123456789abcdef.") < (size_t)(end - name))
        return name;
    for (const char *p = name; p < end && count < 16; count++) {
        size_t n = strcspn(p, ".");
        snprintf(label[count], sizeof(label[0]), "%.*s", (int)n, p);
        p += n + 1;
    }
    char *out = network;
    if (four) {
        for (size_t i = 0; i < 4; i++)
            out += sprintf(out, "%s%s", i > 0 ? "." : "", i < count ? label[count - 1 - i] : "0");
        sprintf(out, "/%zu", count * 8);
    } else {
        for (size_t i = 0; i < 32; i++)
            out += sprintf(out, "%s%s", i > 0 && i % 4 == 0 ? ":" : "", i < count ? label[count - 1 - i] : "0");
        sprintf(out, "/%zu", count * 4);
    }
    return network;
}

change_result_t zones_create(db_t *db, const char *name, const char *text)
{
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_create(db, &ZONES_ADMIN, "anna", zones_network(name), data, false, &options, NULL, ZONES_NOW,
                              &result, &ok_err));
    return result;
}

change_result_t zones_save(db_t *db, const char *name, const char *text)
{
    AUTO(zonedata) data = zones_parse(name, text);
    change_result_t result = {0};
    ZONES_OK(zone_edit_save(db, &ZONES_ADMIN, "anna", name, data, false, 0, NULL, NULL, ZONES_NOW, &result, &ok_err));
    return result;
}

zone_view_t zones_show(db_t *db, const char *name, int64_t zi_id)
{
    zone_view_t view = {0};
    ZONES_OK(zone_show(db, &ZONES_ADMIN, name, zi_id, ZONE_SHOW_DATA | ZONE_SHOW_ALL_ZIS | ZONE_SHOW_SERVERS, &view,
                       &ok_err));
    return view;
}

int64_t zones_number(db_t *db, const char *sql)
{
    static db_stmt_t all[2048]; /* prepared statements are known by their address */
    static size_t calls;
    ck_assert_uint_lt(calls, ARRAY_SIZE(all));
    db_stmt_t *stmt = &all[calls++];
    *stmt = (db_stmt_t){auto_printf("t_number_%zu", calls), sql, "", "bigint"};
    AUTO(db_rows) rows = NULL;
    ZONES_OK(db_exec(db, stmt, NULL, &rows, &ok_err));
    return db_int(rows, 0, 0);
}

typedef struct { size_t limit, due; } steps_t;

static err_t steps_fn(db_t *db, void *arg, err_info_t *reterr)
{
    steps_t *in = arg;
    AUTO_FREE int64_t *ids = auto_calloc(in->limit, sizeof(*ids));
    zone_row_t *zones = NULL;
    event_row_t *events = NULL;
    size_t zone_count = 0, event_count = 0, count = 0;
    err_t e = event_store_due_machines(db, MACHINE_ZONE, ZONES_NOW, in->limit, ids, &in->due, reterr);
    if (e == ERR_OK && in->due > 0)
        e = zone_store_lock_many(db, ids, in->due, &zones, &zone_count, reterr);
    for (size_t i = 0; i < zone_count; i++)
        ids[i] = zones[i].id;
    if (e == ERR_OK && in->due > 0)
        e = event_store_oldest_due(db, MACHINE_ZONE, ids, zone_count, ZONES_NOW, &events, &event_count, reterr);
    AUTO_FREE zone_step_t *steps = auto_calloc(event_count + 1, sizeof(*steps));
    for (size_t i = 0; i < event_count; i++) {
        for (size_t z = 0; z < zone_count; z++) {
            if (zones[z].id == events[i].machine_id)
                steps[count++] = (zone_step_t){.zone = &zones[z], .queued = &events[i],
                                               .event = (zone_event_t)fsm_event_find(&zone_fsm, events[i].type + strlen("ZoneSM"))};
        }
    }
    if (e == ERR_OK && count > 0)
        e = zone_fsm_run(db, steps, count, ZONES_NOW, reterr);
    for (size_t i = 0; i < count; i++)
        zone_step_done(&steps[i]);
    event_store_rows_free(events, event_count);
    zone_store_rows_free(zones, zone_count);
    return e;
}

size_t zones_run_batch(db_t *db, size_t limit)
{
    steps_t steps = {.limit = limit};
    ZONES_OK(db_tx(db, steps_fn, &steps, &ok_err));
    return steps.due;
}

void zones_run_events(db_t *db)
{
    for (int i = 0; i < 2000 && zones_run_batch(db, 1) > 0; i++)
        ;
}

/* What tests of zones share: callers, a server group, fixtures as zone data. */
#ifndef DMS_TESTS_DB_ZONES_H
#define DMS_TESTS_DB_ZONES_H
#include "controller/store/db.h"
#include "controller/usecase/zone_edit.h"
#include "controller/usecase/zone_show.h"

extern const caller_t ZONES_ADMIN, ZONES_HELPDESK;
#define ZONES_NOW ((wall_t){INT64_C(1795420800000000)}) /* 2026-11-23 08:00:00 UTC */
enum { ZONES_TODAY = 2026112300 };

/* Fresh database with group "sg-one" (apex NS ns1.dns-one.example., ns2.dns-one.example.), which is default_sg. */
db_t *zones_db(void);
/* Text -> zone data; the test fails when it has problems. */
zonedata_t *zones_parse(const char *name, const char *text);
/* Whole file; caller frees. */
char *zones_read(const char *path, size_t *ret_len);
/* Without a header, SOA serial and reference: what must be the same before and after. Caller frees. */
char *zones_text(zonedata_t *data);
/* Create with its own apex; the test fails when it cannot. */
change_result_t zones_create(db_t *db, const char *name, const char *text);
change_result_t zones_save(db_t *db, const char *name, const char *text);
/* Newest or given version; the test fails when it cannot be read. */
zone_view_t zones_show(db_t *db, const char *name, int64_t zi_id);
/* What to create an arpa zone as: its network. Static buffer. */
const char *zones_network(const char *name);
/* Due events of zones, like the engine, until only what waits for a server is left. */
void zones_run_events(db_t *db);
/* One transaction of it: due events of so many zones, one each.  Returns how many zones had one. */
size_t zones_run_batch(db_t *db, size_t limit);
/* A number from a query without parameters. */
int64_t zones_number(db_t *db, const char *sql);
#define ZONES_OK(call)                                                                                                \
    do {                                                                                                              \
        AUTO_ERR ok_err = ERR_INFO_INIT;                                                                              \
        err_t e_ = (call);                                                                                            \
        ck_assert_msg(e_ == ERR_OK, "%s: %s: %s", #call, err_name(e_), err_message(&ok_err));                         \
    } while (0)
#endif

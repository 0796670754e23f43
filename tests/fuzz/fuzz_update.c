/* Any JSON as the operations of update_rrs, done on a small zone and judged: what it closes is there and closed once, what
 * it inserts can be shown.  First byte: bit 0: NS at the apex are the group's. */
#include "controller/api/zone_json.h"
#include "controller/domain/inc_update.h"
#include "shared/zonetext.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

#define NAME "up.example."
enum { ROWS_MAX = 32, GROUP = 7 };
static const char ZONE[] = "@ NS ns1\n@ MX 10 mail\nns1 A 192.0.2.1\nmail A 192.0.2.2\nmail AAAA 2001:db8::2\nwww CNAME mail\n"
                           "a TXT one\na TXT two\na A 192.0.2.3\n;!DISABLE\na A 192.0.2.4\n*.w A 192.0.2.5\nsub NS ns.sub\n"
                           "ns.sub A 192.0.2.6\nd DNAME other.example.\n_sip._tcp SRV 0 5 5060 mail\n";

/* The rows that are wanted: at one of the labels, or, without labels, those that point elsewhere or lie anywhere else. */
static inc_row_t *rows_at(const inc_names_t *labels, bool others, size_t *ret_count)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) zone = NULL;
    zonetext_parse(ZONE, strlen(ZONE), NAME, NULL, problems, &zone);
    assert(problems->errors == 0 && zone->records <= ROWS_MAX);
    inc_row_t *rows = auto_calloc(zone->records, sizeof *rows);
    int64_t id = 0;
    *ret_count = 0;
    for (size_t g = 0; g < zone->count; g++) {
        for (size_t k = 0; k < zone->groups[g].count; k++) {
            zonedata_rr_t *rr = &zone->groups[g].rrs[k];
            bool at = false;
            for (size_t i = 0; i < labels->count; i++)
                at = at || strcmp(labels->items[i], rr->label) == 0;
            id++;
            if (at == others)
                continue;
            rows[*ret_count] = (inc_row_t){*rr, GROUP, 1024.0 * (double)id};
            rows[(*ret_count)++].rr.id = id;
            *rr = (zonedata_rr_t){0}; /* moved */
        }
    }
    return rows;
}

static void check_delta(inc_update_t *update)
{
    bool closed[ROWS_MAX + 1] = {false};
    AUTO_FREE int *no = auto_calloc(inc_update_comments(update)->count + 2, sizeof *no);
    zi_delta_t delta = {0};
    inc_update_delta(update, no, 9, 4, &delta);
    for (size_t i = 0; i < delta.close_rr_count; i++) {
        int64_t id = delta.close_rrs[i];
        assert(id > 0 && id <= ROWS_MAX && !closed[id]);
        closed[id] = true;
    }
    for (size_t i = 0; i < delta.new_rr_count; i++) {
        const zonedata_rr_t *rr = delta.new_rrs[i].rr;
        AUTO_FREE char *again = NULL;
        assert(rr->rdata[0] != '\0' && rr_rdata_canonical(rr->type, rr->rdata, NAME, &again, NULL) == ERR_OK);
        assert(strcmp(rr->rdata, again) == 0 && dname_absolute(rr->label, NAME, (char[DNAME_TEXT]){0}) == ERR_OK);
    }
    zi_delta_done(&delta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    json_auto_t *json = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json))
        return 0;
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) ops = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    if (zone_json_parse_update(json, NAME, 200, problems, &ops, &info) != ERR_OK) {
        assert(info.message != NULL);
        return 0;
    }
    bool own_apex = (data[0] & 1) == 0;
    AUTO(inc_update) update = inc_update_new(ops, own_apex);
    if (problems->errors == 0)
        inc_update_check(update, problems);
    if (problems->errors > 0)
        return 0;
    size_t count;
    const inc_names_t *labels = inc_update_labels(update);
    inc_row_t *rows = rows_at(labels, false, &count);
    inc_update_apply(update, rows, count);
    if (inc_update_moved(update)->count > 0 || inc_update_dnames(update)->count > 0) {
        rows = rows_at(labels, true, &count);
        inc_update_add_pointers(update, rows, count);
    }
    char ns[] = "ns1.other.example.";
    char *apex_ns[] = {ns};
    inc_update_context(update, apex_ns, own_apex ? 0 : 1);
    char at[] = "@";
    char *at_label[] = {at};
    uint16_t types[] = {RR_NS};
    const zone_check_slice_t slice = {at_label, types, 1};
    const zone_check_opts_t opts = {.own_apex = own_apex, .apex_ns = apex_ns, .apex_ns_count = own_apex ? 0 : 1,
                                    .may_lock_ptr = true, .may_reference = true};
    inc_update_judge(update, "3600", &slice, opts, problems);
    for (size_t i = 0; i < problems->count; i++)
        assert(problems->items[i].message != NULL);
    if (problems->errors == 0)
        check_delta(update);
    return 0;
}

/* Any bytes as zone text.  What parses without an error must read back from its own text as the same data; what parses at all
 * can be judged by the rules of a zone, or as an incremental update.
 * First byte: bit 0 update mode, bit 1 name from the text. */
#include "controller/domain/inc_update.h"
#include "shared/zonetext.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/zonedata_equal.h"
#include <stdio.h>
#include <stdlib.h>

static void judge(const char *text, size_t len, zonedata_t *zone, bool update_mode)
{
    AUTO(problem_list) problems = problem_list_new();
    const zone_check_opts_t opts = {.own_apex = true};
    if (update_mode) {
        AUTO(inc_update) update = inc_update_new(zone, true);
        inc_update_check(update, problems);
        inc_update_apply(update, auto_calloc(1, sizeof(inc_row_t)), 0);
        inc_update_context(update, NULL, 0);
        inc_update_judge(update, zone->zone_ttl, &(zone_check_slice_t){0}, opts, problems);
    } else {
        zone_check_prove(zone, NULL, problems);
        zone_check(zone, &opts, problems);
    }
    zonetext_mark(text, len, problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    zonetext_opts_t opts = {.update_mode = data[0] & 1, .origin_as_name = data[0] & 2, .max_records = 1000};
    const char *name = opts.origin_as_name ? NULL : "ex.com.";
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) zone = NULL;
    AUTO(zonedata) again = NULL;
    AUTO(zonedata) third = NULL;
    zonetext_parse((const char *)data + 1, size - 1, name, &opts, problems, &zone);
    assert(zone != NULL);
    if (zone->name != NULL)
        judge((const char *)data + 1, size - 1, zone, opts.update_mode);
    if (problems->errors > 0 || zone->name == NULL)
        return 0;
    /* The first text may still shape its groups (a second apex group); from the second on nothing moves. */
    AUTO_FREE char *text = zonetext_write(zone, NULL);
    zonetext_parse(text, strlen(text), zone->name, &opts, problems, &again);
    AUTO_FREE char *text2 = zonetext_write(again, NULL);
    zonetext_parse(text2, strlen(text2), zone->name, &opts, problems, &third);
    AUTO_FREE char *difference = zonedata_difference(again, third);
    if (problems->errors > 0 || difference != NULL || again->records != zone->records) {
        fprintf(stderr, "%s\n%s\n--- again:\n%s\n", problems->errors > 0 ? problems->items[0].message : difference,
                text, text2);
        abort();
    }
    return 0;
}

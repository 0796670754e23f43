/* All of tests/fixtures: good zones come back as they were loaded, bad ones are refused for the right reason. */
#include "controller/usecase/zone_life.h"
#include "shared/zonetext.h"
#include "tests/db/harness.h"
#include "tests/db/zones.h"
#include "tests/unit/check_run.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static char *shown_text(db_t *db, const char *name, int64_t zi_id)
{
    zone_view_t view = zones_show(db, name, zi_id);
    char *text = zones_text(view.data);
    zone_view_done(&view);
    return text;
}

static char *own_text(const char *name, const char *text)
{
    AUTO(zonedata) data = zones_parse(name, text);
    return zones_text(data);
}

START_TEST(fixtures_come_back)
{
    db_t *db = zones_db();
    struct dirent **names = NULL;
    int count = scandir(DMS_SOURCE_DIR "/tests/fixtures/zones", &names, NULL, alphasort), zones = 0;
    for (int i = 0; i < count; i++) {
        size_t len = strlen(names[i]->d_name);
        char *dot = len > 5 ? names[i]->d_name + len - 5 : NULL; /* ".zone" also stands inside names */
        if (dot == NULL || strcmp(dot, ".zone") != 0)
            continue;
        AUTO_FREE char *path = auto_printf("%s/tests/fixtures/zones/%s", DMS_SOURCE_DIR, names[i]->d_name);
        AUTO_FREE char *text = zones_read(path, NULL);
        char name[300];
        *dot = '\0';
        const char *slash = strstr(names[i]->d_name, "%2F");
        snprintf(name, sizeof(name), "%.*s%s%s.", slash == NULL ? 300 : (int)(slash - names[i]->d_name),
                 names[i]->d_name, slash == NULL ? "" : "/", slash == NULL ? "" : slash + 3);
        change_result_t created = zones_create(db, name, text);
        ck_assert(created.publishes && created.zi_id != 0 && created.change_id != 0);
        AUTO_FREE char *wanted = own_text(name, text);
        AUTO_FREE char *got = shown_text(db, zones_network(name), 0);
        ck_assert_str_eq(got, wanted);
        change_result_t again = zones_save(db, zones_network(name), text);
        ck_assert_msg(again.unchanged && again.zi_id == created.zi_id && !again.publishes, "%s", name);
        change_result_done(&created);
        change_result_done(&again);
        zones++;
        free(names[i]);
        names[i] = NULL;
    }
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    ck_assert_int_ge(zones, 60);
    ck_assert_int_eq(zones_number(db, "select count(*) from zi"), zones);
    ck_assert_int_eq(zones_number(db, "select count(*) from rr where until is not null"), 0);
}
END_TEST

static char *expect_of(const char *path, const char *key)
{
    AUTO_FREE char *text = zones_read(path, NULL);
    AUTO_FREE char *start = auto_printf("%s: ", key);
    const char *at = strstr(text, start);
    return at == NULL ? NULL : auto_strndup(at + strlen(start), strcspn(at + strlen(start), "\n"));
}

static void lower_case(char *text)
{
    for (; *text != '\0'; text++)
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
}

/* One bad file: parser or rules must say what the .expect file says.  The wildcard case is a warning. */
static int bad_file(db_t *db, const char *base)
{
    AUTO_FREE char *zone_path = auto_printf("%s.zone", base);
    AUTO_FREE char *expect_path = auto_printf("%s.expect", base);
    AUTO_FREE char *name = expect_of(expect_path, "zone");
    AUTO_FREE char *code = expect_of(expect_path, "code");
    AUTO_FREE char *line = expect_of(expect_path, "line");
    AUTO_FREE char *words = expect_of(expect_path, "words");
    size_t len;
    AUTO_FREE char *text = zones_read(zone_path, &len);
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    char canonical[DNAME_TEXT];
    dname_from_text(name, canonical, NULL);
    zonetext_parse(text, len, canonical, &(zonetext_opts_t){0}, problems, &data);
    AUTO_ERR err = ERR_INFO_INIT;
    change_result_t result = {0};
    zone_options_t options = ZONE_OPTIONS_INIT;
    options.use_apex_ns = 0;
    const edit_limits_t limits = {.found = problems};
    err_t e = zone_edit_create(db, &ZONES_ADMIN, "anna", zones_network(canonical), data, false, &options, &limits, ZONES_NOW, &result, &err);
    const problem_list_t *list = e != ERR_OK ? err.problems : result.warnings;
    const problem_t *first = list == NULL || list->count == 0 ? NULL : &list->items[0];
    for (size_t i = 0; e != ERR_OK && list != NULL && i < list->count && first->warning; i++)
        first = &list->items[i];
    int faults = 0;
    if (first == NULL || err_row(first->code)->rpc_code != atoi(code) ||
        (line != NULL && first->line != (unsigned)atoi(line))) {
        fprintf(stderr, "%s: wanted %s line %s, got %d line %u: %s\n", base, code, line,
                first == NULL ? 0 : err_row(first->code)->rpc_code, first == NULL ? 0 : first->line,
                first == NULL ? err_message(&err) : first->message);
        faults++;
    } else if (words != NULL) {
        AUTO_FREE char *message = auto_printf("%s %s", first->message, first->rr_data == NULL ? "" : first->rr_data);
        lower_case(message);
        for (char *save = NULL, *word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
            if (strstr(message, word) == NULL)
                fprintf(stderr, "%s: \"%s\" does not say \"%s\"\n", base, message, word), faults++;
        }
    }
    if (result.zone_id != 0) {
        change_result_t gone = {0};
        ck_assert_int_eq(zone_life_delete(db, &ZONES_ADMIN, canonical, ZONES_NOW, &gone, NULL), ERR_OK);
    }
    change_result_done(&result);
    return faults;
}

START_TEST(bad_fixtures_are_refused)
{
    db_t *db = zones_db();
    struct dirent **names = NULL;
    int count = scandir(DMS_SOURCE_DIR "/tests/fixtures/bad", &names, NULL, alphasort), faults = 0, files = 0;
    for (int i = 0; i < count; i++) {
        char *dot = strstr(names[i]->d_name, ".expect");
        if (dot != NULL) {
            *dot = '\0';
            AUTO_FREE char *base = auto_printf("%s/tests/fixtures/bad/%s", DMS_SOURCE_DIR, names[i]->d_name);
            faults += bad_file(db, base);
            files++;
        }
        free(names[i]);
    }
    free(names);
    ck_assert_int_ge(files, 100);
    ck_assert_int_eq(faults, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zone_fixtures");
    TCase *t = tcase_create("zone_fixtures");
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    tcase_add_test(t, fixtures_come_back);
    tcase_add_test(t, bad_fixtures_are_refused);
    return s;
}

int main(void)
{
    harness_start();
    int failed = check_suite(suite());
    harness_stop();
    return failed;
}

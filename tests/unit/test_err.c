#include "shared/err.h"
#include "shared/problem.h"
#include "shared/utf8.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>

START_TEST(table_is_sound)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        const err_row_t *row = err_row((err_t)code);
        ck_assert_str_ne(row->text, "");
        ck_assert_msg(row->text[strlen(row->text) - 1] != '.', "%s", row->name);
        ck_assert_int_ge(row->http_status, 200);
        ck_assert_int_eq(row->exit_code == 0, code == 0);
        ck_assert_int_eq(row->rpc_code < 0, code != 0);
        ck_assert_int_eq(row->class == ERR_CLASS_OK, code == 0);
        for (int other = 0; other < code; other++) {
            int rpc = err_row((err_t)other)->rpc_code;
            /* Two numbers of the predecessor stand for two errors each. */
            ck_assert_msg(rpc != row->rpc_code || rpc == -35 || rpc == -38, "%s", row->name);
        }
    }
}
END_TEST

START_TEST(known_rows)
{
    ck_assert_int_eq(err_row(ERR_ZONE_NOT_FOUND)->rpc_code, -28);
    ck_assert_str_eq(err_row(ERR_ZONE_NOT_FOUND)->class_name, "ZoneNotFound");
    ck_assert_str_eq(err_name(ERR_DB_DOWN), "DB_DOWN");
    ck_assert_int_eq(err_row(ERR_DB_DOWN)->class, ERR_CLASS_RETRY);
    ck_assert_int_eq(err_row(ERR_DB_DOWN)->exit_code, 75);
    ck_assert_int_eq(err_row(ERR_NOT_AT_SERIAL)->rpc_code, -153);
    ck_assert_ptr_eq(err_row((err_t)9999), err_row(ERR_INTERNAL));
}
END_TEST

START_TEST(detail)
{
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(err_set(NULL, ERR_TIMEOUT, "x"), ERR_TIMEOUT);
    err_set(&info, ERR_ZONE_NOT_FOUND, "zone \"%s\" not found", "ex.com.");
    err_key(&info, "name", "ex.com.");
    err_key_int(&info, "lineno", 3);
    err_key(&info, "name", "other.");
    err_hint(&info, "look at %d", 1);
    ck_assert_str_eq(err_message(&info), "zone \"ex.com.\" not found");
    ck_assert_uint_eq(info.key_count, 2);
    ck_assert_str_eq(info.keys[0].text, "other.");
    ck_assert_int_eq(info.keys[1].number, 3);
    for (int i = 0; i < 20; i++) {
        static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n",
                                           "o", "p", "q", "r", "s", "t"};
        err_key_int(&info, keys[i], i);
    }
    ck_assert_uint_eq(info.key_count, ERR_KEYS_MAX);
    /* The old message may be an argument of the new one. */
    err_set(&info, ERR_INTERNAL, "wrapped: %s", info.message);
    ck_assert_str_eq(info.message, "wrapped: zone \"ex.com.\" not found");
    ck_assert_uint_eq(info.key_count, 0);
    err_info_done(&info);
    err_info_done(&info);
    info.code = ERR_TIMEOUT;
    ck_assert_str_eq(err_message(&info), err_text(ERR_TIMEOUT));
}
END_TEST

START_TEST(cut_characters_are_mended)
{
    AUTO_ERR info = ERR_INFO_INIT;
    err_set(&info, ERR_INTERNAL, "%.2s", "a\xc3\xbc");
    ck_assert_str_eq(info.message, "a?");
    static const struct { const char *text; size_t len;
    } cases[] = {{"a", 1},        {"\xc3\xbc", 2},     {"\xe2\x82\xac", 3},     {"\xf0\x9f\x98\x80", 4},
                 {"\xc0\x80", 0}, {"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0}, {"\x80", 0},
                 {"\xe2\x82", 0}, {"\xff", 0},         {"\xe0\x80\x80", 0},     {"\xf0\x80\x80\x80", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_uint_eq(utf8_len(cases[i].text, strlen(cases[i].text)), cases[i].len);
    ck_assert(utf8_ok("") && utf8_ok("a\xc3\xbc\xf0\x9f\x98\x80z"));
    ck_assert(!utf8_ok("\xfc") && !utf8_ok("a\xc3\xbc\xc3") && !utf8_ok("\xff" "a"));
}
END_TEST

START_TEST(problems)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO(problem_list) list = problem_list_new();
    problem_add(list, ERR_ZI_TEXT_PARSE, true, "only a warning");
    ck_assert_int_eq(problem_result(&list, "ex.com.", &info), ERR_OK);
    ck_assert_ptr_nonnull(list);
    for (int i = 0; i < 200; i++)
        problem_add(list, ERR_ZI_TEXT_PARSE, true, "warning %d", i);
    ck_assert_uint_eq(list->count, PROBLEM_MAX);
    problem_t *p = problem_add(list, ERR_BAD_NAME_OWNER, false, "owner \"x_y\"");
    ck_assert_int_eq(p->group, -1);
    p->line = 7;
    problem_key(p, "label_thing", "x_y");
    problem_key_int(p, "fields", 8);
    problem_key(p, "third", "dropped");
    p->marked_line = auto_strdup(">!<x_y A 192.0.2.1");
    problem_add(list, ERR_RDATA_PARSE, false, "not kept")->hint = auto_strdup("scratch");
    ck_assert_uint_eq(list->errors, 2);
    ck_assert_uint_eq(list->warnings, 201);
    /* The first error is seen although the list was full of warnings. */
    ck_assert_int_eq(problem_result(&list, "ex.com.", &info), ERR_BAD_NAME_OWNER);
    ck_assert_ptr_null(list);
    ck_assert_str_eq(info.message, "owner \"x_y\"");
    ck_assert_str_eq(info.keys[0].key, "name");
    ck_assert_str_eq(info.keys[1].text, "OWNER_HOST");
    ck_assert_str_eq(info.keys[2].text, "RFC 1123 section 2.1");
    ck_assert_str_eq(info.keys[3].key, "lineno");
    ck_assert_int_eq(info.keys[3].number, 7);
    ck_assert_uint_eq(info.key_count, 7);
    ck_assert_str_eq(info.keys[5].key, "label_thing");
    ck_assert_str_eq(info.keys[5].text, "x_y");
    ck_assert_int_eq(info.keys[6].number, 8);
    ck_assert_ptr_nonnull(info.problems);
}
END_TEST

/* What front ends look for in data.exception_type. */
START_TEST(class_paths)
{
    static const struct { err_t code; const char *path;
    } cases[] = {{ERR_RDATA_PARSE, "ZoneParseError.RdataParseError"}, {ERR_ZONE_NOT_FOUND, "ZoneNotFound"},
                 {ERR_ZI_NOT_FOUND, "ZoneNotFound.ZiNotFound"}, {ERR_DUPLICATE_RECORD_IN_ZONE, "ZoneParseError.ZoneError.DuplicateRecordInZone"},
                 {ERR_ADMIN_PRIVILEGE_NEEDED, "ZoneParseError.PrivilegeNeeded.AdminPrivilegeNeeded"},
                 {ERR_DYN_DNS_CANT_READ_KEY, "UpdateError.DynDNSUpdateError.DynDNSCantReadKeyError"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_FREE char *path = err_class_path(cases[i].code);
        ck_assert_str_eq(path, cases[i].path);
    }
    static const struct { const char *class_name, *parent; } classes[] = {
#define CLASS(class_name, parent) {class_name, parent},
#include "shared/error_class.def"
#undef CLASS
    };
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(classes[i].class_name, classes[k].class_name); /* one parent each */
    }
    for (int i = 1; i < ERR_COUNT; i++) {
        AUTO_FREE char *path = err_class_path((err_t)i); /* ends: no class is its own ancestor */
        ck_assert_uint_lt(strlen(path), 120);
    }
}
END_TEST

START_TEST(grow)
{
    size_t cap = 0;
    int *numbers = NULL;
    for (int i = 0; i < 1000; i++) {
        numbers = auto_grow(numbers, &cap, (size_t)i + 1, sizeof *numbers);
        numbers[i] = i;
    }
    ck_assert_uint_ge(cap, 1000);
    ck_assert_int_eq(numbers[999], 999);
    free(numbers);
    ck_assert_ptr_null(auto_strdup(NULL));
    AUTO_FREE char *text = auto_strndup("abcdef", 3);
    ck_assert_str_eq(text, "abc");
}
END_TEST

/* Warnings are errors of a strict list; an error takes the place of a warning when the list is full. */
START_TEST(strict_lists)
{
    AUTO(problem_list) mild = problem_list_new();
    for (int i = 0; i < PROBLEM_MAX + 20; i++)
        problem_add_rule(mild, RULE_TTL_ZERO, "ttl %d", i);
    for (int i = 0; i < 3; i++)
        problem_add_rule(mild, RULE_DUPLICATE, "record %d", i)->line = 5;
    ck_assert(mild->count == PROBLEM_MAX && mild->errors == 3 && mild->warnings == PROBLEM_MAX + 20);
    ck_assert_str_eq(mild->items[PROBLEM_MAX - 4].message, "ttl 96");
    ck_assert_str_eq(mild->items[PROBLEM_MAX - 1].message, "record 2");
    ck_assert_uint_eq(mild->items[PROBLEM_MAX - 1].line, 5);
    AUTO(problem_list) strict = problem_list_new();
    strict->strict = true;
    problem_list_extend(strict, mild);
    problem_list_extend(strict, NULL);
    ck_assert(strict->count == PROBLEM_MAX && strict->errors == PROBLEM_MAX + 23 && strict->warnings == 0);
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(problem_result(&strict, "ex.com.", &info), ERR_TTL_DOUBTFUL);
    ck_assert_str_eq(info.hint, rule_row(RULE_TTL_ZERO)->hint);
}
END_TEST

CHECK_MAIN("err", table_is_sound, known_rows, detail, cut_characters_are_mended, problems, strict_lists, class_paths, grow)

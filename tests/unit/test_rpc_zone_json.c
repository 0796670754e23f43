/* zi_data: strict keys and types, all problems with their indices, output that can be posted back. */
#include "controller/api/zone_json.h"
#include "tests/unit/check_run.h"
#include <string.h>

static err_t s_err;
static err_info_t s_info;
static problem_list_t *s_problems;

static zonedata_t *parse_max(const char *text, size_t max)
{
    json_auto_t *json = json_loads(text, 0, NULL);
    ck_assert_msg(json != NULL, "test is not JSON: %s", text);
    problem_list_destroy(&s_problems);
    s_problems = problem_list_new();
    zonedata_t *data = NULL;
    err_info_done(&s_info);
    s_err = zone_json_parse(json, "example.org.", max, s_problems, &data, &s_info);
    ck_assert((s_err == ERR_OK) == (data != NULL));
    return data;
}

static zonedata_t *parse(const char *text) { return parse_max(text, 100); }

static void done(void)
{
    err_info_done(&s_info);
    problem_list_destroy(&s_problems);
}

#define GROUPS(rrs) "{\"rr_groups\":[{\"rrs\":[" rrs "]}]}"

START_TEST(records)
{
    AUTO(zonedata)
    data = parse(
        "{\"soa_mname\":\"ns1.example.org.\",\"soa_minimum\":3600,\"zone_ttl\":\"1h\",\"soa_serial\":4294967295,\"rr_"
        "groups\":["
        "{\"comment\":\"apex\",\"tag\":\"APEX_RRS\",\"rrs\":[{\"label\":\"@\",\"type\":\"MX\",\"rdata\":\"10 mail\"}]},"
        "{\"comment\":\"web\",\"rrs\":[{\"label\":\"WWW.example.org.\",\"type\":\"a\",\"class\":\"IN\",\"ttl\":\"5m\","
        "\"rdata\":\"192.0.2.1\","
        "\"comment\":\"c\",\"lock_ptr\":true,\"disable\":true,\"track_reverse\":true,\"force_reverse\":true,"
        "\"reference\":\"REF\"}]}]}");
    ck_assert_int_eq(s_err, ERR_OK);
    ck_assert_uint_eq(s_problems->errors, 0);
    ck_assert_str_eq(data->soa.mname, "ns1.example.org.");
    ck_assert_str_eq(data->soa.minimum, "3600");
    ck_assert(data->soa.has_serial && data->soa.serial == 4294967295);
    ck_assert_uint_eq(data->count, 2);
    ck_assert_str_eq(data->groups[0].comment, "apex");
    ck_assert_str_eq(data->groups[0].rrs[0].rdata, "10 mail");
    const zonedata_rr_t *rr = &data->groups[1].rrs[0];
    ck_assert_str_eq(rr->label, "www");
    ck_assert_int_eq(rr->type, RR_A);
    ck_assert(rr->has_ttl && rr->ttl == 300 && rr->lock_ptr && rr->disable && rr->track_reverse && rr->force_reverse);
    ck_assert_str_eq(rr->comment, "c");
    ck_assert_str_eq(rr->reference, "REF");
    done();
}
END_TEST

START_TEST(posted_back)
{
    AUTO(zonedata)
    data = parse(
        "{\"rr_groups\":[{\"rrs\":[]},{\"comment\":\"same\",\"rrs\":[{\"label\":\"a\",\"type\":\"A\",\"rdata\":\"192.0."
        "2.1\"}]},"
        "{\"comment\":\"same\",\"rrs\":[{\"label\":\"b\",\"type\":\"TXT\",\"rdata\":\"\\\"x y\\\"\",\"ttl\":60}]}]}");
    ck_assert_uint_eq(s_problems->errors, 0);
    data->groups[1].rrs[0].id = 5;
    data->groups[1].id = 2;
    json_auto_t *groups = zone_json_groups(data, 77);
    json_auto_t *zi = json_pack("{s:O, s:i, s:i, s:s, s:s, s:n, s:s}", "rr_groups", groups, "zi_id", 77, "zone_id", 3,
                                "ctime", "t", "mtime", "t", "ptime", "change_by", "ann");
    AUTO_FREE char *text = json_dumps(zi, 0);
    AUTO(zonedata) again = parse(text);
    ck_assert_msg(s_err == ERR_OK && s_problems->errors == 0, "%s", text);
    ck_assert_uint_eq(again->count, 3);
    ck_assert_str_eq(again->groups[2].comment, "same");
    ck_assert_str_eq(again->groups[2].rrs[0].rdata, "\"x y\"");
    ck_assert_uint_eq(again->groups[2].rrs[0].ttl, 60);
    done();
}
END_TEST

/* As they come back from zone text, so that JSON and text agree on what is stored. */
START_TEST(comments)
{
    AUTO(zonedata) data = parse("{\"soa_comment\":\"a\\tb\",\"rr_groups\":[{\"rrs\":[],\"comment\":\"\"},{\"comment\":\"x\\u0001\\n y\",\"rrs\":[{\"label\":\"a\",\"type\":\"A\","
                                "\"rdata\":\"192.0.2.1\",\"comment\":\"\\n\"}]}]}");
    ck_assert_uint_eq(s_problems->errors, 0);
    ck_assert_str_eq(data->soa.comment, "a b");
    ck_assert_ptr_null(data->groups[0].comment);
    ck_assert_str_eq(data->groups[1].comment, "x \n y");
    ck_assert_ptr_null(data->groups[1].rrs[0].comment);
    done();
}
END_TEST

START_TEST(all_problems)
{
    AUTO(zonedata)
    data = parse("{\"rr_groups\":[{\"rrs\":[{\"label\":\"a\",\"type\":\"A\",\"rdata\":\"300.0.2.1\"}]},{\"rrs\":["
                 "{\"label\":\"x_y\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"},{\"label\":\"ok\",\"type\":\"A\","
                 "\"rdata\":\"192.0.2.1\"},"
                 "{\"label\":\"www.other.org.\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"},{\"label\":\"t\",\"type\":"
                 "\"NOPE\",\"rdata\":\"1\"},"
                 "{\"label\":\"c\",\"type\":\"A\",\"class\":\"CH\",\"rdata\":\"192.0.2.1\"},{\"label\":\"n\",\"rdata\":"
                 "\"192.0.2.1\"},"
                 "{\"label\":\"f\",\"type\":\"A\",\"rdata\":\"192.0.2.1\",\"disable\":\"false\"},{\"label\":\"u\","
                 "\"type\":\"A\",\"rdata\":\"192.0.2.1\",\"colour\":1},"
                 "{\"label\":\"@\",\"type\":\"SOA\",\"rdata\":\"a. b. 1 2 3 4 5\"}]}]}");
    static const struct {
        err_t code;
        int group, record;
    } WANT[] = {{ERR_RDATA_PARSE, 0, 0},    {ERR_BAD_NAME_OWNER, 1, 0},  {ERR_LABEL_NOT_IN_DOMAIN, 1, 2},
                {ERR_UNHANDLED_TYPE, 1, 3}, {ERR_UNHANDLED_CLASS, 1, 4}, {ERR_RR_NO_TYPE_GIVEN, 1, 5},
                {ERR_RDATA_PARSE, 1, 6},    {ERR_RDATA_PARSE, 1, 7},     {ERR_ZONE_ALREADY_HAS_SOA_RECORD, 1, 8}};
    ck_assert_int_eq(s_err, ERR_OK);
    ck_assert_uint_eq(s_problems->count, ARRAY_SIZE(WANT));
    for (size_t i = 0; i < ARRAY_SIZE(WANT); i++) {
        const problem_t *p = &s_problems->items[i];
        ck_assert_msg(p->code == WANT[i].code && p->group == WANT[i].group && p->record == WANT[i].record,
                      "%zu: %s %d %d: %s", i, err_name(p->code), p->group, p->record, p->message);
    }
    done();
}
END_TEST

static void problem(const char *text, err_t code)
{
    AUTO(zonedata) data = parse(text);
    ck_assert_msg(s_err == ERR_OK && s_problems->errors == 1 && s_problems->items[0].code == code, "%s", text);
    done();
}

static void refused(const char *text, err_t code)
{
    AUTO(zonedata) data = parse(text);
    ck_assert_msg(s_err == code, "%s gave %s", text, err_name(s_err));
    ck_assert_ptr_nonnull(s_info.message);
}

START_TEST(structure)
{
    refused("{}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":{}}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[],\"soa_mnam\":\"x.\"}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[1]}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[{\"rrs\":1}]}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[{\"rrs\":[],\"coment\":\"\"}]}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[{\"rrs\":[],\"comment\":1}]}", ERR_INVALID_PARAMS);
    refused("{\"rr_groups\":[],\"soa_mname\":1}", ERR_INVALID_PARAMS);
    problem("{\"rr_groups\":[],\"soa_serial\":\"1\"}", ERR_SOA_SERIAL_TYPE);
    problem("{\"rr_groups\":[],\"soa_serial\":0}", ERR_SOA_SERIAL_RANGE);
    problem("{\"rr_groups\":[],\"soa_serial\":4294967296}", ERR_SOA_SERIAL_RANGE);
    AUTO(zonedata) one = parse_max(GROUPS("{\"label\":\"a\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"}"), 1);
    ck_assert_int_eq(s_err, ERR_OK);
    AUTO(zonedata)
    two = parse_max(GROUPS("{\"label\":\"a\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"},{\"label\":\"b\",\"type\":\"A\","
                           "\"rdata\":\"192.0.2.1\"}"),
                    1);
    ck_assert_int_eq(s_err, ERR_ZONE_TOO_BIG);
    AUTO(zonedata)
    odd = parse(GROUPS("5,{\"label\":5},{\"ttl\":-1,\"label\":\"a\",\"type\":\"A\",\"rdata\":\"192.0.2.1\"}"));
    ck_assert_int_eq(s_err, ERR_OK);
    ck_assert_uint_ge(s_problems->errors, 3);
    done();
}
END_TEST

CHECK_MAIN("rpc_zone_json", records, posted_back, comments, all_problems, structure)

#include "controller/api/zone_json.h"
#include "controller/api/rpc_error.h"
#include "controller/domain/inc_update.h"
#include "shared/rrcheck.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What one record is read with. */
typedef struct {
    const char *origin;
    problem_list_t *problems;
    bool update; /* update_op is allowed, and asked for */
    int group, record;
    bool bad;
} reader_t;

PRINTF(5, 6)
static problem_t *fault(reader_t *r, err_t code, const char *hint, const char *data, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *message = auto_vprintf(fmt, ap);
    va_end(ap);
    problem_t *p = problem_add(r->problems, code, false, "%s", message);
    p->hint = auto_strdup(hint);
    p->rr_data = auto_strdup(data);
    p->group = r->group;
    p->record = r->record;
    r->bad = true;
    return p;
}

static bool is_one_of(const char *key, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(key, *list) == 0)
            return true;
    }
    return false;
}

/* String member; NULL when absent, null or (a problem) of another type. */
static const char *text_of(reader_t *r, const json_t *rr, const char *key)
{
    const json_t *value = json_object_get(rr, key);
    if (value == NULL || json_is_null(value))
        return NULL;
    if (!json_is_string(value))
        fault(r, ERR_RDATA_PARSE, NULL, NULL, "member \"%s\" of a record is not a string", key);
    return json_string_value(value);
}

static bool bool_of(reader_t *r, const json_t *rr, const char *key)
{
    const json_t *value = json_object_get(rr, key);
    if (value != NULL && !json_is_null(value) && !json_is_boolean(value))
        fault(r, ERR_RDATA_PARSE, "write true or false without quotes", NULL,
              "member \"%s\" of a record is not a boolean", key);
    return json_is_true(value);
}

static void read_ttl(reader_t *r, const json_t *json, zonedata_rr_t *rr)
{
    const json_t *ttl = json_object_get(json, "ttl");
    if (ttl == NULL || json_is_null(ttl))
        return;
    rr->has_ttl = true;
    if (json_is_integer(ttl)) {
        json_int_t number = json_integer_value(ttl);
        if (number < 0 || number > RR_TTL_MAX)
            fault(r, ERR_RDATA_PARSE, "0 to 2147483647 seconds (RFC 2181 section 8)", NULL,
                  "TTL %" JSON_INTEGER_FORMAT " is out of range", number);
        else
            rr->ttl = (uint32_t)number;
    } else if (!json_is_string(ttl) || !rr_ttl_from_text(json_string_value(ttl), &rr->ttl)) {
        const char *text = json_is_string(ttl) ? json_string_value(ttl) : "(not a string)";
        fault(r, ERR_RDATA_PARSE, "seconds, or text as 1h30m", text, "\"%s\" is not a TTL", text);
    }
}

static bool any_rdata(const zonedata_rr_t *rr)
{
    return rr->update_op != NULL && (strcmp(rr->update_op, "DELETE") == 0 || strcmp(rr->update_op, "PRUNE") == 0);
}

static void read_op(reader_t *r, const json_t *json, zonedata_rr_t *rr)
{
    const char *op = text_of(r, json, "update_op");
    if (op != NULL && !r->update)
        fault(r, ERR_RROP_NOT_SUPPORTED, "use update_rrs", op, "update_op is only for incremental updates");
    else if (r->update && !r->bad && (op == NULL || !inc_update_known(op)))
        fault(r, ERR_INVALID_UPDATE_OPERATION, "operations are ADD, DELETE, UPDATE_RRTYPE, REPLACE, EXTEND, PRUNE", op,
              "update operation \"%.40s\" is not known", op != NULL ? op : "(none)");
    rr->update_op = auto_strdup(op);
}

static void read_rdata(reader_t *r, const json_t *json, zonedata_rr_t *rr, const char *type)
{
    const char *rdata = text_of(r, json, "rdata");
    if (rdata == NULL && any_rdata(rr))
        rdata = "";
    if (rdata == NULL && !r->bad)
        fault(r, ERR_RDATA_PARSE, NULL, NULL, "record \"%s\" of type %s has no rdata", rr->label, type);
    if (rdata == NULL || r->bad)
        return;
    AUTO_ERR info = ERR_INFO_INIT;
    if (any_rdata(rr) && (rr->type == RR_ANY || rdata[0] == '\0' || strcmp(rdata, "\\# 0") == 0)) {
        rr->rdata = auto_strdup("");
    } else if (rr_rdata_canonical(rr->type, rdata, r->origin, &rr->rdata, &info) != ERR_OK) {
        AUTO_FREE char *data = auto_printf("%s %s %s", rr->label, type, rdata);
        problem_key(fault(r, info.code, info.hint, data, "%s", err_message(&info)), "rdata_thing", rdata);
    }
}

static void read_label(reader_t *r, const json_t *json, zonedata_rr_t *rr)
{
    const char *label = text_of(r, json, "label");
    if (label == NULL) {
        if (!r->bad)
            fault(r, ERR_RDATA_PARSE, NULL, NULL, "record has no label");
        return;
    }
    char relative[DNAME_TEXT];
    AUTO_ERR info = ERR_INFO_INIT;
    if (dname_relative(label, r->origin, relative, &info) != ERR_OK)
        problem_key(fault(r, info.code, info.hint, label, "%s", err_message(&info)), "label_thing", label);
    else
        rr->label = auto_strdup(relative);
}

static void read_type(reader_t *r, const json_t *json, zonedata_rr_t *rr)
{
    const char *class = text_of(r, json, "class");
    if (class != NULL && strcasecmp(class, "IN") != 0)
        fault(r, ERR_UNHANDLED_CLASS, NULL, class, "class \"%s\" is not IN", class);
    const char *type = text_of(r, json, "type");
    if (type == NULL)
        fault(r, ERR_RR_NO_TYPE_GIVEN, NULL, rr->label, "record \"%s\" has no type",
              rr->label != NULL ? rr->label : "?");
    else if (any_rdata(rr) && strcasecmp(type, "ANY") == 0)
        rr->type = RR_ANY;
    else if (!rr_type_from_text(type, &rr->type))
        fault(r, ERR_UNHANDLED_TYPE, "types without a name are written TYPE65280 (RFC 3597)", type,
              "record type \"%s\" is not known", type);
}

static void check_keys(reader_t *r, json_t *json)
{
    static const char *const KNOWN[] = {"label", "type", "rdata", "ttl", "class", "comment", "tag", "lock_ptr",
                                        "disable", "force_reverse", "track_reverse", "reference", "update_op",
                                        /* given out by show_zone and rr_query_db */
                                        "rr_id", "zi_id", "zone_id", "comment_group_id", "comment_rr_id", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (!is_one_of(key, KNOWN))
            fault(r, ERR_RDATA_PARSE, NULL, key, "record has an unknown member \"%.100s\"", key);
    }
}

/* SOA records do not belong into rr_groups: zi_data carries their values (show_zone leaves them out as well). */
static void check_soa(reader_t *r, const zonedata_rr_t *rr)
{
    if (rr->type != RR_SOA)
        return;
    bool apex = rr->label != NULL && strcmp(rr->label, "@") == 0;
    fault(r, apex ? ERR_ZONE_ALREADY_HAS_SOA_RECORD : ERR_ZONE_SOA_RECORD_NOT_AT_APEX,
          "give the SOA values as soa_mname, soa_rname, ... of zi_data", rr->label,
          "SOA record among the records of a group");
}

/* Its faults are told; it keeps its place, so that the others have theirs, and its name, so that nobody misses it. */
static void break_rr(zonedata_rr_t *rr, zonedata_t *data)
{
    rr->broken = true;
    if (rr->label == NULL) {
        rr->label = auto_strdup("");
        data->incomplete = true;
    }
    free(rr->rdata);
    rr->rdata = auto_strdup("");
    rr->lock_ptr = false;
    free(rr->reference);
    rr->reference = NULL;
}

/* A comment as it comes back from zone text: no control characters but line ends; NULL where nothing is said. */
static char *comment_of(const char *text)
{
    if (text == NULL || text[strspn(text, "\n")] == '\0')
        return NULL;
    char *comment = auto_strdup(text);
    for (char *c = comment; *c != '\0'; c++) {
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 127)
            *c = ' ';
    }
    return comment;
}

static void read_rr(reader_t *r, json_t *json, zonedata_t *data, zonedata_group_t *group)
{
    r->bad = false;
    zonedata_rr_t *rr = zonedata_add_rr(data, group);
    rr->place = (unsigned)r->record + 1;
    if (!json_is_object(json)) {
        fault(r, ERR_RDATA_PARSE, NULL, NULL, "record is not an object");
        break_rr(rr, data);
        return;
    }
    check_keys(r, json);
    read_op(r, json, rr);
    read_label(r, json, rr);
    read_type(r, json, rr);
    read_ttl(r, json, rr);
    rr->comment = comment_of(text_of(r, json, "comment"));
    rr->reference = auto_strdup(text_of(r, json, "reference"));
    rr->lock_ptr = bool_of(r, json, "lock_ptr");
    rr->disable = bool_of(r, json, "disable");
    rr->force_reverse = bool_of(r, json, "force_reverse");
    rr->track_reverse = bool_of(r, json, "track_reverse");
    if (!r->bad)
        check_soa(r, rr);
    if (!r->bad)
        read_rdata(r, json, rr, json_string_value(json_object_get(json, "type")));
    size_t before = r->problems->count;
    if (r->bad) {
        break_rr(rr, data);
        return;
    }
    rr->checked = true;
    if (any_rdata(rr) || rrcheck_record(r->origin, rr, r->problems))
        return; /* what is to be deleted need not be right */
    for (size_t i = before; i < r->problems->count; i++) {
        r->problems->items[i].group = r->group;
        r->problems->items[i].record = r->record;
    }
}

static err_t wrong(err_info_t *reterr, const char *where, const char *what)
{
    err_set(reterr, ERR_INVALID_PARAMS, "parameter \"zi_data\": %s: %s", where, what);
    err_key(reterr, "parameter", "zi_data");
    err_key(reterr, "zi_field", where);
    return ERR_INVALID_PARAMS;
}

static err_t read_group(reader_t *r, json_t *json, zonedata_t *data, size_t max_records, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"comment", "tag", "rrs", "group_id", NULL};
    char where[40];
    snprintf(where, sizeof where, "rr_groups[%d]", r->group);
    if (!json_is_object(json))
        return wrong(reterr, where, "not an object");
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (!is_one_of(key, KNOWN)) {
            AUTO_FREE char *what = auto_printf("unknown key \"%.100s\"", key);
            return wrong(reterr, where, what);
        }
        bool text = strcmp(key, "comment") == 0 || strcmp(key, "tag") == 0;
        if (text && !json_is_string(value) && !json_is_null(value))
            return wrong(reterr, where, "comment and tag are strings or null");
    }
    json_t *rrs = json_object_get(json, "rrs");
    if (!json_is_array(rrs))
        return wrong(reterr, where, "rrs is not an array");
    if (max_records > 0 && json_array_size(rrs) > max_records - data->records)
        return err_set(reterr, ERR_ZONE_TOO_BIG, "zone data has more than %zu records", max_records);
    AUTO_FREE char *comment = comment_of(json_string_value(json_object_get(json, "comment")));
    zonedata_group_t *group = &data->groups[ZONEDATA_GROUP_APEX];
    if (r->group == ZONEDATA_GROUP_APEX) /* the first group is the apex group, whatever its tag */
        group->comment = auto_strdup(comment);
    else
        group = zonedata_add_group(data, comment, NULL);
    size_t i;
    json_array_foreach(rrs, i, value)
    {
        r->record = (int)i;
        read_rr(r, value, data, group);
    }
    return ERR_OK;
}

static err_t read_soa(json_t *zi_data, zonedata_t *data, problem_list_t *problems, err_info_t *reterr)
{
    const struct {
        const char *key;
        char **place;
    } fields[] = {{"soa_mname", &data->soa.mname},     {"soa_rname", &data->soa.rname},
                  {"soa_refresh", &data->soa.refresh}, {"soa_retry", &data->soa.retry},
                  {"soa_expire", &data->soa.expire},   {"soa_minimum", &data->soa.minimum},
                  {"soa_ttl", &data->soa.soa_ttl},     {"zone_ttl", &data->zone_ttl},
                  {"soa_comment", &data->soa.comment}};
    enum { FIRST_TIMER = 2, LAST_TIMER = 7 };
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const json_t *value = json_object_get(zi_data, fields[i].key);
        if (value == NULL || json_is_null(value))
            continue;
        if (json_is_integer(value) && i >= FIRST_TIMER && i <= LAST_TIMER)
            *fields[i].place = auto_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_string(value))
            *fields[i].place = auto_strdup(json_string_value(value));
        else
            return wrong(reterr, fields[i].key, "not a string");
    }
    data->has_soa = true; /* always made of these values, and of settings where they are missing */
    char *comment = comment_of(data->soa.comment);
    free(data->soa.comment);
    data->soa.comment = comment;
    const json_t *serial = json_object_get(zi_data, "soa_serial");
    if (serial == NULL || json_is_null(serial))
        return ERR_OK;
    json_int_t number = json_integer_value(serial);
    if (!json_is_integer(serial)) {
        problem_add_rule(problems, RULE_SOA_SERIAL_NUMBER, "SOA serial is not an integer");
    } else if (number < 1 || number > UINT32_MAX) {
        problem_add_rule(problems, RULE_SOA_SERIAL_RANGE,
                         "SOA serial %" JSON_INTEGER_FORMAT " is not between 1 and 4294967295", number);
    } else {
        data->soa.has_serial = true;
        data->soa.serial = (uint32_t)number;
    }
    return ERR_OK;
}

static err_t check_top(json_t *zi_data, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"soa_mname", "soa_rname", "soa_refresh", "soa_retry", "soa_expire",
                                        "soa_minimum", "soa_ttl", "zone_ttl", "soa_serial", "soa_comment", "rr_groups",
                                        /* given out by show_zone */
                                        "zi_id", "zone_id", "ctime", "mtime", "ptime", "change_by", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(zi_data, key, value)
    {
        if (!is_one_of(key, KNOWN)) {
            AUTO_FREE char *where = auto_printf("%.100s", key);
            return wrong(reterr, where, "unknown key");
        }
    }
    if (!json_is_array(json_object_get(zi_data, "rr_groups")))
        return wrong(reterr, "rr_groups", "not an array");
    return ERR_OK;
}

err_t zone_json_parse(json_t *zi_data, const char *name, size_t max_records, problem_list_t *problems,
                      zonedata_t **ret_data, err_info_t *reterr)
{
    err_t err = check_top(zi_data, reterr);
    if (err != ERR_OK)
        return err;
    AUTO(zonedata) data = zonedata_new(name);
    err = read_soa(zi_data, data, problems, reterr);
    reader_t r = {.origin = name, .problems = problems};
    const json_t *groups = json_object_get(zi_data, "rr_groups");
    size_t i;
    json_t *group;
    json_array_foreach(groups, i, group)
    {
        r.group = (int)i;
        if (err == ERR_OK)
            err = read_group(&r, group, data, max_records, reterr);
    }
    if (err != ERR_OK)
        return err;
    *ret_data = data;
    data = NULL;
    return ERR_OK;
}

/* {label, type, op, ttl, comment, rdata: [...]} -> one record per rdata; an empty set: one without rdata. */
static err_t read_set(reader_t *r, json_t *json, zonedata_t *data, zonedata_group_t *group, err_info_t *reterr)
{
    static const char *const KNOWN[] = {"label", "type", "op", "ttl", "comment", "rdata", NULL};
    static const char *const OPS[] = {"ADD", "REPLACE", "EXTEND", "PRUNE", "DELETE", NULL};
    char where[40];
    snprintf(where, sizeof where, "rrsets[%d]", r->record);
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (!is_one_of(key, KNOWN)) {
            AUTO_FREE char *what = auto_printf("unknown key \"%.100s\"", key);
            return wrong(reterr, where, what);
        }
    }
    json_t *rdata = json_object_get(json, "rdata");
    const char *op = json_string_value(json_object_get(json, "op"));
    if (!json_is_object(json) || op == NULL || (rdata != NULL && !json_is_array(rdata)))
        return wrong(reterr, where, "an object with op, label, type and an array rdata");
    if (!is_one_of(op, OPS)) {
        fault(r, ERR_INVALID_UPDATE_OPERATION, "operations on RRsets are ADD, REPLACE, EXTEND, PRUNE, DELETE", op,
              "update operation \"%.40s\" is not known", op);
        return ERR_OK;
    }
    size_t count = json_array_size(rdata);
    bool takes = strcmp(op, "REPLACE") == 0 || strcmp(op, "EXTEND") == 0;
    for (size_t i = 0; i < (count == 0 ? 1 : count); i++) {
        const char *set_op = count == 0 && takes ? "DELETE" : op;
        if (count == 0 && strcmp(op, "REPLACE") != 0 && strcmp(op, "DELETE") != 0)
            break; /* nothing to add, nothing to take away */
        json_auto_t *rr = json_pack("{s:s s:O* s:O* s:O* s:O*}", "update_op", set_op, "label", json_object_get(json, "label"),
                                    "type", json_object_get(json, "type"), "ttl", json_object_get(json, "ttl"), "comment",
                                    json_object_get(json, "comment"));
        json_object_set_new(rr, "rdata", count == 0 ? json_string("") : json_incref(json_array_get(rdata, i)));
        read_rr(r, rr, data, group);
    }
    return ERR_OK;
}

err_t zone_json_parse_update(json_t *update_data, const char *name, size_t max_records, problem_list_t *problems,
                             zonedata_t **ret_data, err_info_t *reterr)
{
    const char *key;
    json_t *value;
    size_t i;
    AUTO(zonedata) data = zonedata_new(name);
    reader_t r = {.origin = name, .problems = problems, .update = true};
    json_object_foreach(update_data, key, value)
    {
        if ((strcmp(key, "rr_groups") != 0 && strcmp(key, "rrsets") != 0) || !json_is_array(value)) {
            AUTO_FREE char *where = auto_printf("%.100s", key);
            return wrong(reterr, where, "rr_groups and rrsets are arrays; there is nothing else");
        }
    }
    const json_t *groups = json_object_get(update_data, "rr_groups");
    json_array_foreach(groups, i, value)
    {
        r.group = (int)i;
        err_t err = read_group(&r, value, data, max_records, reterr);
        if (err != ERR_OK)
            return err;
    }
    const json_t *sets = json_object_get(update_data, "rrsets");
    zonedata_group_t *group = sets == NULL ? NULL : zonedata_add_group(data, NULL, NULL);
    r.group = -1;
    json_array_foreach(sets, i, value)
    {
        r.record = (int)i;
        err_t err = read_set(&r, value, data, group, reterr);
        if (err != ERR_OK)
            return err;
        if (max_records > 0 && data->records > max_records)
            return err_set(reterr, ERR_ZONE_TOO_BIG, "update has more than %zu records", max_records);
    }
    *ret_data = data;
    data = NULL;
    return ERR_OK;
}

json_t *zone_json_rr(const zonedata_rr_t *rr, int64_t zi_id)
{
    char type[RR_TYPE_TEXT];
    rr_type_text(rr->type, type);
    json_t *json = json_object();
    json_object_set_new(json, "rr_id", rr->id != 0 ? json_integer(rr->id) : json_null());
    json_object_set_new(json, "zi_id", zi_id != 0 ? json_integer(zi_id) : json_null());
    json_object_set_new(json, "label", rpc_error_text(rr->label));
    json_object_set_new(json, "ttl", rr->has_ttl ? json_integer(rr->ttl) : json_null());
    json_object_set_new(json, "class", json_string("IN"));
    json_object_set_new(json, "type", json_string(type));
    json_object_set_new(json, "rdata", rpc_error_text(rr->rdata));
    json_object_set_new(json, "lock_ptr", json_boolean(rr->lock_ptr));
    json_object_set_new(json, "disable", json_boolean(rr->disable));
    json_object_set_new(json, "track_reverse", json_boolean(rr->track_reverse));
    json_object_set_new(json, "reference", rpc_error_text(rr->reference));
    if (rr->comment != NULL) {
        json_object_set_new(json, "comment", rpc_error_text(rr->comment));
        json_object_set_new(json, "tag", json_null()); /* of comments; only the apex group's has one */
    }
    return json;
}

json_t *zone_json_groups(const zonedata_t *data, int64_t zi_id)
{
    json_t *groups = json_array();
    for (size_t g = 0; g < data->count; g++) {
        const zonedata_group_t *group = &data->groups[g];
        json_t *json = json_object();
        json_t *rrs = json_array();
        for (size_t i = 0; i < group->count; i++)
            json_array_append_new(rrs, zone_json_rr(&group->rrs[i], zi_id));
        if (group->id != 0)
            json_object_set_new(json, "group_id", json_integer(group->id));
        json_object_set_new(json, "comment", rpc_error_text(group->comment));
        if (group->comment != NULL || group->tag != NULL)
            json_object_set_new(json, "tag", rpc_error_text(group->tag));
        json_object_set_new(json, "rrs", rrs);
        json_array_append_new(groups, json);
    }
    return groups;
}

/* Settings, accounts, and the status page. */
#include "controller/domain/zone_rights.h"
#include "controller/store/account_store.h"
#include "controller/store/config_store.h"
#include "controller/store/event_store.h"
#include "controller/store/goal_store.h"
#include "controller/store/publish_store.h"
#include "controller/usecase/server_setup_priv.h"
#include "shared/dname.h"
#include "shared/rr.h"
#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_GROUP AUTO_CLEANUP(group_row_done) group_row_t

/* ---- settings */

/* What a value must be, and the error of one that is not: those that front ends know for the same value in a zone. */
typedef enum { SETTING_BOOL, SETTING_TTL, SETTING_MAILBOX, SETTING_HOST, SETTING_NUMBER, SETTING_SG, SETTING_REFERENCE, SETTING_TYPE } setting_type_t;
typedef enum { SCOPE_GLOBAL, SCOPE_BOTH, SCOPE_SG } setting_scope_t;
typedef struct {
    const char *key;
    setting_type_t type;
    setting_scope_t scope;
    bool may_be_empty;
} setting_t;
static const setting_t s_settings[] = {
    {"auto_dnssec", SETTING_BOOL, SCOPE_BOTH, false},
    {"edit_lock", SETTING_BOOL, SCOPE_BOTH, false},
    {"inc_updates", SETTING_BOOL, SCOPE_BOTH, false},
    {"nsec3", SETTING_BOOL, SCOPE_BOTH, false},
    {"use_apex_ns", SETTING_BOOL, SCOPE_BOTH, false},
    {"soa_mname", SETTING_HOST, SCOPE_SG, false},
    {"soa_rname", SETTING_MAILBOX, SCOPE_BOTH, false},
    {"soa_refresh", SETTING_TTL, SCOPE_BOTH, false},
    {"soa_retry", SETTING_TTL, SCOPE_BOTH, false},
    {"soa_expire", SETTING_TTL, SCOPE_BOTH, false},
    {"soa_minimum", SETTING_TTL, SCOPE_BOTH, false},
    {"soa_ttl", SETTING_TTL, SCOPE_BOTH, true},
    {"zone_ttl", SETTING_TTL, SCOPE_BOTH, false},
    {"edit_lock_timeout", SETTING_TTL, SCOPE_GLOBAL, false},
    {"move_parent_ttl", SETTING_TTL, SCOPE_GLOBAL, false},
    {"auto_reverse", SETTING_BOOL, SCOPE_GLOBAL, false},
    {"auto_create_ipv4_ptr", SETTING_BOOL, SCOPE_GLOBAL, false},
    {"auto_create_ipv6_ptr", SETTING_BOOL, SCOPE_GLOBAL, false},
    {"default_sg", SETTING_SG, SCOPE_GLOBAL, true},
    {"default_ref", SETTING_REFERENCE, SCOPE_BOTH, true},
    {"default_stype", SETTING_TYPE, SCOPE_GLOBAL, false},
    {"event_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"syslog_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"zi_max_num", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"zi_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"zone_del_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"zone_del_pare_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"idempotency_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"change_set_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"token_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
    {"kept_text_max_age", SETTING_NUMBER, SCOPE_GLOBAL, false},
};

static bool is_number(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    return isdigit((unsigned char)text[0]) && *end == '\0' && number >= 0 && number < 1e9;
}

static err_t bad_value(const char *key, const char *value, err_t code, const char *rule, err_info_t *reterr)
{
    bool zi = code == ERR_TTL_ZI_PARSE || code == ERR_HOSTNAME_ZI_PARSE;
    err_set(reterr, code, "value \"%.200s\" of setting \"%s\" is not valid", value, key);
    err_hint(reterr, "%s", rule);
    err_key(reterr, "name", zi ? "Config key" : NULL); /* where these errors have a zone's name */
    err_key(reterr, zi ? "zi_field" : "key", key);
    err_key(reterr, "value", value);
    return code;
}

/* Names are stored canonically; *ret_value owned by the caller. */
static err_t check_setting(const setting_t *setting, const char *value, char **ret_value, err_info_t *reterr)
{
    bool ok = true;
    uint32_t seconds = 0;
    const char *key = setting->key;
    char name[DNAME_TEXT];
    if (setting->may_be_empty && value[0] == '\0') {
        *ret_value = auto_strdup("");
        return ERR_OK;
    }
    switch (setting->type) {
    case SETTING_BOOL:
        (void)defaults_bool(value, &ok);
        if (!ok)
            return bad_value(key, value, ERR_ZONE_CFG_ITEM_VALUE, "true or false", reterr);
        break;
    case SETTING_NUMBER:
        if (!is_number(value))
            return bad_value(key, value, ERR_ZONE_CFG_ITEM_VALUE, "a number, not below 0", reterr);
        break;
    case SETTING_TTL:
        if (strlen(value) > 20 || !rr_ttl_from_text(value, &seconds))
            return bad_value(key, value, ERR_TTL_ZI_PARSE, "seconds, or a time such as 900, 2h or 1d12h", reterr);
        break;
    case SETTING_HOST:
        if (dname_from_text(value, name, NULL) != ERR_OK || !dname_is_hostname(name, false))
            return bad_value(key, value, ERR_HOSTNAME_ZI_PARSE, "a host name", reterr);
        break;
    case SETTING_MAILBOX:
        if (dname_absolute(value, ".", name) != ERR_OK || !dname_is_mailbox(name))
            return bad_value(key, value, ERR_HOSTNAME_ZI_PARSE, rule_row(RULE_MAILBOX)->hint, reterr);
        break;
    case SETTING_REFERENCE: {
        err_t err = zone_rights_reference(value, reterr);
        if (err != ERR_OK)
            return err;
        break;
    }
    case SETTING_TYPE:
        if (strcmp(value, "bind9") != 0 && strcmp(value, "nsd4") != 0)
            return bad_value(key, value, ERR_INVALID_ARGUMENT, "bind9 or nsd4", reterr);
        break;
    case SETTING_SG: /* looked up in the transaction */
        break;
    }
    *ret_value = auto_strdup(setting->type == SETTING_MAILBOX || setting->type == SETTING_HOST ? name : value);
    return ERR_OK;
}

static err_t check_scope(const setting_t *setting, const char *sg_name, err_info_t *reterr)
{
    if (setting->scope == SCOPE_SG && sg_name == NULL) {
        err_set(reterr, ERR_SG_NAME_REQUIRED, "setting \"%s\" needs a server group", setting->key);
        err_key(reterr, "config_key", setting->key);
        return ERR_SG_NAME_REQUIRED;
    }
    if (setting->scope != SCOPE_GLOBAL || sg_name == NULL)
        return ERR_OK;
    err_set(reterr, ERR_INVALID_ARGUMENT, "setting \"%s\" is the same for all server groups", setting->key);
    err_hint(reterr, "leave the group out");
    err_key(reterr, "key", setting->key);
    return ERR_INVALID_ARGUMENT;
}

typedef struct {
    const setting_t *setting;
    const char *sg_name, *value;
} config_change_t;

static err_t set_config(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const config_change_t *in = setup->in;
    AUTO_GROUP group = {0};
    AUTO_GROUP named = {0};
    err_t err = in->sg_name != NULL ? server_store_group(db, in->sg_name, &group, reterr) : ERR_OK;
    if (err == ERR_OK && in->setting->type == SETTING_SG && in->value[0] != '\0')
        err = server_store_group(db, in->value, &named, reterr);
    return err == ERR_OK ? config_store_set(db, setup->name, group.id, in->value, reterr) : err;
}

static err_t find_setting(const char *key, const setting_t **ret_setting, err_info_t *reterr)
{
    for (size_t i = 0; i < ARRAY_SIZE(s_settings); i++) {
        if (strcmp(s_settings[i].key, key) == 0) {
            *ret_setting = &s_settings[i];
            return ERR_OK;
        }
    }
    err_set(reterr, ERR_ZONE_CFG_ITEM_NOT_FOUND, "there is no setting \"%.100s\"", key);
    err_hint(reterr, "show_config lists them");
    err_key(reterr, "key", key);
    return ERR_ZONE_CFG_ITEM_NOT_FOUND;
}

err_t server_setup_set_config(db_t *db, const caller_t *who, const char *key, const char *sg_name, const char *value, wall_t now, change_result_t *ret_result,
                              err_info_t *reterr)
{
    AUTO_FREE char *checked = NULL;
    config_change_t in = {.sg_name = sg_name};
    err_t err = find_setting(key, &in.setting, reterr);
    if (err == ERR_OK)
        err = check_scope(in.setting, sg_name, reterr);
    if (err == ERR_OK)
        err = check_setting(in.setting, value, &checked, reterr);
    in.value = checked;
    setup_t setup = {.who = who, .method = "set_config", .object = "config", .name = key, .fn = set_config, .now = now, .in = &in};
    return err == ERR_OK ? server_setup_run(db, &setup, ret_result, reterr) : err;
}

/* ---- accounts */

static err_t set_account(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const char *const *in = setup->in; /* URI, hash */
    front_end_row_t front_end = {0};
    err_t err = account_store_front_end(db, in[0], &front_end, reterr);
    if (err == ERR_FORBIDDEN) { /* what a request at this URI gets; here it is a slip */
        err = err_set(reterr, ERR_NO_FRONT_END_FOUND, "there is no front end: \"%.100s\"", in[0]);
        err_key(reterr, "uri", in[0]);
    }
    if (err == ERR_OK)
        err = account_store_set(db, front_end.id, setup->name, in[1], setup->now, reterr);
    front_end_row_done(&front_end);
    return err;
}

static bool is_login(const char *text)
{
    if (!isalnum((unsigned char)text[0]) || strlen(text) > 512)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (!isalnum((unsigned char)*p) && strchr("-_.@", *p) == NULL)
            return false;
    }
    return true;
}

/* Characters, not bytes: what a person counts. */
static size_t characters(const char *text)
{
    size_t count = 0;
    for (const char *p = text; *p != '\0'; p++)
        count += ((unsigned char)*p & 0xc0) != 0x80;
    return count;
}

/* Length is what helps (NIST SP 800-63B); rules on kinds of characters are not. */
static err_t check_password(const char *login, const char *password, size_t min_chars, err_info_t *reterr)
{
    enum { PASSWORD_MAX = 1024 };
    size_t count = characters(password);
    if (strcmp(password, login) == 0)
        err_set(reterr, ERR_PASSWORD_POLICY, "the password is the login");
    else if (strlen(password) > PASSWORD_MAX)
        err_set(reterr, ERR_PASSWORD_POLICY, "the password has %zu bytes, at most %d are possible", strlen(password), PASSWORD_MAX);
    else if (count < min_chars || count == 0)
        err_set(reterr, ERR_PASSWORD_POLICY, "the password has %zu characters, at least %zu are needed", count, min_chars);
    else
        return ERR_OK;
    err_hint(reterr, "a phrase of several words is easy to keep; password_min in section [auth] says how long");
    return ERR_PASSWORD_POLICY;
}

/* The hash takes tens of milliseconds on purpose, so it is made before the transaction begins. */
err_t server_setup_set_account(db_t *db, const caller_t *who, const char *uri, const char *login, const char *password, size_t min_chars, wall_t now,
                               change_result_t *ret_result, err_info_t *reterr)
{
    if (!is_login(login))
        return err_set(reterr, ERR_LOGIN_ID_FORMAT, "login \"%s\" is not well formed", login);
    err_t err = check_password(login, password, min_chars, reterr);
    if (err != ERR_OK)
        return err;
    char hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, password, strlen(password), ACCOUNT_STORE_OPSLIMIT,
                                                   ACCOUNT_STORE_MEMLIMIT, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return err_set(reterr, ERR_INTERNAL, "password could not be hashed: not enough memory");
    const char *in[] = {uri, hash};
    setup_t setup = {.who = who, .method = "set_account", .object = "account", .name = login, .fn = set_account, .now = now, .in = in};
    return server_setup_run(db, &setup, ret_result, reterr);
}

/* ---- status */

void dms_status_done(dms_status_t *status)
{
    server_store_servers_free(status->servers, status->server_count);
    free(status->behind);
    free(status->behind_since);
    event_store_rows_free(status->events, status->event_count);
    *status = (dms_status_t){0};
}

static err_t read_status(db_t *db, void *arg, err_info_t *reterr)
{
    dms_status_t *status = arg;
    dms_status_done(status);
    err_t err = server_store_master(db, false, &status->master, reterr);
    if (err == ERR_OK)
        err = server_store_servers(db, 0, &status->servers, &status->server_count, reterr);
    if (err != ERR_OK)
        return err;
    status->behind = auto_calloc(status->server_count + 1, sizeof(*status->behind));
    status->behind_since = auto_calloc(status->server_count + 1, sizeof(*status->behind_since));
    for (size_t i = 0; err == ERR_OK && i < status->server_count; i++)
        err = goal_store_behind(db, status->servers[i].id, &status->behind[i], &status->behind_since[i], reterr);
    if (err == ERR_OK)
        err = publish_store_zone_counts(db, status->zones, reterr);
    wall_t now = clock_wall(NULL);
    if (err == ERR_OK)
        err = publish_store_event_counts(db, now, &status->pending_events, &status->failed_events, reterr);
    if (err == ERR_OK)
        err = event_store_list(db, &(event_filter_t){.pending = true, .limit = 25}, &status->events, &status->event_count, reterr);
    return err;
}

err_t server_setup_status(db_t *db, dms_status_t *ret_status, err_info_t *reterr)
{
    dms_status_t status = {0};
    err_t err = db_tx(db, read_status, &status, reterr);
    if (err == ERR_OK)
        *ret_status = status;
    else
        dms_status_done(&status);
    return err;
}

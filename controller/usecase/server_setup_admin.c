/* Settings, accounts, and the status page. */
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

typedef enum { SETTING_TEXT, SETTING_BOOL, SETTING_TTL, SETTING_NAME, SETTING_NUMBER, SETTING_TIME } setting_type_t;
static const struct { const char *key; setting_type_t type; } s_settings[] = {
    {"auto_dnssec", SETTING_BOOL}, {"edit_lock", SETTING_BOOL}, {"inc_updates", SETTING_BOOL}, {"nsec3", SETTING_BOOL}, {"use_apex_ns", SETTING_BOOL},
    {"soa_mname", SETTING_NAME}, {"soa_rname", SETTING_NAME}, {"soa_refresh", SETTING_TTL}, {"soa_retry", SETTING_TTL}, {"soa_expire", SETTING_TTL},
    {"soa_minimum", SETTING_TTL}, {"zone_ttl", SETTING_TTL}, {"edit_lock_timeout", SETTING_TTL},
    {"event_max_age", SETTING_NUMBER}, {"syslog_max_age", SETTING_NUMBER}, {"zi_max_num", SETTING_NUMBER}, {"zi_max_age", SETTING_NUMBER},
    {"zone_del_age", SETTING_NUMBER}, {"zone_del_pare_age", SETTING_NUMBER},
    {"idempotency_max_age", SETTING_NUMBER}, {"change_set_max_age", SETTING_NUMBER},
};

static bool is_number(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    return isdigit((unsigned char)text[0]) && *end == '\0' && number >= 0 && number < 1e9;
}

/* Names are stored canonically; *ret_value owned by the caller. */
static err_t check_setting(const char *key, const char *value, char **ret_value, err_info_t *reterr)
{
    setting_type_t type = SETTING_TEXT;
    for (size_t i = 0; i < ARRAY_SIZE(s_settings); i++) {
        if (strcmp(s_settings[i].key, key) == 0)
            type = s_settings[i].type;
    }
    bool ok = true;
    uint32_t seconds = 0;
    const char *rule = "";
    char name[DNAME_TEXT];
    if (type == SETTING_BOOL) {
        (void)defaults_bool(value, &ok);
        rule = "true or false";
    } else if (type == SETTING_TTL) {
        ok = rr_ttl_from_text(value, &seconds);
        rule = "seconds, or a time such as 900, 2h or 1d12h";
    } else if (type == SETTING_NUMBER) {
        ok = is_number(value);
        rule = "a number";
    } else if (type == SETTING_NAME) {
        ok = dname_from_text(value, name, NULL) == ERR_OK;
        rule = "a domain name";
    }
    if (!ok) {
        err_set(reterr, ERR_INVALID_ARGUMENT, "value \"%s\" of setting \"%s\" is not valid", value, key);
        err_hint(reterr, "%s", rule);
        err_key(reterr, "key", key);
        return ERR_INVALID_ARGUMENT;
    }
    *ret_value = auto_strdup(type == SETTING_NAME ? name : value);
    return ERR_OK;
}

static err_t set_config(db_t *db, setup_t *setup, err_info_t *reterr)
{
    const char *const *in = setup->in; /* SG name, value */
    AUTO_GROUP group = {0};
    err_t err = in[0] != NULL ? server_store_group(db, in[0], &group, reterr) : ERR_OK;
    return err == ERR_OK ? config_store_set(db, setup->name, group.id, in[1], reterr) : err;
}

err_t server_setup_set_config(db_t *db, const caller_t *who, const char *key, const char *sg_name, const char *value, wall_t now, change_result_t *ret_result,
                              err_info_t *reterr)
{
    AUTO_FREE char *checked = NULL;
    err_t err = check_setting(key, value, &checked, reterr);
    const char *in[] = {sg_name, checked};
    setup_t setup = {.who = who, .method = "set_config", .object = "config", .name = key, .fn = set_config, .now = now, .in = in};
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

/* The hash takes tens of milliseconds on purpose, so it is made before the transaction begins. */
err_t server_setup_set_account(db_t *db, const caller_t *who, const char *uri, const char *login, const char *password, wall_t now, change_result_t *ret_result,
                               err_info_t *reterr)
{
    if (!is_login(login))
        return err_set(reterr, ERR_LOGIN_ID_FORMAT, "login \"%s\" is not well formed", login);
    if (password[0] == '\0' || strlen(password) > 1024)
        return err_set(reterr, ERR_INVALID_ARGUMENT, "password must have between 1 and 1024 bytes");
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
        err = event_store_list(db, true, false, 25, &status->events, &status->event_count, reterr);
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

#include "controller/api/m_log.h"
#include "controller/api/pack.h"
#include "controller/api/params.h"
#include "controller/store/log_store.h"
#include "shared/dname.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5424, in the words of syslog.conf(5). */
static const char *const SEVERITIES[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
static const char *const FACILITIES[] = {"kern", "user", "mail",     "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                         "ntp",  "audit", "alert", "clock",  "local0", "local1", "local2", "local3", "local4", "local5", "local6",   "local7"};

static err_t severity(const method_call_t *call, int *ret_severity, err_info_t *reterr)
{
    const char *text = params_text(call, "severity");
    *ret_severity = (int)ARRAY_SIZE(SEVERITIES) - 1;
    for (int i = 0; text != NULL && i < (int)ARRAY_SIZE(SEVERITIES); i++) {
        if (strcmp(text, SEVERITIES[i]) == 0) {
            *ret_severity = i;
            return ERR_OK;
        }
    }
    return text == NULL ? ERR_OK : params_wrong(reterr, "severity", "emerg, alert, crit, err, warning, notice, info or debug", text);
}

/* `next` is the time and number of the last line that was looked at. */
static err_t place(const method_call_t *call, log_filter_t *filter, err_info_t *reterr)
{
    const char *text = params_text(call, "after");
    filter->arrival = params_given(call, "newer");
    filter->behind.id = params_int(call, "newer", 0);
    if (text == NULL)
        return ERR_OK;
    char *middle, *end;
    filter->behind.at.us = strtoll(text, &middle, 10);
    filter->behind.id = strtoll(middle + (*middle == '-'), &end, 10);
    if (!filter->arrival && isdigit((unsigned char)text[0]) && *middle == '-' && isdigit((unsigned char)middle[1]) && *end == '\0')
        return ERR_OK;
    err_set(reterr, ERR_INVALID_ARGUMENT, filter->arrival ? "after and newer exclude each other" : "\"%s\" is not the next of a page", text);
    err_key(reterr, "given", text);
    return ERR_INVALID_ARGUMENT;
}

static const char *word(const char *const *words, size_t count, int number)
{
    return number >= 0 && (size_t)number < count ? words[number] : NULL;
}

static json_t *pack_line(const log_row_t *row)
{
    json_t *json = json_object();
    pack_id(json, "line_id", row->id);
    pack_time(json, "at", row->at);
    pack_time(json, "received_at", row->received_at);
    pack_text(json, "host", row->host);
    pack_text(json, "server", row->server);
    pack_text(json, "address", row->sender);
    pack_text(json, "program", row->program);
    pack_text(json, "facility", word(FACILITIES, ARRAY_SIZE(FACILITIES), row->facility));
    pack_text(json, "severity", word(SEVERITIES, ARRAY_SIZE(SEVERITIES), row->severity));
    pack_text(json, "zone", row->zone);
    pack_text(json, "message", row->message);
    return json;
}

err_t m_log_list(method_call_t *call, json_t **ret_result, err_info_t *reterr)
{
    char zone[DNAME_TEXT], cidr[64];
    const char *name = params_text(call, "name"), *text = params_text(call, "text");
    AUTO_FREE char *around = text != NULL && strpbrk(text, "*?") == NULL ? auto_printf("*%s*", text) : NULL;
    AUTO_FREE char *like = text != NULL ? db_like(around != NULL ? around : text) : NULL;
    log_filter_t filter = {.host = params_text(call, "host"), .program = params_text(call, "program"), .zone = name != NULL ? zone : NULL,
                           .text = like, .limit = params_int(call, "limit", 100)};
    err_t err = name != NULL ? dname_from_network(name, zone, cidr, reterr) : ERR_OK;
    if (err == ERR_OK)
        err = severity(call, &filter.severity, reterr);
    if (err == ERR_OK)
        err = params_moment(call, "since", &filter.since, reterr);
    if (err == ERR_OK)
        err = params_moment(call, "until", &filter.until, reterr);
    if (err == ERR_OK)
        err = place(call, &filter, reterr);
    log_row_t *rows = NULL;
    size_t count = 0;
    log_place_t last = {0};
    if (err == ERR_OK)
        err = log_store_list(call->db, &filter, &rows, &count, &last, reterr);
    if (err != ERR_OK)
        return err;
    json_t *lines = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(lines, pack_line(&rows[i]));
    log_store_rows_free(rows, count);
    AUTO_FREE char *next = last.id != 0 ? auto_printf("%" PRId64 "-%" PRId64, last.at.us, last.id) : NULL;
    *ret_result = json_object();
    json_object_set_new(*ret_result, "lines", lines);
    if (filter.arrival)
        pack_id(*ret_result, "next", last.id);
    else
        pack_text(*ret_result, "next", next);
    return ERR_OK;
}

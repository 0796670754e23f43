#include "controller/domain/zi_ref.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool zi_ref_number(const char *text, int64_t *ret_id)
{
    if (text[0] == '\0' || strcmp(text, "^") == 0) {
        *ret_id = 0;
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != '\0' || digits > 18)
        return false;
    *ret_id = strtoll(text, NULL, 10);
    return true;
}

static err_t malformed(err_t code, const char *text, err_info_t *reterr)
{
    err_set(reterr, code, "version \"%.100s\": %s", text, err_text(code));
    err_hint(reterr, "forms: 17, ^, ^-2, 17+1, @3d, 14:30, 24/12, 24/12/2024,14:30, 2024-12-24,2:30pm");
    err_key(reterr, "zi_id", text);
    return code;
}

static err_t not_found(const char *text, err_info_t *reterr)
{
    err_set(reterr, ERR_ZI_NOT_FOUND, "zone has no version \"%.100s\"", text);
    err_key(reterr, "zi_id", text);
    return ERR_ZI_NOT_FOUND;
}

static int by_ctime(const void *a, const void *b)
{
    const zi_ref_item_t *x = a, *y = b;
    if (x->ctime.us != y->ctime.us)
        return x->ctime.us < y->ctime.us ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* "" 0, "-" -1, "--" -2, "-3" -3, "++" 2, "+4" 4. */
static bool adjustment(const char *text, long *ret_steps)
{
    if (text[0] == '\0') {
        *ret_steps = 0;
        return true;
    }
    char sign[2] = {text[0], '\0'};
    if (sign[0] != '-' && sign[0] != '+')
        return false;
    long steps = (long)strspn(text, sign);
    const char *rest = text + steps;
    size_t digits = strspn(rest, "0123456789");
    if (rest[digits] != '\0' || digits > 9 || (digits > 0 && steps > 1))
        return false;
    if (digits > 0)
        steps = strtol(rest, NULL, 10);
    *ret_steps = sign[0] == '-' ? -steps : steps;
    return true;
}

static err_t relative(const char *text, const char *rest, int64_t base, const zi_ref_item_t *items, size_t count,
                      int64_t *ret_id, err_info_t *reterr)
{
    long steps;
    if (!adjustment(rest, &steps))
        return malformed(ERR_ZI_ID_ADJ_STRING_SYNTAX, text, reterr);
    for (size_t i = 0; i < count; i++) {
        if (items[i].id != base)
            continue;
        long at = (long)i + steps;
        if (at < 0 || at >= (long)count)
            break;
        *ret_id = items[at].id;
        return ERR_OK;
    }
    return not_found(text, reterr);
}

/* The newest version that was there at this moment. */
static err_t at(const char *text, wall_t moment, const zi_ref_item_t *items, size_t count, int64_t *ret_id,
                err_info_t *reterr)
{
    for (size_t i = count; i-- > 0;) {
        if (items[i].ctime.us <= moment.us) {
            *ret_id = items[i].id;
            return ERR_OK;
        }
    }
    return not_found(text, reterr);
}

static const double AGO_MAX_S = 1e11; /* 3,000 years: fits in microseconds */

static err_t ago(const char *text, wall_t now, wall_t *ret_moment, err_info_t *reterr)
{
    static const char UNITS[] = "smhdw";
    static const double SECONDS[] = {1, 60, 3600, 86400, 604800};
    const char *amount = text + 1;
    size_t len = strlen(amount) > 0 ? strlen(amount) - 1 : 0; /* the unit is the last character */
    const char *unit = amount[len] != '\0' ? strchr(UNITS, tolower((unsigned char)amount[len])) : NULL;
    if (unit == NULL)
        return malformed(ERR_ZI_ID_TIME_UNIT_SYNTAX, text, reterr);
    char *end;
    double number = strtod(amount, &end);
    double seconds = number * SECONDS[unit - UNITS];
    if (len == 0 || strspn(amount, "0123456789.") != len || end != amount + len || !isfinite(number) || seconds > AGO_MAX_S)
        return malformed(ERR_ZI_ID_TIME_AMOUNT_SYNTAX, text, reterr);
    *ret_moment = (wall_t){now.us - (int64_t)(seconds * 1e6)};
    return ERR_OK;
}

/* Up to `most` digits, and what must stand behind them ('\0': the end). Moves *p behind that. */
static bool number(const char **p, int most, char behind, int *ret)
{
    int n = 0, digits = 0;
    for (; digits < most && isdigit((unsigned char)**p); digits++)
        n = n * 10 + (*(*p)++ - '0');
    if (digits == 0 || **p != behind)
        return false;
    *p += behind != '\0';
    *ret = n;
    return true;
}

/* "14:30", "2:30pm", "2:30a" -> minutes of the day. */
static bool time_of_day(const char *text, int *ret_minutes)
{
    int hours;
    const char *p = text;
    if (!number(&p, 2, ':', &hours) || !isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
        return false;
    int minutes = (p[0] - '0') * 10 + p[1] - '0';
    const char *half = p + 2;
    if (half[0] != '\0') {
        bool pm = strcasecmp(half, "pm") == 0 || strcasecmp(half, "p") == 0;
        if ((!pm && strcasecmp(half, "am") != 0 && strcasecmp(half, "a") != 0) || hours < 1 || hours > 12)
            return false;
        hours = hours % 12 + (pm ? 12 : 0);
    }
    *ret_minutes = hours * 60 + minutes;
    return hours < 24 && minutes < 60;
}

static bool day_start(int year, int month, int day, wall_t *ret)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    time_t t = timegm(&tm);
    *ret = (wall_t){(int64_t)t * 1000000};
    return month >= 1 && tm.tm_mon == month - 1 && tm.tm_mday == day; /* timegm moves 30/02 to March */
}

static const int64_t MINUTE_US = 60000000, DAY_US = 86400000000;

static err_t moment_of(const char *text, wall_t now, wall_t *ret, err_info_t *reterr)
{
    int a, b, c, minutes = 0;
    const char *comma = strchr(text, ',');
    if (comma != NULL && !time_of_day(comma + 1, &minutes))
        return malformed(ERR_ZI_ID_HH_MM_SYNTAX, text, reterr);
    AUTO_FREE char *date = auto_strndup(text, comma != NULL ? (size_t)(comma - text) : strlen(text));
    const char *p = date;
    time_t seconds = (time_t)(now.us / 1000000);
    struct tm today;
    gmtime_r(&seconds, &today);
    if (comma == NULL && strchr(date, ':') != NULL) {
        if (!time_of_day(date, &minutes))
            return malformed(ERR_ZI_ID_HH_MM_SYNTAX, text, reterr);
        ret->us = now.us / DAY_US * DAY_US + minutes * MINUTE_US;
        if (ret->us > now.us)
            ret->us -= DAY_US;
        return ERR_OK;
    }
    if (strspn(date, "0123456789-") == strlen(date) && strchr(date, '-') != NULL) {
        if (!number(&p, 4, '-', &a) || !number(&p, 2, '-', &b) || !number(&p, 2, '\0', &c) || !day_start(a, b, c, ret))
            return malformed(ERR_ZI_ID_ISO_DATE_SYNTAX, text, reterr);
    } else if (strchr(date, '/') != NULL && strchr(date, '/') != strrchr(date, '/')) {
        if (!number(&p, 2, '/', &a) || !number(&p, 2, '/', &b) || !number(&p, 4, '\0', &c) ||
            !day_start(c < 70    ? c + 2000
                       : c < 100 ? c + 1900
                                 : c,
                       b, a, ret))
            return malformed(ERR_ZI_ID_DD_MM_YYYY_SYNTAX, text, reterr);
    } else if (strchr(date, '/') != NULL) {
        int year = today.tm_year + 1900;
        if (comma != NULL || !number(&p, 2, '/', &a) || !number(&p, 2, '\0', &b) || !day_start(year, b, a, ret))
            return malformed(ERR_ZI_ID_DD_SLASH_MM_SYNTAX, text, reterr);
        if (ret->us > now.us && !day_start(year - 1, b, a, ret))
            return malformed(ERR_ZI_ID_DD_SLASH_MM_SYNTAX, text, reterr);
    } else {
        return malformed(ERR_ZI_ID_SYNTAX, text, reterr);
    }
    ret->us += minutes * MINUTE_US;
    return ERR_OK;
}

err_t zi_ref_resolve(const char *text, zi_ref_item_t *items, size_t count, int64_t published, wall_t now,
                     int64_t *ret_id, err_info_t *reterr)
{
    qsort(items, count, sizeof *items, by_ctime);
    if (zi_ref_number(text, ret_id))
        return ERR_OK;
    if (text[0] == '^')
        return relative(text, text + 1, published, items, count, ret_id, reterr);
    wall_t moment;
    err_t err;
    size_t digits = strspn(text, "0123456789");
    size_t signs = strspn(text + digits, "+-");
    size_t more = strspn(text + digits + signs, "0123456789");
    bool iso = digits == 4 && text[4] == '-' && text[digits + signs + more] == '-';
    if (text[0] != '@' && digits > 0 && digits <= 18 && signs > 0 && !iso)
        return relative(text, text + digits, strtoll(text, NULL, 10), items, count, ret_id, reterr);
    err = zi_ref_moment(text, now, &moment, reterr);
    return err == ERR_OK ? at(text, moment, items, count, ret_id, reterr) : err;
}

err_t zi_ref_moment(const char *text, wall_t now, wall_t *ret_moment, err_info_t *reterr)
{
    return text[0] == '@' ? ago(text, now, ret_moment, reterr) : moment_of(text, now, ret_moment, reterr);
}

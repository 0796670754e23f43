/* zi-id notation: which version is meant. */
#include "controller/domain/zi_ref.h"
#include "tests/unit/check_run.h"
#include <string.h>

#define DAY INT64_C(86400000000)
/* Now: 2024-12-24 10:00:00 UTC. Versions 11, 12, 13, 15 were made 100, 10, 2 and 0.25 days ago; 13 is published. */
static const wall_t NOW = {INT64_C(1735034400000000)};

static err_t resolve(const char *text, int64_t *ret_id)
{
    zi_ref_item_t items[] = {
        {15, {NOW.us - DAY / 4}}, {11, {NOW.us - 100 * DAY}}, {13, {NOW.us - 2 * DAY}}, {12, {NOW.us - 10 * DAY}}};
    *ret_id = -1;
    return zi_ref_resolve(text, items, ARRAY_SIZE(items), 13, NOW, ret_id, NULL);
}

static const struct {
    const char *text;
    int64_t id;
} GOOD[] = {{"12", 12},
            {"", 0},
            {"^", 0},
            {"^-", 12},
            {"^--", 11},
            {"^-2", 11},
            {"^+", 15},
            {"^+1", 15},
            {"12+", 13},
            {"12-1", 11},
            {"15--", 12},
            {"@0s", 15},
            {"@1d", 13},
            {"@0.2d", 15},
            {"@6.5h", 13},
            {"@1w", 12},
            {"@2W", 11},
            {"09:59", 15},
            {"9:59am", 15},
            {"3:59a", 13},
            {"11:00", 13},
            {"24/12", 13},
            {"20/12", 12},
            {"25/12", -2},
            {"01/10", 11},
            {"24/12/2024,04:01", 15},
            {"24/12/24,4:01am", 15},
            {"2024-12-24", 13},
            {"2024-12-24,4:00p", 15},
            {"2024-12-23,23:59", 13}};
static const struct {
    const char *text;
    err_t err;
} BAD[] = {{"x", ERR_ZI_ID_SYNTAX},
           {"^x", ERR_ZI_ID_ADJ_STRING_SYNTAX},
           {"^-+", ERR_ZI_ID_ADJ_STRING_SYNTAX},
           {"12-x", ERR_ZI_ID_ADJ_STRING_SYNTAX},
           {"^--2", ERR_ZI_ID_ADJ_STRING_SYNTAX},
           {"@3y", ERR_ZI_ID_TIME_UNIT_SYNTAX},
           {"@3", ERR_ZI_ID_TIME_UNIT_SYNTAX},
           {"@1.2.3d", ERR_ZI_ID_TIME_AMOUNT_SYNTAX},
           {"@d", ERR_ZI_ID_TIME_AMOUNT_SYNTAX},
           {"@200000w", ERR_ZI_ID_TIME_AMOUNT_SYNTAX}, /* 3,800 years */
           {"25:00", ERR_ZI_ID_HH_MM_SYNTAX},
           {"13:00pm", ERR_ZI_ID_HH_MM_SYNTAX},
           {"1:2", ERR_ZI_ID_HH_MM_SYNTAX},
           {"31/02", ERR_ZI_ID_DD_SLASH_MM_SYNTAX},
           {"31/02/2024", ERR_ZI_ID_DD_MM_YYYY_SYNTAX},
           {"2024-13-01", ERR_ZI_ID_ISO_DATE_SYNTAX},
           {"2024-12-24,9", ERR_ZI_ID_HH_MM_SYNTAX},
           {"^-9", ERR_ZI_NOT_FOUND},
           {"^++", ERR_ZI_NOT_FOUND},
           {"99+", ERR_ZI_NOT_FOUND},
           {"@200d", ERR_ZI_NOT_FOUND},
           {"1999-01-01", ERR_ZI_NOT_FOUND},
           {"99999999999999999999-", ERR_ZI_ID_ISO_DATE_SYNTAX}};

START_TEST(understood)
{
    for (size_t i = 0; i < ARRAY_SIZE(GOOD); i++) {
        int64_t id;
        err_t err = resolve(GOOD[i].text, &id);
        if (GOOD[i].id == -2) /* last year: before the first version */
            ck_assert_msg(err == ERR_ZI_NOT_FOUND, "%s: %s", GOOD[i].text, err_name(err));
        else
            ck_assert_msg(err == ERR_OK && id == GOOD[i].id, "%s: %s %lld", GOOD[i].text, err_name(err), (long long)id);
    }
}
END_TEST

START_TEST(refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        int64_t id;
        err_t err = resolve(BAD[i].text, &id);
        ck_assert_msg(err == BAD[i].err, "%s: %s %lld", BAD[i].text, err_name(err), (long long)id);
    }
}
END_TEST

CHECK_MAIN("rpc_zi_ref", understood, refused)

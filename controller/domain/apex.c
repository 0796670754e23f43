#include "controller/domain/apex.h"
#include <stdlib.h>
#include <string.h>

static uint32_t seconds(const char *text)
{
    uint32_t value = 0;
    if (text != NULL && !rr_ttl_from_text(text, &value))
        value = 0;
    return value;
}

char *apex_soa_text(const char *mname, const char *rname, uint32_t serial, const char *refresh, const char *retry,
                    const char *expire, const char *minimum)
{
    return auto_printf("%s %s %u %u %u %u %u", mname, rname, serial, seconds(refresh), seconds(retry), seconds(expire),
                       seconds(minimum));
}

uint32_t apex_soa_ttl(const char *soa_ttl, const char *zone_ttl)
{
    return seconds(soa_ttl != NULL ? soa_ttl : zone_ttl);
}

char *apex_comment(const char *zone)
{
    return auto_printf("Apex resource records for %s", zone);
}

static void replace(char **field, const char *value)
{
    if (value == NULL)
        return;
    char *copy = auto_strdup(value);
    free(*field);
    *field = copy;
}

static void rr_done(zonedata_rr_t *rr)
{
    free(rr->label);
    free(rr->rdata);
    free(rr->comment);
    free(rr->reference);
    free(rr->update_op);
}

static void drop_apex_ns(zonedata_t *data)
{
    for (size_t g = 0; g < data->count; g++) {
        zonedata_group_t *group = &data->groups[g];
        size_t kept = 0;
        for (size_t r = 0; r < group->count; r++) {
            if (group->rrs[r].type == RR_NS && strcmp(group->rrs[r].label, "@") == 0)
                rr_done(&group->rrs[r]);
            else
                group->rrs[kept++] = group->rrs[r];
        }
        data->records -= group->count - kept;
        group->count = kept;
    }
}

void apex_take_over(zonedata_t *data, const defaults_t *defaults, size_t apex_ns_count)
{
    replace(&data->soa.mname, defaults->soa_mname);
    replace(&data->soa.rname, defaults->soa_rname);
    replace(&data->soa.refresh, defaults->soa_refresh);
    replace(&data->soa.retry, defaults->soa_retry);
    replace(&data->soa.expire, defaults->soa_expire);
    free(data->soa.soa_ttl);
    data->soa.soa_ttl = auto_strdup(defaults->soa_ttl); /* NULL: the zone's */
    if (apex_ns_count > 0)
        drop_apex_ns(data);
    free(data->groups[ZONEDATA_GROUP_APEX].comment);
    data->groups[ZONEDATA_GROUP_APEX].comment = apex_comment(data->name);
}

void apex_add_ns(zonedata_t *data, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char target[DNAME_TEXT];
        dname_shorten(names[i], data->name, target);
        zonedata_rr_t *rr = zonedata_add_rr(data, &data->groups[ZONEDATA_GROUP_APEX]);
        rr->label = auto_strdup("@");
        rr->type = RR_NS;
        rr->rdata = auto_strdup(target);
    }
}

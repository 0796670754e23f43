#include "shared/zonedata.h"
#include <stdlib.h>

zonedata_t *zonedata_new(const char *name)
{
    zonedata_t *self = auto_calloc(1, sizeof *self);
    self->name = auto_strdup(name);
    zonedata_add_group(self, NULL, "APEX_RRS");
    return self;
}

void zonedata_rr_done(zonedata_rr_t *rr)
{
    free(rr->label);
    free(rr->rdata);
    free(rr->comment);
    free(rr->reference);
    free(rr->update_op);
}

void zonedata_group_done(zonedata_group_t *group)
{
    for (size_t i = 0; i < group->count; i++)
        zonedata_rr_done(&group->rrs[i]);
    free(group->rrs);
    free(group->comment);
    free(group->tag);
}

void zonedata_destroy(zonedata_t **self)
{
    if (self == NULL || *self == NULL)
        return;
    zonedata_t *z = *self;
    for (size_t i = 0; i < z->count; i++)
        zonedata_group_done(&z->groups[i]);
    free(z->groups);
    char *strings[] = {z->name,         z->zone_ttl,    z->update_type, z->soa.mname,   z->soa.rname,   z->soa.refresh,
                       z->soa.retry,    z->soa.expire,  z->soa.minimum, z->soa.soa_ttl, z->soa.comment,
                       z->soa.reference};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(strings[i]);
    free(z);
    *self = NULL;
}

zonedata_group_t *zonedata_add_group(zonedata_t *self, const char *comment, const char *tag)
{
    self->groups = auto_grow(self->groups, &self->cap, self->count + 1, sizeof *self->groups);
    zonedata_group_t *group = &self->groups[self->count++];
    *group = (zonedata_group_t){.comment = auto_strdup(comment), .tag = auto_strdup(tag)};
    return group;
}

void zonedata_drop_empty(zonedata_t *self)
{
    size_t kept = ZONEDATA_GROUP_APEX + 1;
    for (size_t i = kept; i < self->count; i++) {
        if (self->groups[i].count > 0)
            self->groups[kept++] = self->groups[i];
        else
            zonedata_group_done(&self->groups[i]);
    }
    self->count = kept;
}

zonedata_rr_t *zonedata_add_rr(zonedata_t *self, zonedata_group_t *group)
{
    group->rrs = auto_grow(group->rrs, &group->cap, group->count + 1, sizeof *group->rrs);
    zonedata_rr_t *rr = &group->rrs[group->count++];
    *rr = (zonedata_rr_t){0};
    self->records++;
    return rr;
}


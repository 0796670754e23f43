/* The command that brings one zone on one server to its goal: the difference where there is something to build on, else the whole. */
#include "controller/domain/apex.h"
#include "controller/domain/dns_diff.h"
#include "controller/engine/engine_priv.h"
#include "controller/store/zi_store.h"
#include "controller/store/zone_store.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

wire_command_t *command_list_add(command_list_t *list, wire_goal_t goal, int64_t id, int64_t revision, uint32_t deadline_ms)
{
    list->items = auto_grow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
    wire_command_t *command = &list->items[list->count++];
    *command = (wire_command_t){.id = (uint64_t)id, .revision = (uint64_t)revision, .deadline_ms = deadline_ms, .goal = goal};
    return command;
}

void command_list_done(command_list_t *list)
{
    for (size_t i = 0; i < list->count; i++)
        wire_command_done(&list->items[i]);
    free(list->items);
    *list = (command_list_t){0};
}

static uint32_t ttl_seconds(const char *text)
{
    uint32_t seconds = 0;
    return rr_ttl_from_text(text, &seconds) ? seconds : 0;
}

/* ---- the difference */

static err_t build_update(db_t *db, const goal_row_t *row, const zi_row_t *goal_zi, const zi_row_t *live_zi, uint32_t deadline_ms,
                          command_list_t *commands, bool *ret_done, err_info_t *reterr)
{
    *ret_done = false;
    if (live_zi == NULL || live_zi->id == 0 || row->live_serial == 0 || row->live_soa == NULL || !serial_gt(row->goal_serial, row->live_serial))
        return ERR_OK;
    zi_change_t *changes = NULL;
    size_t change_count = 0;
    err_t err = zi_store_changes(db, row->zone_id, live_zi->seq, goal_zi->seq, &changes, &change_count, reterr);
    if (err != ERR_OK)
        return err;
    dns_diff_in_t in = {
        .zone = row->zone_name, .old_zone_ttl = ttl_seconds(live_zi->zone_ttl), .new_zone_ttl = ttl_seconds(goal_zi->zone_ttl),
        .changes = changes, .change_count = change_count, .old_apex_ns = row->live_apex_ns, .old_apex_count = row->live_apex_count,
        .new_apex_ns = row->goal_apex_ns, .new_apex_count = row->goal_apex_count};
    dns_diff_t diff = {0};
    err = dns_diff(&in, &diff, reterr);
    zi_changes_free(changes, change_count);
    if (err != ERR_OK || diff.needs_load || diff.bytes > WIRE_LINES_MAX) {
        dns_diff_done(&diff);
        return err;
    }
    wire_command_t *command = command_list_add(commands, WIRE_ZONE_UPDATE, row->command_id, row->revision, deadline_ms);
    command->zone_update = (wire_zone_update_t){
        .zone = auto_strdup(row->zone_name), .from_serial = row->live_serial, .to_serial = row->goal_serial,
        .old_soa = auto_strdup(row->live_soa), .new_soa = auto_strdup(row->goal_soa),
        .soa_ttl = apex_soa_ttl(goal_zi->soa_ttl, goal_zi->zone_ttl),
        .remove = diff.remove, .remove_count = diff.remove_count, .add = diff.add, .add_count = diff.add_count};
    diff.remove = diff.add = NULL;
    diff.remove_count = diff.add_count = 0;
    dns_diff_done(&diff);
    *ret_done = true;
    return ERR_OK;
}

/* ---- the whole */

typedef struct { char *text; size_t len, cap; } text_t;

static void add_line(text_t *text, const char *line)
{
    size_t n = strlen(line);
    text->text = auto_grow(text->text, &text->cap, text->len + n + 2, 1);
    memcpy(text->text + text->len, line, n);
    text->len += n;
    text->text[text->len++] = '\n';
    text->text[text->len] = '\0';
}

static err_t add_record(text_t *text, const char *zone, const char *label, uint32_t ttl, uint16_t type, const char *rdata, err_info_t *reterr)
{
    AUTO_FREE char *line = NULL;
    err_t err = dns_diff_line(zone, label, ttl, type, rdata, &line, reterr);
    if (err == ERR_OK)
        add_line(text, line);
    return err;
}

static err_t zone_text(const goal_row_t *row, const zi_row_t *zi, const zonedata_t *data, text_t *text, err_info_t *reterr)
{
    AUTO_FREE char *soa = auto_printf("%s %u SOA %s", row->zone_name, apex_soa_ttl(zi->soa_ttl, zi->zone_ttl), row->goal_soa);
    add_line(text, soa);
    uint32_t zone_ttl = ttl_seconds(zi->zone_ttl);
    err_t err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < row->goal_apex_count; i++)
        err = add_record(text, row->zone_name, "@", zone_ttl, RR_NS, row->goal_apex_ns[i], reterr);
    for (size_t g = 0; err == ERR_OK && g < data->count; g++) {
        for (size_t r = 0; err == ERR_OK && r < data->groups[g].count; r++) {
            const zonedata_rr_t *rr = &data->groups[g].rrs[r];
            /* Apex NS names of the group stand for all NS records of the apex. */
            bool replaced = rr->type == RR_NS && row->goal_apex_count > 0 && strcmp(rr->label, "@") == 0;
            if (!rr->disable && !replaced && rr->type != RR_SOA)
                err = add_record(text, row->zone_name, rr->label, rr->has_ttl ? rr->ttl : zone_ttl, rr->type, rr->rdata, reterr);
        }
    }
    return err;
}

static void add_load_group(wire_zone_load_t *load, const char *name)
{
    if (name == NULL)
        return;
    for (size_t i = 0; i < load->group_count; i++) {
        if (strcmp(load->groups[i], name) == 0)
            return;
    }
    size_t cap = load->group_count;
    load->groups = auto_grow(load->groups, &cap, load->group_count + 1, sizeof(*load->groups));
    load->groups[load->group_count++] = auto_strdup(name);
}

/* Cut behind a line where there is one, so that no part ends inside a UTF-8 sequence. */
static size_t part_end(const text_t *text, size_t start)
{
    if (text->len - start <= WIRE_PART_MAX)
        return text->len;
    for (size_t end = start + WIRE_PART_MAX; end > start; end--) {
        if (text->text[end - 1] == '\n')
            return end;
    }
    return start + WIRE_PART_MAX;
}

/* What the server was seen with and cannot have of this zone now, although its serial is not behind the goal. */
static uint32_t stale_serial(const goal_row_t *row)
{
    bool behind = row->live_serial == row->zone_serial || serial_gt(row->zone_serial, row->live_serial);
    return behind ? 0 : row->live_serial;
}

static void cut(const goal_row_t *row, const zone_row_t *zone, const char *replica_group, const text_t *text, uint32_t deadline_ms,
                command_list_t *commands)
{
    uint32_t parts = 0;
    for (size_t at = 0; at < text->len; at = part_end(text, at))
        parts++;
    size_t start = 0;
    for (uint32_t part = 0; part < parts; part++) {
        size_t end = part_end(text, start);
        wire_command_t *command = command_list_add(commands, WIRE_ZONE_LOAD, row->command_id, row->revision, deadline_ms);
        command->zone_load = (wire_zone_load_t){.zone = auto_strdup(row->zone_name), .serial = row->goal_serial, .part = part, .parts = parts,
                                                .stale_serial = stale_serial(row), .text = auto_strndup(text->text + start, end - start)};
        add_load_group(&command->zone_load, zone->sg_name);
        add_load_group(&command->zone_load, zone->alt_sg_name);
        add_load_group(&command->zone_load, replica_group);
        start = end;
    }
}

static err_t build_load(db_t *db, const goal_row_t *row, const zi_row_t *zi, const char *replica_group, uint32_t deadline_ms,
                        command_list_t *commands, err_info_t *reterr)
{
    zone_row_t zone = {0};
    AUTO(zonedata) data = NULL;
    text_t text = {0};
    err_t err = zone_store_by_id(db, NULL, row->zone_id, false, &zone, reterr);
    if (err == ERR_OK)
        err = zi_store_load(db, &zone, zi, &data, reterr);
    if (err == ERR_OK)
        err = zone_text(row, zi, data, &text, reterr);
    if (err == ERR_OK)
        cut(row, &zone, replica_group, &text, deadline_ms, commands);
    free(text.text);
    zone_row_done(&zone);
    return err;
}

err_t zone_build(db_t *db, const goal_row_t *row, const zi_row_t *goal_zi, const zi_row_t *live_zi, bool master, const char *replica_group,
                 uint32_t deadline_ms, command_list_t *commands, err_info_t *reterr)
{
    if (row->absent) {
        command_list_add(commands, WIRE_ZONE_REMOVE, row->command_id, row->revision, deadline_ms)->zone_remove.zone = auto_strdup(row->zone_name);
        return ERR_OK;
    }
    if (!master) {
        wire_command_t *command = command_list_add(commands, WIRE_ZONE_SERVE, row->command_id, row->revision, deadline_ms);
        command->zone_serve = (wire_zone_serve_t){auto_strdup(row->zone_name), row->goal_serial, stale_serial(row)};
        return ERR_OK;
    }
    if (goal_zi == NULL || goal_zi->id == 0)
        return err_set(reterr, ERR_ZI_NOT_FOUND, "version to publish of zone \"%s\" does not exist any more", row->zone_name);
    bool done = false;
    err_t err = build_update(db, row, goal_zi, live_zi, deadline_ms, commands, &done, reterr);
    return err == ERR_OK && !done ? build_load(db, row, goal_zi, replica_group, deadline_ms, commands, reterr) : err;
}

/* Creating a zone: name, group, reference, flags, first version. */
#include "controller/domain/apex.h"
#include "controller/domain/zone_rights.h"
#include "controller/fsm/zone_fsm.h"
#include "controller/fsm/zone_ptr.h"
#include "controller/store/change_store.h"
#include "controller/store/ptr_fill_store.h"
#include "controller/store/ref_store.h"
#include "controller/usecase/zone_edit_priv.h"
#include "shared/reverse.h"
#include "shared/serial.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    zone_submission_t in;
    zonedata_t *given;           /* borrowed; NULL: default contents */
    const char *name, *cidr;     /* canonical; cidr "": not a network */
    const zone_options_t *options;
    change_result_t result;
} create_t;

/* Stricter than for owners: the name of a zone becomes a file name and a word of the name server's control channel. */
static err_t check_zone_name(const char *name, err_info_t *reterr)
{
    bool hyphen = name[0] == '-' || strstr(name, ".-") != NULL || strstr(name, "-.") != NULL;
    if (strcmp(name, ".") != 0 && !hyphen)
        return ERR_OK;
    if (hyphen)
        err_set(reterr, ERR_INVALID_DOMAIN_NAME, "\"%s\" cannot be a zone: a label begins or ends with a hyphen", name);
    else
        err_set(reterr, ERR_INVALID_DOMAIN_NAME, "the root zone cannot be created here");
    err_key(reterr, "name", name);
    return ERR_INVALID_DOMAIN_NAME;
}

/* Names that a network has are created by the network, so that look-ups by address find them; of RFC 2317 names the network is
 * read from the name, since there are several ways to write one. */
static err_t check_literal_arpa(const char *name, err_info_t *reterr)
{
    bool four = dname_in(name, "in-addr.arpa."), six = dname_in(name, "ip6.arpa.");
    if (!four && !six)
        return ERR_OK;
    size_t len = strlen(name) - strlen(four ? "in-addr.arpa." : "ip6.arpa.");
    if (strspn(name, four ? "0123456789." : "0123456789abcdef.") < len)
        return ERR_OK;
    err_set(reterr, ERR_REVERSE_NAMES_NOT_ACCEPTED, "reverse zone \"%s\" must be given as a network", name);
    err_hint(reterr, "for example 192.0.2.0/24 or 2001:db8::/32");
    err_key(reterr, "name", name);
    return ERR_REVERSE_NAMES_NOT_ACCEPTED;
}

err_t zone_edit_new_name(const char *name, char ret_name[DNAME_TEXT], char ret_cidr[64], err_info_t *reterr)
{
    err_t e = dname_from_network(name, ret_name, ret_cidr, reterr);
    if (e != ERR_OK)
        err_key(reterr, "name", name);
    else if (*ret_cidr == '\0' && !reverse_classless(ret_name, ret_cidr))
        e = check_literal_arpa(ret_name, reterr);
    return e == ERR_OK ? check_zone_name(ret_name, reterr) : e;
}

/* The nearest zone above, whoever may see it. */
static err_t find_parent(db_t *db, const char *name, char **ret_parent, char **ret_reference, err_info_t *reterr)
{
    const char *names[DNAME_WIRE / 2 + 1];
    AUTO_FREE char *copies = auto_calloc(ARRAY_SIZE(names), DNAME_TEXT);
    size_t count = 0;
    char up[DNAME_TEXT], at[DNAME_TEXT];
    snprintf(at, sizeof(at), "%s", name);
    while (count < ARRAY_SIZE(names) && dname_parent(at, up) && strcmp(up, ".") != 0) {
        char *copy = copies + count * DNAME_TEXT;
        memcpy(copy, up, DNAME_TEXT);
        names[count++] = copy;
        memcpy(at, up, DNAME_TEXT);
    }
    zone_filter_t filter = {.patterns = names, .pattern_count = count, .include_disabled = true};
    zone_row_t *rows = NULL;
    size_t row_count = 0;
    if (count == 0)
        return ERR_OK;
    err_t e = zone_store_list(db, NULL, &filter, &rows, &row_count, reterr);
    const zone_row_t *best = NULL;
    for (size_t i = 0; i < row_count; i++) {
        if (best == NULL ||
            strlen(rows[i].name) > strlen(best->name)) /* all lie on one path: the longest is the nearest */
            best = &rows[i];
    }
    *ret_parent = best == NULL ? NULL : auto_strdup(best->name);
    *ret_reference = best == NULL ? NULL : auto_strdup(best->reference);
    zone_store_rows_free(rows, row_count);
    return e;
}

/* The name of a parent that the caller may not see is not for its eyes: only that there is one is said. */
static err_t check_parent(db_t *db, const create_t *c, const char *reference, const char *parent, const char *parent_reference,
                          err_info_t *reterr)
{
    bool visible = c->in.who->sectag_id == 0;
    if (!visible) {
        AUTO_ZONE zone = {0};
        AUTO_ERR why = ERR_INFO_INIT;
        err_t e = zone_store_by_name(db, c->in.who, parent, false, &zone, &why);
        if (e != ERR_OK && e != ERR_ZONE_NOT_FOUND)
            return err_set(reterr, e, "%s", err_message(&why));
        visible = e == ERR_OK;
    }
    return zone_rights_parent(c->in.who->sectag_id == 0, c->name, reference, visible ? parent : NULL, parent_reference, reterr);
}

/* Explicit, the SOA's, the parent's (where the caller sees all zones), the default. */
static err_t choose_reference(db_t *db, const create_t *c, const edit_context_t *context, zone_row_t *zone, err_info_t *reterr)
{
    AUTO_FREE char *parent = NULL;
    AUTO_FREE char *parent_reference = NULL;
    err_t e = find_parent(db, c->name, &parent, &parent_reference, reterr);
    if (e != ERR_OK)
        return e;
    const char *reference = c->options->reference;
    if (reference == NULL && c->given != NULL && zone_edit_may_reference(c->in.who))
        reference = c->given->soa.reference;
    if (reference == NULL && c->in.who->sectag_id == 0)
        reference = parent_reference;
    if (reference == NULL)
        reference = c->options->last_reference != NULL ? c->options->last_reference : context->defaults.default_ref;
    if (parent != NULL)
        e = check_parent(db, c, reference, parent, parent_reference, reterr);
    if (e == ERR_OK && reference != NULL)
        e = zone_rights_reference(reference, reterr);
    if (e == ERR_OK && reference != NULL)
        e = ref_store_ensure(db, reference, &zone->ref_id, reterr);
    if (e == ERR_OK)
        zone->reference = auto_strdup(reference);
    return e;
}

static err_t flag(int given, const char *key, const char *setting, bool *ret_value, err_info_t *reterr)
{
    if (given >= 0) {
        *ret_value = given > 0;
        return ERR_OK;
    }
    bool ok = true;
    *ret_value = defaults_bool(setting, &ok);
    if (ok)
        return ERR_OK;
    err_set(reterr, ERR_ZONE_CFG_ITEM_VALUE, "setting \"%s\" is not a boolean: \"%s\"", key,
            setting == NULL ? "" : setting);
    err_key(reterr, "key", key);
    err_key(reterr, "value", setting);
    return ERR_ZONE_CFG_ITEM_VALUE;
}

err_t zone_edit_new_flags(const caller_t *who, const zone_options_t *o, bool network, const defaults_t *d, zone_row_t *zone, err_info_t *reterr)
{
    const struct {
        int given;
        const char *key, *setting;
        bool *value;
    } flags[] = {
        {o->use_apex_ns, "use_apex_ns", d->use_apex_ns, &zone->use_apex_ns},
        {o->edit_lock, "edit_lock", d->edit_lock, &zone->edit_lock},
        {o->auto_dnssec, "auto_dnssec", d->auto_dnssec, &zone->auto_dnssec},
        {o->nsec3, "nsec3", d->nsec3, &zone->nsec3},
        {o->inc_updates < 0 && network ? 1 : o->inc_updates, "inc_updates", d->inc_updates,
         &zone->inc_updates},
    };
    err_t e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < ARRAY_SIZE(flags); i++)
        e = flag(flags[i].given, flags[i].key, flags[i].setting, flags[i].value, reterr);
    if (e == ERR_OK && o->use_apex_ns == 0 && who->role != ROLE_ADMIN) {
        e = err_set(reterr, ERR_ZONE_ADMIN_PRIVILEGE_NEEDED,
                    "only administrators may create zones with their own apex");
        err_key(reterr, "name", zone->name);
    }
    return e;
}

err_t zone_edit_new_group(const char *sg_name, const edit_context_t *context, err_info_t *reterr)
{
    if (context->sg_id != 0)
        return ERR_OK;
    const char *wanted = sg_name != NULL ? sg_name : context->defaults.default_sg;
    err_set(reterr, ERR_NO_SG_FOUND, "server group \"%s\" not found", wanted == NULL ? "" : wanted);
    if (sg_name == NULL)
        err_hint(reterr, "give a server group, or set default_sg to an existing one");
    err_key(reterr, "sg_name", wanted);
    return ERR_NO_SG_FOUND;
}

/* Contents of a zone of which nothing is known but the name. */
static zonedata_t *default_contents(const create_t *c, const zone_row_t *zone, const edit_context_t *context)
{
    zonedata_t *data = zonedata_new(c->name);
    data->has_soa = true;
    if (zone->use_apex_ns)
        return data;
    data->groups[ZONEDATA_GROUP_APEX].comment = apex_comment(c->name);
    apex_add_ns(data, context->apex_ns, context->apex_ns_count);
    return data;
}

static err_t first_version(db_t *db, create_t *c, zone_row_t *zone, const edit_context_t *context, err_info_t *reterr)
{
    AUTO_DELTA delta = {0};
    zone_diff(NULL, NULL, c->in.data, &delta);
    AUTO_FREE char *change_by = zone_edit_change_by(c->in.who, c->in.login_id);
    zi_row_t version = zone_edit_version(&c->in, zone, context, change_by);
    const zonedata_soa_t *soa = &c->in.data->soa;
    version.soa_serial =
        serial_next(context->name_serial != 0, context->name_serial, soa->has_serial ? soa->serial : 0, c->in.now);
    err_t e = zi_store_insert(db, &version, reterr);
    if (e == ERR_OK)
        e = zi_store_apply(db, zone->id, version.seq, &delta, reterr);
    if (e != ERR_OK)
        return e;
    zone->zi_count = version.seq;
    change_result_t *r = &c->result;
    r->zone_id = zone->id;
    r->zi_id = version.id;
    r->publishes = true;
    const char *method = c->in.who->method != NULL ? c->in.who->method : "create_zone";
    e = change_store_insert(db, c->in.who, method, "zone", zone->name, zone->id, NULL, c->in.now, &r->change_id,
                            reterr);
    const zone_ptr_t ptr = {.change_by = change_by,
                            .sectag_id = c->in.who->sectag_id,
                            .never_force = c->options->copied,
                            .submission = c->in.data,
                            .warnings = &r->warnings};
    zone_params_t params = {.zi_id = version.id, .change_id = r->change_id, .ptr = &ptr};
    if (e == ERR_OK)
        e = zone_fsm_fire(db, zone, ZE_DoConfig, &params, c->in.now, NULL, reterr);
    const ptr_fill_asker_t asker = {c->in.who->sectag_id, change_by, r->change_id};
    if (e == ERR_OK && *c->cidr != '\0')
        e = ptr_fill_store_begin(db, zone->id, &asker, c->in.now, reterr);
    return e != ERR_OK
               ? e
               : change_store_open(db, r->change_id, zone->id, version.id, version.seq, false, c->in.now, reterr);
}

/* Nothing is published that was not asked for, so the parent zone is left to its owner. */
static void tell_delegation(create_t *c)
{
    char text[4 * DNAME_TEXT];
    if (*c->cidr == '\0' || !reverse_delegation(c->name, c->cidr, text, sizeof(text)))
        return;
    if (c->result.warnings == NULL)
        c->result.warnings = problem_list_new();
    problem_t *p = problem_add(c->result.warnings, ERR_REVERSE_DELEGATION_NEEDED, true, "%s", text);
    p->group = p->record = -1;
}

static err_t create_fn(db_t *db, void *arg, err_info_t *reterr)
{
    create_t *c = arg;
    change_result_done(&c->result);
    AUTO_CONTEXT context = {0};
    AUTO(zonedata) made = NULL;
    AUTO_ZONE zone = {.name = auto_strdup(c->name), .state = ZONE_INIT};
    err_t e = config_store_edit_context(db, 0, c->options->sg_name, c->name, &context, reterr);
    if (e == ERR_OK)
        e = zone_edit_new_group(c->options->sg_name, &context, reterr);
    if (e == ERR_OK)
        e = zone_edit_new_flags(c->in.who, c->options, *c->cidr != '\0', &context.defaults, &zone, reterr);
    if (e == ERR_OK)
        e = choose_reference(db, c, &context, &zone, reterr);
    if (e != ERR_OK)
        return e;
    zone.sg_id = context.sg_id;
    made = c->given == NULL ? default_contents(c, &zone, &context) : NULL;
    c->in.data = c->given == NULL ? made : c->given;
    e = zone_edit_prepare(&c->in, &zone, &context, NULL, &c->result.warnings, reterr);
    if (e == ERR_OK)
        zone_edit_tell_unsigned(zone.auto_dnssec, c->name, &c->result.warnings);
    if (e == ERR_OK)
        e = zone_store_insert(db, &zone, c->in.now, reterr);
    if (e == ERR_OK)
        e = ref_store_tag_zone(db, zone.id, caller_tag(c->in.who), c->options->sectags, c->options->sectag_count,
                               reterr);
    if (e == ERR_OK && *c->cidr != '\0')
        e = zone_store_set_network(db, zone.id, c->cidr, reterr);
    tell_delegation(c);
    return e != ERR_OK ? e : first_version(db, c, &zone, &context, reterr);
}

static err_t check_options(const caller_t *who, const zone_options_t *options, err_info_t *reterr)
{
    return who->sectag_id == 0 || options->sectag_count == 0 ? ERR_OK : caller_may_not(who, "give zones other tags", reterr);
}

err_t zone_edit_create(db_t *db, const caller_t *who, const char *login_id, const char *name, zonedata_t *data,
                       bool normalize_ttls, const zone_options_t *options, const edit_limits_t *limits, wall_t now,
                       change_result_t *ret_result, err_info_t *reterr)
{
    char canonical[DNAME_TEXT], cidr[64];
    err_t e = zone_rights_login_id(login_id, reterr);
    if (e == ERR_OK)
        e = check_options(who, options, reterr);
    if (e != ERR_OK)
        return e;
    e = zone_edit_new_name(name, canonical, cidr, reterr);
    if (e == ERR_OK)
        e = scope_check_zone(who->scope, canonical, reterr);
    if (e != ERR_OK)
        return e;
    create_t c = {.in = {who, login_id, data, normalize_ttls, limits, now},
                  .given = data,
                  .name = canonical,
                  .cidr = cidr,
                  .options = options};
    e = db_tx(db, create_fn, &c, reterr);
    if (e == ERR_OK)
        *ret_result = c.result;
    else
        change_result_done(&c.result);
    return e;
}

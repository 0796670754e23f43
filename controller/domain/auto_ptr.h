/* Automatic PTR records: what a change of addresses asks of reverse zones, and what becomes of it there.  Pure.
 * Two steps: at the save of a forward zone auto_ptr_wishes tells what to queue; at the reverse zone's machine
 * auto_ptr_decide looks at what is true then.  See: behaviour.md 8. */
#ifndef DMS_AUTO_PTR_H
#define DMS_AUTO_PTR_H
#include "controller/domain/inc_update.h"

typedef struct { bool on, create_v4, create_v6; } auto_ptr_settings_t;

/* ---- at the save of a forward zone */

/* GONE, CAME: a record that only the version before, only the version after has.  TRACK: its PTR record is forced at every
 * save.  PEER: another record of the zone with the address of one that went. */
typedef enum { AUTO_PTR_GONE, AUTO_PTR_CAME, AUTO_PTR_TRACK, AUTO_PTR_PEER } auto_ptr_kind_t;
/* A reverse zone that takes updates. */
typedef struct {
    int64_t zone_id;
    char *name, *reference;      /* owned */
    bool visible;                /* may the caller know of it? */
    bool v6;
    unsigned bits;
    uint8_t address[16];         /* its first address */
} auto_ptr_net_t;
void auto_ptr_nets_free(auto_ptr_net_t *nets, size_t count);
typedef struct {
    auto_ptr_kind_t kind;
    char *label, *rdata;         /* of the A or AAAA record; owned */
    uint16_t type;
    bool disable, track;
    bool forced;                 /* FORCEREV in the submission */
    const auto_ptr_net_t *net;   /* where its PTR record belongs; borrowed; NULL: nowhere (yet) */
} auto_ptr_change_t;
typedef struct { auto_ptr_change_t *items; size_t count, cap; } auto_ptr_changes_t;
void auto_ptr_changes_done(auto_ptr_changes_t *self);
/* The networks that have to be known for these addresses, each once: "192.0.2.0/24", "2001:db8::/64"; *ret_blocks and its texts owned by the caller. */
void auto_ptr_blocks(const auto_ptr_changes_t *changes, char ***ret_blocks, size_t *ret_count);
/* Finds the closest zone for each (sorts nets).  What went may have its PTR record in any zone around the address, since a closer one may have
 * been created later: one entry for each. */
void auto_ptr_place(auto_ptr_changes_t *changes, auto_ptr_net_t *nets, size_t net_count);

typedef struct {
    const auto_ptr_change_t *change; /* borrowed */
    char label[DNAME_TEXT];      /* owner of the PTR record in the reverse zone */
    char host[DNAME_TEXT];
    bool gone, forced;
    bool create;                 /* forced, or the settings let new PTR records be made for it */
} auto_ptr_wish_t;
/* One wish per changed address and zone, in the order of records (sorts changes); those that have no reverse zone or no host name are left out.
 * may_force: TRACKREV counts.  *ret_wishes owned by the caller. */
void auto_ptr_wishes(auto_ptr_changes_t *changes, const char *zone_name, const auto_ptr_settings_t *settings, bool may_force,
                     auto_ptr_wish_t **ret_wishes, size_t *ret_count);

/* Privilege: behaviour.md 8.2.  NULL: no reference. */
bool auto_ptr_allowed(bool admin, const char *forward_reference, const char *reverse_reference, const char *ptr_reference);

/* ---- in the reverse zone */

/* What waits (table ptr_update). */
typedef struct {
    int64_t id;
    char *label, *address, *host; /* owned */
    int64_t forward_zone_id, change_id;
    bool forced, restored, admin;
    bool fill;                   /* the zone is filled from what is there: takes no place of a record made by hand */
    bool held;                   /* decided, but there is no room for the record yet */
    char *change_by;             /* owned */
} auto_ptr_op_t;
void auto_ptr_ops_free(auto_ptr_op_t *ops, size_t count);

/* ---- a reverse zone that is filled from what is there */

/* An address of a forward zone inside its network. */
typedef struct {
    int64_t rr_id, zone_id;      /* zone_id 0: it does not count */
    char *zone_name, *label, *address; /* owned */
    bool track, admin;
} auto_ptr_found_t;
void auto_ptr_found_free(auto_ptr_found_t *found, size_t count);
/* What is to be looked at for it in the zone, as if it had just been saved.  False: nothing.  Fills label, address, host (owned by the caller), forced and
 * whose it is. */
bool auto_ptr_fill(const auto_ptr_found_t *found, const char *reverse_zone, const auto_ptr_settings_t *settings, auto_ptr_op_t *ret_op);
/* The same for a PTR record that DMS made there: is its host still so? */
bool auto_ptr_review(const char *label, const char *rdata, int64_t forward_zone_id, const char *reverse_zone, auto_ptr_op_t *ret_op);

/* ---- what becomes of it */

/* Does the host have the address, in a zone that is in service? */
typedef enum { AUTO_PTR_ABSENT, AUTO_PTR_ENABLED, AUTO_PTR_DISABLED } auto_ptr_state_t;
typedef struct { auto_ptr_state_t state; int64_t zone_id; char *reference; /* owned */ } auto_ptr_fact_t;
/* What has to be known: pairs of host and address, each once, and the answers (filled by the caller).  Addresses are borrowed from the operations. */
typedef struct {
    struct auto_ptr_pair { char *key, *host; const char *address; auto_ptr_fact_t fact; } *items;
    size_t count, cap;
    struct name_index *index;
} auto_ptr_facts_t;
void auto_ptr_facts_done(auto_ptr_facts_t *self);
/* Hosts of the operations and of the PTR records that are there. */
void auto_ptr_facts_wanted(const auto_ptr_op_t *ops, size_t count, const inc_row_t *rows, size_t row_count, const char *zone_name,
                           auto_ptr_facts_t *ret_facts);

typedef struct {
    size_t made, changed, removed, skipped, held;
    char *skips;                 /* why, for the first ones: "name: reason; ..."; owned, may be NULL */
} auto_ptr_outcome_t;
/* One who was skipped: counted, and told for the first few. */
void auto_ptr_skip(auto_ptr_outcome_t *outcome, const char *label, const char *zone_name, const char *why);
/* The rules of 8.3 over all operations in order; *ret_ops: operations on records for inc_update (owned by the caller).  room: how many records more the
 * zone may have; operations whose record finds none are marked as held. */
void auto_ptr_decide(auto_ptr_op_t *ops, size_t count, size_t room, const inc_row_t *rows, size_t row_count, const char *zone_name,
                     const char *zone_reference, const auto_ptr_facts_t *facts, const auto_ptr_settings_t *settings,
                     zonedata_t **ret_ops, auto_ptr_outcome_t *ret_outcome);
#endif

/* Messages between controller and agents: plain structs <-> bytes (dms.proto).  Only this folder knows protobuf-c. */
#ifndef DMS_WIRE_H
#define DMS_WIRE_H
#include "shared/err.h"

enum {
    WIRE_VERSION = 1, WIRE_VERSION_MIN = 1,
    WIRE_ENVELOPE_MAX = 1 << 20, WIRE_PART_MAX = 256 << 10, WIRE_BATCH_MAX = 512, WIRE_EVIDENCE_MAX = 1000,
    WIRE_LINES_MAX = 60000, /* upper bound of bytes of remove + add lines in one zone_update (an RFC 2136 message is at most 64 KiB) */
};

typedef enum { WIRE_HELLO = 1, WIRE_WELCOME, WIRE_REJECT, WIRE_HEARTBEAT, WIRE_COMMANDS, WIRE_REPORTS } wire_kind_t;
typedef enum { WIRE_SERVER_CONFIG = 1, WIRE_ZONE_UPDATE, WIRE_ZONE_LOAD, WIRE_ZONE_SERVE, WIRE_ZONE_REMOVE, WIRE_ZONE_CHECK, WIRE_GOAL_COUNT } wire_goal_t;
typedef enum { WIRE_ROLE_UNKNOWN, WIRE_ROLE_MASTER, WIRE_ROLE_REPLICA, WIRE_ROLE_SLAVE } wire_role_t;
/* Numbers as in dms.proto (checked by static asserts in wire.c). */
typedef enum { WIRE_RESULT_UNKNOWN, WIRE_DONE, WIRE_ALREADY, WIRE_RETRY_LATER, WIRE_REFUSED, WIRE_FAILED } wire_result_t;
typedef enum {
    WIRE_REASON_NONE = 0, WIRE_UNKNOWN_COMMAND = 1, WIRE_WRONG_ROLE, WIRE_OLD_EPOCH, WIRE_OLD_REVISION, WIRE_BAD_MESSAGE, WIRE_VERSION_MISMATCH,
    WIRE_UNKNOWN_PEER, WIRE_NO_CREDIT,
    WIRE_NAME_SERVER_DOWN = 20, WIRE_NOT_AT_SERIAL, WIRE_ZONE_MISSING, WIRE_DNS_REFUSED, WIRE_SERIAL_BEHIND, WIRE_INCOMPLETE, WIRE_NOT_YET,
    WIRE_CONFIG_REFUSED, WIRE_ROLLED_BACK, WIRE_CONTROL_REFUSED, WIRE_IO, WIRE_BAD_ZONE, WIRE_SERIAL_AHEAD,
} wire_reason_t;
const char *wire_result_text(wire_result_t r); /* "done"; NULL for numbers that are not in the enum, also below */
const char *wire_reason_text(wire_reason_t r); /* "not at serial" */
const char *wire_goal_text(wire_goal_t g);     /* "zone update" */

typedef struct { char *address; uint32_t port; } wire_endpoint_t;
typedef struct { char *name; wire_endpoint_t *servers; size_t server_count; } wire_group_t;
typedef struct { char *zone; uint32_t serial; bool missing; } wire_zone_serial_t;

/* All strings and arrays in these structs are owned by the message (allocated with auto.h) unless NULL.  The wire does not tell NULL from
 * "": decoding gives NULL for an empty string, except zone_load.text, which is never NULL. */
typedef struct {
    char *software; uint32_t version_min, version_max; char **capabilities; size_t capability_count;
    uint64_t boot_id; int64_t clock_us; uint64_t config_generation; uint32_t credit; char *driver, *driver_version; bool name_server_up;
} wire_hello_t;
typedef struct { char *server; wire_role_t role; uint32_t heartbeat_ms; int64_t clock_us; } wire_welcome_t;
typedef struct { wire_reason_t reason; char *text; } wire_reject_t;
typedef struct { uint64_t sequence; bool name_server_up; char *text; } wire_heartbeat_t;
typedef struct { wire_role_t role; wire_endpoint_t *masters; size_t master_count; wire_group_t *groups; size_t group_count; } wire_server_config_t;
typedef struct {
    char *zone; uint32_t from_serial, to_serial; char *old_soa, *new_soa; uint32_t soa_ttl;
    char **remove; size_t remove_count; char **add; size_t add_count;
} wire_zone_update_t;
typedef struct { char *zone; uint32_t serial, part, parts, stale_serial; char *text; char **groups; size_t group_count; } wire_zone_load_t;
typedef struct { char *zone; uint32_t serial, stale_serial; } wire_zone_serve_t;
typedef struct { char *zone; } wire_zone_remove_t;
typedef struct { wire_zone_serial_t *zones; size_t count; } wire_zone_check_t;
typedef struct {
    uint64_t id, revision; uint32_t deadline_ms; wire_goal_t goal;
    union {
        wire_server_config_t server_config; wire_zone_update_t zone_update; wire_zone_load_t zone_load; wire_zone_serve_t zone_serve;
        wire_zone_remove_t zone_remove; wire_zone_check_t zone_check;
    };
} wire_command_t;
typedef struct {
    uint64_t command_id; wire_result_t result; wire_reason_t reason; char *evidence, *zone; uint32_t serial; bool has_serial;
    uint64_t revision; int64_t at_us; wire_zone_serial_t *zones; size_t zone_count;
} wire_report_t;

typedef struct wire_msg {
    wire_kind_t kind; uint32_t version; uint64_t epoch;
    union {
        wire_hello_t hello; wire_welcome_t welcome; wire_reject_t reject; wire_heartbeat_t heartbeat;
        struct { wire_command_t *items; size_t count; } commands;
        struct { wire_report_t *items; size_t count; } reports;
    };
} wire_msg_t;
wire_msg_t *wire_msg_new(wire_kind_t kind, uint64_t epoch); /* zeroed body */
void wire_msg_destroy(wire_msg_t **self);
void wire_command_done(wire_command_t *self); /* frees what it owns, zeroes */
void wire_report_done(wire_report_t *self);
void wire_hello_done(wire_hello_t *self);
/* Cut the evidence to WIRE_EVIDENCE_MAX and make it UTF-8: foreign words must not keep a report from leaving. */
void wire_report_trim(wire_report_t *self);
/* Rough encoded size in bytes, to cut batches below WIRE_ENVELOPE_MAX. */
size_t wire_command_size(const wire_command_t *self);
size_t wire_report_size(const wire_report_t *self);

/* Bytes owned by caller.  Errors: ERR_LIMIT when above a limit of dms.proto. */
err_t wire_encode(const wire_msg_t *msg, uint8_t **ret_bytes, size_t *ret_size, err_info_t *reterr);
/* Foreign bytes -> message; checks every limit, every enum, every name (well-formed absolute domain name).  Errors: ERR_PROTOCOL naming the field. */
err_t wire_decode(const uint8_t *bytes, size_t size, wire_msg_t **ret_msg, err_info_t *reterr);
#endif

/* Inner parts of the zone text parser, shared by zonetext*.c only. */
#ifndef DMS_ZONETEXT_PARSER_H
#define DMS_ZONETEXT_PARSER_H
#include "shared/rrline.h"
#include "shared/zonetext.h"

typedef struct {
    bool any; /* some flag stands */
    bool lock_ptr, disable, track_reverse, force_reverse;
    char *reference, *update_op;
    rrline_pos_t pos;
} zonetext_flags_t;

typedef struct {
    char *text;   /* lines joined by \n, NULL: none */
    bool open;    /* the next line continues it */
    rrline_pos_t pos;
} zonetext_comment_t;

typedef struct {
    rrline_t line;
    const zonetext_opts_t *opts;
    problem_list_t *problems;
    zonedata_t *data;
    char origin[DNAME_TEXT]; /* "" until known */
    uint8_t origin_wire[DNAME_WIRE];
    size_t origin_len;
    zonetext_comment_t group_comment, rr_comment; /* waiting for their record */
    zonetext_flags_t flags;
    zonedata_rr_t *rrs;      /* array of the group before, for the next one */
    size_t rrs_cap;
    bool group_open;         /* data's last group takes records */
    bool group_apex;         /* it has the SOA, or the comment of the apex group */
    bool group_soa;          /* it has the SOA */
    bool soa_seen, ttl_seen, record_seen, stop;
    size_t faults;           /* errors so far */
    enum { OWNER_NONE, OWNER_GOOD, OWNER_BAD } owner; /* of the record before */
    char label[DNAME_TEXT];
    char type_text[RR_TYPE_TEXT]; /* the last type seen and its number */
    uint16_t type;
} zonetext_parser_t;

typedef struct { /* what stands before the rdata */
    bool has_owner;
    rrline_word_t owner;
    bool has_ttl;
    uint32_t ttl;
    rrline_word_t ttl_word;
    rrline_word_t type_word;
    uint16_t type;
    size_t rdata;    /* number of the first word of the rdata */
    bool any_rdata;  /* update mode: DELETE of type ANY */
} zonetext_head_t;

#define ZONETEXT_APEX_COMMENT "Apex resource records"

/* Report an error (or warning) at pos, with line, column, marked line and input. */
problem_t *zonetext_fault(zonetext_parser_t *p, rrline_pos_t pos, err_t code, bool warning, const char *fmt, ...)
    PRINTF(5, 6);
/* The line at pos with >!< before its column; a window of it if it is long.  Caller frees. */
char *zonetext_marked_line(const zonetext_parser_t *p, rrline_pos_t pos);
/* The zone's name becomes known; sets the origin if it is not known yet. */
void zonetext_set_name(zonetext_parser_t *p, const char *name);
void zonetext_set_origin(zonetext_parser_t *p, const char *origin);
/* The group for the next record. */
zonedata_group_t *zonetext_group(zonetext_parser_t *p);
void zonetext_flags_done(zonetext_flags_t *flags);

/* The word, as it was written.  Caller frees. */
char *zonetext_word(const zonetext_parser_t *p, const rrline_word_t *word);
/* Where the rdata begins, for messages. */
rrline_pos_t zonetext_rdata_pos(const zonetext_parser_t *p, const zonetext_head_t *head);

void zonetext_directive(zonetext_parser_t *p); /* the entry begins with $ */
void zonetext_read_flags(zonetext_parser_t *p); /* the comment begins with ;! */
void zonetext_record(zonetext_parser_t *p);    /* any other entry */
void zonetext_soa(zonetext_parser_t *p, const zonetext_head_t *head); /* SOA record at the apex, in its group */
#endif

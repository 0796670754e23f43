/* All that is wrong or doubtful in one submission of zone data: reported at once, not only the first. */
#ifndef DMS_PROBLEM_H
#define DMS_PROBLEM_H
#include "shared/rule.h"

typedef struct {
    err_t code;
    rule_t rule;        /* RULE_NONE: none of the table */
    bool warning;       /* doubtful, not refused */
    int group;          /* index of the group in the submission, -1 unknown */
    int record;         /* index in the group, -1 unknown */
    unsigned line, col; /* 1-based position in text input; 0 unknown */
    char *message;      /* names the object: `owner "x_y" of an A record is not a host name` */
    char *hint;         /* how to mend it; NULL: see problem_hint */
    char *rr_data;      /* the offending input, may be NULL */
    char *marked_line;  /* input line with >!< at the position, may be NULL */
    err_key_t keys[2];  /* what the error's class carries besides: label_thing, rdata_thing, zi_field ... (behaviour.md 3.5) */
} problem_t;

enum { PROBLEM_MAX = 100 }; /* more are counted, not kept */
typedef struct problem_list problem_list_t;
struct problem_list {
    problem_t *items;
    size_t count, cap;
    size_t errors, warnings; /* all, also those not kept */
    bool strict;             /* what would be a warning is added as an error; set before the first one */
};
problem_list_t *problem_list_new(void);
void problem_list_destroy(problem_list_t **self);
/* Append; message is formatted, the rule is the code's first; an error takes the place of a warning when the list is full; position fields are set by the caller on the returned item (a scratch item when the
 * list is full: never NULL). */
problem_t *problem_add(problem_list_t *self, err_t code, bool warning, const char *fmt, ...) PRINTF(4, 5);
/* One more detail of it, from a static key; a third one is dropped. */
void problem_key(problem_t *p, const char *key, const char *text);
void problem_key_int(problem_t *p, const char *key, int64_t number);
/* The same for a breach of a rule: code, severity and hint are the rule's. */
problem_t *problem_add_rule(problem_list_t *self, rule_t rule, const char *fmt, ...) PRINTF(3, 4);
/* How to mend it: its own hint, else the rule's; NULL: there is none. Borrowed. */
const char *problem_hint(const problem_t *self);
/* Append copies of what `from` (NULL: none) holds; those that it only counted are counted. */
void problem_list_extend(problem_list_t *self, const problem_list_t *from);
/* Is one of this code kept? */
bool problem_list_has(const problem_list_t *self, err_t code);
/* If there are errors: fill reterr from the first one (keys name, rule, rfc, rr_data, rr_groups_index, rrs_index, lineno, col,
 * marked_input_line where known, and its own), give the list to reterr->problems (takes *self) and return its code; else ERR_OK
 * and the list stays the caller's. */
err_t problem_result(problem_list_t **self, const char *zone_name, err_info_t *reterr);
#endif

/* The one table of rules for zone data (rule.def): severity, code, RFC, words, hint.  It makes the detail of problems and
 * doc/zone_rules.md. */
#ifndef DMS_RULE_H
#define DMS_RULE_H
#include "shared/err.h"

typedef enum {
    RULE_NONE = 0,
#define RULE(name, severity, code, rfc, words, hint) RULE_##name,
#include "shared/rule.def"
#undef RULE
    RULE_COUNT
} rule_t;

typedef struct {
    const char *name;  /* "TARGET_ALIAS" */
    bool warning;      /* doubtful: refused by strict alone */
    err_t code;
    const char *rfc;   /* "" : DMS's own */
    const char *words; /* what holds */
    const char *hint;  /* how to mend a breach */
} rule_row_t;

/* NULL for RULE_NONE. */
const rule_row_t *rule_row(rule_t rule);
/* The first rule with this code; RULE_NONE: it has none. */
rule_t rule_of_code(err_t code);
#endif

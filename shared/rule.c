#include "shared/rule.h"

#define ERROR false
#define WARNING true
static const rule_row_t ROWS[RULE_COUNT] = {
#define RULE(name, severity, code, rfc, words, hint) [RULE_##name] = {#name, severity, ERR_##code, rfc, words, hint},
#include "shared/rule.def"
#undef RULE
};

const rule_row_t *rule_row(rule_t rule)
{
    return rule == RULE_NONE ? NULL : &ROWS[rule];
}

rule_t rule_of_code(err_t code)
{
    for (int i = 1; i < RULE_COUNT; i++) {
        if (ROWS[i].code == code)
            return (rule_t)i;
    }
    return RULE_NONE;
}

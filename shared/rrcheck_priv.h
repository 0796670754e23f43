/* Inner parts of the rules of one record, shared by rrcheck*.c only. */
#ifndef DMS_RRCHECK_PRIV_H
#define DMS_RRCHECK_PRIV_H
#include "shared/rrcheck.h"

/* Tell that the record breaks the rule; the message is made from the format. Always false. */
bool rrcheck_fault(const zonedata_rr_t *rr, problem_list_t *problems, rule_t rule, const char *fmt, ...) PRINTF(4, 5);

/* Rules of the record's type by its wire form.  False: they added a problem. */
bool rrcheck_type(const char *zone_name, const zonedata_rr_t *rr, const uint8_t *wire, size_t len, problem_list_t *problems);

/* text: the strings of a TXT record joined. */
bool rrcheck_mail_spf(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
bool rrcheck_mail_dkim(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
bool rrcheck_mail_dmarc(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
#endif

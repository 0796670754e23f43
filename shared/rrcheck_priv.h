/* Inner parts of the rules of one record, shared by rrcheck*.c only. */
#ifndef DMS_RRCHECK_PRIV_H
#define DMS_RRCHECK_PRIV_H
#include "shared/rrcheck.h"

/* Tell that the record breaks the rule; the message is made from the format. Always false. */
bool rrcheck_fault(const zonedata_rr_t *rr, problem_list_t *problems, rule_t rule, const char *fmt, ...) PRINTF(4, 5);

/* Each: false if it added a problem. */
bool rrcheck_type_caa(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
bool rrcheck_type_tlsa(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
bool rrcheck_type_ds(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
bool rrcheck_type_sshfp(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);
bool rrcheck_type_svcb(const char *zone_name, const zonedata_rr_t *rr, problem_list_t *problems);

/* text: the strings of a TXT record joined. */
bool rrcheck_mail_spf(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
bool rrcheck_mail_dkim(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
bool rrcheck_mail_dmarc(const zonedata_rr_t *rr, const char *text, problem_list_t *problems);
#endif

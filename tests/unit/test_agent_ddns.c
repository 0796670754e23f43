#include "agent/ddns_msg.h"
#include "shared/rr.h"
#include "tests/unit/check_run.h"
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>

#define SOA(serial) "ns1.example.net. h.example.net. " #serial " 3600 600 86400 300"

static wire_zone_update_t update(char **remove, size_t remove_count, char **add, size_t add_count)
{
    static char zone[] = "a.test.", old[] = SOA(1), new[] = SOA(2);
    return (wire_zone_update_t){.zone = zone,
                                .from_serial = 1,
                                .to_serial = 2,
                                .old_soa = old,
                                .new_soa = new,
                                .soa_ttl = 300,
                                .remove = remove,
                                .remove_count = remove_count,
                                .add = add,
                                .add_count = add_count};
}

/* One line per record: "owner class type ttl". */
static char *section(const knot_pkt_t *pkt, knot_section_t id)
{
    char *out = auto_strdup("");
    const knot_pktsection_t *s = knot_pkt_section(pkt, id);
    for (uint16_t i = 0; i < s->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(s, i);
        char owner[DNAME_TEXT], type[RR_TYPE_TEXT];
        ck_assert(dname_from_wire(rr->owner, knot_dname_size(rr->owner), owner));
        rr_type_text(rr->type, type);
        char *more =
            auto_printf("%s%s %s %s %u\n", out, owner, rr->rclass == KNOT_CLASS_NONE ? "NONE" : "IN", type, rr->ttl);
        free(out);
        out = more;
    }
    return out;
}

static knot_pkt_t *built(const wire_zone_update_t *u, uint8_t **ret_bytes)
{
    size_t size;
    ck_assert_int_eq(ddns_msg_build(u, ret_bytes, &size, NULL), ERR_OK);
    knot_pkt_t *pkt = knot_pkt_new(*ret_bytes, (uint16_t)size, NULL);
    ck_assert_int_eq(knot_pkt_parse(pkt, 0), KNOT_EOK);
    ck_assert_int_eq(knot_wire_get_opcode(pkt->wire), KNOT_OPCODE_UPDATE);
    return pkt;
}

START_TEST(order_of_the_update)
{
    char *remove[] = {(char[]){"a.test. 300 NS ns1.example.net."}, (char[]){"www.a.test. 300 IN A 192.0.2.1"},
                      (char[]){"a.test. 300 SOA " SOA(1)}};
    char *add[] = {(char[]){"www.a.test. 300 CNAME x.a.test."}, (char[]){"a.test. 60 NS ns2.example.net."},
                   (char[]){"t.a.test. 1h TXT \"a;b\" c"}};
    wire_zone_update_t u = update(remove, 3, add, 3);
    AUTO_FREE uint8_t *bytes = NULL;
    knot_pkt_t *pkt = built(&u, &bytes);
    AUTO_FREE char *pre = section(pkt, KNOT_ANSWER), *up = section(pkt, KNOT_AUTHORITY);
    ck_assert_str_eq(pre, "a.test. IN SOA 0\n");
    ck_assert_str_eq(up, "a.test. IN NS 60\na.test. NONE NS 0\nwww.a.test. NONE A 0\nwww.a.test. IN CNAME "
                         "300\nt.a.test. IN TXT 3600\na.test. IN SOA 300\n");
    knot_pkt_free(pkt);
}
END_TEST

START_TEST(same_rdata_only_changes_ttl)
{
    char *remove[] = {(char[]){"www.a.test. 300 A 192.0.2.1"}};
    char *add[] = {(char[]){"www.a.test. 60 A 192.0.2.1"}};
    wire_zone_update_t u = update(remove, 1, add, 1);
    AUTO_FREE uint8_t *bytes = NULL;
    knot_pkt_t *pkt = built(&u, &bytes);
    AUTO_FREE char *up = section(pkt, KNOT_AUTHORITY);
    ck_assert_str_eq(up, "www.a.test. IN A 60\na.test. IN SOA 300\n");
    knot_pkt_free(pkt);
}
END_TEST

static const char *const BAD[] = {"",
                                  "www.a.test.",
                                  "www.a.test. 300 A",
                                  "www.a.test. 300 A 1.2.3",
                                  "www.a.test. x A 192.0.2.1",
                                  "www.a.test. 300 ANY 1",
                                  "$INCLUDE /etc/passwd",
                                  "$ORIGIN x. 300 A",
                                  "www.a.test. 300 A 192.0.2.1\nx. 300 A 192.0.2.2",
                                  "www.a.test. 300 CH A 192.0.2.1",
                                  "www.a.test. 300 TXT ( \"a\"",
                                  "a..test. 300 A 192.0.2.1"};
START_TEST(bad_lines)
{
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        char *add[] = {auto_strdup(BAD[i])};
        wire_zone_update_t u = update(NULL, 0, add, 1);
        uint8_t *bytes = NULL;
        size_t size;
        ck_assert_msg(ddns_msg_build(&u, &bytes, &size, NULL) != ERR_OK, "\"%s\"", BAD[i]);
        ck_assert_ptr_null(bytes);
        free(add[0]);
    }
}
END_TEST

START_TEST(too_large)
{
    enum { LINES = 900 };
    char *add[LINES], text[220];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < LINES; i++)
        add[i] = auto_printf("h%d.a.test. 300 TXT \"%.100s%d\"", i, text, i);
    wire_zone_update_t u = update(NULL, 0, add, LINES);
    uint8_t *bytes = NULL;
    size_t size;
    ck_assert_int_eq(ddns_msg_build(&u, &bytes, &size, NULL), ERR_LIMIT);
    u.add_count = 400;
    ck_assert_int_eq(ddns_msg_build(&u, &bytes, &size, NULL), ERR_OK);
    free(bytes);
    for (int i = 0; i < LINES; i++)
        free(add[i]);
}
END_TEST

CHECK_MAIN("agent_ddns", order_of_the_update, same_rdata_only_changes_ttl, bad_lines, too_large)

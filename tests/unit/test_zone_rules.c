/* Every rule of shared/rule.def: a zone that breaks it at a certain line, and one beside it that does not. */
#include "controller/domain/zone_check.h"
#include "shared/zonetext.h"
#include "tests/unit/check_run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 3. */
#define HEAD "$TTL 3600\n@ IN SOA ns1.dns-one.example. h.dns-one.example. 1 2h 15m 2w 1h\n@ NS ns1.dns-one.example.\n"
#define SOA_OF(timers) "$TTL 3600\n@ SOA ns1.dns-one.example. h.dns-one.example. 1 " timers "\n@ NS ns1.dns-one.example.\n"
#define HEX32 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX20 "00112233445566778899aabbccddeeff00112233"
#define DNSKEY_ "257 3 13 Meu7RNCFMac98bkr3xW32l+/NuxazcwJpE2wbE0cJZ7ri5b4rholvKrLtnmyyqbR0wgjINHoaRJuWojEBgVINw=="
#define CDS_ "36396 13 2 c83d308816012b5dcd576bc0e29d1b334a12a46722cded4e665cd055c6a68037" /* of it */
#define KEY64 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7vbqajDw4o6gJy8UtmIbkcpnk"

typedef struct {
    rule_t rule;
    unsigned line; /* 0: of the whole zone */
    const char *breach, *clean;
} case_t;

static const case_t CASES[] = {
    /* text and single records */
    {RULE_SYNTAX, 4, HEAD "a 3x A 192.0.2.1\n", HEAD "a 3h A 192.0.2.1\n"},
    {RULE_INCLUDE, 4, HEAD "$INCLUDE x\n", HEAD},
    {RULE_GENERATE, 4, HEAD "$GENERATE 1-9 $ A 192.0.2.$\n", HEAD},
    {RULE_ORIGIN_NAME, 4, HEAD "$ORIGIN x\na A 192.0.2.1\n", HEAD "$ORIGIN x.zone.example.\na A 192.0.2.1\n"},
    {RULE_TTL_DIRECTIVE, 1, "$TTL 1x\n@ SOA a. b. 1 2h 15m 2w 1h\n@ NS ns.example.\n", HEAD},
    {RULE_TTL_FIRST, 4, HEAD "$TTL 1h\n", HEAD},
    {RULE_UPDATE_TYPE, 4, HEAD "$UPDATE_TYPE x\n", HEAD},
    {RULE_RROP, 4, HEAD ";!RROP:ADD\na A 192.0.2.1\n", HEAD "a A 192.0.2.1\n"},
    {RULE_RDATA, 4, HEAD "a A 192.0.2.300\n", HEAD "a A 192.0.2.30\n"},
    {RULE_RDATA, 4, HEAD "s SSHFP 1 2 " HEX20 "\n", HEAD "s SSHFP 1 1 " HEX20 "\n"},
    {RULE_RDATA, 5, HEAD "s NS x.example.\ns DS 1 8 2 " HEX20 "\n", HEAD "s NS x.example.\ns DS 1 8 2 " HEX32 "\n"},
    {RULE_RDATA, 4, HEAD "s HTTPS 1 . mandatory=alpn\n", HEAD "s HTTPS 1 . mandatory=alpn alpn=h2\n"},
    {RULE_TEXT_NOT_BINARY, 1, "\001" HEAD, HEAD},
    {RULE_OWNER_GIVEN, 1, " A 192.0.2.1\n", HEAD " TXT x\n"},
    {RULE_CLASS_IN, 4, HEAD "a CH A 192.0.2.1\n", HEAD "a IN A 192.0.2.1\n"},
    {RULE_TYPE_KNOWN, 4, HEAD "a NOPE 192.0.2.1\n", HEAD "a TYPE65280 \\# 1 00\n"},
    {RULE_OWNER_IN_ZONE, 4, HEAD "a.other. A 192.0.2.1\n", HEAD "a.zone.example. A 192.0.2.1\n"},
    {RULE_OWNER_HOST, 4, HEAD "a_b A 192.0.2.1\n", HEAD "a-b A 192.0.2.1\n"},
    {RULE_TARGET_HOST, 4, HEAD "@ MX 10 a_b.example.\n", HEAD "@ MX 10 a-b.example.\n"},
    {RULE_TARGET_HOST, 4, HEAD "s AFSDB 1 a_b.example.\n", HEAD "s AFSDB 1 ab.example.\n"},
    {RULE_TARGET_HOST, 4, HEAD "s RT 1 a_b.example.\n", HEAD "s RT 1 ab.example.\n"},
    {RULE_TARGET_HOST, 4, HEAD "s HTTPS 1 a_b alpn=h2\n", HEAD "_8443._https.s HTTPS 1 s alpn=h2\n"},
    {RULE_TARGET_HOST, 4, HEAD "s SVCB 1 *.example.\n", HEAD "s SVCB 0 .\n"},
    {RULE_MAILBOX, 4, HEAD "s RP ann.a_b.example. .\n", HEAD "s RP ann\\.b_c.example. x_y.example.\n"},
    {RULE_MAILBOX, 4, HEAD "s RP ann\\@example.net. .\n", HEAD "s RP . .\n"},
    {RULE_MAILBOX, 4, HEAD "s MINFO ann.example. bob.a_b.example.\n", HEAD "s MINFO ann.example. bob.ab.example.\n"},
    /* what the text may have and no name server takes */
    {RULE_RDATA, 4, HEAD "s NAPTR 1 1 \"U\" \"E2U+sip\" \"!^.*$!sip:x\" .\n", HEAD "s NAPTR 1 1 \"U\" \"E2U+sip\" \"!^.*$!sip:x!\" .\n"},
    {RULE_RDATA, 4, HEAD "s NAPTR 1 1 \"U\" \"x\" \"!^(a$!b!\" .\n", HEAD "s NAPTR 1 1 \"U\" \"x\" \"/^(\\\\+1[0-9]{1,3})$/\\\\1/i\" .\n"},
    {RULE_RDATA, 4, HEAD "s NAPTR 1 1 \"U\" \"x\" \"!^(a)$!\\\\2!\" .\n", HEAD "s NAPTR 1 1 \"U\" \"x\" \"!^(a)(b|[c-e])$!\\\\2!\" .\n"},
    {RULE_RDATA, 4, HEAD "s NAPTR 1 1 \"U\" \"x\" \"!^*a!b!\" .\n", HEAD "s NAPTR 1 1 \"S\" \"SIP+D2U\" \"\" _sip._udp\n"},
    {RULE_RDATA, 4, HEAD "s NAPTR 1 1 \"U\" \"x\" \"!a**!b!\" .\n", HEAD "s NAPTR 1 1 \"U\" \"x\" \"!a*[[:digit:]]?|x!b!\" .\n"},
    {RULE_RDATA, 4, HEAD "s LOC 90 0 1 N 1 E 0m\n", HEAD "s LOC 90 N 180 W 0m\n"},
    {RULE_RDATA, 4, HEAD "s ZONEMD 1 1 1 " HEX32 "\n", HEAD "s ZONEMD 1 1 240 " HEX32 "\n"},
    {RULE_RDATA, 4, HEAD "s SVCB 1 . alpn=h2 key7=/q\n", HEAD "s SVCB 1 . alpn=h2 key7=/q{?dns}\n"},
    {RULE_RDATA, 4, HEAD "s IPSECKEY 10 0 0 .\n", HEAD "s IPSECKEY 10 0 2 . AQNR\n"},
    {RULE_RDATA, 4, HEAD "s DNSKEY 257 3 253 AWFh\n", HEAD "s DNSKEY 257 3 13 AAAA\n"},
    {RULE_RDATA, 4, HEAD "s TYPE55 \\# 2 0000\n", HEAD "s TYPE55 \\# 6 01020001AABB\n"},
    {RULE_RDATA, 4, HEAD "s TYPE260 \\# 3 0A0101\n", HEAD "s TYPE260 \\# 6 0A01C0000201\n"},
    {RULE_RDATA, 4, HEAD "s TYPE38 \\# 2 0000\n", HEAD "s TYPE38 \\# 17 0020010DB8000000000000000000000001\n"},
    {RULE_RDATA, 4, HEAD "s TYPE259 \\# 3 000000\n", HEAD "s TYPE259 \\# 10 00000001000000020100\n"},
    {RULE_RDATA, 4, HEAD "s TYPE19 \\# 3 023131\n", HEAD "s TYPE19 \\# 5 0431323334\n"},
    {RULE_RDATA, 4, HEAD "s TYPE7 \\# 2 0161\n", HEAD "s TYPE7 \\# 3 016100\n"},
    {RULE_TYPE_KNOWN, 4, HEAD "s TYPE3 \\# 3 016100\n", HEAD "s TYPE8 \\# 3 016100\n"},
    {RULE_SOA_FIELDS, 2, "$TTL 3600\n@ SOA a. b. 1 2 3 4\n@ NS ns.example.\n", HEAD},
    {RULE_SOA_SERIAL_INTEGER, 2, "$TTL 3600\n@ SOA a. b. x 2h 15m 2w 1h\n@ NS ns.example.\n", HEAD},
    {RULE_SOA_SERIAL_RANGE, 2, "$TTL 3600\n@ SOA a. b. 0 2h 15m 2w 1h\n@ NS ns.example.\n", HEAD},
    {RULE_TARGET_ADDRESS, 4, HEAD "@ MX 10 192.0.2.1.\n", HEAD "@ MX 10 192.0.2.example.\n"},
    {RULE_TARGET_ADDRESS, 4, HEAD "s NS 192.0.2.1.\n", HEAD "s NS ns.example.\n"},
    {RULE_WILDCARD_NS, 4, HEAD "*.s NS ns.example.\n", HEAD "*s NS ns.example.\n"},
    {RULE_WILDCARD_DNAME, 4, HEAD "* DNAME other.example.\n", HEAD "d DNAME other.example.\n"},
    {RULE_SIGNER_TYPE, 4, HEAD "a NSEC b.zone.example. A\n", HEAD "a CDS 0 0 0 00\n"},
    {RULE_SIGNER_TYPE, 4, HEAD "@ NSEC3PARAM 1 0 0 -\n", HEAD "@ CDNSKEY 0 3 0 AA==\n"},
    {RULE_SIGNER_TYPE, 4, HEAD "@ TYPE65534 \\# 5 0800010001\n", HEAD "@ TYPE65280 \\# 5 0800010001\n"},
    {RULE_CDS_KEY, 4, HEAD "@ CDS " CDS_ "\n", HEAD "@ CDS " CDS_ "\n@ DNSKEY " DNSKEY_ "\n"},
    {RULE_CDS_KEY, 4, HEAD "@ CDS " CDS_ "\n;!DISABLE\n@ DNSKEY " DNSKEY_ "\n", HEAD "s CDS " CDS_ "\n"},
    {RULE_CDS_KEY, 4, HEAD "@ CDNSKEY " DNSKEY_ "\n@ DNSKEY 257 3 13 AAAA\n", HEAD "@ CDNSKEY " DNSKEY_ "\n@ DNSKEY " DNSKEY_ "\n"},
    {RULE_CDS_KEY, 4, HEAD "@ CDS 0 0 0 00\n@ CDS " CDS_ "\n@ DNSKEY " DNSKEY_ "\n", HEAD "@ CDS 0 0 0 00\n@ DNSKEY " DNSKEY_ "\n"},
    {RULE_CAA_FLAGS, 4, HEAD "@ CAA 1 issue \"ca.example\"\n", HEAD "@ CAA 128 issue \"ca.example\"\n"},
    {RULE_CAA_TAG, 4, HEAD "@ CAA 0 isue \"ca.example\"\n", HEAD "@ CAA 0 ISSUEWILD \";\"\n"},
    {RULE_CAA_VALUE, 4, HEAD "@ CAA 0 issue \"ca example\"\n", HEAD "@ CAA 0 issue \"ca.example; account=1; policy=ev\"\n"},
    {RULE_CAA_VALUE, 4, HEAD "@ CAA 0 issue \"ca.example; account\"\n", HEAD "@ CAA 0 issue \"\"\n"},
    {RULE_CAA_VALUE, 4, HEAD "@ CAA 0 iodef \"a@b.example\"\n", HEAD "@ CAA 0 iodef \"mailto:a@b.example\"\n"},
    {RULE_TLSA_FIELDS, 4, HEAD "_443._tcp TLSA 4 1 1 " HEX32 "\n", HEAD "_443._tcp TLSA 3 1 1 " HEX32 "\n"},
    {RULE_TLSA_LENGTH, 4, HEAD "_443._tcp TLSA 3 1 2 " HEX32 "\n", HEAD "*._tcp TLSA 3 1 2 " HEX32 HEX32 "\n"},
    {RULE_TLSA_OWNER, 4, HEAD "www TLSA 3 1 1 " HEX32 "\n", HEAD "_25._tcp.www TLSA 3 1 1 " HEX32 "\n"},
    {RULE_TLSA_OWNER, 4, HEAD "ann SMIMEA 3 1 1 " HEX32 "\n", HEAD "ann._smimecert SMIMEA 3 1 1 " HEX32 "\n"},
    {RULE_DS_DIGEST, 5, HEAD "s NS x.example.\ns DS 1 8 1 " HEX20 "\n", HEAD "s NS x.example.\ns DS 1 8 2 " HEX32 "\n"},
    {RULE_SSHFP_FIELDS, 4, HEAD "s SSHFP 9 2 " HEX32 "\n", HEAD "s SSHFP 4 2 " HEX32 "\n"},
    {RULE_SVCB_ALIAS_PARAMS, 4, HEAD "s HTTPS 0 x.example. alpn=h2\n", HEAD "s HTTPS 1 x.example. alpn=h2\n"},
    {RULE_SVCB_ALPN, 4, HEAD "s SVCB 1 . no-default-alpn\n", HEAD "s SVCB 1 . alpn=h3 no-default-alpn\n"},
    /* SPF */
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 ip4:192.0.2.300 -all\"\n",
     HEAD "@ TXT \"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx/24 a:x.example/24//64 ptr exists:%{i}.x.example ?all exp=e.example x=y\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1; mx\"\n", HEAD "@ TXT \"v=spf1\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 include=x.example -all\"\n", HEAD "@ TXT \"v=spf1 \" \"include:x.example -all\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 -all mx\"\n", HEAD "@ TXT \"v=spf1 mx -all\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 mx -al\"\n", HEAD "@ TXT \"v=spf1 redirect=x.example\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 redirect=x.example redirect=y.example\"\n", HEAD "@ TXT \"v=spf1 all exp=x.example\"\n"},
    {RULE_SPF_SYNTAX, 4, HEAD "@ TXT \"v=spf1 a:/24 -all\"\n", HEAD "@ TXT \"spf1 is what we wait for\"\n"},
    {RULE_SPF_LOOKUPS, 4, HEAD "@ TXT \"v=spf1 a mx a:a.example a:b.example a:c.example a:d.example a:e.example a:f.example a:g.example a:h.example a:i.example -all\"\n",
     HEAD "@ TXT \"v=spf1 a mx a:a.example a:b.example a:c.example a:d.example a:e.example a:f.example a:g.example a:h.example -all\"\n"},
    {RULE_SPF_TYPE, 4, HEAD "@ SPF \"v=spf1 -all\"\n", HEAD "@ TXT \"v=spf1 -all\"\n"},
    {RULE_SPF_ONE, 5, HEAD "@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 mx -all\"\n", HEAD "@ TXT \"v=spf1 -all\"\n@ TXT \"other\"\na TXT \"v=spf1 mx -all\"\n"},
    /* DKIM and DMARC */
    {RULE_DKIM_KEY, 4, HEAD "s._domainkey TXT \"v=DKIM1; k=rsa\"\n", HEAD "s._domainkey TXT \"v=DKIM1; k=rsa; p=" KEY64 "\"\n"},
    {RULE_DKIM_KEY, 4, HEAD "s._domainkey.mail TXT \"p=" KEY64 "; v=DKIM1\"\n", HEAD "s._domainkey.mail TXT \"p=" KEY64 "\"\n"},
    {RULE_DKIM_KEY, 4, HEAD "s._domainkey TXT \"v=DKIM1; p=MIG!\"\n", HEAD "s._domainkey TXT \"v=DKIM1; p=\"\n"},
    {RULE_DKIM_KEY, 4, HEAD "s._domainkey TXT \"v=dkim1; p=\"\n", HEAD "_domainkey TXT \"o=~\"\n_adsp._domainkey TXT \"dkim=all\"\n"},
    {RULE_DMARC_POLICY, 4, HEAD "_dmarc TXT \"p=none; v=DMARC1\"\n", HEAD "_dmarc TXT \"v=DMARC1; p=none\"\n"},
    {RULE_DMARC_POLICY, 4, HEAD "_dmarc TXT \"v=DMARC1; p=rejekt\"\n", HEAD "_dmarc TXT \"v=DMARC1;p=reject;sp=none;pct=50;rua=mailto:a@b.example,mailto:c@d.example!10m;\"\n"},
    {RULE_DMARC_POLICY, 4, HEAD "_dmarc TXT \"v=DMARC1; p=none; rua=a@b.example\"\n", HEAD "x._report._dmarc TXT \"v=DMARC1\"\n"},
    {RULE_DMARC_ONE, 5, HEAD "_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n", HEAD "_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc.a TXT \"v=DMARC1; p=reject\"\n"},
    /* names */
    {RULE_CNAME_ONE, 5, HEAD "a CNAME b.example.\na A 192.0.2.1\n", HEAD "a CNAME b.example.\nb A 192.0.2.1\n"},
    {RULE_CNAME_ALONE, 5, HEAD "a A 192.0.2.1\na CNAME b.example.\n", HEAD ";!DISABLE\na A 192.0.2.1\na CNAME b.example.\n"},
    {RULE_CNAME_ALONE, 5, HEAD "a DNAME x.example.\na CNAME b.example.\n", HEAD "a DNAME x.example.\nb CNAME b.example.\n"},
    {RULE_CNAME_APEX, 4, HEAD "@ CNAME b.example.\n", HEAD "@ HTTPS 0 b.example.\n"},
    {RULE_DUPLICATE, 5, HEAD "a A 192.0.2.1\na A 192.0.2.1\n", HEAD "a A 192.0.2.1\na A 192.0.2.2\n"},
    {RULE_DNAME_ONE, 5, HEAD "d DNAME x.example.\nd DNAME y.example.\n", HEAD "d DNAME x.example.\ne DNAME y.example.\n"},
    {RULE_DNAME_BELOW, 5, HEAD "d DNAME x.example.\na.d TXT x\n", HEAD "d DNAME x.example.\nd TXT x\n"},
    {RULE_RRSET_TTL, 5, HEAD "a A 192.0.2.1\na 60 A 192.0.2.2\n", HEAD "a 60 A 192.0.2.1\na 60 A 192.0.2.2\n"},
    /* targets */
    {RULE_TARGET_EXISTS, 4, HEAD "@ MX 10 m\n", HEAD "@ MX 10 m\nm A 192.0.2.1\n"},
    {RULE_TARGET_EXISTS, 4, HEAD "s NS m\nm TXT x\n", HEAD "s NS m\nm AAAA 2001:db8::1\n"},
    {RULE_TARGET_EXISTS, 4, HEAD "@ MX 10 192.0.2.1\n", HEAD "@ MX 10 m.other.example.\n"},
    {RULE_TARGET_WILDCARD, 4, HEAD "@ MX 10 m\n* A 192.0.2.1\n", HEAD "@ MX 10 m\n* A 192.0.2.1\nm A 192.0.2.2\n"},
    {RULE_NS_ALIAS, 4, HEAD "s NS m\nm CNAME x.example.\n", HEAD "s NS m\nm A 192.0.2.1\n"},
    {RULE_NS_ALIAS, 4, HEAD "@ NS m\nm CNAME x.example.\n", HEAD "@ NS m\nm A 192.0.2.1\n"},
    {RULE_GLUE, 4, HEAD "s NS n.s\n", HEAD "s NS n.s\nn.s A 192.0.2.1\n"},
    {RULE_GLUE, 4, HEAD "s NS s\n", HEAD "s NS s\ns A 192.0.2.1\n"},
    {RULE_TARGET_ALIAS, 4, HEAD "@ MX 10 m\nm CNAME x.example.\n", HEAD "@ MX 10 m.s\ns NS ns.example.\n"},
    {RULE_TARGET_ALIAS, 4, HEAD "_x._tcp SRV 0 0 1 m\nm CNAME x.example.\n", HEAD "_x._tcp SRV 0 0 1 m\nm A 192.0.2.1\n"},
    {RULE_TARGET_ADDRESSES, 4, HEAD "@ MX 10 m\nm TXT x\n", HEAD "@ MX 10 m\nm TXT x\nm A 192.0.2.1\n"},
    {RULE_MX_NULL_ALONE, 5, HEAD "@ MX 0 .\n@ MX 10 m.example.\n", HEAD "@ MX 0 .\na MX 10 m.example.\n"},
    {RULE_MX_NULL_ALONE, 5, HEAD "@ MX 10 m.example.\n@ MX 0 .\n", HEAD "@ MX 10 m.example.\n;!DISABLE\n@ MX 0 .\n"},
    {RULE_SRV_NULL_ALONE, 5, HEAD "_x._tcp SRV 0 0 0 .\n_x._tcp SRV 0 0 1 m.example.\n", HEAD "_x._tcp SRV 0 0 0 .\n_y._tcp SRV 0 0 1 m.example.\n"},
    {RULE_SVCB_ALIAS_ALONE, 5, HEAD "s HTTPS 0 x.example.\ns HTTPS 1 y.example.\n", HEAD "s HTTPS 0 x.example.\ns SVCB 1 y.example.\n"},
    {RULE_SVCB_ALIAS_ALONE, 5, HEAD "s SVCB 0 x.example.\ns SVCB 0 y.example.\n", HEAD "s SVCB 1 x.example.\ns SVCB 1 y.example.\n"},
    /* delegations */
    {RULE_DS_DELEGATION, 4, HEAD "s DS 1 8 2 " HEX32 "\n", HEAD "s NS x.example.\ns DS 1 8 2 " HEX32 "\n"},
    {RULE_DS_APEX, 4, HEAD "@ DS 1 8 2 " HEX32 "\n", HEAD "s DS 1 8 2 " HEX32 "\ns NS x.example.\n"},
    {RULE_AT_DELEGATION, 5, HEAD "s NS x.example.\ns TXT x\n", HEAD "s NS x.example.\n@ TXT x\n"},
    {RULE_AT_DELEGATION, 4, HEAD "s A 192.0.2.1\ns NS x.example.\n", HEAD "s A 192.0.2.1\ns NS s\n"},
    {RULE_BELOW_DELEGATION, 5, HEAD "s NS x.example.\na.b.s TXT x\n", HEAD "s NS x.example.\na.b.ss TXT x\n"},
    {RULE_BELOW_DELEGATION, 5, HEAD "s NS x.example.\na.s A 192.0.2.1\n", HEAD "s NS x.example.\nt NS a.s\na.s A 192.0.2.1\n"},
    {RULE_BELOW_DELEGATION, 5, HEAD "s NS x.example.\nb.s NS x.example.\n", HEAD "s NS x.example.\nb NS x.example.\n"},
    /* aliases */
    {RULE_CNAME_CHAIN, 4, HEAD "a CNAME b\nb CNAME c.example.\n", HEAD "a CNAME b\nb A 192.0.2.1\n"},
    {RULE_CNAME_LOOP, 4, HEAD "a CNAME a\n", HEAD "a CNAME a.example.\n"},
    {RULE_CNAME_LOOP, 4, HEAD "a CNAME b\nb CNAME c\nc CNAME a\n", HEAD "a CNAME b\n;!DISABLE\nb CNAME a\n"},
    /* times */
    {RULE_TTL_ZERO, 4, HEAD "a 0 A 192.0.2.1\n", HEAD "a 1 A 192.0.2.1\n"},
    {RULE_TTL_LARGE, 4, HEAD "a 8d A 192.0.2.1\n", HEAD "a 7d A 192.0.2.1\n"},
    {RULE_TTL_LARGE, 0, "$TTL 4w\n@ SOA a. b. 1 2h 15m 2w 1h\n@ NS ns.example.\n", "$TTL 1w\n@ SOA a. b. 1 2h 15m 2w 1h\n@ NS ns.example.\n"},
    {RULE_SOA_TIMER, 2, SOA_OF("60 60 2w 1h"), SOA_OF("20m 2m 1w 1d")},
    {RULE_SOA_TIMER, 2, SOA_OF("2h 3h 2w 1h"), SOA_OF("2h 2h 2w 1h")},
    {RULE_SOA_TIMER, 2, SOA_OF("2h 15m 1d 1h"), SOA_OF("2h 15m 41d 0")},
    {RULE_SOA_TIMER, 2, SOA_OF("2h 15m 2w 2d"), SOA_OF("1d 1d 8w 1d")},
    {RULE_TTL_TEXT, 2, SOA_OF("2h 15x 2w 1h"), HEAD},
    /* the apex */
    {RULE_APEX_SOA, 0, "@ NS ns.example.\n", HEAD},
    {RULE_APEX_SOA_ONE, 4, HEAD "@ SOA a. b. 1 2h 15m 2w 1h\n", HEAD},
    {RULE_APEX_SOA_PLACE, 4, HEAD "a SOA a. b. 1 2h 15m 2w 1h\n", HEAD},
    {RULE_APEX_NS, 0, "$TTL 1h\n@ SOA a. b. 1 2h 15m 2w 1h\n", HEAD},
    /* privileges */
    {RULE_LOCK_PTR, 5, HEAD ";!LOCKPTR\na PTR b.example.\n", HEAD "a PTR b.example.\n"},
    {RULE_RECORD_REFERENCE, 5, HEAD ";!REF:x@Y\na TXT x\n", HEAD "a TXT x\n"},
};

/* Rules that text cannot break or that other tests break: JSON, stored data, settings, limits. */
static const rule_t ELSEWHERE[] = {RULE_SOA_SERIAL_NUMBER, RULE_OWNER_NAME, RULE_SOA_NAME, RULE_ZONE_NAME, RULE_TYPE_GIVEN, RULE_UPDATE_OPERATION, RULE_ZONE_SIZE, RULE_REFERENCE_TEXT, RULE_RRSET_SIZE};

static problem_list_t *judge(const char *text, bool strict)
{
    problem_list_t *problems = problem_list_new();
    problems->strict = strict;
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, strlen(text), "zone.example.", &(zonetext_opts_t){0}, problems, &data);
    zonedata_soa_t *soa = &data->soa; /* what the settings fill in */
    char **fields[] = {&soa->mname, &soa->rname, &soa->refresh, &soa->retry, &soa->expire, &soa->minimum, &data->zone_ttl};
    static const char *const values[] = {"a.example.", "a.example.", "2h", "15m", "2w", "1h", "1h"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        *fields[i] = *fields[i] != NULL ? *fields[i] : auto_strdup(values[i]);
    zone_check_prove(data, NULL, problems);
    zone_check(data, &(zone_check_opts_t){.own_apex = true}, problems);
    zonetext_mark(text, strlen(text), problems);
    return problems;
}

static char *told(const problem_list_t *problems)
{
    char *all = auto_strdup("");
    for (size_t i = 0; i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        char *more = auto_printf("%s%s %u: %s (%s)\n", all, rule_row(p->rule)->name, p->line, p->message, p->warning ? "warning" : "error");
        free(all);
        all = more;
    }
    return all;
}

START_TEST(breach)
{
    const case_t *c = &CASES[_i];
    const rule_row_t *row = rule_row(c->rule);
    AUTO(problem_list) problems = judge(c->breach, false);
    AUTO_FREE char *all = told(problems);
    size_t of_rule = 0;
    for (size_t i = 0; i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        if (p->rule != c->rule)
            continue;
        ck_assert_msg(of_rule++ > 0 || p->line == c->line, "%s\nwanted line %u, got\n%s", c->breach, c->line, all);
        ck_assert_int_eq(p->code, row->code);
        ck_assert_int_eq(p->warning, row->warning);
        ck_assert(p->line == 0 || c->rule == RULE_TEXT_NOT_BINARY || strstr(p->marked_line, ">!<") != NULL);
    }
    /* Nothing follows from it but what is a breach of its own: the other records of a loop, SOA timers. */
    ck_assert_msg(of_rule > 0 && of_rule == problems->count, "%s\nwanted %s alone, got\n%s", c->breach, row->name, all);
    AUTO(problem_list) strict = judge(c->breach, true);
    ck_assert_uint_eq(strict->errors, problems->count);
    ck_assert_uint_eq(strict->warnings, 0);
}
END_TEST

START_TEST(neighbour)
{
    AUTO(problem_list) problems = judge(CASES[_i].clean, false);
    AUTO_FREE char *all = told(problems);
    ck_assert_msg(problems->count == 0, "%s\nis clean, got\n%s", CASES[_i].clean, all);
}
END_TEST

START_TEST(every_rule_has_a_case)
{
    for (int rule = 1; rule < RULE_COUNT; rule++) {
        bool found = false;
        for (size_t i = 0; i < ARRAY_SIZE(CASES) && !found; i++)
            found = CASES[i].rule == (rule_t)rule;
        for (size_t i = 0; i < ARRAY_SIZE(ELSEWHERE) && !found; i++)
            found = ELSEWHERE[i] == (rule_t)rule;
        ck_assert_msg(found, "rule %s has no case", rule_row((rule_t)rule)->name);
        ck_assert(rule_row((rule_t)rule)->hint[0] != '\0' && rule_row((rule_t)rule)->words[0] != '\0');
        ck_assert_int_ne(rule_of_code(rule_row((rule_t)rule)->code), RULE_NONE);
    }
}
END_TEST

/* ---- RRsets in a DNS message: 65,535 octets, 12 of the header, 4 and the name of the question, 12 beside the data of each record */

static char *many(const char *line, size_t count, const char *end)
{
    char *text = auto_strdup(HEAD);
    for (size_t i = 0; i < count; i++) {
        char *more = auto_printf("%s%s%03zu\"\n", text, line, i);
        free(text);
        text = more;
    }
    char *all = auto_printf("%s%s", text, end);
    free(text);
    return all;
}

START_TEST(rrset_fits_in_a_message)
{
    char octets[253];
    memset(octets, 'x', sizeof(octets) - 1);
    octets[sizeof(octets) - 1] = '\0'; /* 252 and a number: a string of 255 */
    AUTO_FREE char *line = auto_printf("s TXT \"%s\" \"%s\" \"%s\" \"%s", octets, octets, octets, octets);
    size_t each = 12 + 3 * 253 + 256, fit = (65535 - 12 - 4 - strlen("1s4zone7example0")) / each;
    AUTO_FREE char *full = many(line, fit, "");
    AUTO_FREE char *beside = many(line, fit, ";!DISABLE\ns TXT \"disabled\"\ns HINFO \"other\" \"type\"\nt TXT \"other name\"\n");
    AUTO_FREE char *over = many(line, fit + 1, "s TXT \"x\"\n");
    AUTO(problem_list) fine = judge(full, false);
    AUTO(problem_list) fine_too = judge(beside, false);
    AUTO(problem_list) too_big = judge(over, false);
    ck_assert_uint_eq(fine->count, 0);
    ck_assert_uint_eq(fine_too->count, 0);
    ck_assert_uint_eq(too_big->count, 1); /* once for the set */
    ck_assert_int_eq(too_big->items[0].rule, RULE_RRSET_SIZE);
    ck_assert_uint_eq(too_big->items[0].line, 3 + fit + 1);
}
END_TEST

START_TEST(record_fits_in_a_message)
{
    for (size_t n = 65490; n <= 65491; n++) { /* 12 + 4 + 16 + 12 are 44; 65,491 are left */
        AUTO_FREE char *zeros = auto_malloc(2 * n + 1);
        memset(zeros, '0', 2 * n);
        zeros[2 * n] = '\0';
        for (int longer = 0; longer < 2; longer++) {
            AUTO_FREE char *text = auto_printf(HEAD "%s TYPE65280 \\# %zu %s\n", longer ? "ss" : "s", n, zeros);
            AUTO(problem_list) problems = judge(text, false);
            ck_assert_uint_eq(problems->count, n == 65491 && longer ? 1 : 0);
        }
    }
}
END_TEST

/* ---- all at once: faults of the text hide no breaches, and make none up */

typedef struct { const char *text, *told; } at_once_t;
static const at_once_t AT_ONCE[] = {
    /* three faults, two breaches, a privilege, a warning */
    {HEAD "a A 192.0.2.300\nb NOPE x\nc A 192.0.2.1\nc CNAME d.example.\n;!LOCKPTR\ne PTR x.example.\nf TXT \"open\n@ MX 10 g_h.example.\n"
          "i 0 A 192.0.2.1\nj A 192.0.2.1\nj A 192.0.2.1\n",
     "RDATA 4, TYPE_KNOWN 5, RDATA 10, TARGET_HOST 11, CNAME_ALONE 7, LOCK_PTR 9, TTL_ZERO 12, DUPLICATE 14"},
    /* what could not be read is not missed: its name, what it may delegate, and anything where not even the owner is known */
    {HEAD "@ MX 10 m\nm A 192.0.2.300\nm 60 A 192.0.2.1\n", "RDATA 5"},
    {HEAD "@ MX 10 m\n@ MX 20 n\nm NOPE x\n A 192.0.2.1\n", "TYPE_KNOWN 6, TARGET_EXISTS 5"},
    {HEAD "@ MX 10 a.s\ns NS n.s..\n", "RDATA 5"},
    {HEAD "s DS 1 8 2 " HEX32 "\ns NS a..b\n", "RDATA 5"},
    {HEAD "@ MX 10 m\n@ MX 20 n\nm..x A 192.0.2.1\n", "SYNTAX 6"},
    {HEAD "@ MX 10 m\n\\400 A 192.0.2.1\n", "SYNTAX 5"},
    {"$TTL 1h\n@ SOA a. b. x 2h 15m 2w 1h\n@ NS n\n", "SOA_SERIAL_INTEGER 2, TARGET_EXISTS 3"},
    {"$TTL 1h\n@ SOA a. b. 1 2h 15m 2w 1h\n@ NS a..b\n", "RDATA 3"},
    {HEAD "$ORIGIN x\n@ MX 10 m\n", ""},
};

START_TEST(at_once)
{
    AUTO(problem_list) problems = judge(AT_ONCE[_i].text, false);
    char *all = auto_strdup("");
    for (size_t i = 0; i < problems->count; i++) {
        const problem_t *p = &problems->items[i];
        char *more = auto_printf("%s%s%s %u", all, i > 0 ? ", " : "", p->rule == RULE_NONE ? "-" : rule_row(p->rule)->name, p->line);
        free(all);
        all = more;
    }
    ck_assert_msg(strcmp(all, AT_ONCE[_i].told) == 0 || AT_ONCE[_i].told[0] == '\0', "%s\nwanted %s\ngot %s", AT_ONCE[_i].text,
                  AT_ONCE[_i].told, all);
    ck_assert_uint_gt(problems->errors, 0);
    free(all);
}
END_TEST

START_TEST(an_address_is_hinted_at)
{
    AUTO(problem_list) problems = judge(HEAD "@ MX 10 192.0.2.1\n", false);
    ck_assert_uint_eq(problems->count, 1);
    ck_assert_str_eq(problem_hint(&problems->items[0]), rule_row(RULE_TARGET_ADDRESS)->hint);
    ck_assert_str_eq(problems->items[0].marked_line, ">!<@ MX 10 192.0.2.1");
}
END_TEST

/* The hint for a long text says what to do: every front end asks for it sooner or later. */
START_TEST(long_texts)
{
    char text[700];
    snprintf(text, sizeof text, HEAD "a TXT \"%0300d\"\n", 0);
    AUTO(problem_list) problems = judge(text, false);
    ck_assert_uint_eq(problems->count, 1);
    ck_assert_ptr_nonnull(strstr(problems->items[0].message, "255"));
    ck_assert_ptr_nonnull(strstr(problem_hint(&problems->items[0]), "several strings"));
    snprintf(text, sizeof text, HEAD "a TXT \"%0250d\" \"%050d\"\n", 0, 0);
    AUTO(problem_list) none = judge(text, false);
    ck_assert_uint_eq(none->count, 0);
}
END_TEST

START_TEST(a_zone_that_keeps_all_of_them)
{
    AUTO_FILE in = fopen(DMS_SOURCE_DIR "/tests/fixtures/zones/policies.example.zone", "re");
    static char text[8192];
    size_t len = fread(text, 1, sizeof text, in);
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    zonetext_parse(text, len, "policies.example.", NULL, problems, &data);
    zone_check(data, &(zone_check_opts_t){.own_apex = true}, problems);
    AUTO_FREE char *all = told(problems);
    ck_assert_msg(problems->count == 0 && data->records > 20, "%s", all);
}
END_TEST

/* Rules that follow names stay linear: delegations with glue, and one long row of aliases. With anything else this would run into the time limit. */
START_TEST(large_zones_of_every_kind)
{
    enum { COUNT = 50000 };
    AUTO(zonedata) data = zonedata_new("zone.example.");
    static const uint16_t types[] = {RR_NS, RR_A, RR_CNAME, RR_MX, RR_TXT};
    for (int i = 0; i < COUNT; i++) {
        zonedata_rr_t *rr = zonedata_add_rr(data, &data->groups[0]);
        rr->type = types[i % 5];
        rr->label = rr->type == RR_A ? auto_printf("n.d%d", i - 1) : auto_printf("d%d", i);
        rr->rdata = rr->type == RR_NS      ? auto_printf("n.d%d", i)
                    : rr->type == RR_A     ? auto_strdup("192.0.2.1")
                    : rr->type == RR_CNAME ? auto_printf("d%d", i + 5)
                    : rr->type == RR_MX    ? auto_printf("10 d%d", i - 1)
                                           : auto_strdup("\"v=spf1 -all\"");
    }
    AUTO(problem_list) problems = problem_list_new();
    zone_check(data, &(zone_check_opts_t){.own_apex = true}, problems);
    ck_assert_uint_eq(problems->count, PROBLEM_MAX);
    ck_assert_uint_eq(problems->warnings, COUNT / 5 * 2 - 1); /* every alias but the last leads on; every MX names an alias */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("zone_rules");
    TCase *t = tcase_create("zone_rules");
    tcase_set_timeout(t, 20);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, breach, 0, ARRAY_SIZE(CASES));
    tcase_add_loop_test(t, neighbour, 0, ARRAY_SIZE(CASES));
    tcase_add_loop_test(t, at_once, 0, ARRAY_SIZE(AT_ONCE));
    tcase_add_test(t, rrset_fits_in_a_message);
    tcase_add_test(t, record_fits_in_a_message);
    tcase_add_test(t, every_rule_has_a_case);
    tcase_add_test(t, an_address_is_hinted_at);
    tcase_add_test(t, long_texts);
    tcase_add_test(t, a_zone_that_keeps_all_of_them);
    tcase_add_test(t, large_zones_of_every_kind);
    return check_suite(s);
}

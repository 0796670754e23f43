/* Two bytes of type, then rdata: as text (canonical form must be stable) and as wire form (what becomes text must
 * become the same wire form again). */
#include "shared/rr.h"
#include "shared/rrplain.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void as_text(uint16_t type, const char *text)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *canonical = NULL;
    AUTO_FREE char *again = NULL;
    if (rr_rdata_canonical(type, text, "ex.com.", &canonical, &info) != ERR_OK)
        return;
    assert(strchr(canonical, '\n') == NULL);
    if (rr_rdata_canonical(type, canonical, "ex.com.", &again, &info) != ERR_OK || strcmp(canonical, again) != 0) {
        fprintf(stderr, "type %u: \"%s\" -> \"%s\" -> \"%s\" (%s)\n", type, text, canonical, again, err_message(&info));
        abort();
    }
    char target[DNAME_TEXT];
    rr_rdata_target(type, canonical, "ex.com.", target);
}

/* What the quick way takes, the long one takes for the same. */
static void as_plain(uint16_t type, const char *text, size_t len)
{
    AUTO_FREE char *quick = rrplain_rdata(type, text, len, "sub.ex.com.", "ex.com.");
    if (quick == NULL)
        return;
    AUTO_FREE uint8_t *wire = NULL;
    AUTO_FREE char *slow = NULL;
    AUTO_FREE char *terminated = auto_strndup(text, len);
    uint16_t wire_len;
    assert(rr_rdata_to_wire(type, terminated, "sub.ex.com.", &wire, &wire_len, NULL) == ERR_OK);
    assert(rr_rdata_to_text(type, wire, wire_len, "ex.com.", &slow, NULL) == ERR_OK);
    if (strcmp(quick, slow) != 0) {
        fprintf(stderr, "type %u: \"%s\" -> quick \"%s\", long \"%s\"\n", type, terminated, quick, slow);
        abort();
    }
}

static void as_wire(uint16_t type, const uint8_t *wire, uint16_t len)
{
    AUTO_FREE char *text = NULL;
    rr_rdata_to_text(type, wire, len, "ex.com.", &text, NULL);
    if (text != NULL)
        as_text(type, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char type_text[RR_TYPE_TEXT];
    uint16_t type;
    if (size < 2 || size > 20000)
        return 0;
    rr_type_text((uint16_t)(data[0] << 8 | data[1]), type_text);
    if (!rr_type_from_text(type_text, &type))
        return 0;
    AUTO_FREE char *text = auto_strndup((const char *)data + 2, size - 2);
    as_plain(type, (const char *)data + 2, size - 2);
    as_text(type, text);
    as_wire(type, data + 2, (uint16_t)(size - 2));
    return 0;
}

/* A name in text, and in wire form. */
#include "shared/dname.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

static void canonical_is_stable(const char *name)
{
    char again[DNAME_TEXT];
    uint8_t wire[DNAME_WIRE];
    size_t n = dname_to_wire(name, wire);
    assert(n > 0 && n <= DNAME_WIRE);
    assert(dname_from_wire(wire, n, again));
    assert(strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[DNAME_TEXT];
    char label[DNAME_TEXT];
    char again[DNAME_TEXT];
    char cidr[64];
    uint8_t wire[DNAME_WIRE];
    AUTO_FREE char *text = auto_strndup((const char *)data, size);
    if (dname_from_text(text, name, NULL) == ERR_OK)
        canonical_is_stable(name);
    if (dname_from_network(text, name, cidr, NULL) == ERR_OK)
        canonical_is_stable(name);
    if (dname_relative(text, "ex.com.", label, NULL) == ERR_OK) {
        assert(dname_absolute(label, "ex.com.", name) == ERR_OK);
        canonical_is_stable(name);
        assert(dname_in(name, "ex.com."));
        dname_shorten(name, "ex.com.", again);
        assert(strcmp(label, again) == 0);
        while (dname_parent(name, name))
            canonical_is_stable(name);
    }
    dname_absolute(text, ".", name);
    dname_is_hostname(text, true);
    if (dname_from_wire(data, size, name)) {
        size_t n = dname_to_wire(name, wire);
        assert(n <= size && memcmp(wire, data, n) == 0);
    }
    return 0;
}

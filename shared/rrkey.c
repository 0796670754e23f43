#include "shared/rrkey.h"
#include "shared/dname.h"
#include <libdnssec/error.h>
#include <libdnssec/key.h>
#include <libdnssec/keytag.h>
#include <string.h>

enum { DS_HEAD = 4, KEY_HEAD = 4 };

bool rrkey_digest_of(const char *zone_name, const uint8_t *ds, size_t ds_len, const uint8_t *key, size_t key_len)
{
    uint8_t name[DNAME_WIRE];
    if (ds_len <= DS_HEAD || key_len <= KEY_HEAD || ds[2] != key[3] || dname_to_wire(zone_name, name) == 0)
        return false;
    const dnssec_binary_t rdata = {.size = key_len, .data = (uint8_t *)(uintptr_t)key}; /* read only */
    uint16_t tag = 0; /* tells most others apart without a digest */
    if (dnssec_keytag(&rdata, &tag) != DNSSEC_EOK || tag != (ds[0] << 8 | ds[1]))
        return false;
    dnssec_key_t *k = NULL;
    dnssec_binary_t made = {0};
    bool same = dnssec_key_new(&k) == DNSSEC_EOK && dnssec_key_set_dname(k, name) == DNSSEC_EOK &&
                dnssec_key_set_rdata(k, &rdata) == DNSSEC_EOK &&
                dnssec_key_create_ds(k, (dnssec_key_digest_t)ds[3], &made) == DNSSEC_EOK && made.size == ds_len &&
                memcmp(made.data, ds, ds_len) == 0;
    dnssec_binary_free(&made);
    dnssec_key_free(k);
    return same;
}

/* Any bytes as the name server's answer to an update: without our key's signature nothing is believed to be done. */
#include "agent/ddns.h"
#include "tests/fuzz/fuzz.h"
#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t mac[32] = {1};
    static uint8_t name[] = "\3key";
    static uint8_t secret[] = "secret";
    const knot_tsig_key_t key = {.algorithm = DNSSEC_TSIG_HMAC_SHA256, .name = name, .secret = {sizeof secret - 1, secret}};
    if (size < KNOT_WIRE_HEADER_SIZE || size > UINT16_MAX)
        return 0;
    uint8_t *wire = auto_malloc(size); /* of the exact size: a read beyond it is seen */
    memcpy(wire, data, size);
    ddns_answer_t answer = {0};
    ddns_parse(wire, size, &key, mac, sizeof mac, &answer);
    assert(answer.answered && answer.words != NULL && answer.rcode != KNOT_RCODE_NOERROR);
    free(wire);
    return 0;
}

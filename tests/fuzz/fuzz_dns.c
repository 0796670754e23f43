/* Any bytes as a NOTIFY from the own name server and as its answer to a SOA query. */
#include "agent/notify.h"
#include "agent/query.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEADER = 12 };
    if (size < HEADER || size > UINT16_MAX)
        return 0;
    uint8_t *wire = auto_malloc(size); /* of the exact size: a read beyond it is seen */
    memcpy(wire, data, size);
    char zone[DNAME_TEXT];
    size_t answer = notify_parse(wire, size, zone);
    assert(answer <= size && (answer == 0 || strlen(zone) < DNAME_TEXT));
    memcpy(wire, data, size);
    query_answer_t soa = {0};
    query_parse(wire, size, &soa);
    assert(soa.answered && soa.words != NULL);
    free(wire);
    return 0;
}

/* Any bytes: refused, or a message that encodes and decodes to the same again. */
#include "proto/wire.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(wire_msg) msg = NULL;
    if (wire_decode(data, size, &msg, NULL) != ERR_OK)
        return 0;
    AUTO_FREE uint8_t *first = NULL;
    AUTO_FREE uint8_t *second = NULL;
    size_t first_size = 0, second_size = 0;
    if (wire_encode(msg, &first, &first_size, NULL) != ERR_OK)
        return 0; /* a command of a later version */
    AUTO(wire_msg) again = NULL;
    assert(wire_decode(first, first_size, &again, NULL) == ERR_OK);
    assert(wire_encode(again, &second, &second_size, NULL) == ERR_OK);
    assert(first_size == second_size && memcmp(first, second, first_size) == 0);
    return 0;
}

/* Any text as zi-id notation: what it names is a version of the zone, and each refusal says why.
 * First byte: number of versions, and whether one is published. */
#include "controller/domain/zi_ref.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

enum { VERSIONS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t count = data[0] % (VERSIONS + 1);
    int64_t published = data[0] >= 128 && count > 0 ? 17 + (int64_t)count / 2 : 0;
    wall_t now = {INT64_C(1735050600) * 1000000}; /* 2024-12-24 14:30 */
    zi_ref_item_t items[VERSIONS];
    for (size_t i = 0; i < count; i++) /* newest first; a day apart, the newest an hour old */
        items[i] = (zi_ref_item_t){17 + (int64_t)(count - i), {now.us - (3600 + 86400 * (int64_t)i) * 1000000}};
    AUTO_FREE char *text = auto_strndup((const char *)data + 1, size - 1);
    AUTO_ERR info = ERR_INFO_INIT;
    int64_t number = -1;
    int64_t id = -1;
    bool plain = zi_ref_number(text, &number);
    err_t err = zi_ref_resolve(text, items, count, published, now, &id, &info);
    if (plain) {
        assert(err == ERR_OK && id == number && number >= 0);
        return 0;
    }
    if (err != ERR_OK) {
        assert(info.code == err && info.message != NULL && err_row(err)->class == ERR_CLASS_USER);
        return 0;
    }
    bool known = false;
    for (size_t i = 0; i < count; i++)
        known = known || items[i].id == id;
    assert(known);
    return 0;
}

#include "shared/utf8.h"
#include <string.h>

size_t utf8_len(const char *p, size_t max)
{
    const unsigned char *c = (const unsigned char *)p;
    if (max == 0)
        return 0;
    if (c[0] < 0x80)
        return 1;
    size_t n = c[0] >= 0xc2 && c[0] < 0xe0 ? 2 : c[0] >= 0xe0 && c[0] < 0xf0 ? 3 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > max)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Overlong forms, surrogates and what is beyond U+10FFFF */
    bool bad = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
               (c[0] == 0xf4 && c[1] > 0x8f);
    return bad ? 0 : n;
}

bool utf8_ok(const char *text)
{
    for (size_t len = strlen(text), n = 1; len > 0; text += n, len -= n) {
        n = utf8_len(text, len);
        if (n == 0)
            return false;
    }
    return true;
}

void utf8_mend(char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(text + i, len - i);
        if (n == 0)
            text[i] = '?';
        i += n > 0 ? n : 1;
    }
}

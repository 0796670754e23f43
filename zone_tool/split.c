#include "zone_tool/split.h"
#include <stdlib.h>
#include <string.h>

void words_done(words_t *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
    *words = (words_t){0};
}

void split_add(words_t *words, const char *text, size_t length)
{
    words->items = auto_grow(words->items, &words->cap, words->count + 2, sizeof *words->items);
    words->items[words->count++] = auto_strndup(text, length);
    words->items[words->count] = NULL; /* so that it is an argument vector, too */
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* One word from *p on into buf (large enough for the whole line); NULL or what is wrong. */
static err_t one_word(const char *line, const char **p, char *buf, size_t *length, err_info_t *reterr)
{
    const char *s = *p;
    size_t n = 0;
    while (*s != '\0' && !blank(*s)) {
        if (*s == '\'' || *s == '"') {
            const char *open = s;
            for (s++; *s != *open; s++) {
                if (*s == '\0') {
                    err_set(reterr, ERR_INVALID_ARGUMENT, "quote %c at column %zu is not closed", *open,
                            (size_t)(open - line) + 1);
                    err_hint(reterr, "close it, or put \\ before a quote that is meant as itself");
                    return ERR_INVALID_ARGUMENT;
                }
                if (*open == '"' && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
                    s++;
                buf[n++] = *s;
            }
            s++;
        } else if (*s == '\\') {
            if (s[1] == '\0')
                return err_set(reterr, ERR_INVALID_ARGUMENT, "nothing follows the backslash at column %zu",
                               (size_t)(s - line) + 1);
            buf[n++] = s[1];
            s += 2;
        } else {
            buf[n++] = *s++;
        }
    }
    *p = s;
    *length = n;
    return ERR_OK;
}

err_t split_words(const char *line, words_t *ret_words, err_info_t *reterr)
{
    AUTO_WORDS words = {0};
    AUTO_FREE char *buf = auto_malloc(strlen(line) + 1);
    for (const char *p = line;;) {
        while (blank(*p))
            p++;
        if (*p == '\0' || *p == '#')
            break;
        size_t length;
        err_t err = one_word(line, &p, buf, &length, reterr);
        if (err != ERR_OK)
            return err;
        split_add(&words, buf, length);
    }
    *ret_words = words;
    words = (words_t){0};
    return ERR_OK;
}

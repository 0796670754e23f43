#include "zone_tool/pager.h"
#include "zone_tool/run.h"
#include "zone_tool/split.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool fits(const char *text, size_t length)
{
    struct winsize size;
    unsigned rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1)
        rows = size.ws_row;
    unsigned lines = 1; /* the prompt */
    for (const char *p = text; p < text + length && lines <= rows; p++) {
        if (*p == '\n')
            lines++;
    }
    return lines <= rows;
}

static bool is_less(const char *program)
{
    size_t n = strlen(program);
    return n >= 4 && strcmp(program + n - 4, "less") == 0;
}

bool pager_show(const char *text, size_t length, bool restricted)
{
    static const char *const usual[] = {"/usr/bin/pager", "/usr/bin/less", "/usr/bin/more", "/bin/more"};
    AUTO_WORDS words = {0};
    if (fits(text, length))
        return false;
    const char *pager = getenv("PAGER");
    if (restricted) {
        setenv("LESSSECURE", "1", 1);
        split_add(&words, "/usr/bin/less", 64);
    } else if (pager == NULL || *pager == '\0' || split_words(pager, &words, NULL) != ERR_OK || words.count == 0) {
        for (size_t i = 0; i < ARRAY_SIZE(usual) && words.count == 0; i++) {
            if (access(usual[i], X_OK) == 0)
                split_add(&words, usual[i], 64);
        }
    }
    if (words.count == 0)
        return false;
    /* -R colours, -E leave at the end, -X leave the text on the screen */
    if (words.count == 1 && (is_less(words.items[0]) || strcmp(words.items[0], "/usr/bin/pager") == 0) &&
        getenv("LESS") == NULL)
        split_add(&words, "-REX", 4);
    int status;
    return run_filter(words.items, text, length, &status) == ERR_OK && status != 127;
}

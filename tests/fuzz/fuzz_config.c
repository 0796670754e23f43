/* Any bytes as a configuration file; what is accepted prints as a file that is accepted and prints the same. */
#include "shared/config.h"
#include "tests/fuzz/fuzz.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    char *text, *path;
    int64_t number, ms, bytes;
    bool on;
} values_t;

static const config_row_t ROWS[] = {
    {"a", "text", CONFIG_TEXT, "x", 0, 0, NULL, "A text.", offsetof(values_t, text)},
    {"a", "path", CONFIG_PATH, NULL, 0, 0, NULL, "A path.", offsetof(values_t, path)},
    {"a", "number", CONFIG_INT, "1", 0, 0, NULL, "A number.", offsetof(values_t, number)},
    {"b", "ms", CONFIG_DURATION_MS, "5s", 0, 0, NULL, "A time.", offsetof(values_t, ms)},
    {"b", "bytes", CONFIG_BYTES, "1K", 0, 1 << 30, NULL, "A size.", offsetof(values_t, bytes)},
    {"b", "on", CONFIG_BOOL, "no", 0, 0, NULL, "A switch.", offsetof(values_t, on)},
};
static const config_table_t TABLE = {"fuzz", "fuzz target", ROWS, ARRAY_SIZE(ROWS)};

static char *load_and_print(const void *data, size_t size)
{
    AUTO_FD fd = memfd_create("config", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    AUTO_FREE char *path = auto_printf("/proc/self/fd/%d", fd);
    AUTO_ERR info = ERR_INFO_INIT;
    values_t values = {0};
    char *text = NULL;
    size_t len = 0;
    if (config_load(&TABLE, path, &values, &info) == ERR_OK) {
        FILE *out = open_memstream(&text, &len);
        config_print(&TABLE, &values, out);
        fclose(out);
    }
    config_done(&TABLE, &values);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *first = load_and_print(data, size);
    if (first == NULL)
        return 0;
    AUTO_FREE char *second = load_and_print(first, strlen(first));
    if (second == NULL || strcmp(first, second) != 0) {
        fprintf(stderr, "%s\n--- again:\n%s\n", first, second != NULL ? second : "refused");
        abort();
    }
    return 0;
}

/* Replays a corpus without libFuzzer: fuzz_X FOLDER|FILE ... */
#include "tests/fuzz/fuzz.h"
#include "shared/auto.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 20 };

static int replay_file(const char *path)
{
    AUTO_FILE in = fopen(path, "re");
    if (in == NULL) {
        perror(path);
        return -1;
    }
    AUTO_FREE char *buffer = auto_malloc(INPUT_MAX);
    size_t len = fread(buffer, 1, INPUT_MAX, in);
    AUTO_FREE uint8_t *input = auto_malloc(len); /* of its exact size, so that the sanitizer sees a step behind it */
    memcpy(input, buffer, len);
    LLVMFuzzerTestOneInput(input, len);
    return 1;
}

static int replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return replay_file(path);
    struct dirent **files;
    int n = scandir(path, &files, NULL, alphasort);
    if (n < 0) {
        perror(path);
        return -1;
    }
    int done = 0;
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *file = auto_printf("%s/%s", path, files[i]->d_name);
        if (files[i]->d_name[0] != '.' && done >= 0)
            done = replay_file(file) < 0 ? -1 : done + 1;
        free(files[i]);
    }
    free(files);
    return done;
}

int main(int argc, char **argv)
{
    int sum = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay(argv[i]);
        if (n <= 0) {
            fprintf(stderr, "%s: no inputs\n", argv[i]);
            return 1;
        }
        sum += n;
    }
    printf("%d inputs\n", sum);
    return sum > 0 ? 0 : 1;
}

#include "zone_tool/diff.h"
#include "zone_tool/run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A nameless file that the child sees as /dev/fd/N: nothing to clean up, nothing for others to see. */
static int text_fd(const char *text)
{
    int fd = memfd_create("zone", 0);
    size_t length = strlen(text);
    for (size_t done = 0; fd >= 0 && done < length;) {
        ssize_t n = write(fd, text + done, length - done);
        if (n < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

err_t diff_texts(const char *old_text, const char *new_text, const char *old_name, const char *new_name, bool colour, FILE *to,
                 err_info_t *reterr)
{
    AUTO_FD old_fd = text_fd(old_text);
    AUTO_FD new_fd = text_fd(new_text);
    if (old_fd < 0 || new_fd < 0)
        return err_set(reterr, ERR_IO, "text for diff could not be written: %s", strerror(errno));
    AUTO_FREE char *old_path = auto_printf("/dev/fd/%d", old_fd);
    AUTO_FREE char *new_path = auto_printf("/dev/fd/%d", new_fd);
    AUTO_FREE char *old_label = auto_printf("--label=%s", old_name);
    AUTO_FREE char *new_label = auto_printf("--label=%s", new_name);
    char program[] = "diff", unified[] = "-u", coloured[] = "--color=always", plain[] = "--color=never";
    char *argv[] = {program, unified, colour ? coloured : plain, old_label, new_label, old_path, new_path, NULL};
    AUTO_FREE char *text = NULL;
    size_t length = 0;
    int status = 0;
    err_t err = run_capture(argv, &text, &length, &status, reterr);
    if (err != ERR_OK)
        return err;
    if (status > 1)
        return err_set(reterr, ERR_IO, "diff could not compare the texts (exit code %d)", status);
    fwrite(text, 1, length, to);
    return ERR_OK;
}

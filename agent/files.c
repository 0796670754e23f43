#include "agent/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static err_t io_error(err_info_t *reterr, const char *what, const char *path)
{
    return err_set(reterr, ERR_IO, "could not %s \"%s\": %s", what, path, strerror(errno));
}

static err_t write_all(int fd, const void *bytes, size_t size, const char *path, err_info_t *reterr)
{
    const char *p = bytes;
    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_error(reterr, "write", path);
        p += n;
        size -= (size_t)n;
    }
    return ERR_OK;
}

err_t files_write(const char *path, const void *bytes, size_t size, unsigned mode, err_info_t *reterr)
{
    AUTO_FREE char *temp = auto_printf("%s.new", path);
    unlink(temp); /* left by a crash, perhaps with other rights */
    AUTO_FD fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return io_error(reterr, "create", temp);
    err_t e = fchmod(fd, mode) == 0 ? ERR_OK : io_error(reterr, "set the mode of", temp);
    if (e == ERR_OK)
        e = write_all(fd, bytes, size, temp, reterr);
    if (e == ERR_OK)
        e = files_commit(temp, path, reterr);
    if (e != ERR_OK)
        unlink(temp);
    return e;
}

err_t files_append(const char *path, const void *bytes, size_t size, unsigned mode, err_info_t *reterr)
{
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return io_error(reterr, "open", path);
    if (fchmod(fd, mode) != 0)
        return io_error(reterr, "set the mode of", path);
    return write_all(fd, bytes, size, path, reterr);
}

err_t files_commit(const char *path, const char *new_path, err_info_t *reterr)
{
    AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fdatasync(fd) != 0)
        return io_error(reterr, "sync", path);
    if (rename(path, new_path) != 0)
        return io_error(reterr, "rename to", new_path);
    return ERR_OK;
}

err_t files_read(const char *path, char **ret_text, err_info_t *reterr)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return io_error(reterr, "open", path);
    if (!S_ISREG(st.st_mode) || st.st_size > FILES_READ_MAX)
        return err_set(reterr, ERR_IO, "\"%s\" is not a plain file of at most %d bytes", path, FILES_READ_MAX);
    size_t size = (size_t)st.st_size, have = 0;
    AUTO_FREE char *text = auto_malloc(size + 1);
    while (have < size) {
        ssize_t n = read(fd, text + have, size - have);
        if (n < 0 && errno != EINTR)
            return io_error(reterr, "read", path);
        if (n == 0)
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    text[have] = '\0';
    *ret_text = text;
    text = NULL;
    return ERR_OK;
}

err_t files_mkdir(const char *path, unsigned mode, err_info_t *reterr)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return io_error(reterr, "create directory", path);
    return ERR_OK;
}

/* Names are canonical already (wire.h), at most 1,000 bytes of text; a file name may have 255 with named's own
 * suffixes (.jnl, .jbk, temporary ones): long names end in a hash. */
char *files_zone_name(const char *zone, const char *suffix)
{
    enum { NAME_MAX_OWN = 200, KEEP = 120 };
    size_t len = strlen(zone);
    char *name = auto_calloc(len * 3 + 2, 1);
    size_t n = 0;
    for (size_t i = 0; i < len && !(i == len - 1 && len > 1); i++) {
        unsigned char c = (unsigned char)zone[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && n > 0);
        n += (size_t)sprintf(name + n, plain ? "%c" : "%%%02x", c);
    }
    if (n > NAME_MAX_OWN) {
        unsigned char hash[16];
        char hex[33];
        crypto_generichash(hash, sizeof hash, (const unsigned char *)zone, len, NULL, 0);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        snprintf(name + KEEP, len * 3 + 2 - KEEP, "%%%s", hex);
    }
    char *out = auto_printf("%s%s", name, suffix);
    free(name);
    return out;
}

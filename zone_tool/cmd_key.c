/* generate_tsig_key: a key for transfers to servers that are not ours.  Made here, sent nowhere. */
#include "zone_tool/command.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 128 };

/* Secrets are as long as the block of the hash: longer ones would be hashed down, shorter ones padded (RFC 2104 section 3). */
static const struct { const char *name, *algorithm; size_t bytes;
} HMACS[] = {{"hmac-md5", "hmac-md5", 64},       {"hmac-sha1", "hmac-sha1", 64},     {"hmac-sha224", "hmac-sha224", 64},   {"hmac-sha256", "hmac-sha256", 64},
             {"hmac-sha384", "hmac-sha384", 128}, {"hmac-sha512", "hmac-sha512", 128}, {"hmac-512", "hmac-sha512", 128}};

static char *base64(const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = auto_calloc((count + 2) / 3 * 4 + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < count; i += 3) {
        unsigned triple = (unsigned)bytes[i] << 16 | (i + 1 < count ? (unsigned)bytes[i + 1] << 8 : 0) | (i + 2 < count ? bytes[i + 2] : 0);
        text[used++] = digits[triple >> 18];
        text[used++] = digits[triple >> 12 & 63];
        text[used++] = '=';
        text[used++] = '=';
        if (i + 1 < count)
            text[used - 2] = digits[triple >> 6 & 63];
        if (i + 2 < count)
            text[used - 1] = digits[triple & 63];
    }
    return text;
}

static char *key_text(const char *name, size_t hmac, err_info_t *reterr)
{
    unsigned char secret[SECRET_MAX];
    size_t bytes = HMACS[hmac].bytes;
    if (getrandom(secret, bytes, 0) != (ssize_t)bytes) {
        err_set(reterr, ERR_IO, "no random bytes: %s", strerror(errno));
        return NULL;
    }
    AUTO_FREE char *text = base64(secret, bytes);
    explicit_bzero(secret, sizeof secret);
    return auto_printf("key \"%s\" {\n\talgorithm %s;\n\tsecret \"%s\";\n};\n", name, HMACS[hmac].algorithm, text);
}

/* Readable for root and named only, also while it is being written; an old file is replaced in one step. */
static err_t write_key(const char *path, const char *text, err_info_t *reterr)
{
    AUTO_FREE char *new_path = auto_printf("%s.XXXXXX", path);
    const struct group *bind = getgrnam("bind");
    int fd = mkstemp(new_path); /* 0600 */
    size_t length = strlen(text);
    if (fd < 0)
        return err_set(reterr, ERR_IO, "cannot write \"%s\": %s", path, strerror(errno));
    bool ok = write(fd, text, length) == (ssize_t)length && (bind == NULL || fchown(fd, 0, bind->gr_gid) == 0) && fchmod(fd, bind != NULL ? 0640 : 0600) == 0 &&
              fsync(fd) == 0;
    int error = errno;
    ok = close(fd) == 0 && ok;
    if (ok && rename(new_path, path) == 0)
        return ERR_OK;
    error = ok ? errno : error;
    unlink(new_path);
    return err_set(reterr, ERR_IO, "cannot write \"%s\": %s", path, strerror(error));
}

static bool is_key_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return name[0] != '\0' && strlen(name) <= 255 && name[strspn(name, allowed)] == '\0';
}

static err_t check(const args_t *args, size_t *ret_hmac, err_info_t *reterr)
{
    const char *wanted = args_word(args, 1) != NULL ? args->words[1] : "hmac-sha256";
    if (!is_key_name(args->words[0]))
        return err_set(reterr, ERR_INVALID_ARGUMENT, "key name \"%.100s\" is not letters, digits, - _ and .", args->words[0]);
    for (size_t i = 0; i < ARRAY_SIZE(HMACS); i++) {
        if (strcasecmp(HMACS[i].name, wanted) == 0) {
            *ret_hmac = i;
            return ERR_OK;
        }
    }
    err_set(reterr, ERR_INVALID_HMAC_TYPE, "HMAC type \"%.40s\" is not known", wanted);
    err_hint(reterr, "hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512");
    return ERR_INVALID_HMAC_TYPE;
}

int cmd_key_generate(tool_t *tool, const args_t *args)
{
    AUTO_ERR info = ERR_INFO_INIT;
    size_t hmac = 0;
    const char *file = args_word(args, 2);
    if (check(args, &hmac, &info) != ERR_OK)
        return tool_fail(tool, &info);
    if (file != NULL && geteuid() != 0) {
        err_set(&info, ERR_FORBIDDEN, "only root can write a key file");
        return tool_fail(tool, &info);
    }
    int code = file != NULL ? tool_confirm(tool, args->command->verb, args_has(args, 'f')) : EXIT_OK;
    if (code != EXIT_OK)
        return code;
    AUTO_FREE char *text = key_text(args->words[0], hmac, &info);
    if (text == NULL)
        return tool_fail(tool, &info);
    if (file == NULL) {
        fputs(text, output_file(tool->out));
        return EXIT_OK;
    }
    AUTO_FREE char *path = file[0] == '/' ? auto_strdup(file) : auto_printf("/etc/dms/bind/%s", file);
    return write_key(path, text, &info) == ERR_OK ? EXIT_OK : tool_fail(tool, &info);
}

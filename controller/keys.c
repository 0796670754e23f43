#include "controller/keys.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

err_t keys_create(const char *path, err_info_t *reterr)
{
    if (access(path, F_OK) == 0)
        return ERR_OK;
    AUTO(zcert) cert = zcert_new();
    mode_t mask = umask(077);
    int failed = zcert_save_secret(cert, path);
    umask(mask);
    if (failed != 0 || chmod(path, 0600) != 0)
        return err_set(reterr, ERR_IO, "could not write the key \"%s\": %s", path, strerror(errno));
    return ERR_OK;
}

err_t keys_load(const char *path, zcert_t **ret_cert, err_info_t *reterr)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        err_set(reterr, ERR_CONFIG, "could not read the key \"%s\": %s", path, strerror(errno));
        err_hint(reterr, "dms-controller --init-keys creates it");
        return ERR_CONFIG;
    }
    if ((st.st_mode & 077) != 0)
        return err_set(reterr, ERR_CONFIG, "the key \"%s\" can be read by others: mode %04o", path,
                       (unsigned)(st.st_mode & 07777));
    AUTO(zcert) cert = zcert_load(path);
    if (cert == NULL || strspn(zcert_secret_txt(cert), "0") == strlen(zcert_secret_txt(cert)))
        return err_set(reterr, ERR_CONFIG, "\"%s\" is not a CURVE certificate with a secret key", path);
    *ret_cert = cert;
    cert = NULL;
    return ERR_OK;
}

#include "agent/init.h"
#include "agent/files.h"
#include "agent/keyfile.h"
#include "agent/template.h"
#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static err_t make_dir_of(const char *path, err_info_t *reterr)
{
    AUTO_FREE char *copy = auto_strdup(path);
    return files_mkdir(dirname(copy), 0750, reterr);
}

static err_t make_dirs(const settings_t *s, err_info_t *reterr)
{
    err_t e = files_mkdir(s->state_dir, 0750, reterr);
    if (e == ERR_OK)
        e = files_mkdir(s->work_dir, 0770, reterr);
    if (e == ERR_OK)
        e = files_mkdir(s->zone_dir, 02770, reterr); /* agent and named share it through its group */
    const char *const files[] = {s->key_file, s->named_conf, s->control_key_file, s->update_key_file};
    for (size_t i = 0; i < ARRAY_SIZE(files) && e == ERR_OK; i++)
        e = make_dir_of(files[i], reterr);
    return e;
}

static err_t make_cert(const char *path, err_info_t *reterr)
{
    if (access(path, F_OK) == 0)
        return ERR_OK;
    AUTO(zcert) cert = zcert_new();
    mode_t mask = umask(077);
    int r = zcert_save_secret(cert, path);
    umask(mask);
    if (r != 0 || chmod(path, 0600) != 0)
        return err_set(reterr, ERR_IO, "could not write \"%s\": %s", path, strerror(errno));
    return ERR_OK;
}

static err_t make_named_conf(const settings_t *s, wire_role_t role, err_info_t *reterr)
{
    if (access(s->named_conf, F_OK) == 0)
        return ERR_OK;
    AUTO_FREE char *text = NULL;
    wire_server_config_t empty = {.role = role};
    err_t e = template_render(s, &empty, &text, reterr);
    return e == ERR_OK ? files_write(s->named_conf, text, strlen(text), 0640, reterr) : e;
}

err_t init_run(const settings_t *settings, wire_role_t role, err_info_t *reterr)
{
    err_t e = make_dirs(settings, reterr);
    if (e == ERR_OK)
        e = make_cert(settings->key_file, reterr);
    if (e == ERR_OK)
        e = keyfile_create(settings->control_key_file, "dms-control", reterr);
    if (e == ERR_OK)
        e = keyfile_create(settings->update_key_file, "dms-update", reterr);
    return e == ERR_OK ? make_named_conf(settings, role, reterr) : e;
}

err_t init_load_cert(const settings_t *settings, zcert_t **ret_cert, err_info_t *reterr)
{
    struct stat st;
    if (stat(settings->key_file, &st) != 0) {
        err_set(reterr, ERR_CONFIG, "could not read the key \"%s\": %s", settings->key_file, strerror(errno));
        err_hint(reterr, "dms-agent --init creates it");
        return ERR_CONFIG;
    }
    if ((st.st_mode & 077) != 0)
        return err_set(reterr, ERR_CONFIG, "the key \"%s\" can be read by others: mode %04o", settings->key_file,
                       (unsigned)(st.st_mode & 07777));
    AUTO(zcert) cert = zcert_load(settings->key_file);
    if (cert == NULL || strspn(zcert_secret_txt(cert), "0") == strlen(zcert_secret_txt(cert)))
        return err_set(reterr, ERR_CONFIG, "\"%s\" is not a CURVE certificate with a secret key", settings->key_file);
    *ret_cert = cert;
    cert = NULL;
    return ERR_OK;
}

#include "controller/domain/zone_rights.h"
#include <string.h>
#include <strings.h>

static const char REST[] = "-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@";

static bool is_word(const char *text)
{
    return strspn(text, REST + 2) >= 1 && *text != '.' && *text != '@' && strspn(text, REST) == strlen(text);
}

enum { LOGIN_MAX = 512, REFERENCE_MAX = 1024, SECTAG_MAX = 60 };

err_t zone_rights_login_id(const char *login_id, err_info_t *reterr)
{
    err_t e = ERR_OK;
    const char *why = NULL;
    if (login_id == NULL || *login_id == '\0') {
        why = "it is missing";
        e = ERR_LOGIN_ID_INVALID;
    } else if (strlen(login_id) > LOGIN_MAX) {
        why = "it is longer than 512 characters";
        e = ERR_LOGIN_ID_INVALID;
    } else if (!is_word(login_id)) {
        why = "it must begin with a letter or digit and consist of letters, digits and - _ . @";
        e = ERR_LOGIN_ID_FORMAT;
    }
    if (e == ERR_OK)
        return e;
    err_set(reterr, e, "login id is not valid: %s", why);
    if (e == ERR_LOGIN_ID_FORMAT)
        err_key(reterr, "login_id", login_id);
    err_key(reterr, "error", why);
    return e;
}

bool zone_rights_reference_ok(const char *reference)
{
    return strlen(reference) <= REFERENCE_MAX && is_word(reference);
}

bool zone_rights_sectag_ok(const char *label)
{
    return strlen(label) <= SECTAG_MAX && is_word(label) && strchr(label, '@') == NULL;
}

err_t zone_rights_reference(const char *reference, err_info_t *reterr)
{
    if (zone_rights_reference_ok(reference))
        return ERR_OK;
    static const char why[] =
        "it must begin with a letter or digit and consist of up to 1024 letters, digits and - _ . @";
    err_set(reterr, ERR_REFERENCE_FORMAT, "reference \"%.100s\" is not well formed: %s", reference, why);
    err_key(reterr, "reference", reference);
    err_key(reterr, "error", why);
    return ERR_REFERENCE_FORMAT;
}

err_t zone_rights_parent(bool admin, const char *name, const char *reference, const char *parent,
                         const char *parent_reference, err_info_t *reterr)
{
    if (admin || parent_reference == NULL || (reference != NULL && strcasecmp(reference, parent_reference) == 0))
        return ERR_OK;
    if (parent != NULL)
        err_set(reterr, ERR_ZONE_EXISTS, "zone \"%s\" lies below zone \"%s\", which belongs to somebody else", name, parent);
    else
        err_set(reterr, ERR_ZONE_EXISTS, "zone \"%s\" lies below a zone that belongs to somebody else", name);
    err_key(reterr, "name", parent != NULL ? parent : name);
    return ERR_ZONE_EXISTS;
}

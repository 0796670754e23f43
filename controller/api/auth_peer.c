/* The unix socket: the kernel says who the peer is. */
#include "controller/api/auth_priv.h"
#include <pwd.h>
#include <unistd.h>

static bool common(const gid_t *a, size_t a_count, const gid_t *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++) {
        for (size_t k = 0; k < b_count; k++) {
            if (a[i] == b[k])
                return true;
        }
    }
    return false;
}

static char *user_name(uid_t uid)
{
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        return auto_strdup(found->pw_name);
    return auto_printf("uid%u", (unsigned)uid);
}

err_t auth_peer(const auth_t *self, uid_t uid, const gid_t *groups, size_t group_count, auth_caller_t *ret_caller,
                err_info_t *reterr)
{
    bool admin = uid == 0 || uid == getuid() || common(groups, group_count, self->admin, self->admin_count);
    if (!admin && !common(groups, group_count, self->helpdesk, self->helpdesk_count)) {
        AUTO_FREE char *name = user_name(uid);
        err_set(reterr, ERR_FORBIDDEN, "user \"%s\" is in no administrator or help desk group", name);
        err_hint(reterr, "admin_groups and helpdesk_groups in section [auth] of the controller's configuration");
        return ERR_FORBIDDEN;
    }
    *ret_caller = (auth_caller_t){.caller.role = admin ? ROLE_ADMIN : ROLE_HELPDESK,
                                  .role_name = auto_strdup(admin ? "admin" : "helpdesk"),
                                  .sectag = auto_strdup("Admin"),
                                  .login = user_name(uid),
                                  .front_end = auto_strdup("socket")};
    auth_caller_finish(ret_caller);
    return ERR_OK;
}

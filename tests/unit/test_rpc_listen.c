/* Where the API listens and whom it knows at the socket. */
#include "controller/api/auth.h"
#include "controller/api/listen.h"
#include "tests/unit/check_run.h"
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char s_dir[] = "/tmp/test_rpc_listenXXXXXX";

START_TEST(unix_socket)
{
    ck_assert_ptr_nonnull(mkdtemp(s_dir));
    AUTO_FREE char *path = auto_printf("%s/sock", s_dir);
    AUTO_ERR info = ERR_INFO_INIT;
    int fd = -1, second = -1;
    struct stat st;
    ck_assert_int_eq(listen_unix(path, NULL, &fd, &info), ERR_OK);
    ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0660);
    ck_assert_int_eq(listen_unix(path, NULL, &second, &info), ERR_IO); /* somebody listens */
    ck_assert(stat(path, &st) == 0);
    close(fd);
    ck_assert_int_eq(listen_unix(path, NULL, &fd, &info), ERR_OK); /* left behind */
    close(fd);
    unlink(path);
    FILE *file = fopen(path, "w");
    fclose(file);
    ck_assert_int_eq(listen_unix(path, NULL, &fd, &info), ERR_CONFIG); /* not ours to remove */
    ck_assert(stat(path, &st) == 0 && S_ISREG(st.st_mode));
    unlink(path);
    ck_assert_int_eq(listen_unix(path, "no-such-group", &fd, &info), ERR_CONFIG);
    ck_assert(stat(path, &st) != 0);
    rmdir(s_dir);
}
END_TEST

START_TEST(tcp)
{
    static const char *const BAD[] = {"0.0.0.0:0",
                                      "[::]:0",
                                      "192.0.2.1:80",
                                      "[2001:db8::1]:80",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:x",
                                      "127.0.0.1:*x",
                                      "127.0.0.1:70000",
                                      "localhost:80",
                                      ":80",
                                      ""};
    AUTO_ERR info = ERR_INFO_INIT;
    int fd = -1, port = 0;
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++)
        ck_assert_msg(listen_tcp(BAD[i], true, &fd, &port, &info) == ERR_CONFIG, "%s", BAD[i]);
    ck_assert_int_eq(listen_tcp("127.0.0.1:*", true, &fd, &port, &info), ERR_OK);
    ck_assert_int_gt(port, 0);
    AUTO_FREE char *taken = auto_printf("127.0.0.1:%d", port);
    int second = -1;
    ck_assert_int_eq(listen_tcp(taken, true, &second, &port, &info), ERR_IO);
    close(fd);
    ck_assert_int_eq(listen_tcp("0.0.0.0:0", false, &fd, &port, &info), ERR_OK);
    close(fd);
}
END_TEST

START_TEST(peers)
{
    AUTO_ERR info = ERR_INFO_INIT;
    const struct group *group = getgrnam("daemon");
    ck_assert(group != NULL);
    gid_t admin = group->gr_gid;
    group = getgrnam("mail");
    ck_assert(group != NULL);
    gid_t helpdesk = group->gr_gid;
    AUTO(auth) auth = NULL;
    ck_assert_int_eq(auth_new("no-such-group", NULL, NULL, &auth, &info), ERR_CONFIG);
    ck_assert_int_eq(auth_new("daemon", " mail ,", NULL, &auth, &info), ERR_OK);
    const struct {
        uid_t uid;
        gid_t groups[2];
        err_t err;
        caller_role_t role;
    } CASES[] = {{0, {60001, 60002}, ERR_OK, ROLE_ADMIN},        {getuid(), {60001, 60002}, ERR_OK, ROLE_ADMIN},
                 {60000, {60001, admin}, ERR_OK, ROLE_ADMIN},    {60000, {helpdesk, 60002}, ERR_OK, ROLE_HELPDESK},
                 {60000, {helpdesk, admin}, ERR_OK, ROLE_ADMIN}, {60000, {60001, 60002}, ERR_FORBIDDEN, ROLE_ADMIN}};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        auth_caller_t caller = {0};
        ck_assert_int_eq(auth_peer(auth, CASES[i].uid, CASES[i].groups, 2, &caller, &info), CASES[i].err);
        if (CASES[i].err != ERR_OK)
            continue;
        ck_assert_int_eq(caller.caller.role, CASES[i].role);
        ck_assert_str_eq(caller.caller.front_end, "socket");
        ck_assert(caller.caller.sectag_id == 0 && caller.caller.login != NULL);
        if (CASES[i].uid == 60000)
            ck_assert_str_eq(caller.caller.login, "uid60000");
        auth_caller_done(&caller);
    }
}
END_TEST

CHECK_MAIN("rpc_listen", unix_socket, tcp, peers)

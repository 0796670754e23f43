#include "agent/files.h"
#include "agent/keyfile.h"
#include "agent/state.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(zone_names)
{
    static const char *const names[][2] = {
        {"example.org.", "example.org.db"},
        {".", "%2e.db"},
        {"0/25.2.0.192.in-addr.arpa.", "0%2f25.2.0.192.in-addr.arpa.db"},
        {"_x.a.", "_x.a.db"},
        {"\\..a.", "%5c..a.db"},
        {"a%2fb.", "a%252fb.db"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        AUTO_FREE char *file = files_zone_name(names[i][0], ".db");
        ck_assert_str_eq(file, names[i][1]);
        ck_assert_ptr_null(strchr(file, '/'));
    }
    char a[260], b[260];
    memset(a, 'x', sizeof a);
    strcpy(a + 250, ".test.");
    memcpy(b, a, sizeof a);
    b[249] = 'y';
    AUTO_FREE char *fa = files_zone_name(a, ".2026112300.db"), *fb = files_zone_name(b, ".2026112300.db");
    ck_assert_str_ne(fa, fb);
    ck_assert_uint_lt(strlen(fa), 230);
}
END_TEST

START_TEST(write_is_whole_and_has_its_mode)
{
    char dir[] = "/tmp/dms-files-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    AUTO_FREE char *path = auto_printf("%s/f", dir), *temp = auto_printf("%s/f.new", dir);
    ck_assert_int_eq(files_write(path, "one", 3, 0640, NULL), ERR_OK);
    ck_assert_int_eq(files_write(temp, "left by a crash", 15, 0644, NULL), ERR_OK);
    ck_assert_int_eq(files_write(path, "two", 3, 0600, NULL), ERR_OK);
    AUTO_FREE char *text = NULL;
    ck_assert_int_eq(files_read(path, &text, NULL), ERR_OK);
    ck_assert_str_eq(text, "two");
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_ne(access(temp, F_OK), 0);
    ck_assert_int_eq(files_write("/nowhere/f", "x", 1, 0600, NULL), ERR_IO);
    unlink(path);
    rmdir(dir);
}
END_TEST

START_TEST(key_file)
{
    char dir[] = "/tmp/dms-files-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    AUTO_FREE char *path = auto_printf("%s/k", dir);
    keyfile_t one = {0}, two = {0};
    ck_assert_int_eq(keyfile_create(path, "dms-control", NULL), ERR_OK);
    ck_assert_int_eq(keyfile_read(path, &one, NULL), ERR_OK);
    ck_assert_str_eq(one.name, "dms-control");
    ck_assert_uint_eq(one.secret_size, 32);
    ck_assert_int_eq(keyfile_create(path, "other", NULL), ERR_OK);
    ck_assert_int_eq(keyfile_read(path, &two, NULL), ERR_OK);
    ck_assert_mem_eq(one.secret, two.secret, 32);
    static const char md5[] = "key \"k\" { algorithm hmac-md5; secret \"c2VjcmV0\"; };";
    ck_assert_int_eq(files_write(path, md5, strlen(md5), 0600, NULL), ERR_OK);
    AUTO_ERR info = ERR_INFO_INIT;
    ck_assert_int_eq(keyfile_read(path, &one, &info), ERR_CONFIG);
    ck_assert_ptr_null(strstr(info.message, "c2VjcmV0"));
    unlink(path);
    rmdir(dir);
}
END_TEST

START_TEST(state_never_goes_back_and_is_never_guessed)
{
    char dir[] = "/tmp/dms-files-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    AUTO_FREE char *path = auto_printf("%s/agent.state", dir);
    AUTO(state) s = NULL;
    ck_assert_int_eq(state_open(dir, &s, NULL), ERR_OK);
    ck_assert_uint_eq(state_epoch(s), 0);
    ck_assert_int_eq(state_set_epoch(s, 9, NULL), ERR_OK);
    ck_assert_int_eq(state_set_epoch(s, 3, NULL), ERR_OK);
    ck_assert_int_eq(state_set_generation(s, UINT64_MAX, NULL), ERR_OK);
    state_destroy(&s);
    ck_assert_int_eq(state_open(dir, &s, NULL), ERR_OK);
    ck_assert_uint_eq(state_epoch(s), 9);
    ck_assert_uint_eq(state_generation(s), UINT64_MAX);
    state_destroy(&s);
    static const char *const bad[] = {"", "epoch 9\n", "epoch -1\ngeneration 2\n", "epoch 9\ngeneration 2x\n",
                                      "epoch 99999999999999999999\ngeneration 2\n"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_int_eq(files_write(path, bad[i], strlen(bad[i]), 0600, NULL), ERR_OK);
        ck_assert_int_eq(state_open(dir, &s, NULL), ERR_CONFIG);
    }
    unlink(path);
    rmdir(dir);
}
END_TEST

CHECK_MAIN("agent_files", zone_names, write_is_whole_and_has_its_mode, key_file,
           state_never_goes_back_and_is_never_guessed)

#include "agent/template.h"
#include "tests/unit/check_run.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Render a template text; NULL: refused, and *ret_why says why. */
static char *render(const char *template, const wire_server_config_t *config, char **ret_why)
{
    char path[] = "/tmp/dms-template-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, template, strlen(template)), (ssize_t)strlen(template));
    close(fd);
    settings_t s = {.template = path, .work_dir = (char[]){"/w"}, .dns_port = 5300};
    char *text = NULL;
    AUTO_ERR info = ERR_INFO_INIT;
    err_t e = template_render(&s, config, &text, &info);
    if (ret_why != NULL)
        *ret_why = e == ERR_OK ? NULL : auto_strdup(err_message(&info));
    unlink(path);
    return text;
}

static wire_endpoint_t servers[] = {{(char[]){"192.0.2.1"}, 53}, {(char[]){"2001:db8::1"}, 5353}};
static wire_group_t groups[] = {{(char[]){"sg-1"}, servers, 2}, {(char[]){"empty"}, NULL, 0}};

START_TEST(names_and_groups)
{
    wire_server_config_t c = {.masters = servers, .master_count = 1, .groups = groups, .group_count = 2};
    AUTO_FREE char *text = render("d \"@WORK_DIR@\"; p @DNS_PORT@; m @MASTERS@ a@b.c\n@FOR GROUPS@acl \"@GROUP@\" { "
                                  "@GROUP_ACL@ } { @GROUP_TARGETS@ }\n@END@.",
                                  &c, NULL);
    ck_assert_str_eq(text, "d \"/w\"; p 5300; m 192.0.2.1 port 53; a@b.c\n"
                           "acl \"sg-1\" { 192.0.2.1; 2001:db8::1; } { 192.0.2.1 port 53; 2001:db8::1 port 5353; "
                           "}\nacl \"empty\" { none; } {  }\n.");
}
END_TEST

START_TEST(mistakes_in_the_template)
{
    static const char *const texts[][2] = {
        {"a\n@NO_SUCH@", "template line 2: @NO_SUCH@ is not known here"},
        {"@GROUP@", "template line 1: @GROUP@ is not known here"},
        {"\n\n@FOR GROUPS@", "template line 3: @FOR GROUPS@ without @END@"},
        {"@FOR GROUPS@@FOR GROUPS@@END@", "template line 1: @FOR GROUPS@ is not known here"},
    };
    wire_server_config_t c = {.groups = groups, .group_count = 2};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char *why = NULL;
        ck_assert_ptr_null(render(texts[i][0], &c, &why));
        ck_assert_str_eq(why, texts[i][1]);
        free(why);
    }
}
END_TEST

START_TEST(nothing_foreign_becomes_configuration)
{
    static const char *const names[] = {
        "",    "a b", "x\"; }; options { recursion yes",
        "a/b", "a\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        wire_group_t g = {auto_strdup(names[i]), NULL, 0};
        wire_server_config_t c = {.groups = &g, .group_count = 1};
        ck_assert_msg(render("x", &c, NULL) == NULL, "group \"%s\"", names[i]);
        free(g.name);
    }
    static const char *const addresses[] = {"", "any", "192.0.2.1; any", "192.0.2.1/24", "::1%lo", "host.example"};
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        wire_endpoint_t e = {auto_strdup(addresses[i]), 53};
        wire_server_config_t c = {.masters = &e, .master_count = 1};
        ck_assert_msg(render("x", &c, NULL) == NULL, "address \"%s\"", addresses[i]);
        free(e.address);
    }
    wire_endpoint_t e = {(char[]){"192.0.2.1"}, 0};
    wire_server_config_t c = {.masters = &e, .master_count = 1};
    ck_assert_ptr_null(render("x", &c, NULL));
}
END_TEST

START_TEST(shipped_templates_render)
{
    settings_t s = {0};
    ck_assert_int_eq(settings_load(NULL, &s, NULL), ERR_OK);
    free(s.template);
    s.template = auto_strdup(DMS_SOURCE_DIR "/deploy/bind");
    for (int role = WIRE_ROLE_MASTER; role <= WIRE_ROLE_SLAVE; role++) {
        wire_server_config_t c = {
            .role = (wire_role_t)role, .masters = servers, .master_count = 2, .groups = groups, .group_count = 2};
        AUTO_FREE char *text = NULL;
        AUTO_ERR info = ERR_INFO_INIT;
        ck_assert_msg(template_render(&s, &c, &text, &info) == ERR_OK, "%s", info.message);
        ck_assert_ptr_null(strchr(text, '@'));
        ck_assert_int_eq(strstr(text, "allow-update") != NULL, role == WIRE_ROLE_MASTER);
    }
    settings_done(&s);
}
END_TEST

CHECK_MAIN("agent_template", names_and_groups, mistakes_in_the_template, nothing_foreign_becomes_configuration,
           shipped_templates_render)

#include "agent/template.h"
#include "agent/files.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef struct {
    const settings_t *settings;
    const wire_server_config_t *config;
    const wire_group_t *group; /* inside a block */
    FILE *out;
} render_t;

bool template_group_ok(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= 60 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static void put_acl(FILE *out, const wire_endpoint_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s;", i > 0 ? " " : "", list[i].address);
    if (count == 0)
        fputs("none;", out);
}

static void put_targets(FILE *out, const wire_endpoint_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s port %u;", i > 0 ? " " : "", list[i].address, list[i].port);
}

static void put_masters(const render_t *r) { put_targets(r->out, r->config->masters, r->config->master_count); }
static void put_masters_acl(const render_t *r) { put_acl(r->out, r->config->masters, r->config->master_count); }
static void put_group(const render_t *r) { fputs(r->group->name, r->out); }
static void put_group_acl(const render_t *r) { put_acl(r->out, r->group->servers, r->group->server_count); }
static void put_group_targets(const render_t *r) { put_targets(r->out, r->group->servers, r->group->server_count); }

static const struct {
    const char *name;
    bool in_group;
    void (*put)(const render_t *r);
} LISTS[] = {
    {"MASTERS", false, put_masters},
    {"MASTERS_ACL", false, put_masters_acl},
    {"GROUP", true, put_group},
    {"GROUP_ACL", true, put_group_acl},
    {"GROUP_TARGETS", true, put_group_targets},
};

/* Names of settings: the configuration key in capitals. */
static bool put_setting(const render_t *r, const char *name, size_t len)
{
    for (size_t i = 0; i < settings_table.count; i++) {
        const config_row_t *row = &settings_table.rows[i];
        if (strcmp(row->section, "bind") != 0 || strlen(row->key) != len || strncasecmp(row->key, name, len) != 0)
            continue;
        const char *member = (const char *)r->settings + row->offset;
        if (row->type == CONFIG_INT) {
            int64_t number;
            memcpy(&number, member, sizeof number);
            fprintf(r->out, "%lld", (long long)number);
        } else {
            char *text;
            memcpy(&text, member, sizeof text);
            fputs(text != NULL ? text : "", r->out);
        }
        return true;
    }
    return false;
}

static bool put_name(const render_t *r, const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++) {
        if (strlen(LISTS[i].name) == len && strncmp(LISTS[i].name, name, len) == 0 &&
            (!LISTS[i].in_group || r->group != NULL)) {
            LISTS[i].put(r);
            return true;
        }
    }
    return put_setting(r, name, len);
}

/* Length of the name between two '@' at p (which points behind the first one), 0: not a name, '@' stands for itself. */
static size_t name_length(const char *p)
{
    size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_ 0123456789");
    return p[n] == '@' ? n : 0;
}

static bool name_is(const char *p, size_t n, const char *name)
{
    return strlen(name) == n && strncmp(p, name, n) == 0;
}

static unsigned line_of(const char *text, const char *p)
{
    unsigned line = 1;
    for (; text < p; text++)
        line += *text == '\n';
    return line;
}

/* Copy [p, end) with names replaced. */
static err_t expand(render_t *r, const char *text, const char *p, const char *end, err_info_t *reterr)
{
    while (p < end) {
        const char *at = memchr(p, '@', (size_t)(end - p));
        size_t n = at != NULL ? name_length(at + 1) : 0;
        const char *stop = at == NULL ? end : n == 0 ? at + 1 : at;
        fwrite(p, 1, (size_t)(stop - p), r->out);
        p = stop;
        if (n == 0)
            continue;
        if (name_is(at + 1, n, "FOR GROUPS") && r->group == NULL) {
            const char *block = at + n + 2, *block_end = strstr(block, "@END@");
            if (block_end == NULL)
                return err_set(reterr, ERR_CONFIG, "template line %u: @FOR GROUPS@ without @END@", line_of(text, at));
            for (size_t i = 0; i < r->config->group_count; i++) {
                r->group = &r->config->groups[i];
                err_t e = expand(r, text, block, block_end, reterr);
                r->group = NULL;
                if (e != ERR_OK)
                    return e;
            }
            p = block_end + strlen("@END@");
        } else if (put_name(r, at + 1, n)) {
            p = at + n + 2;
        } else {
            return err_set(reterr, ERR_CONFIG, "template line %u: @%.*s@ is not known here", line_of(text, at), (int)n,
                           at + 1);
        }
    }
    return ERR_OK;
}

static err_t check_endpoints(const wire_endpoint_t *list, size_t count, err_info_t *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct sockaddr_storage a;
        socklen_t len;
        if (list[i].port < 1 || list[i].port > 65535 || !settings_address(list[i].address, list[i].port, &a, &len))
            return err_set(reterr, ERR_CONFIG, "not an address and port: \"%s\" %u", list[i].address, list[i].port);
    }
    return ERR_OK;
}

static err_t check_config(const wire_server_config_t *config, err_info_t *reterr)
{
    err_t e = check_endpoints(config->masters, config->master_count, reterr);
    for (size_t i = 0; e == ERR_OK && i < config->group_count; i++) {
        if (!template_group_ok(config->groups[i].name))
            return err_set(reterr, ERR_CONFIG, "not a group name: \"%s\"", config->groups[i].name);
        e = check_endpoints(config->groups[i].servers, config->groups[i].server_count, reterr);
    }
    return e;
}

/* The replica is a secondary like a slave. */
static char *template_path(const settings_t *settings, wire_role_t role)
{
    struct stat st;
    if (stat(settings->template, &st) != 0 || !S_ISDIR(st.st_mode))
        return auto_strdup(settings->template);
    return auto_printf("%s/%s.conf.tmpl", settings->template, role == WIRE_ROLE_MASTER ? "master" : "slave");
}

err_t template_render(const settings_t *settings, const wire_server_config_t *config, char **ret_text,
                      err_info_t *reterr)
{
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *path = template_path(settings, config->role);
    err_t e = check_config(config, reterr);
    if (e == ERR_OK)
        e = files_read(path, &text, reterr);
    if (e != ERR_OK)
        return e;
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert(file != NULL);
    render_t r = {.settings = settings, .config = config, .out = file};
    e = expand(&r, text, text, text + strlen(text), reterr);
    fclose(file);
    if (e == ERR_OK)
        *ret_text = out;
    else
        free(out);
    return e;
}

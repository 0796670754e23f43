/* Zones and updates from files: load_zone, load_zone_zi, update_rrs. */
#include "zone_tool/cmd_load.h"
#include "zone_tool/interrupt.h"
#include "zone_tool/params.h"
#include "zone_tool/wait.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 256 * 1024 * 1024 };

err_t cmd_load_read(const tool_t *tool, const char *path, char **ret_text, err_info_t *reterr)
{
    bool standard = strcmp(path, "-") == 0;
    if (standard && tool->piped)
        return err_set(reterr, ERR_IO, "standard input carries the commands");
    FILE *opened = standard ? stdin : fopen(path, "re");
    if (opened == NULL)
        return err_set(reterr, ERR_IO, "file \"%s\" could not be read: %s", path, strerror(errno));
    AUTO_FILE file = standard ? NULL : opened; /* closes it */
    AUTO_FREE char *text = NULL;
    size_t length = 0, cap = 0;
    for (;;) {
        text = auto_grow(text, &cap, length + 65536, 1);
        size_t n = fread(text + length, 1, cap - length - 1, opened);
        length += n;
        if (n == 0)
            break;
        if (length > FILE_MAX_BYTES)
            return err_set(reterr, ERR_LIMIT, "file \"%s\" is larger than %d MB", path, FILE_MAX_BYTES / 1024 / 1024);
    }
    if (ferror(opened))
        return err_set(reterr, ERR_IO, "file \"%s\" could not be read: %s", path, strerror(errno));
    text[length] = '\0';
    json_auto_t *probe = json_string(text);
    if (strlen(text) != length || probe == NULL) {
        err_set(reterr, ERR_BINARY_FILE, "file \"%s\" is not UTF-8 text", path);
        err_hint(reterr, "a text in another coding can be converted with iconv -t UTF-8");
        return ERR_BINARY_FILE;
    }
    *ret_text = text;
    text = NULL;
    return ERR_OK;
}

int cmd_load_fail(tool_t *tool, const err_info_t *info)
{
    int code = tool_fail(tool, info);
    return info->code == ERR_IO ? EXIT_OSERR : code;
}

int cmd_load_zone(tool_t *tool, const args_t *args)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    if (cmd_load_read(tool, args->words[0], &text, &info) != ERR_OK)
        return cmd_load_fail(tool, &info);
    json_t *params = json_pack("{s:s s:s}", "name", args->words[1], "zi_text", text);
    int code = params_zone_options(tool, args, 2, params);
    if (code != EXIT_OK) {
        json_decref(params);
        return code;
    }
    return wait_call(tool, args, "load_zone", params);
}

int cmd_load_zone_zi(tool_t *tool, const args_t *args)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    if (cmd_load_read(tool, args->words[0], &text, &info) != ERR_OK)
        return cmd_load_fail(tool, &info);
    return wait_call(tool, args, "load_zi", json_pack("{s:s s:s}", "name", args->words[1], "zi_text", text));
}

char *cmd_load_origin(const char *text)
{
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t line = strcspn(p, "\n;");
        if (strncmp(p, "$ORIGIN", 7) == 0) {
            const char *name = p + 7 + strspn(p + 7, " \t");
            size_t length = strcspn(name, " \t\r\n;");
            return length > 0 ? auto_strndup(name, length) : NULL;
        }
        AUTO_FREE char *copy = auto_strndup(p, line);
        size_t owner = strcspn(copy, " \t");
        const char *soa = strcasestr(copy, "SOA");
        if (owner > 1 && copy[owner - 1] == '.' && soa != NULL && strchr(" \t", soa[-1]) != NULL && strchr(" \t", soa[3]) != NULL)
            return auto_strndup(copy, owner);
    }
    return NULL;
}

char *cmd_load_name(const char *path)
{
    static const char *const endings[] = {".zone", ".db"};
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    size_t length = strlen(base);
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        size_t n = strlen(endings[i]);
        if (length > n && strcmp(base + length - n, endings[i]) == 0) {
            length -= n;
            break;
        }
    }
    char *name = auto_strndup(base, length);
    for (char *p = name; (p = strcasestr(p, "%2F")) != NULL;) {
        *p++ = '/';
        memmove(p, p + 2, strlen(p + 2) + 1);
    }
    return name;
}

char *cmd_load_network(char *name)
{
    size_t length = strlen(name);
    length -= length > 0 && name[length - 1] == '.' ? 1 : 0;
    bool six = length > 9 && strncasecmp(name + length - 9, ".ip6.arpa", 9) == 0;
    bool four = length > 13 && strncasecmp(name + length - 13, ".in-addr.arpa", 13) == 0;
    if (!six && !four)
        return name;
    AUTO_FREE char *labels = auto_strndup(name, length - (six ? 9 : 13));
    char text[128] = "";
    size_t n = 0, used = 0;
    for (char *dot = labels; dot != NULL; n++) {
        dot = strrchr(labels, '.');
        const char *label = dot != NULL ? dot + 1 : labels;
        size_t digits = strlen(label);
        if (digits == 0 || digits > (six ? 1U : 3U) || label[strspn(label, six ? "0123456789abcdefABCDEF" : "0123456789")] != '\0' ||
            n >= (six ? 16U : 3U))
            return name;
        const char *between = n == 0 ? "" : six ? (n % 4 == 0 ? ":" : "") : ".";
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", between, label);
        if (dot != NULL)
            *dot = '\0';
    }
    AUTO_FREE char *old = name; /* frees it */
    if (six) /* the last group is filled up with zeros */
        return auto_printf("%s%.*s%s/%zu", text, (int)((4 - n % 4) % 4), "000", "::", n * 4);
    return auto_printf("%s%s/%zu", text, n == 1 ? ".0.0.0" : n == 2 ? ".0.0" : ".0", n * 8);
}

int cmd_load_update_rrs(tool_t *tool, const args_t *args)
{
    AUTO_ERR info = ERR_INFO_INIT;
    AUTO_FREE char *text = NULL;
    if (cmd_load_read(tool, args->words[0], &text, &info) != ERR_OK)
        return cmd_load_fail(tool, &info);
    AUTO_FREE char *name = args->count > 1 ? auto_strdup(args->words[1]) : cmd_load_origin(text);
    if (name == NULL) {
        err_set(&info, ERR_ZONE_NAME_UNDEFINED, "file \"%s\" has no $ORIGIN: name the zone", args->words[0]);
        return tool_fail(tool, &info);
    }
    if (args->count == 1)
        name = cmd_load_network(name);
    return wait_call(tool, args, "update_rrs", json_pack("{s:s s:s}", "name", name, "update_text", text));
}

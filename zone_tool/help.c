#include "zone_tool/help.h"
#include "zone_tool/options.h"
#include "zone_tool/rights.h"
#include <stdlib.h>
#include <string.h>

void help_list(struct rights *rights, FILE *to)
{
    size_t count;
    const command_t *commands = command_table(&count);
    const char *group = "";
    for (size_t i = 0; i < count; i++) {
        if (!rights_has(rights, &commands[i]))
            continue;
        if (strcmp(commands[i].group, group) != 0)
            fprintf(to, "%s%s\n", group[0] == '\0' ? "" : "\n", commands[i].group);
        group = commands[i].group;
        fprintf(to, "    %-22s %s\n", commands[i].verb, commands[i].sentence);
    }
    fputs("\nhelp VERB explains one of them.\n", to);
}

static char *switch_text(const switch_t *sw)
{
    int name = (int)strcspn(sw->names, ",");
    AUTO_FREE char *shortened = sw->is_short ? auto_printf("-%c, ", sw->letter) : auto_strdup("");
    if (sw->argument == NULL)
        return auto_printf("%s--%.*s", shortened, name, sw->names);
    if (sw->argument[0] == '?')
        return auto_printf("%s--%.*s[=%s]", shortened, name, sw->names, sw->argument + 1);
    return auto_printf("%s--%.*s=%s", shortened, name, sw->names, sw->argument);
}

static void aliases(const command_t *command, const char *before, const char *after, FILE *to)
{
    const char *verb, *alias;
    bool any = false;
    for (size_t i = 0; (alias = command_alias(i, &verb)) != NULL; i++) {
        if (strcmp(verb, command->verb) != 0)
            continue;
        fprintf(to, "%s%s", any ? ", " : before, alias);
        any = true;
    }
    if (any)
        fputs(after, to);
}

void help_command(const command_t *command, FILE *to)
{
    AUTO_FREE char *usage = command_usage(command);
    size_t count;
    const switch_t *switches = command_switches(&count);
    fprintf(to, "%s\n", usage);
    AUTO_FREE char *sentence = auto_printf("%s. %s", command->sentence, command->help);
    sentence[0] = (char)(sentence[0] >= 'a' && sentence[0] <= 'z' ? sentence[0] - 32 : sentence[0]);
    output_wrap(to, sentence, "    ", "    ", 78);
    aliases(command, "    Also: ", "\n", to);
    argument_t arg;
    for (size_t n = 0; command_argument(command, n, &arg); n++) {
        if (n == 0)
            fputc('\n', to);
        AUTO_FREE char *first = auto_printf("    %-22s ", arg.label);
        output_wrap(to, arg.kind->sentence, first, "                           ", 78);
        if (arg.repeats)
            break;
    }
    fputc('\n', to);
    for (size_t i = 0; i < count; i++) {
        if (!command_takes(command, switches[i].letter))
            continue;
        AUTO_FREE char *text = switch_text(&switches[i]);
        AUTO_FREE char *first = auto_printf("    %-24s ", text);
        output_wrap(to, switches[i].sentence, first, "                             ", 78);
    }
}

void help_usage(FILE *to)
{
    size_t count;
    const option_t *options = options_table(&count);
    fputs("usage: zone_tool [options] [command [argument...]]\n\n"
          "Without command: interactive on a terminal, else commands from standard input, one on a line.\n\n",
          to);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *name = auto_printf(options[i].letter != 0 ? "-%c, " : "    ", options[i].letter);
        AUTO_FREE char *first = auto_printf("  %s--%s%s%s", name, options[i].name, options[i].argument != NULL && options[i].argument[0] != '[' ? "=" : "",
                                            options[i].argument != NULL ? options[i].argument : "");
        AUTO_FREE char *column = auto_printf("%-32s ", first);
        output_wrap(to, options[i].sentence, column, "                                  ", 78);
    }
    fputc('\n', to);
}

/* ---------- man page ---------- */

/* Text with what roff would take for its own made harmless. */
static void roff(const char *text, FILE *to)
{
    for (const char *p = text; *p != '\0'; p++) {
        if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
            fputs("\\&", to);
        if (*p == '\\')
            fputs("\\e", to);
        else if (*p == '-')
            fputs("\\-", to);
        else
            fputc(*p, to);
    }
}

static void man_options(FILE *to)
{
    size_t count;
    const option_t *options = options_table(&count);
    fputs(".SH OPTIONS\nOptions end at the first word that is none. They are the defaults of the switches of commands: a switch or an argument of the command goes before them.\n", to);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *name = options[i].letter != 0 ? auto_printf("-%c, ", options[i].letter) : auto_strdup("");
        AUTO_FREE char *all = auto_printf("%s--%s%s%s", name, options[i].name,
                                          options[i].argument != NULL && options[i].argument[0] != '[' ? "=" : "",
                                          options[i].argument != NULL ? options[i].argument : "");
        fputs(".TP\n.B ", to);
        roff(all, to);
        fputc('\n', to);
        roff(options[i].sentence, to);
        fputc('\n', to);
    }
}

static void man_commands(FILE *to)
{
    size_t count;
    const command_t *commands = command_table(&count);
    fputs(".SH COMMANDS\n", to);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(commands[i].group, commands[i - 1].group) != 0)
            fprintf(to, ".SS %s\n", commands[i].group);
        AUTO_FREE char *usage = command_usage(&commands[i]);
        fputs(".TP\n.B ", to);
        roff(usage, to);
        fputc('\n', to);
        AUTO_FREE char *text = auto_printf("%s. %s%s", commands[i].sentence, commands[i].help,
                                           (commands[i].flags & COMMAND_CONFIRMS) != 0 ? " Asks for confirmation." : "");
        text[0] = (char)(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0]);
        roff(text, to);
        fputc('\n', to);
        aliases(&commands[i], "Also: ", ".\n", to);
    }
}

static void man_words(FILE *to)
{
    size_t count;
    const switch_t *switches = command_switches(&count);
    fputs(".SH SWITCHES OF COMMANDS\nIn any place of the command; \\-\\- ends them. They hold for this command only.\n", to);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *text = switch_text(&switches[i]);
        fputs(".TP\n.B ", to);
        roff(text, to);
        fputc('\n', to);
        roff(switches[i].sentence, to);
        fputc('\n', to);
    }
    const kind_t *kinds = command_kinds(&count);
    fputs(".SH ARGUMENTS\n", to);
    for (size_t i = 0; i < count; i++) {
        fprintf(to, ".TP\n.I %s\n", kinds[i].kind);
        roff(kinds[i].sentence, to);
        fputc('\n', to);
    }
}

static void man_exit_codes(FILE *to)
{
    fputs(".SH EXIT STATUS\n0 for success, else the code of sysexits.h that belongs to the error:\n", to);
    for (int exit_code = 64; exit_code <= 78; exit_code++) {
        bool any = false;
        for (int i = 1; i < ERR_COUNT; i++) {
            const err_row_t *row = err_row((err_t)i);
            if (row->exit_code != exit_code)
                continue;
            if (!any)
                fprintf(to, ".TP\n.B %d\n", exit_code);
            fputs(any ? ", " : "", to);
            roff(row->name, to);
            any = true;
        }
        if (any)
            fputs(".\n", to);
    }
    fputs(".P\n71: a file could not be read. 75 also: the answer to a question was no, or the time of \\-\\-wait is over.\n"
          "Reading commands from standard input: that of the last command that failed.\n",
          to);
}

void help_man(FILE *to)
{
    fputs(".\\\" Made by zone_tool --man from its command table: do not edit.\n"
          ".TH ZONE_TOOL 1 \"\" \"DMS\" \"DMS manual\"\n"
          ".SH NAME\nzone_tool \\- manage DNS zones, name servers and changes\n"
          ".SH SYNOPSIS\n.B zone_tool\n[\\fIoptions\\fR] [\\fIcommand\\fR [\\fIargument\\fR...]]\n"
          ".SH DESCRIPTION\nTalks to the DMS controller. With a command it runs it and ends. Without one it is interactive on a terminal\n"
          "(history, completion with TAB, Ctrl\\-C clears the line, Ctrl\\-D leaves), else it reads commands from standard input, one on a\n"
          "line; # begins a comment. Words with blanks are put in quotes.\n"
          ".P\nA change prints the number of its receipt: show_change shows how far it is, \\-\\-wait waits until it is live on every server.\n",
          to);
    man_options(to);
    man_commands(to);
    man_words(to);
    fputs(".SH ENVIRONMENT\n"
          ".TP\n.B DMS_SOCKET\nSocket of the controller; default /run/dms/dms.sock.\n"
          ".TP\n.B DMS_URL, DMS_CREDENTIALS, DMS_CERT, DMS_CACERT\nAs \\-\\-url, \\-\\-credentials, \\-\\-cert, \\-\\-cacert; DMS_URL counts if DMS_SOCKET is not set.\n"
          ".TP\n.B DMS_WAIT\nAs \\-\\-wait for every change: seconds.\n"
          ".TP\n.B DMS_TICKLE\nSeconds after which edit_zone looks whether the text changed and the edit lock is to be prolonged; default 30.\n"
          ".TP\n.B VISUAL, EDITOR, PAGER, LESS, TMPDIR, NO_COLOR\nAs usual. The help desk's editor and pager are fixed.\n"
          ".SH FILES\n.TP\n.I ~/.zone_tool_history\nHistory of interactive sessions, mode 0600.\n"
          ".TP\n.I ~/.netrc\nUser and password for \\-\\-url where no file with credentials is given.\n",
          to);
    man_exit_codes(to);
}

/* The command table (commands.def) and what reads it: finding a verb, checking its words, running it. */
#ifndef DMS_ZONE_TOOL_COMMAND_H
#define DMS_ZONE_TOOL_COMMAND_H
#include "zone_tool/split.h"
#include "zone_tool/tool.h"
#include <stdlib.h>

typedef enum {
    COMPLETE_NONE, COMPLETE_ZONE, COMPLETE_SERVER, COMPLETE_SG, COMPLETE_REFERENCE, COMPLETE_FILE, COMPLETE_OPTION, COMPLETE_VERB,
    COMPLETE_ROLE, COMPLETE_FORMAT, COMPLETE_SERVER_TYPE, COMPLETE_CONFIG_KEY
} complete_t;

enum {
    COMMAND_CONFIRMS = 2,   /* asks before it acts, unless -f */
    COMMAND_CHANGES = 4,    /* makes a receipt: takes --wait */
    COMMAND_LOCAL = 8,      /* needs no controller */
};

typedef struct args args_t;
typedef struct {
    const char *verb;
    const char *group;
    const char *arguments; /* `domain:new [zi] [option...]`: label, or label:kind, see command_kinds */
    const char *switches;  /* letters of switches.def; h, O (all) and W (COMMAND_CHANGES) come by themselves */
    unsigned flags;
    const char *sentence;
    const char *help;
    int (*handler)(tool_t *tool, const args_t *args); /* returns the exit code; has printed its errors */
} command_t;

typedef struct {
    char letter;
    bool is_short;
    const char *names;    /* comma-separated */
    const char *argument; /* NULL: none; "?x": optional */
    complete_t complete;
    const char *sentence;
} switch_t;

typedef struct {
    const char *kind;
    complete_t complete;
    bool number;          /* checked here: digits only */
    const char *sentence;
} kind_t;

/* One argument of a command, read from its `arguments` text. */
typedef struct {
    char label[32];
    const kind_t *kind;
    bool optional, repeats;
} argument_t;

/* The words of one command line, checked against the table.  Everything is borrowed from the words. */
struct args {
    const command_t *command;
    const char **words; /* positional */
    size_t count;
    const char *value[SWITCH_MAX]; /* by letter: NULL not given; "" a switch without argument */
};
void args_done(args_t *args);

const command_t *command_table(size_t *ret_count);
const switch_t *command_switches(size_t *ret_count);
const kind_t *command_kinds(size_t *ret_count);
const char *command_alias(size_t index, const char **ret_verb); /* NULL at the end */

const command_t *command_find(const char *verb); /* also aliases; NULL: none */
const switch_t *command_switch(char letter);
bool command_takes(const command_t *command, char letter);
/* Reads the nth argument; a repeating one answers for all that follow. False: there is none. */
bool command_argument(const command_t *command, size_t n, argument_t *ret_argument);
char *command_usage(const command_t *command); /* `verb [-fv] [-g sg] <domain> [zi]`; caller frees */

/* Check words (without the verb) against the table. ERR_INVALID_ARGUMENT says what is wrong. */
err_t command_parse(const command_t *command, char *const *words, size_t count, args_t *ret_args, err_info_t *reterr);
bool command_obsolete(const char *verb); /* one of the predecessor's that is not needed any more: that has been told */
/* Run one command given as words; returns its exit code. Nothing of it is left for the next one. */
int command_run(tool_t *tool, char *const *words, size_t count);
/* The same for a line; 0 for an empty one. */
int command_run_line(tool_t *tool, const char *line);

/* Of a word that command_parse has checked to be digits; other text: as far as it is a number, 0 if it is not. */
static inline int64_t command_number(const char *text) { return strtoll(text, NULL, 10); }
static inline bool args_has(const args_t *args, char letter) { return args->value[(unsigned char)letter] != NULL; }
static inline const char *args_value(const args_t *args, char letter) { return args->value[(unsigned char)letter]; }
static inline const char *args_word(const args_t *args, size_t n) { return n < args->count ? args->words[n] : NULL; }

#define ALIAS(alias, verb)
#define CMD(verb, group, arguments, switches, flags, sentence, help, handler) int handler(tool_t *tool, const args_t *args);
#include "zone_tool/commands.def"
#undef CMD
#undef ALIAS
#endif

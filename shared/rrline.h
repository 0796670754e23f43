/* Zone text -> entries.  One entry is one record or directive, flattened to a single line: comments, parentheses and
 * line ends inside parentheses are gone, so what is handed to libzscanner can never hold a second record or a
 * directive.  Also reports what libzscanner does not: blank lines, comment lines and the place of each word.  See: RFC
 * 1035 section 5.1. */
#ifndef DMS_RRLINE_H
#define DMS_RRLINE_H
#include "shared/auto.h"
#include <stdbool.h>

typedef struct {
    unsigned line, col; /* 1-based */
    size_t line_start;  /* offset of that line in the text */
} rrline_pos_t;

typedef struct {
    size_t off, len; /* in the entry's text */
    rrline_pos_t pos;
} rrline_word_t;

typedef enum { RRLINE_EOF, RRLINE_BLANK, RRLINE_COMMENT, RRLINE_ENTRY, RRLINE_BAD } rrline_kind_t;
enum { RRLINE_WORDS_MAX = 16 };

typedef struct {
    const char *text; /* input, borrowed */
    size_t len, next; /* next: offset of the line to be read next */
    unsigned line;    /* lines read so far */
    /* The entry just read */
    char *buf;        /* flattened, ends in "\n" (not counted in buf_len) */
    size_t buf_len, buf_cap;
    rrline_word_t words[RRLINE_WORDS_MAX]; /* the first ones */
    size_t word_count;                     /* all */
    bool blank_start;                      /* no owner; the flattened form then begins with two blanks */
    const char *comment; /* COMMENT: after leading blanks, from ';'; ENTRY: last comment in it or NULL */
    size_t comment_len;                    /* without line end */
    rrline_pos_t pos;                      /* where it began; BAD: the fault; COMMENT: the ';' */
    const char *fault;                     /* BAD: what is wrong; reading goes on with the next line */
} rrline_t;

void rrline_init(rrline_t *self, const char *text, size_t len);
void rrline_done(rrline_t *self);
rrline_kind_t rrline_next(rrline_t *self);
#endif

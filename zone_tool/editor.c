#include "zone_tool/editor.h"
#include "zone_tool/run.h"
#include "zone_tool/split.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct editor {
    char *directory, *path, *original;
    const char *restricted;
    bool keep;
    struct stat last; /* of the file, when it was looked at last */
    void (*tickle)(void *arg);
    void *arg;
};

static err_t read_all(const char *path, char **ret_text, size_t *ret_length, err_info_t *reterr)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_set(reterr, ERR_IO, "file \"%s\" could not be read: %s", path, strerror(errno));
    size_t length = 0, size = (size_t)st.st_size;
    AUTO_FREE char *text = auto_malloc(size + 1);
    while (length < size) {
        ssize_t n = read(fd, text + length, size - length);
        if (n < 0 && errno != EINTR)
            return err_set(reterr, ERR_IO, "file \"%s\" could not be read: %s", path, strerror(errno));
        if (n == 0)
            break;
        length += n > 0 ? (size_t)n : 0;
    }
    text[length] = '\0';
    *ret_text = text;
    *ret_length = length;
    text = NULL;
    return ERR_OK;
}

err_t editor_open(const char *file_name, const char *text, const char *restricted, editor_t **ret_editor, err_info_t *reterr)
{
    AUTO(editor) self = auto_calloc(1, sizeof *self);
    const char *tmp = getenv("TMPDIR");
    self->restricted = restricted;
    self->original = auto_strdup(text);
    self->directory = auto_printf("%s/zone_tool-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
    if (mkdtemp(self->directory) == NULL) { /* mode 0700 */
        err_t err = err_set(reterr, ERR_IO, "directory \"%s\" could not be made: %s", self->directory, strerror(errno));
        self->keep = true;
        return err;
    }
    AUTO_FREE char *name = auto_strdup(file_name);
    for (char *p = name; *p != '\0'; p++)
        *p = *p == '/' ? '_' : *p;
    self->path = auto_printf("%s/%s", self->directory, *name == '.' || *name == '-' ? "_" : name);
    AUTO_FD fd = open(self->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t length = strlen(text), done = 0;
    while (fd >= 0 && done < length) {
        ssize_t n = write(fd, text + done, length - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0 || done < length)
        return err_set(reterr, ERR_IO, "file \"%s\" could not be written: %s", self->path, strerror(errno));
    *ret_editor = self;
    self = NULL;
    return ERR_OK;
}

void editor_destroy(editor_t **self)
{
    if (*self == NULL)
        return;
    if (!(*self)->keep) {
        if ((*self)->path != NULL)
            unlink((*self)->path);
        rmdir((*self)->directory); /* an editor's own files stay, and the directory with them */
    }
    free((*self)->directory);
    free((*self)->path);
    free((*self)->original);
    free(*self);
    *self = NULL;
}

void editor_keep(editor_t *self) { self->keep = true; }
const char *editor_path(const editor_t *self) { return self->path; }

/* By contents, not by time: an editor that writes the same text has changed nothing. */
bool editor_changed(const editor_t *self)
{
    AUTO_FREE char *text = NULL;
    size_t length = 0;
    return read_all(self->path, &text, &length, NULL) != ERR_OK || length != strlen(self->original) ||
           memcmp(text, self->original, length) != 0;
}

static void on_tick(void *arg)
{
    editor_t *self = arg;
    struct stat st;
    if (stat(self->path, &st) != 0)
        return;
    bool same = st.st_mtim.tv_sec == self->last.st_mtim.tv_sec && st.st_mtim.tv_nsec == self->last.st_mtim.tv_nsec &&
                st.st_size == self->last.st_size && st.st_ino == self->last.st_ino;
    self->last = st;
    if (!same)
        self->tickle(self->arg);
}

static err_t find_program(const editor_t *self, words_t *words, err_info_t *reterr)
{
    static const char *const variables[] = {"VISUAL", "EDITOR"};
    static const char *const usual[] = {"/usr/bin/editor", "/usr/bin/vi"};
    if (self->restricted != NULL) {
        split_add(words, self->restricted, strlen(self->restricted));
        return ERR_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value == NULL || *value == '\0')
            continue;
        if (split_words(value, words, NULL) != ERR_OK) {
            err_set(reterr, ERR_IO, "%s is not a command: %s", variables[i], value);
            err_hint(reterr, "a quote or backslash in it is not closed");
            return ERR_IO;
        }
        if (words->count > 0)
            return ERR_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        if (access(usual[i], X_OK) == 0) {
            split_add(words, usual[i], strlen(usual[i]));
            return ERR_OK;
        }
    }
    err_set(reterr, ERR_IO, "no editor found");
    err_hint(reterr, "set VISUAL or EDITOR");
    return ERR_IO;
}

err_t editor_run(editor_t *self, unsigned line, int64_t tickle_ms, void (*tickle)(void *arg), void *arg, err_info_t *reterr)
{
    AUTO_WORDS words = {0};
    pid_t pid;
    err_t err = find_program(self, &words, reterr);
    if (err != ERR_OK)
        return err;
    if (line > 0) {
        AUTO_FREE char *at = auto_printf("+%u", line);
        split_add(&words, at, strlen(at));
    }
    split_add(&words, self->path, strlen(self->path));
    self->tickle = tickle;
    self->arg = arg;
    if (stat(self->path, &self->last) != 0)
        return err_set(reterr, ERR_IO, "file \"%s\" is gone", self->path);
    if ((err = run_start(words.items, -1, -1, &pid, reterr)) != ERR_OK)
        return err;
    int status = run_wait(pid, tickle_ms, on_tick, self);
    if (status == 127) {
        err_set(reterr, ERR_IO, "editor \"%s\" could not be run", words.items[0]);
        err_hint(reterr, "set VISUAL or EDITOR");
        return ERR_IO;
    }
    if (status != 0)
        return err_set(reterr, ERR_IO, "editor \"%s\" failed with exit code %d", words.items[0], status);
    return ERR_OK;
}

err_t editor_text(const editor_t *self, char **ret_text, err_info_t *reterr)
{
    AUTO_FREE char *text = NULL;
    size_t length = 0;
    err_t err = read_all(self->path, &text, &length, reterr);
    if (err != ERR_OK)
        return err;
    json_auto_t *probe = json_string(text);
    if (strlen(text) != length || probe == NULL)
        return err_set(reterr, ERR_BINARY_FILE, "the edited text is not UTF-8 text");
    *ret_text = text;
    text = NULL;
    return ERR_OK;
}

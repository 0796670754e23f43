#include "shared/auto.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: %zu bytes\n", size);
    abort();
}

void auto_free_(void *pointer_to_pointer)
{
    void *p;
    memcpy(&p, pointer_to_pointer, sizeof p); /* the variable may be of any pointer type */
    free(p);
}

void auto_fclose_(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
    *file = NULL;
}

void auto_close_(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int auto_fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

void *auto_malloc(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory(size);
    return p;
}

void *auto_calloc(size_t count, size_t size)
{
    void *p = count > 0 && size > 0 ? calloc(count, size) : calloc(1, 1);
    if (p == NULL)
        out_of_memory(size);
    return p;
}

void *auto_realloc(void *p, size_t size)
{
    p = realloc(p, size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory(size);
    return p;
}

char *auto_strdup(const char *s)
{
    if (s == NULL)
        return NULL;
    size_t n = strlen(s) + 1;
    return memcpy(auto_malloc(n), s, n);
}

char *auto_strndup(const char *s, size_t n)
{
    if (s == NULL)
        return NULL;
    n = strnlen(s, n);
    char *copy = auto_malloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *auto_printf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = auto_vprintf(fmt, ap);
    va_end(ap);
    return text;
}

char *auto_vprintf(const char *fmt, va_list ap)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0)
        out_of_memory(0);
    return text;
}

void *auto_grow(void *array, size_t *cap, size_t want, size_t size)
{
    if (want <= *cap)
        return array;
    size_t new_cap = *cap > 0 ? *cap : 4;
    size_t bytes;
    while (new_cap < want) {
        if (__builtin_mul_overflow(new_cap, 2, &new_cap))
            out_of_memory(want);
    }
    if (__builtin_mul_overflow(new_cap, size, &bytes))
        out_of_memory(want);
    *cap = new_cap;
    return auto_realloc(array, bytes);
}

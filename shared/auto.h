/* Cleanup attributes and memory that does not fail.
 *
 * A destructor takes T **, accepts NULL, sets NULL and may be called twice; AUTO(T) calls it at the end of the
 * scope.  CZMQ's classes fit as they are.  Running out of memory ends the process (STYLE point 11): state is in
 * PostgreSQL, limits come before allocation. */
#ifndef DMS_AUTO_H
#define DMS_AUTO_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* unused: clang warns of a variable that is only there to be cleaned up. */
#define AUTO_CLEANUP(destructor) __attribute__((cleanup(destructor), unused))
#define AUTO(T) AUTO_CLEANUP(T##_destroy) T##_t *
#define AUTO_FREE AUTO_CLEANUP(auto_free_)
#ifdef __CPPCHECK__ /* it does not know cleanup, and takes an open file for a leak unless the variable outlives the scope */
#define AUTO_FILE static FILE *
#else
#define AUTO_FILE AUTO_CLEANUP(auto_fclose_) FILE *
#endif
#define AUTO_FD AUTO_CLEANUP(auto_close_) int /* -1: none */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))

void auto_free_(void *pointer_to_pointer);
void auto_fclose_(FILE **file);
void auto_close_(int *fd);
int auto_fd_take(int *fd); /* the descriptor moves to the caller; -1 stays behind */

void *auto_malloc(size_t size);               /* never NULL */
void *auto_calloc(size_t count, size_t size); /* zeroed, overflow checked, never NULL */
void *auto_realloc(void *p, size_t size);
char *auto_strdup(const char *s);             /* NULL stays NULL */
char *auto_strndup(const char *s, size_t n);
char *auto_printf(const char *fmt, ...) PRINTF(1, 2);
char *auto_vprintf(const char *fmt, va_list ap) PRINTF(1, 0);

/* Grow an array of *cap elements of size bytes so that it holds want; doubles. */
void *auto_grow(void *array, size_t *cap, size_t want, size_t size);
#endif

/* Preloaded into a program, lets something happen at one of its file operations below a directory.
 *
 * FAULT_DIR   the directory
 * FAULT_AT    the number of the operation, from 1
 * FAULT_DO    what happens: "kill", the number of an error that it ends with, or a shell command that runs before it
 * FAULT_MARK  a file that is created when it has happened
 *
 * FAULT_DIRSYNC and FAULT_LOCK are errors with which every synchronisation of a directory and every lock end.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)

static int is_below(const char *path) {
    const char *dir = getenv("FAULT_DIR");
    return dir && path && strncmp(path, dir, strlen(dir)) == 0;
}

static int is_below_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return is_below(path);
}

/* The error that this operation is to end with; 0 if it is to go on. */
static int fault(int below) {
    static int count;
    const char *at = getenv("FAULT_AT"), *what = getenv("FAULT_DO"), *mark = getenv("FAULT_MARK");
    if (!below || !at || !what || __sync_add_and_fetch(&count, 1) != atoi(at)) return 0;
    static int (*real_open)(const char *, int, ...);
    if (!real_open) real_open = dlsym(RTLD_NEXT, "open");
    if (mark) close(real_open(mark, O_CREAT | O_WRONLY, 0666));
    if (strcmp(what, "kill") == 0) kill(getpid(), SIGKILL);
    if (atoi(what) > 0) return atoi(what);
    char *preload = getenv("LD_PRELOAD");
    preload = preload ? strdup(preload) : NULL;
    unsetenv("LD_PRELOAD");
    if (system(what) != 0) abort();
    if (preload) setenv("LD_PRELOAD", preload, 1);
    return 0;
}

#define FAIL(below, failure) do { int error = fault(below); if (error) { errno = error; return failure; } } while (0)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list); \
        FAIL(is_below(path), -1); return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) { \
        REAL(name); va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list); \
        FAIL(is_below(path), -1); return real(dir, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

int mkdir(const char *path, mode_t mode) { REAL(mkdir); FAIL(is_below(path), -1); return real(path, mode); }
int rename(const char *from, const char *to) { REAL(rename); FAIL(is_below(to), -1); return real(from, to); }
int unlink(const char *path) { REAL(unlink); FAIL(is_below(path), -1); return real(path); }
DIR *opendir(const char *path) { REAL(opendir); FAIL(is_below(path), NULL); return real(path); }

int linkat(int a, const char *from, int b, const char *to, int flags) {
    REAL(linkat);
    FAIL(is_below(to), -1);
    return real(a, from, b, to, flags);
}

int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to) {
    REAL(statx);
    FAIL(is_below(path), -1);
    return real(dir, path, flags, mask, to);
}

ssize_t write(int fd, const void *bytes, size_t n) {
    REAL(write);
    FAIL(is_below_fd(fd), -1);
    return real(fd, bytes, n);
}

int fsync(int fd) {
    REAL(fsync);
    const char *refused = getenv("FAULT_DIRSYNC");
    struct stat about;
    if (refused && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) { errno = atoi(refused); return -1; }
    FAIL(is_below_fd(fd), -1);
    return real(fd);
}

int flock(int fd, int operation);
int flock(int fd, int operation) {
    REAL(flock);
    const char *refused = getenv("FAULT_LOCK");
    if (refused) { errno = atoi(refused); return -1; }
    FAIL(is_below_fd(fd), -1);
    return real(fd, operation);
}

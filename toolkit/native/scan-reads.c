/*
 * scan-reads: tells which files of the specs folder a parse looks at.
 *
 * Preloaded into the scan helper and, through the environment, into all that specs start. Each path below
 * $DISTROKIT_READS that is opened, or asked whether it is there, is written to the file descriptor READS_FD,
 * absolute and ended by a NUL; a folder whose names are listed ends in a slash. Writing to a descriptor that
 * is not there is no error: then nobody wants to know.
 *
 * Build: gcc -O2 -shared -fPIC -o scan-reads.so scan-reads.c
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan-reads.h"

/* The path as an absolute one without `.`, `..` and doubled slashes; 0 when it is too long. */
static size_t absolutePath(int folder, const char *path, char *out) {
  char whole[2 * PATH_MAX], link[40];
  size_t used = 0;
  if (path[0] != '/') {
    if (folder == AT_FDCWD) {
      if (getcwd(whole, PATH_MAX) == NULL) return 0;
      used = strlen(whole);
    } else {
      snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
      ssize_t n = readlink(link, whole, PATH_MAX);
      if (n <= 0) return 0;
      used = (size_t)n;
    }
    whole[used++] = '/';
  }
  if (used + strlen(path) >= sizeof whole) return 0;
  strcpy(whole + used, path);
  size_t size = 0;
  for (const char *part = whole; *part != '\0';) {
    size_t n = strcspn(part, "/");
    if (n == 2 && part[0] == '.' && part[1] == '.') while (size > 0 && out[--size] != '/') {}
    else if (n > 0 && !(n == 1 && part[0] == '.')) {
      if (size + n + 3 > PATH_MAX) return 0;
      out[size++] = '/';
      memcpy(out + size, part, n);
      size += n;
    }
    part += n + (part[n] == '/');
  }
  return size;
}

static void tell(int folder, const char *path, int lists) {
  static const char *root;
  static size_t rootSize;
  char out[PATH_MAX];
  int saved = errno;
  if (root == NULL) {
    root = getenv(READS_ROOT);
    if (root == NULL) root = "";
    rootSize = strlen(root);
  }
  if (rootSize == 0 || path == NULL) return;
  size_t size = absolutePath(folder, path, out);
  if (size > rootSize && strncmp(out, root, rootSize) == 0 && out[rootSize] == '/') {
    if (lists) out[size++] = '/';
    out[size++] = '\0';
    ssize_t written = write(READS_FD, out, size);
    (void)written;
  }
  errno = saved;
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, #name)

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list args; \
    va_start(args, flags); \
    mode = va_arg(args, mode_t); \
    va_end(args); \
  }

int open(const char *path, int flags, ...) { NEXT(open); MODE(flags); tell(AT_FDCWD, path, 0); return next(path, flags, mode); }
int open64(const char *path, int flags, ...) { NEXT(open64); MODE(flags); tell(AT_FDCWD, path, 0); return next(path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { NEXT(openat); MODE(flags); tell(folder, path, 0); return next(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { NEXT(openat64); MODE(flags); tell(folder, path, 0); return next(folder, path, flags, mode); }
FILE *fopen(const char *path, const char *how) { NEXT(fopen); tell(AT_FDCWD, path, 0); return next(path, how); }
FILE *fopen64(const char *path, const char *how) { NEXT(fopen64); tell(AT_FDCWD, path, 0); return next(path, how); }
DIR *opendir(const char *path) { NEXT(opendir); tell(AT_FDCWD, path, 1); return next(path); }
int stat(const char *path, struct stat *s) { NEXT(stat); tell(AT_FDCWD, path, 0); return next(path, s); }
int stat64(const char *path, struct stat64 *s) { NEXT(stat64); tell(AT_FDCWD, path, 0); return next(path, s); }
int lstat(const char *path, struct stat *s) { NEXT(lstat); tell(AT_FDCWD, path, 0); return next(path, s); }
int lstat64(const char *path, struct stat64 *s) { NEXT(lstat64); tell(AT_FDCWD, path, 0); return next(path, s); }
int fstatat(int folder, const char *path, struct stat *s, int flags) { NEXT(fstatat); tell(folder, path, 0); return next(folder, path, s, flags); }
int fstatat64(int folder, const char *path, struct stat64 *s, int flags) { NEXT(fstatat64); tell(folder, path, 0); return next(folder, path, s, flags); }
int access(const char *path, int how) { NEXT(access); tell(AT_FDCWD, path, 0); return next(path, how); }
int faccessat(int folder, const char *path, int how, int flags) { NEXT(faccessat); tell(folder, path, 0); return next(folder, path, how, flags); }
int eaccess(const char *path, int how) { NEXT(eaccess); tell(AT_FDCWD, path, 0); return next(path, how); }

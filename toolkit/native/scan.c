/*
 * scan: asks librpm what specs say.
 *
 * Paths of specs on stdin, one a line, relative to --root; one JSON object a spec and line on stdout, in the
 * order of completion, in the shape of SpecScanResult (toolkit/domain/spec.ts), and `reads`: the files of the
 * root, outside of the spec's own folder, that the parse looked at (paths relative to --root; a folder whose
 * names were listed ends in a slash; null where it was too many). Every spec is parsed in a
 * process of its own, because parsing leaves macros behind that change what the next spec means. A process
 * that takes too long is killed with its children; what it would have told becomes an error.
 *
 * Strings are UTF-8. A byte that is not part of valid UTF-8 is written as the lone surrogate \udc80 + (byte
 * - 0x80), as PEP 383 does, so that nothing is lost.
 *
 * What is looked at is told by scan-reads.so, which has to be preloaded; without it `reads` is empty.
 *
 * While a spec is parsed the working directory, _sourcedir and _specdir are the spec's own folder.
 *
 * Works with rpm 4.18 and 4.20. Build: gcc -O2 -o scan scan.c $(pkg-config --cflags --libs rpm) -lrpmbuild
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scan-json.h"
#include "scan-spec.h"

#define MAX_OUTPUT (16u << 20) /* bytes of JSON of one spec */
#define MAX_STDERR (8u << 10)  /* bytes kept of what the spec's shell commands complain */

typedef struct { char *path; pid_t pid; int out, err; Buffer output, complaints; long long deadline; } Child;

static long long nowMs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* A file of fixed size that what the spec starts can fill but not grow. */
static int readsFile(void) {
  int fd = memfd_create("reads", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || ftruncate(fd, MAX_READS) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
    perror("reads");
    exit(1);
  }
  return fd;
}

static void startChild(Child *child, char *path, long timeoutMs, rlim_t memory) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) { perror("pipe"); exit(1); }
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) { perror("fork"); exit(1); }
  if (pid == 0) {
    struct rlimit limit = { memory, memory };
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    dup2(null, 1);
    dup2(err[1], 2);
    setrlimit(RLIMIT_AS, &limit);
    dup2(readsFile(), READS_FD);
    scanSpec(path, out[1]);
    _exit(0);
  }
  setpgid(pid, pid);
  close(out[1]);
  close(err[1]);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  *child = (Child){ .path = path, .pid = pid, .out = out[0], .err = err[0], .deadline = nowMs() + timeoutMs };
}

/* Reads what is there; keeps at most `limit` bytes. Returns 0 at the end of the stream. */
static int drain(int fd, Buffer *buffer, size_t limit) {
  char chunk[65536];
  for (;;) {
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0;
    size_t room = limit - buffer->size;
    append(buffer, chunk, (size_t)n < room ? (size_t)n : room);
  }
}

static void report(const Buffer *b) {
  if (fwrite(b->data, 1, b->size, stdout) != b->size || fflush(stdout) != 0) { perror("stdout"); exit(1); }
}

/* Ends the child and what it started, and prints its answer or why there is none. */
static void finishChild(Child *child, const char *reason) {
  int status = 0;
  kill(-child->pid, SIGKILL);
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {}
  drain(child->err, &child->complaints, MAX_STDERR);
  if (reason == NULL && child->output.size > 0 && child->output.data[child->output.size - 1] == '\n') {
    report(&child->output);
  } else {
    Buffer m = { 0 }, b = { 0 };
    if (reason != NULL) appendText(&m, reason);
    else if (WIFSIGNALED(status)) appendFormat(&m, "rpm was ended by signal %d", WTERMSIG(status));
    else appendFormat(&m, "rpm ended with status %d before it had an answer", WEXITSTATUS(status));
    if (child->complaints.size > 0) {
      appendText(&m, "\n");
      append(&m, child->complaints.data, child->complaints.size);
    }
    jsonError(&b, child->path, m.data);
    report(&b);
    free(m.data);
    free(b.data);
  }
  close(child->out);
  close(child->err);
  free(child->output.data);
  free(child->complaints.data);
  free(child->path);
  child->pid = 0;
}

/* Waits for output or a deadline. A child is done when it closed its answer. */
static void serve(Child *children, int jobs, char *timeoutReason) {
  struct pollfd fds[2 * jobs];
  long long now = nowMs(), wait = 60000;
  for (int i = 0; i < jobs; i++) {
    Child *c = &children[i];
    fds[2 * i] = (struct pollfd){ c->pid > 0 ? c->out : -1, POLLIN, 0 };
    fds[2 * i + 1] = (struct pollfd){ c->pid > 0 && c->err >= 0 ? c->err : -1, POLLIN, 0 };
    if (c->pid > 0 && c->deadline - now < wait) wait = c->deadline > now ? c->deadline - now : 0;
  }
  if (poll(fds, (nfds_t)(2 * jobs), (int)wait) < 0 && errno != EINTR) { perror("poll"); exit(1); }
  now = nowMs();
  for (int i = 0; i < jobs; i++) {
    Child *c = &children[i];
    if (c->pid == 0) continue;
    if (fds[2 * i + 1].revents != 0) drain(c->err, &c->complaints, MAX_STDERR);
    if (fds[2 * i].revents != 0 && !drain(c->out, &c->output, MAX_OUTPUT + 1)) finishChild(c, NULL);
    else if (c->output.size > MAX_OUTPUT) finishChild(c, "what rpm tells of the spec is larger than 16 MiB");
    else if (now >= c->deadline) finishChild(c, timeoutReason);
  }
}

static void usage(void) {
  fputs("usage: scan [--root DIR] [--target ARCH] [--define 'NAME BODY']... [--load FILE]... [--jobs N]\n"
        "            [--timeout SECONDS] [--memory MIB] < paths\n", stderr);
  exit(2);
}

int main(int argc, char **argv) {
  const char *target = NULL, *defines[argc], *loads[argc];
  int defineCount = 0, loadCount = 0, jobs = 2;
  long timeout = 30, memory = 1024;
  for (int i = 1; i < argc; i += 2) {
    const char *option = argv[i], *value = argv[i + 1];
    if (value == NULL) usage();
    if (strcmp(option, "--root") == 0) root = value;
    else if (strcmp(option, "--target") == 0) target = value;
    else if (strcmp(option, "--define") == 0) defines[defineCount++] = value;
    else if (strcmp(option, "--load") == 0) loads[loadCount++] = value;
    else if (strcmp(option, "--jobs") == 0) jobs = atoi(value);
    else if (strcmp(option, "--timeout") == 0) timeout = atol(value);
    else if (strcmp(option, "--memory") == 0) memory = atol(value);
    else usage();
  }
  if (jobs < 1 || jobs > 1024 || timeout < 1 || memory < 1) usage();
  setenv("HOME", "/nonexistent", 1); /* no ~/.rpmmacros */
  if (rpmReadConfigFiles(NULL, target) != 0) return 1;
  for (int i = 0; i < loadCount; i++)
    if (rpmLoadMacroFile(NULL, loads[i]) != 0) { fprintf(stderr, "cannot load macros: %s\n", loads[i]); return 1; }
  for (int i = 0; i < defineCount; i++)
    if (rpmDefineMacro(NULL, defines[i], RMIL_CMDLINE) != 0) return 1;

  char timeoutReason[80];
  snprintf(timeoutReason, sizeof timeoutReason, "not parsed within the limit of %ld s", timeout);
  Child *children = calloc((size_t)jobs, sizeof *children);
  char *line = NULL;
  size_t room = 0;
  for (int more = 1, active = 1; more || active;) {
    for (int i = 0; i < jobs && more; i++) {
      if (children[i].pid > 0) continue;
      ssize_t size = getline(&line, &room, stdin);
      if (size < 0) { more = 0; break; }
      if (line[size - 1] == '\n') line[--size] = '\0';
      if (size > 0) startChild(&children[i], strdup(line), timeout * 1000, (rlim_t)memory << 20);
    }
    active = 0;
    for (int i = 0; i < jobs; i++) active |= children[i].pid > 0;
    if (active) serve(children, jobs, timeoutReason);
  }
  return 0;
}

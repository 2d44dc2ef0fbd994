/* A slot: parses one spec after another, each in a process of its own. */
#ifndef DISTROKIT_SCAN_SLOT_H
#define DISTROKIT_SCAN_SLOT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "scan-confine.h"
#include "scan-json.h"
#include "scan-spec.h"

#define MAX_OUTPUT (16u << 20) /* bytes of JSON of one spec */
#define MAX_STDERR (8u << 10)  /* bytes kept of what the spec's shell commands complain */
#define WATCH_MS 100           /* how often memory is looked at */
#define ANSWER 3               /* the parser's descriptor for its JSON */

typedef struct {
  char **paths;
  size_t count;
  atomic_size_t *next; /* shared by all slots: the first path that nobody took */
  int turn;            /* a file whose lock gives the right to write to stdout */
  long timeout;        /* seconds */
  rlim_t memory;       /* bytes */
} Work;

typedef struct { pid_t pid; int exited, out, err; Buffer output, complaints; } Parser;

static long long nowMs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* A file of fixed size that what the spec starts can fill but not grow. */
static void openReads(void) {
  int fd = memfd_create("reads", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  must(fd, "memfd_create");
  must(ftruncate(fd, MAX_READS), "ftruncate");
  must(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), "seals");
  must(dup2(fd, READS_FD), "dup2");
  close(fd);
}

static Parser startParser(const Work *work, const char *path, unsigned slot) {
  int out[2], err[2];
  must(pipe2(out, O_CLOEXEC), "pipe");
  must(pipe2(err, O_CLOEXEC), "pipe");
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  specLine->at = 0;
  pid_t pid = fork();
  must(pid, "fork");
  if (pid == 0) {
    setpgid(0, 0);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(err[1], 2);
    dup2(out[1], ANSWER);
    fcntl(ANSWER, F_SETFD, FD_CLOEXEC);
    /* What this process runs itself (Lua) is to reach nothing of the slot's. */
    must((int)syscall(SYS_close_range, ANSWER + 1u, ~0u, 0u), "close_range");
    openReads();
    confineSpec(slot, work->memory);
    scanSpec(path, ANSWER);
    _exit(0);
  }
  close(out[1]);
  close(err[1]);
  int exited = (int)syscall(SYS_pidfd_open, pid, 0);
  must(exited, "pidfd_open");
  return (Parser){ .pid = pid, .exited = exited, .out = out[0], .err = err[0] };
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

/* Keeps what came on a stream; forgets the stream at its end. */
static void keep(int *fd, Buffer *buffer, size_t limit) {
  if (*fd < 0 || drain(*fd, buffer, limit)) return;
  close(*fd);
  *fd = -1;
}

/* Waits until the parser has ended. Returns a reason to end it before, or NULL. */
static const char *await(Parser *p, const Work *work, unsigned slot) {
  static char reason[80];
  long long now = nowMs(), deadline = now + work->timeout * 1000, look = now + WATCH_MS;
  for (;;) {
    struct pollfd fds[] = { { p->exited, POLLIN, 0 }, { p->out, POLLIN, 0 }, { p->err, POLLIN, 0 } };
    if (poll(fds, 3, WATCH_MS) < 0 && errno != EINTR) must(-1, "poll");
    keep(&p->out, &p->output, MAX_OUTPUT + 1);
    keep(&p->err, &p->complaints, MAX_STDERR);
    if (p->output.size > MAX_OUTPUT) return "what rpm tells of the spec is larger than 16 MiB";
    if (fds[0].revents != 0) return NULL;
    now = nowMs();
    if (now >= deadline) {
      snprintf(reason, sizeof reason, "not parsed within the limit of %ld s", work->timeout);
      return reason;
    }
    if (now < look) continue;
    look = now + WATCH_MS;
    if (memoryOf(slot) <= work->memory) continue;
    snprintf(reason, sizeof reason, "not parsed within the limit of %lu MiB", (unsigned long)work->memory >> 20);
    return reason;
  }
}

/* Why a spec has no answer, with what was complained. */
static void describeEnd(Buffer *b, const char *reason, int status, const Parser *p) {
  if (reason != NULL) appendText(b, reason);
  else if (WIFSIGNALED(status)) appendFormat(b, "rpm was ended by signal %d", WTERMSIG(status));
  else appendFormat(b, "rpm ended with status %d before it had an answer", WEXITSTATUS(status));
  if (p->complaints.size == 0) return;
  appendText(b, "\n");
  append(b, p->complaints.data, p->complaints.size);
}

/* One whole line, among those of other slots. */
static void report(const Work *work, size_t index, const Buffer *answer) {
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  char number[32];
  snprintf(number, sizeof number, "%zu ", index);
  must(fcntl(work->turn, F_SETLKW, &lock), "lock");
  if (fputs(number, stdout) < 0 || fwrite(answer->data, 1, answer->size, stdout) != answer->size ||
      fflush(stdout) != 0) must(-1, "stdout");
  lock.l_type = F_UNLCK;
  fcntl(work->turn, F_SETLK, &lock);
}

static void parseOne(const Work *work, size_t index, unsigned slot) {
  const char *path = work->paths[index];
  Parser p = startParser(work, path, slot);
  const char *reason = await(&p, work, slot);
  int status = endSpec(slot, p.pid);
  keep(&p.out, &p.output, MAX_OUTPUT + 1);
  keep(&p.err, &p.complaints, MAX_STDERR);
  /* The answer may be forged by what the spec ran: here it is only made sure that it is one line. */
  char *end = p.output.size == 0 ? NULL : memchr(p.output.data, '\n', p.output.size);
  if (reason == NULL && end != NULL && end + 1 == p.output.data + p.output.size) {
    report(work, index, &p.output);
  } else {
    Buffer message = { 0 }, answer = { 0 };
    describeEnd(&message, reason, status, &p);
    jsonError(&answer, path, message.data, specLine->at);
    report(work, index, &answer);
    free(message.data);
    free(answer.data);
  }
  if (p.out >= 0) close(p.out);
  if (p.err >= 0) close(p.err);
  close(p.exited);
  free(p.output.data);
  free(p.complaints.data);
}

static void runSlot(const Work *work, unsigned slot) {
  confineSlot();
  uint64_t clean = mountTemporary();
  for (size_t index; (index = atomic_fetch_add(work->next, 1)) < work->count;) {
    parseOne(work, index, slot);
    if (freeInodes() == clean) continue;
    unmountTemporary();
    clean = mountTemporary();
  }
}

#endif

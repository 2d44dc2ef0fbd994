/*
 * scan: asks librpm what specs say.
 *
 * Paths of specs on stdin, one a line, relative to --root. On stdout a line for each, in the order of
 * completion: the number of the path (from 0), a blank, and one JSON object in the shape of SpecScanResult
 * (toolkit/domain/spec.ts). The number is the scan's own word; the object is that of the process that parsed,
 * in which the spec may have run anything. It has `reads` too: the files of the root, outside of the spec's own
 * folder, that the parse looked at (paths relative to --root; a folder whose names were listed ends in a slash;
 * null where it was too many). Every spec is parsed in a process of its own, because parsing
 * leaves macros behind that change what the next spec means. A process that takes too long or too much is
 * killed with all that it started; what it would have told becomes an error.
 *
 * Strings are UTF-8. A byte that is not part of valid UTF-8 is written as the lone surrogate \udc80 + (byte
 * - 0x80), as PEP 383 does, so that nothing is lost.
 *
 * What is looked at is told by scan-reads.so, which has to be preloaded; without it `reads` is empty.
 *
 * While a spec is parsed the working directory, _sourcedir and _specdir are the spec's own folder.
 *
 * Needs to be root of a user namespace (or of a container that may mount). Works with rpm 4.18 and 4.20.
 * Build: gcc -O2 -o scan scan.c $(pkg-config --cflags --libs rpm) -lrpmbuild
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan-slot.h"

#define MAX_JOBS 1024

static void readPaths(Work *work) {
  char *line = NULL;
  size_t room = 0, space = 0;
  for (ssize_t size; (size = getline(&line, &room, stdin)) >= 0;) {
    if (line[size - 1] == '\n') line[size - 1] = '\0';
    if (work->count == space) work->paths = realloc(work->paths, (space = space * 2 + 64) * sizeof *work->paths);
    work->paths[work->count++] = strdup(line);
  }
  free(line);
}

/* Memory that all slots see: zeros. */
static void *shared(size_t size) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) { perror("mmap"); exit(1); }
  return at;
}

/* Runs slots until all work is done. Returns 0, or 1 when one of them could not go on. */
static int runSlots(const Work *work, unsigned slots) {
  int failed = 0, status;
  for (unsigned slot = 0; slot < slots && slot < work->count; slot++) {
    pid_t pid = fork();
    if (pid < 0) { perror("fork"); exit(1); }
    if (pid > 0) continue;
    specLine = shared(sizeof *specLine);
    runSlot(work, slot);
    _exit(0);
  }
  while (wait(&status) > 0) failed |= status != 0;
  return failed;
}

static void usage(void) {
  fputs("usage: scan [--root DIR] [--target ARCH] [--define 'NAME BODY']... [--load FILE]... [--jobs N]\n"
        "            [--timeout SECONDS] [--memory MIB] < paths\n", stderr);
  exit(2);
}

int main(int argc, char **argv) {
  const char *target = NULL, *defines[argc], *loads[argc];
  int defineCount = 0, loadCount = 0, jobs = 2;
  long memory = 1024;
  Work work = { .timeout = 30 };
  for (int i = 1; i < argc; i += 2) {
    const char *option = argv[i], *value = argv[i + 1];
    if (value == NULL) usage();
    if (strcmp(option, "--root") == 0) root = value;
    else if (strcmp(option, "--target") == 0) target = value;
    else if (strcmp(option, "--define") == 0) defines[defineCount++] = value;
    else if (strcmp(option, "--load") == 0) loads[loadCount++] = value;
    else if (strcmp(option, "--jobs") == 0) jobs = atoi(value);
    else if (strcmp(option, "--timeout") == 0) work.timeout = atol(value);
    else if (strcmp(option, "--memory") == 0) memory = atol(value);
    else usage();
  }
  if (jobs < 1 || jobs > MAX_JOBS || work.timeout < 1 || memory < 1) usage();
  setenv("HOME", "/nonexistent", 1); /* no ~/.rpmmacros */
  unsetenv("LD_BIND_NOW"); /* for us alone: what is bound now need not be in each process that parses */
  if (rpmReadConfigFiles(NULL, target) != 0) return 1;
  for (int i = 0; i < loadCount; i++)
    if (rpmLoadMacroFile(NULL, loads[i]) != 0) { fprintf(stderr, "cannot load macros: %s\n", loads[i]); return 1; }
  for (int i = 0; i < defineCount; i++)
    if (rpmDefineMacro(NULL, defines[i], RMIL_CMDLINE) != 0) return 1;

  readPaths(&work);
  work.memory = (rlim_t)memory << 20;
  work.next = shared(sizeof *work.next);
  work.turn = memfd_create("turn", MFD_CLOEXEC);
  return work.turn < 0 ? 1 : runSlots(&work, (unsigned)jobs);
}

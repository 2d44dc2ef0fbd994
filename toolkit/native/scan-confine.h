/*
 * What keeps a spec from harming other specs and the scan itself. A spec may run any program (%(...), Lua).
 * So specs are parsed in slots, one after another: a slot has its own ids, a read-only view of the tree and
 * one small bounded file system for temporary files. What a spec leaves there or running ends with it.
 */
#ifndef DISTROKIT_SCAN_CONFINE_H
#define DISTROKIT_SCAN_CONFINE_H

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_ID 60000u       /* user and group of slot 0; nothing in a root belongs to these */
#define MAX_PROCESSES 128     /* of a spec at a time */
#define MAX_FILE (64ul << 20) /* bytes */
#define TEMPORARY "/tmp"
#define TEMPORARY_LIMITS "mode=1777,size=64m,nr_inodes=4096"

static const char *const alsoTemporary[] = { "/var/tmp", "/dev/shm" };
#define ALSO_TEMPORARY (sizeof alsoTemporary / sizeof *alsoTemporary)

static void must(int result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "cannot confine specs: %s: %s\n", what, strerror(errno));
  _exit(1);
}

static uint64_t freeInodes(void) {
  struct statfs info;
  must(statfs(TEMPORARY, &info), TEMPORARY);
  return info.f_ffree;
}

/* Gives the slot an empty place for temporary files. Returns its free inodes. */
static uint64_t mountTemporary(void) {
  must(mount("tmpfs", TEMPORARY, "tmpfs", MS_NOSUID | MS_NODEV, TEMPORARY_LIMITS), TEMPORARY);
  for (size_t i = 0; i < ALSO_TEMPORARY; i++)
    if (access(alsoTemporary[i], F_OK) == 0)
      must(mount(TEMPORARY, alsoTemporary[i], NULL, MS_BIND, NULL), alsoTemporary[i]);
  return freeInodes();
}

static void unmountTemporary(void) {
  for (size_t i = 0; i < ALSO_TEMPORARY; i++) umount2(alsoTemporary[i], MNT_DETACH);
  must(umount2(TEMPORARY, MNT_DETACH), TEMPORARY);
}

/*
 * In the slot's process: its own view of the tree, read-only. The kernel gives no user namespace, and so no
 * rights, to who lives in a changed root. What a spec orphans comes to the slot.
 */
static void confineSlot(void) {
  must(unshare(CLONE_NEWNS | CLONE_NEWIPC), "unshare");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
  must(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL), "/mnt");
  must(mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL), "read-only tree");
  must(chroot("/mnt"), "chroot");
  must(chdir("/"), "/");
  must(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper");
  must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig");
}

static void limit(int resource, rlim_t most) {
  struct rlimit both = { most, most };
  must(setrlimit(resource, &both), "setrlimit");
}

/*
 * In the process that parses: gives up all rights but to read what the user may read (his specs may be for his
 * eyes alone), and bounds memory (bytes of address space), processes and files.
 */
static void confineSpec(unsigned slot, rlim_t memory) {
  uid_t id = FIRST_ID + slot;
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct caps[2];
  int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (oom >= 0) {
    if (write(oom, "1000", 4) < 0) perror("oom_score_adj");
    close(oom);
  }
  must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps");
  must(setresgid(id, id, id), "setresgid");
  must(setresuid(id, id, id), "setresuid");
  must((int)syscall(SYS_capget, &header, caps), "capget");
  uint32_t kept = caps[0].permitted & (1u << CAP_DAC_READ_SEARCH);
  memset(caps, 0, sizeof caps);
  caps[0].effective = caps[0].permitted = caps[0].inheritable = kept;
  must((int)syscall(SYS_capset, &header, caps), "capset");
  if (kept != 0) must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0), "ambient");
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig");
  limit(RLIMIT_AS, memory);
  limit(RLIMIT_NPROC, MAX_PROCESSES);
  limit(RLIMIT_FSIZE, MAX_FILE);
  limit(RLIMIT_CORE, 0);
}

/* Bytes of memory that the slot's processes have for themselves. */
static uint64_t memoryOf(unsigned slot) {
  uint64_t sum = 0;
  DIR *all = opendir("/proc");
  for (struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;) {
    char path[300], line[200];
    unsigned id = 0, kib;
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
      if (sscanf(line, "Uid: %u", &id) == 1 && id != FIRST_ID + slot) break;
      if (sscanf(line, "RssAnon: %u", &kib) == 1 || sscanf(line, "RssShmem: %u", &kib) == 1)
        sum += (uint64_t)kib << 10;
    }
    if (status != NULL) fclose(status);
  }
  if (all != NULL) closedir(all);
  return sum;
}

/*
 * Kills the parser and all processes with the slot's ids at once, whatever group or session they are in, and
 * reaps them. Returns the parser's status.
 */
static int endSpec(unsigned slot, pid_t parser) {
  int status = 0, one;
  kill(parser, SIGKILL);
  pid_t killer = vfork();
  if (killer == 0) {
    /* The system call itself: libc's own keeps state, which a vfork shares. */
    uid_t id = FIRST_ID + slot;
    if (syscall(SYS_setresuid, id, id, id) == 0) kill(-1, SIGKILL);
    _exit(0);
  }
  must(killer, "vfork");
  for (pid_t pid; (pid = waitpid(-1, &one, 0)) > 0 || errno == EINTR;)
    if (pid == parser) status = one;
  return status;
}

#endif

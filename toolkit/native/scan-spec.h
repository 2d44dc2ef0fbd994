/* One spec: parsed by librpm, told as JSON. Runs in a process of its own. */
#ifndef DISTROKIT_SCAN_SPEC_H
#define DISTROKIT_SCAN_SPEC_H

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rpm/header.h>
#include <rpm/rpmbuild.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmspec.h>
#include <rpm/rpmtd.h>

#include "scan-files.h"
#include "scan-json.h"
#include "scan-reads.h"

/* ---- what rpm says while it parses ---- */

typedef struct { char **items; size_t count; } Lines;

static void addLine(Lines *lines, const char *text, size_t size) {
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) size--;
  if (size == 0) return;
  lines->items = realloc(lines->items, (lines->count + 1) * sizeof *lines->items);
  lines->items[lines->count++] = strndup(text, size);
}

static Lines errors, warnings;

static int keepMessage(rpmlogRec record, rpmlogCallbackData unused) {
  (void)unused;
  const char *text = rpmlogRecMessage(record);
  if (rpmlogRecPriority(record) <= RPMLOG_ERR) addLine(&errors, text, strlen(text));
  else if (rpmlogRecPriority(record) == RPMLOG_WARNING) addLine(&warnings, text, strlen(text));
  return 0;
}

static const char *root = ".";

/* ---- what it looked at ---- */

#define MAX_READS (1 << 20)    /* bytes */
#define MAX_READ_PATHS 4096

/* Whether the path (relative to root) is the spec's folder or below it. */
static int isOwn(const char *path, const char *spec) {
  const char *slash = strrchr(spec, '/');
  size_t n = slash == NULL ? 0 : (size_t)(slash - spec);
  return n == 0 || (strncmp(path, spec, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

static int byText(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* In the parent, which has no such file, there is nothing to tell. */
static void jsonReads(Buffer *b, const char *spec) {
  static char text[MAX_READS + 1];
  char *paths[MAX_READ_PATHS];
  size_t count = 0, rootSize = strlen(root);
  /* All that write to it share one offset: it is where they ended. */
  off_t size = lseek(READS_FD, 0, SEEK_CUR);
  if (size < 0) size = 0;
  else if (size > MAX_READS) size = MAX_READS;
  if (pread(READS_FD, text, (size_t)size, 0) != size) size = 0;
  jsonKey(b, "reads");
  const char *end = text + size;
  char *at = text;
  for (; at < end && *at != '\0'; at += strlen(at) + 1) {
    if (strncmp(at, root, rootSize) != 0 || at[rootSize] != '/' || isOwn(at + rootSize + 1, spec)) continue;
    if (count == MAX_READ_PATHS) break;
    paths[count++] = at + rootSize + 1;
  }
  /* The file may have been too short for the last. */
  if (count == MAX_READ_PATHS || size > MAX_READS - 2 * PATH_MAX) { appendText(b, "null"); return; }
  qsort(paths, count, sizeof *paths, byText);
  appendText(b, "[");
  for (size_t i = 0, told = 0; i < count; i++) {
    if (i > 0 && strcmp(paths[i], paths[i - 1]) == 0) continue;
    if (told++ > 0) appendText(b, ",");
    jsonText(b, paths[i]);
  }
  appendText(b, "]");
}

/* The line of the spec that rpm read last; shared with who waits for the process that parses. */
typedef struct { long at; } SpecLine;
static SpecLine *specLine;
static struct stat specInfo;

/*
 * librpmbuild reads specs and what they include through this function of libc. Ours stands before it, so that
 * lines are counted: rpm has no other way to tell where it is. It may read a spec anew (BuildArch).
 */
ssize_t __getdelim(char **line, size_t *room, int delimiter, FILE *from) {
  static FILE *last;
  static int isSpec;
  if (specLine != NULL) {
    int isStart = ftello(from) == 0;
    struct stat info;
    if (isStart || from != last)
      isSpec = fstat(fileno(from), &info) == 0 && info.st_ino == specInfo.st_ino && info.st_dev == specInfo.st_dev;
    if (isSpec) specLine->at = isStart ? 1 : specLine->at + 1;
    last = from;
  }
  return getdelim(line, room, delimiter, from);
}

/*
 * Where an error is: rpm writes `line N: ...`, `FILE:N: ...` or `FILE: line N: ...`. What is no word of rpm's
 * is in the line `reached` of the spec (0: not known).
 */
static void jsonError(Buffer *b, const char *spec, const char *message, long reached) {
  char file[4096];
  long line = -1;
  snprintf(file, sizeof file, "%s", spec);
  const char *at = strstr(message, "line ");
  const char *colon = strchr(message, ':');
  if (reached > 0) line = reached;
  else if (message[0] == '/' && colon != NULL) {
    size_t rootSize = strlen(root), size = (size_t)(colon - message);
    const char *path = message;
    if (size > rootSize && strncmp(message, root, rootSize) == 0 && message[rootSize] == '/') {
      path += rootSize + 1;
      size -= rootSize + 1;
    }
    snprintf(file, sizeof file, "%.*s", (int)(size < sizeof file ? size : sizeof file - 1), path);
    if (colon[1] >= '0' && colon[1] <= '9') line = strtol(colon + 1, NULL, 10);
  }
  if (line < 0 && at != NULL && at[5] >= '0' && at[5] <= '9') line = strtol(at + 5, NULL, 10);
  appendText(b, "{");
  jsonKey(b, "spec"); jsonText(b, spec);
  jsonReads(b, spec);
  jsonKey(b, "error"); appendText(b, "{");
  jsonKey(b, "message"); jsonText(b, message);
  jsonKey(b, "file"); jsonText(b, file);
  jsonKey(b, "line");
  if (line < 0) appendText(b, "null"); else appendFormat(b, "%ld", line);
  appendText(b, "}}\n");
}

/* ---- headers to JSON ---- */

static void jsonTag(Buffer *b, const char *key, Header header, rpmTagVal tag) {
  struct rpmtd_s td;
  const char *value;
  int n = 0;
  jsonKey(b, key);
  appendText(b, "[");
  if (headerGet(header, tag, &td, HEADERGET_EXT)) {
    while ((value = rpmtdNextString(&td)) != NULL) {
      if (n++ > 0) appendText(b, ",");
      jsonText(b, value);
      if (strstr(value, "%{") != NULL || strstr(value, "%(") != NULL) {
        Buffer w = { 0 };
        appendText(&w, "macro not expanded in ");
        appendText(&w, key); appendText(&w, ": "); appendText(&w, value);
        addLine(&warnings, w.data, w.size);
        free(w.data);
      }
    }
    rpmtdFreeData(&td);
  }
  appendText(b, "]");
}

static void jsonNevra(Buffer *b, Header header) {
  const struct { const char *key; rpmTagVal tag; } texts[] = {
    { "name", RPMTAG_NAME }, { "version", RPMTAG_VERSION }, { "release", RPMTAG_RELEASE }, { "arch", RPMTAG_ARCH },
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *value = headerGetString(header, texts[i].tag);
    jsonKey(b, texts[i].key);
    jsonText(b, value == NULL ? "" : value);
    if (i == 0) {
      jsonKey(b, "epoch");
      appendFormat(b, "%llu", (unsigned long long)headerGetNumber(header, RPMTAG_EPOCH));
    }
  }
}

/* ---- one spec ---- */

typedef struct { int patch, number; const char *url, *file; } Source;

static int bySource(const void *a, const void *b) {
  const Source *x = a, *y = b;
  return x->patch != y->patch ? x->patch - y->patch : (x->number > y->number) - (x->number < y->number);
}

static void jsonSources(Buffer *b, rpmSpec spec) {
  Source *sources = NULL;
  size_t count = 0;
  rpmSpecSrcIter iter = rpmSpecSrcIterInit(spec);
  for (rpmSpecSrc source; (source = rpmSpecSrcIterNext(iter)) != NULL;) {
    rpmSourceFlags flags = rpmSpecSrcFlags(source);
    if ((flags & (RPMBUILD_ISSOURCE | RPMBUILD_ISPATCH)) == 0) continue;
    sources = realloc(sources, (count + 1) * sizeof *sources);
    sources[count++] = (Source){ (flags & RPMBUILD_ISPATCH) != 0, rpmSpecSrcNum(source),
                                 rpmSpecSrcFilename(source, 1), rpmSpecSrcFilename(source, 0) };
  }
  rpmSpecSrcIterFree(iter);
  if (count > 1) qsort(sources, count, sizeof *sources, bySource);
  for (int patch = 0; patch <= 1; patch++) {
    int n = 0;
    jsonKey(b, patch ? "patches" : "sources");
    appendText(b, "[");
    for (size_t i = 0; i < count; i++) {
      if (sources[i].patch != patch) continue;
      appendText(b, n++ > 0 ? ",{" : "{");
      jsonKey(b, "url"); jsonText(b, sources[i].url);
      jsonKey(b, "file"); jsonText(b, sources[i].file);
      appendText(b, "}");
    }
    appendText(b, "]");
  }
}

static void jsonPackages(Buffer *b, rpmSpec spec, const char *text, const char *mainName) {
  int n = 0;
  jsonKey(b, "packages");
  appendText(b, "[");
  rpmSpecPkgIter iter = rpmSpecPkgIterInit(spec);
  for (rpmSpecPkg package; (package = rpmSpecPkgIterNext(iter)) != NULL;) {
    Header header = rpmSpecPkgHeader(package);
    const char *name = headerGetString(header, RPMTAG_NAME);
    char *files = rpmSpecPkgGetSection(package, RPMBUILD_FILE_LIST);
    if (files == NULL && !hasFilesSection(text, mainName, name)) continue;
    appendText(b, n++ > 0 ? ",{" : "{");
    jsonNevra(b, header);
    jsonTag(b, "provides", header, RPMTAG_PROVIDENEVRS);
    jsonTag(b, "requires", header, RPMTAG_REQUIRENEVRS);
    jsonTag(b, "recommends", header, RPMTAG_RECOMMENDNEVRS);
    jsonTag(b, "obsoletes", header, RPMTAG_OBSOLETENEVRS);
    jsonTag(b, "conflicts", header, RPMTAG_CONFLICTNEVRS);
    jsonFiles(b, files);
    appendText(b, "}");
    free(files);
  }
  rpmSpecPkgIterFree(iter);
  appendText(b, "]");
}

static void jsonSpec(Buffer *b, const char *path, rpmSpec spec) {
  Header source = rpmSpecSourceHeader(spec);
  const char *text = rpmSpecGetSection(spec, RPMBUILD_NONE);
  if (text == NULL) text = "";
  const char *mainName = headerGetString(source, RPMTAG_NAME);
  appendText(b, "{");
  jsonKey(b, "spec"); jsonText(b, path);
  jsonReads(b, path);
  jsonKey(b, "source"); appendText(b, "{"); jsonNevra(b, source); appendText(b, "}");
  jsonTag(b, "buildRequires", source, RPMTAG_REQUIRENEVRS);
  jsonPackages(b, spec, text, mainName);
  jsonTag(b, "exclusiveArch", source, RPMTAG_EXCLUSIVEARCH);
  jsonTag(b, "excludeArch", source, RPMTAG_EXCLUDEARCH);
  jsonSources(b, spec);
  jsonKey(b, "hasCheck"); appendText(b, hasSection(text, "%check") ? "true" : "false");
  jsonKey(b, "hasGenerateBuildRequires");
  appendText(b, hasSection(text, "%generate_buildrequires") ? "true" : "false");
  jsonKey(b, "warnings");
  appendText(b, "[");
  for (size_t i = 0; i < errors.count + warnings.count; i++) {
    if (i > 0) appendText(b, ",");
    jsonText(b, i < errors.count ? errors.items[i] : warnings.items[i - errors.count]);
  }
  appendText(b, "]}\n");
}

/* rpm expands macros in paths: a % that is part of a name is doubled. */
static char *literalPath(const char *path) {
  Buffer b = { 0 };
  for (; *path != '\0'; path++) append(&b, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
  return b.data;
}

/* Runs in the child. Writes the answer to fd. */
static void scanSpec(const char *path, int fd) {
  Buffer b = { 0 };
  char *full = NULL, *folder, *slash;
  if (asprintf(&full, "%s/%s", root, path) < 0) _exit(1);
  folder = strdup(full);
  if ((slash = strrchr(folder, '/')) != NULL) *slash = '\0';
  if (stat(full, &specInfo) != 0) {
    Buffer m = { 0 };
    appendText(&m, "cannot be read: "); appendText(&m, strerror(errno));
    jsonError(&b, path, m.data, 0);
  } else if (!S_ISREG(specInfo.st_mode)) {
    jsonError(&b, path, S_ISDIR(specInfo.st_mode) ? "is a directory, not a spec" : "is not a regular file", 0);
  } else {
    if (chdir(folder) != 0) perror(folder);
    rpmlogSetCallback(keepMessage, NULL);
    /* The flags of rpmspec -q: another architecture and missing sources are no errors. */
    char *literal = literalPath(folder);
    rpmPushMacro(NULL, "_sourcedir", NULL, literal, RMIL_CMDLINE);
    rpmPushMacro(NULL, "_specdir", NULL, literal, RMIL_CMDLINE);
    rpmSpec spec = rpmSpecParse(literalPath(full), RPMSPEC_ANYARCH | RPMSPEC_FORCE, NULL);
    if (spec != NULL && rpmSpecSourceHeader(spec) != NULL) jsonSpec(&b, path, spec);
    else {
      Buffer m = { 0 };
      for (size_t i = 0; i < errors.count && i < 10; i++) {
        if (i > 0) appendText(&m, "\n");
        appendText(&m, errors.items[i]);
      }
      jsonError(&b, path, m.size > 0 ? m.data : "rpm could not parse the spec and gave no reason", 0);
    }
  }
  for (size_t done = 0; done < b.size;) {
    ssize_t n = write(fd, b.data + done, b.size - done);
    if (n < 0 && errno != EINTR) _exit(1);
    if (n > 0) done += (size_t)n;
  }
}

#endif

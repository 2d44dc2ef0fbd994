/* %files: its paths, and which packages have one. */
#ifndef DISTROKIT_SCAN_FILES_H
#define DISTROKIT_SCAN_FILES_H

#include <string.h>
#include <strings.h>

#include "scan-json.h"

/* Paths and globs of one line of %files: directives and what is relative (%doc README) are left out. */
static void jsonFilesLine(Buffer *b, const char *line, size_t size, int *count) {
  size_t i = 0;
  int exclude = 0;
  while (i < size) {
    while (i < size && strchr(" \t\r", line[i]) != NULL) i++;
    size_t start = i;
    int quoted = i < size && line[i] == '"';
    if (quoted) {
      start = ++i;
      while (i < size && line[i] != '"') i++;
    } else {
      int depth = 0;
      for (; i < size && (depth > 0 || strchr(" \t\r", line[i]) == NULL); i++) {
        if (line[i] == '(') depth++;
        if (line[i] == ')' && depth > 0) depth--;
        /* `%attr(0755,root,root)/usr/bin/x` has no blank between. */
        if (line[start] == '%' && line[i] == ')' && depth == 0) { i++; break; }
      }
    }
    size_t n = i - start;
    if (quoted && i < size) i++;
    if (n == 0) continue;
    if (!quoted && n == 8 && strncmp(line + start, "%exclude", 8) == 0) exclude = 1;
    if (!quoted && n >= 7 && strncmp(line + start, "%docdir", 7) == 0) exclude = 1;
    if (line[start] != '/' || exclude) continue;
    if ((*count)++ > 0) appendText(b, ",");
    jsonBytes(b, line + start, n);
  }
}

static void jsonFiles(Buffer *b, const char *text) {
  int count = 0;
  jsonKey(b, "files");
  appendText(b, "[");
  while (text != NULL && *text != '\0') {
    size_t size = strcspn(text, "\n");
    jsonFilesLine(b, text, size, &count);
    text += size + (text[size] == '\n');
  }
  appendText(b, "]");
}

/* Whether a line starts the section as rpm recognises it: any case, then white space or the end. */
static int isSection(const char *line, const char *section) {
  size_t n = strlen(section);
  return strncasecmp(line, section, n) == 0 && (line[n] == '\0' || strchr(" \t\r\n\f\v", line[n]) != NULL);
}

static const char *nextLine(const char *line) {
  const char *end = strchr(line, '\n');
  return end == NULL || end[1] == '\0' ? NULL : end + 1;
}

static int hasSection(const char *text, const char *section) {
  for (const char *line = text; line != NULL; line = nextLine(line))
    if (isSection(line, section)) return 1;
  return 0;
}

/* Whether the expanded text has a %files of the package. librpm tells an empty one from none only inside. */
static int hasFilesSection(const char *text, const char *mainName, const char *name) {
  for (const char *line = text; line != NULL; line = nextLine(line)) {
    if (!isSection(line, "%files")) continue;
    char copy[4096], full[4096], *save = NULL;
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
    snprintf(full, sizeof full, "%s", mainName);
    strtok_r(copy, " \t\r", &save);
    for (char *word; (word = strtok_r(NULL, " \t\r", &save)) != NULL;) {
      if (strcmp(word, "-f") == 0) strtok_r(NULL, " \t\r", &save);
      else if (strcmp(word, "-n") == 0) {
        word = strtok_r(NULL, " \t\r", &save);
        snprintf(full, sizeof full, "%s", word == NULL ? "" : word);
      } else if (word[0] != '-') snprintf(full, sizeof full, "%s-%s", mainName, word);
    }
    if (strcmp(full, name) == 0) return 1;
  }
  return 0;
}

#endif

/*
 * answer: stands in a scan root for an interpreter whose version the root's own has not.
 *
 * Called as perl, python3 and the like. The table ANSWERS holds three lines a known question: the program's
 * name, a pattern of fnmatch(3) for its arguments (joined by blanks), and what is printed, with \n and \\
 * escaped. The first that fits is printed as it stands. What no line answers is asked of the root's own
 * program, which lies in REAL under the same name.
 *
 * Build: gcc -O2 -static -o answer answer.c
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS "/usr/lib/distrokit/answers"
#define REAL "/usr/lib/distrokit/real"

static char *nextLine(FILE *file) {
  char *line = NULL;
  size_t room = 0;
  ssize_t size = getline(&line, &room, file);
  if (size < 0) return NULL;
  if (size > 0 && line[size - 1] == '\n') line[size - 1] = '\0';
  /* \n and \\ */
  char *to = line;
  for (char *from = line; *from != '\0'; from++) {
    if (*from == '\\' && from[1] != '\0') *to++ = *++from == 'n' ? '\n' : *from;
    else *to++ = *from;
  }
  *to = '\0';
  return line;
}

int main(int argc, char **argv) {
  const char *slash = strrchr(argv[0], '/'), *name = slash == NULL ? argv[0] : slash + 1;
  size_t room = 1;
  for (int i = 1; i < argc; i++) room += strlen(argv[i]) + 1;
  char *question = calloc(room, 1);
  for (int i = 1; i < argc; i++) {
    if (i > 1) strcat(question, " ");
    strcat(question, argv[i]);
  }
  FILE *table = fopen(ANSWERS, "r");
  for (char *program; table != NULL && (program = nextLine(table)) != NULL;) {
    char *pattern = nextLine(table), *said = nextLine(table);
    if (pattern == NULL || said == NULL) break;
    if (strcmp(program, name) == 0 && fnmatch(pattern, question, 0) == 0) {
      fputs(said, stdout);
      return 0;
    }
  }
  char *real;
  if (asprintf(&real, "%s/%s", REAL, name) < 0) return 1;
  execv(real, argv);
  fprintf(stderr, "%s: not found\n", name);
  return 127;
}

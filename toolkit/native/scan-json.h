/* Growing buffers and JSON text. */
#ifndef DISTROKIT_SCAN_JSON_H
#define DISTROKIT_SCAN_JSON_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { char *data; size_t size, room; } Buffer;

static void append(Buffer *b, const char *data, size_t size) {
  if (b->size + size + 1 > b->room) {
    b->room = (b->size + size + 1) * 2;
    b->data = realloc(b->data, b->room);
    if (b->data == NULL) { fputs("out of memory\n", stderr); _exit(1); }
  }
  memcpy(b->data + b->size, data, size);
  b->size += size;
  b->data[b->size] = '\0';
}

static void appendText(Buffer *b, const char *text) { append(b, text, strlen(text)); }

__attribute__((format(printf, 2, 3))) static void appendFormat(Buffer *b, const char *format, ...) {
  char text[64];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  appendText(b, text);
}

/* Length of the valid UTF-8 sequence at s, or 0. Refuses overlong forms, surrogates and > U+10FFFF. */
static size_t utf8Length(const unsigned char *s, size_t left) {
  unsigned char c = s[0];
  size_t n = c < 0x80 ? 1 : c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  if (n == 0 || n > left) return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f)) return 0;
  if ((c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f)) return 0;
  return n;
}

static void jsonBytes(Buffer *b, const char *text, size_t size) {
  const unsigned char *s = (const unsigned char *)text;
  append(b, "\"", 1);
  for (size_t i = 0; i < size;) {
    size_t n = utf8Length(s + i, size - i);
    if (n == 0) { appendFormat(b, "\\udc%02x", s[i]); i++; continue; }
    if (n == 1 && (s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f)) appendFormat(b, "\\u%04x", s[i]);
    else append(b, (const char *)s + i, n);
    i += n;
  }
  append(b, "\"", 1);
}

static void jsonText(Buffer *b, const char *text) { jsonBytes(b, text, strlen(text)); }

static void jsonKey(Buffer *b, const char *key) {
  if (b->size > 0 && b->data[b->size - 1] != '{') appendText(b, ",");
  jsonText(b, key);
  appendText(b, ":");
}

#endif

// One reading of a file, by many threads.
#pragma once

#include "plaincsv.h"

#include <stdatomic.h>

// reach is what an instance of DuckDB may read, and how far its readings are.
struct reach {
	size_t folders, files;
	char **folder, **file;
	atomic_llong done; // bytes
};

// reach_path gives the path to open, for the caller to free; NULL when it is none that may be read.
char *reach_path(const struct reach *r, const char *path);
void reach_free(void *r);
void reach_begin(struct reach *r);
long long reach_done(const struct reach *r);

struct scan;

// scan_open gives NULL, and why, when the file cannot be read.
struct scan *scan_open(const struct layout *l, const char *path, bool header, struct reach *progress, const char **why);
int64_t scan_size(const struct scan *s);
void scan_close(void *s);

// scan_next gives the next piece of the file to a thread, with its separators; no records are the end. It gives why it
// cannot, or NULL.
const char *scan_next(struct scan *s, struct unit *u);

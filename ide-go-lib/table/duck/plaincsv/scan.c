#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A unit stays in the cache of a processor. A record is no longer than most_record.
enum { unit_size = 256 << 10, most_record = 32 << 20 };

struct scan {
	const struct layout *layout;
	struct reach *progress;
	int file;
	int64_t size;

	pthread_mutex_t lock;
	bool header, ended;
	int64_t offset; // of what is read next
	char *rest;     // of the record that the last unit ended in
	size_t rest_length, rest_room;
};

char *reach_path(const struct reach *r, const char *path) {
	for (size_t i = 0; i < r->files; i++)
		if (strcmp(r->file[i], path) == 0)
			return strdup(path);
	char *real = realpath(path, NULL); // a link leads where it leads
	for (size_t i = 0; real != NULL && i < r->folders; i++) {
		char *folder = realpath(r->folder[i], NULL);
		size_t n = folder == NULL ? 0 : strlen(folder);
		bool within = n > 1 && strncmp(folder, real, n) == 0 && real[n] == '/';
		free(folder);
		if (within)
			return real;
	}
	free(real);
	return NULL;
}

void reach_free(void *reach) {
	struct reach *r = reach;
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i]);
	for (size_t i = 0; i < r->folders; i++)
		free(r->folder[i]);
	free(r->file);
	free(r->folder);
	free(r);
}

void reach_begin(struct reach *r) {
	atomic_store(&r->done, 0);
}

long long reach_done(const struct reach *r) { return atomic_load(&r->done); }

struct scan *scan_open(const struct layout *l, const char *path, bool header, struct reach *progress, const char **why) {
	struct scan *s = calloc(1, sizeof *s);
	if (s == NULL) {
		*why = "there is no memory";
		return NULL;
	}
	struct stat about;
	s->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe would have it wait
	if (s->file < 0 || fstat(s->file, &about) != 0 || !S_ISREG(about.st_mode)) {
		*why = "it cannot be opened";
		if (s->file >= 0)
			close(s->file);
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->layout = l;
	s->header = header;
	s->progress = progress;
	s->size = about.st_size;
#ifdef POSIX_FADV_SEQUENTIAL
	posix_fadvise(s->file, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	return s;
}

int64_t scan_size(const struct scan *s) { return s->size; }

void scan_close(void *scan) {
	struct scan *s = scan;
	close(s->file);
	pthread_mutex_destroy(&s->lock);
	free(s->rest);
	free(s);
}

// fill reads until so many bytes are there or the file ends; -1 is a failure.
static int64_t fill(struct scan *s, char *to, size_t length) {
	size_t have = 0;
	while (have < length) {
		ssize_t n = pread(s->file, to + have, length - have, s->offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
		s->offset += n;
	}
	return (int64_t)have;
}

static bool keep_rest(struct scan *s, const char *text, size_t length) {
	if (length > s->rest_room) {
		free(s->rest);
		s->rest_room = 2 * length;
		if ((s->rest = malloc(s->rest_room)) == NULL) {
			s->rest_room = 0;
			return false;
		}
	}
	if (length > 0)
		memcpy(s->rest, text, length);
	s->rest_length = length;
	return true;
}

// take fills a unit with whole records.
static const char *take(struct scan *s, struct unit *u) {
	static const char memory[] = "there is no memory";
	size_t length = s->rest_length, end = 0;
	u->length = 0;
	if (s->ended)
		return NULL;
	if (!unit_make_room(u, length))
		return memory;
	if (length > 0)
		memcpy(u->text, s->rest, length);
	s->rest_length = 0;
	for (size_t more = unit_size; end == 0; more *= 2) {
		if (length > most_record)
			return "a row is longer than 32 MiB";
		if (!unit_make_room(u, length + more + 1))
			return memory;
		const bool begins = s->offset == 0;
		const int64_t n = fill(s, u->text + length, more);
		if (n < 0)
			return "it cannot be read";
		atomic_fetch_add(&s->progress->done, n);
		length += (size_t)n;
		if (begins && length >= 3 && memcmp(u->text, "\xEF\xBB\xBF", 3) == 0) {
			length -= 3;
			memmove(u->text, u->text + 3, length);
		}
		if ((size_t)n < more) {
			s->ended = true;
			if (length > 0 && u->text[length - 1] != '\n')
				u->text[length++] = '\n';
			end = length;
			break;
		}
		end = unit_end(s->layout, u->text, length);
	}
	u->length = end;
	return keep_rest(s, u->text + end, length - end) ? NULL : memory;
}

const char *scan_next(struct scan *s, struct unit *u) {
	do {
		pthread_mutex_lock(&s->lock);
		const bool header = s->header;
		const char *why = take(s, u);
		s->header = false;
		if (why != NULL)
			s->ended = true;
		const bool ended = s->ended && u->length == 0;
		pthread_mutex_unlock(&s->lock);
		u->records = u->next = 0;
		if (why != NULL || ended)
			return why;
		if ((why = unit_index(s->layout, u)) != NULL)
			return why;
		if (header && u->records == 0)
			return "nothing but empty lines comes before the header";
		u->next = header;
	} while (u->next == u->records);
	return NULL;
}

#define _GNU_SOURCE
#include "native.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// DuckDB brings jemalloc with it where it is built with that; elsewhere it takes the C library's memory as the rest does.
extern int duckdb_je_mallctl(const char *name, void *old, size_t *oldlen, void *now, size_t nowlen) __attribute__((weak));
extern void *duckdb_je_malloc(size_t size) __attribute__((weak));
extern void duckdb_je_free(void *) __attribute__((weak));

// What jemalloc calls to get memory from the system (extent_hooks_t); all but the first and the last are passed through.
typedef struct hooks hooks;
typedef void *alloc_hook(hooks *, void *, size_t, size_t, bool *, bool *, unsigned);
typedef bool merge_hook(hooks *, void *, size_t, void *, size_t, bool, unsigned);
struct hooks {
	alloc_hook *alloc;
	void *dalloc, *destroy, *commit, *decommit, *purge_lazy, *purge_forced, *split;
	merge_hook *merge;
};

static hooks *theirs, ours;
static long most = -1;     // of resident memory, in bytes; below 0 there is no limit
static long lately;        // bytes that were mapped since they were last counted as resident
static long refused;

long native_resident(void) {
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	char *at = text;
	strtol(at, &at, 10); // the size of the address space
	long resident = strtol(at, &at, 10), shared = strtol(at, &at, 10);
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}

// Hooks are called with locks held. Its own hooks for these two fetch what jemalloc keeps of the thread, and make it where it
// is not there yet, which takes memory: a thread whose first call is to free some would wait for itself.

static void *map(size_t size) {
	void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return got == MAP_FAILED ? NULL : got;
}

static void *aligned(size_t size, size_t alignment) {
	char *got = map(size);
	if (!got || ((uintptr_t)got & (alignment - 1)) == 0)
		return got;
	munmap(got, size);
	if (size + alignment < size || !(got = map(size + alignment)))
		return NULL;
	size_t lead = -(uintptr_t)got & (alignment - 1);
	if (lead)
		munmap(got, lead);
	munmap(got + lead + size, alignment - lead);
	return got + lead;
}

static bool merge(hooks *h, void *a, size_t of_a, void *b, size_t of_b, bool committed, unsigned arena) {
	(void)h, (void)a, (void)of_a, (void)b, (void)of_b, (void)committed, (void)arena;
	return false; // neighbours that the system gave are one
}

static void *alloc(hooks *h, void *at, size_t size, size_t alignment, bool *zero, bool *commit, unsigned arena) {
	(void)h, (void)arena;
	if (at)
		return NULL; // a place of its choice is nothing that it needs
	long limit = __atomic_load_n(&most, __ATOMIC_RELAXED);
	if (limit >= 0) {
		long resident = native_resident();
		if (resident >= 0 && resident + __atomic_load_n(&lately, __ATOMIC_RELAXED) + (long)size > limit) {
			__atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
			return NULL; // which DuckDB makes an error of the query
		}
	}
	void *got = aligned(size, alignment);
	if (got) {
		*zero = *commit = true;
		__atomic_add_fetch(&lately, (long)size, __ATOMIC_RELAXED);
	}
	return got;
}

static unsigned arenas(void) {
	unsigned n = 0;
	size_t size = sizeof n;
	if (!duckdb_je_mallctl || duckdb_je_mallctl("arenas.narenas", &n, &size, NULL, 0))
		return 0;
	return n;
}

// Very large pieces have an arena of their own, which is there once there has been one.
static void huge(void) {
	size_t least = 0, size = sizeof least;
	if (duckdb_je_malloc && duckdb_je_free && duckdb_je_mallctl && !duckdb_je_mallctl("opt.oversize_threshold", &least, &size, NULL, 0))
		duckdb_je_free(duckdb_je_malloc(least));
}

int native_install(void) {
	int hooked = 0;
	huge();
	for (unsigned i = 0, n = arenas(); i < n; i++) {
		char name[64];
		snprintf(name, sizeof name, "arena.%u.extent_hooks", i);
		hooks *before = NULL, *now = &ours;
		size_t size = sizeof before;
		if (duckdb_je_mallctl(name, &before, &size, NULL, 0) || !before)
			continue;
		if (!theirs) {
			theirs = before;
			ours = *before;
			ours.alloc = alloc;
			ours.merge = merge;
		}
		if (before == theirs && !duckdb_je_mallctl(name, NULL, NULL, &now, sizeof now))
			hooked++;
	}
	native_tidy();
	return hooked;
}

void native_limit(long bytes) {
	__atomic_store_n(&lately, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&most, bytes, __ATOMIC_RELAXED);
}

long native_refused(void) { return __atomic_load_n(&refused, __ATOMIC_RELAXED); }

static size_t stat(const char *name) {
	size_t value = 0, size = sizeof value;
	if (!duckdb_je_mallctl || duckdb_je_mallctl(name, &value, &size, NULL, 0))
		return 0;
	return value;
}

void native_look(long *used, long *held) {
	struct mallinfo2 c = mallinfo2();
	if (duckdb_je_mallctl) {
		unsigned long long epoch = 1; // has the numbers brought up to date
		size_t n = sizeof epoch;
		duckdb_je_mallctl("epoch", &epoch, &n, &epoch, n);
	}
	*used = (long)(c.uordblks + c.hblkhd + stat("stats.allocated"));
	*held = (long)(c.arena + c.hblkhd + stat("stats.resident"));
}

void native_tidy(void) {
	for (unsigned i = 0, n = arenas(); i < n; i++) {
		char name[64];
		snprintf(name, sizeof name, "arena.%u.purge", i);
		duckdb_je_mallctl(name, NULL, NULL, NULL, 0);
	}
	malloc_trim(0);
}

#include "sample.h"

#include <stdlib.h>
#include <string.h>

enum { piece = 256 << 10, together = 2048 };

static uint64_t *nullable(void *to) { return to; }

static void put(void *to, size_t at, const char *text, size_t length) {
	(void)to, (void)at, (void)text, (void)length;
}

static const char *unit(const struct layout *l, struct unit *u, size_t begin) {
	static const char memory[] = "there is no memory";
	uint64_t valid[together / 64];
	void *data = malloc(together * 16);
	if (data == NULL)
		return memory;
	const char *why = NULL;
	for (size_t column = 0; column < l->columns && why == NULL; column++)
		for (size_t first = begin; first < u->records && why == NULL; first += together) {
			struct sink s = {.data = data, .to = valid, .nullable = nullable, .put = put};
			why = unit_convert(l, u, column, first, u->records - first < together ? u->records - first : together, &s);
		}
	free(data);
	return why;
}

// next_unit copies the next records, and gives how long they are.
static const char *next_unit(const struct layout *l, struct unit *u, const char *text, size_t length, bool whole, size_t *taken) {
	*taken = 0;
	for (size_t most = piece; *taken == 0; most *= 2) {
		const size_t n = length < most ? length : most;
		if (!unit_make_room(u, n + 1))
			return "there is no memory";
		memcpy(u->text, text, n);
		u->length = n;
		if (n == length && whole) {
			if (u->text[n - 1] != '\n')
				u->text[u->length++] = '\n';
			*taken = n;
		} else {
			*taken = u->length = unit_end(l, u->text, n);
			if (n == length)
				break;
		}
	}
	return NULL;
}

const char *sample_convert(const struct layout *l, const char *text, size_t length, bool header, bool whole) {
	struct unit u = {0};
	const char *why = NULL;
	while (length > 0 && why == NULL) {
		size_t taken;
		why = next_unit(l, &u, text, length, whole, &taken);
		if (why != NULL || taken == 0)
			break;
		if ((why = unit_index(l, &u)) == NULL)
			why = unit(l, &u, header);
		header = false;
		text += taken;
		length -= taken;
	}
	unit_free(&u);
	return why;
}

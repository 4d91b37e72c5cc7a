// How plain CSV becomes columns. A unit is a piece of the file of whole records; its separators are found first, many bytes at a
// time, and its fields are converted column by column after. What is not plain ends it with a reason, for others to read.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind { TEXT, TRUTH, WHOLE, REAL, DECIMAL, DAY, MOMENT, ZONED, CLOCK };

struct column {
	enum kind kind;
	int width, scale; // of DECIMAL, in digits
};

struct layout {
	uint8_t delim, quote; // without quotes, quote is delim
	bool sure;            // no number may have so many digits that it could be of another type
	size_t columns;
	struct column *column;
	bool empty_is_null;
	size_t nulls; // of the other texts that mean null
	char **null;
	size_t *null_length;
};

// SLACK is how many bytes behind a unit may be read and, in lists of separators, written.
enum { SLACK = 64 };

struct unit {
	char *text; // ends with \n
	size_t length, room;
	uint32_t *separator; // of each record as many as there are columns, the last at its end
	size_t separator_room, records;
	size_t next; // record to be read
	bool returns, high, quotes; // it has \r, bytes beyond ASCII, quotes
	char *scratch;              // of texts with quotes in quotes
	size_t scratch_room;
};

void unit_free(struct unit *u);

// unit_make_room gives false when there is no memory.
bool unit_make_room(struct unit *u, size_t length);

// unit_end gives where the last record within the first length bytes ends; 0 is nowhere. A record begins at the first byte.
size_t unit_end(const struct layout *l, const char *text, size_t length);

// unit_index finds the separators. It gives why it cannot, or NULL.
const char *unit_index(const struct layout *l, struct unit *u);

// sink takes the values of one column. Of texts it only takes the short ones itself; put does the long ones.
struct sink {
	void *data;
	uint64_t *valid; // NULL while all are
	void *to;
	uint64_t *(*nullable)(void *to);
	void (*put)(void *to, size_t at, const char *text, size_t length);
};

// unit_convert converts a column of some records. It gives why it cannot, or NULL.
const char *unit_convert(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s);

// number_of reads a number that is written as JSON has it, digits before or behind the point may be missing; false when it is
// beyond all numbers.
bool number_of(const char *from, const char *to, double *value);

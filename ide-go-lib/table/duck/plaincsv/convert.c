#include "plaincsv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// text_value is how DuckDB holds a text: a short one within it.
struct text_value {
	uint32_t length;
	char within[12];
};

static const char not_plain[] = "a value is not written as those before it";

struct field {
	const char *text;
	size_t length;
};

// field_of gives a field without its quotes; false when there are quotes in them.
static inline bool field_of(const struct layout *l, const struct unit *u, size_t record, size_t column, struct field *f) {
	const size_t at = record * l->columns + column;
	size_t begin = at == 0 ? 0 : (size_t)u->separator[at - 1] + 1, end = u->separator[at];
	if (column == 0) // empty lines are left out
		while (u->text[begin] == '\n' || (u->text[begin] == '\r' && begin < end))
			begin++;
	if (u->returns && column + 1 == l->columns && end > begin && u->text[end - 1] == '\r')
		end--;
	f->text = u->text + begin;
	f->length = end - begin;
	if (!u->quotes || f->length < 2 || (uint8_t)f->text[0] != l->quote)
		return true;
	f->text++;
	f->length -= 2;
	return memchr(f->text, l->quote, f->length) == NULL;
}

static inline bool is_null(const struct layout *l, const struct field *f) {
	if (f->length == 0)
		return l->empty_is_null;
	for (size_t i = 0; i < l->nulls; i++)
		if (l->null_length[i] == f->length && memcmp(l->null[i], f->text, f->length) == 0)
			return true;
	return false;
}

static inline bool is_digit(char c) { return (uint8_t)(c - '0') < 10; }

static const uint64_t tens[] = {1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u, 10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u};

enum { exact_digits = 15, most_digits = 18 };

// digits_of reads the digits at the beginning and gives how many there are; beyond most_digits the value means nothing.
static inline size_t digits_of(const char *text, size_t length, uint64_t *value) {
	size_t n = 0;
	uint64_t v = 0;
	for (; n < length && is_digit(text[n]); n++)
		v = v * 10 + (uint64_t)(text[n] - '0');
	*value = v;
	return n;
}

// whole_of takes no zeros or plus before a number, which are signs of a code.
static inline bool whole_of(const struct field *f, int64_t *value) {
	const bool minus = f->text[0] == '-';
	const char *text = f->text + minus;
	const size_t length = f->length - minus;
	uint64_t v;
	if (length == 0 || length > most_digits || digits_of(text, length, &v) != length || (text[0] == '0' && length > 1))
		return false;
	*value = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool exponent_follows(const char *text, size_t length) {
	size_t n = 1;
	if (length == 0 || (text[0] != 'e' && text[0] != 'E'))
		return false;
	if (n < length && (text[n] == '-' || text[n] == '+'))
		n++;
	uint64_t v;
	size_t digits = digits_of(text + n, length - n, &v);
	return digits > 0 && digits <= 3 && n + digits == length;
}

static bool nan_of(const struct field *f, double *value) {
	if (f->length != 3 || (memcmp(f->text, "NaN", 3) != 0 && memcmp(f->text, "nan", 3) != 0))
		return false;
	*value = NAN;
	return true;
}

// A quotient of two numbers that DOUBLE holds is the number that is nearest.
static const double exact_tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
static const uint64_t whole_in_double = (uint64_t)1 << 53;

static inline bool real_of(const struct layout *l, const struct field *f, double *value) {
	const bool minus = f->text[0] == '-';
	const char *text = f->text + minus;
	const size_t length = f->length - minus;
	uint64_t whole, part = 0;
	const size_t before = digits_of(text, length, &whole);
	if (before > most_digits || (before > 1 && text[0] == '0'))
		return false;
	size_t at = before, behind = 0;
	if (at < length && text[at] == '.') {
		at++;
		behind = digits_of(text + at, length - at, &part);
		at += behind;
	}
	if (before + behind == 0)
		return !minus && nan_of(f, value);
	if (l->sure && (before + behind > exact_digits || at != length))
		return false;
	if (at == length && before + behind <= most_digits) {
		const uint64_t digits = whole * tens[behind] + part;
		if (digits < whole_in_double) {
			const double v = (double)digits / exact_tens[behind];
			*value = minus ? -v : v;
			return true;
		}
	}
	if (at != length && !exponent_follows(text + at, length - at))
		return false;
	return number_of(f->text, f->text + f->length, value) && fabs(*value) < (double)whole_in_double && (*value != 0 || whole + part == 0);
}

static inline bool decimal_of(const struct layout *l, const struct column *c, const struct field *f, __int128 *value) {
	const bool minus = f->text[0] == '-';
	const char *text = f->text + minus;
	const size_t length = f->length - minus;
	__int128 v = 0;
	size_t at = 0, behind = 0;
	for (; at < length && is_digit(text[at]); at++) {
		if (at >= (size_t)(c->width - c->scale))
			return false;
		v = v * 10 + (text[at] - '0');
	}
	if ((at > 1 && text[0] == '0') || (l->sure && at > most_digits))
		return false;
	const size_t before = at;
	if (at < length && text[at] == '.')
		for (at++; at < length && is_digit(text[at]); at++, behind++) {
			if (behind >= (size_t)c->scale)
				return false;
			v = v * 10 + (text[at] - '0');
		}
	if (at != length || before + behind == 0)
		return false;
	for (; behind < (size_t)c->scale; behind++)
		v *= 10;
	*value = minus ? -v : v;
	return true;
}

static inline bool truth_of(const struct field *f, bool *value) {
	char lower[5];
	if (f->length > sizeof lower)
		return false;
	for (size_t i = 0; i < f->length; i++)
		lower[i] = (char)(f->text[i] | 0x20);
	*value = f->length == 4;
	return (f->length == 4 && memcmp(lower, "true", 4) == 0) || (f->length == 5 && memcmp(lower, "false", 5) == 0);
}

// two gives the number of two digits; more than 99 when they are none.
static inline unsigned two(const char *text) {
	const unsigned a = (uint8_t)(text[0] - '0'), b = (uint8_t)(text[1] - '0');
	return a < 10 && b < 10 ? a * 10 + b : 1000;
}

// day_of gives the days since 1970 of a text such as 2026-12-31, by Howard Hinnant's days_from_civil.
static inline bool day_of(const char *text, int32_t *day) {
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned century = two(text), year = two(text + 2);
	const unsigned month = two(text + 5), date = two(text + 8);
	if (text[4] != '-' || text[7] != '-' || century > 99 || year > 99 || month < 1 || month > 12 || date < 1 || date > days[month - 1])
		return false;
	year += century * 100;
	if (year == 0 || (month == 2 && date == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))))
		return false;
	const unsigned y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1;
	*day = (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
	return true;
}

// clock_of reads a time of day at the beginning, in microseconds, and gives how long it is; 0 is none.
static inline size_t clock_of(const char *text, size_t length, int64_t *micros) {
	if (length < 5 || text[2] != ':')
		return 0;
	const unsigned hour = two(text), minute = two(text + 3);
	if (hour > 23 || minute > 59)
		return 0;
	*micros = (int64_t)(hour * 60 + minute) * 60000000;
	if (length < 6 || text[5] != ':')
		return 5;
	const unsigned second = length < 8 ? 1000 : two(text + 6);
	if (second > 59)
		return 0;
	*micros += (int64_t)second * 1000000;
	if (length < 9 || text[8] != '.')
		return 8;
	uint64_t part;
	const size_t digits = digits_of(text + 9, length - 9, &part);
	if (digits == 0 || digits > 6)
		return 0;
	*micros += (int64_t)(part * tens[6 - digits]);
	return 9 + digits;
}

static inline bool moment_of(const struct field *f, bool zoned, int64_t *micros) {
	int32_t day;
	if (f->length < 10 || !day_of(f->text, &day))
		return false;
	*micros = (int64_t)day * 86400000000;
	if (f->length == 10)
		return true;
	int64_t clock;
	const char *text = f->text + 11;
	size_t length = f->length - 11;
	const size_t n = f->text[10] == 'T' || f->text[10] == ' ' ? clock_of(text, length, &clock) : 0;
	if (n == 0)
		return false;
	*micros += clock;
	text += n;
	length -= n;
	if (length == 0)
		return true;
	if (!zoned)
		return false;
	if (length == 1)
		return text[0] == 'Z';
	if ((length != 3 && length != 6) || (length == 3 && n == 5) || (text[0] != '+' && text[0] != '-') || (length == 6 && text[3] != ':'))
		return false;
	const unsigned hours = two(text + 1), minutes = length == 6 ? two(text + 4) : 0;
	if (hours > 15 || minutes > 59)
		return false;
	const int64_t ahead = (int64_t)(hours * 60 + minutes) * 60000000;
	*micros -= text[0] == '-' ? -ahead : ahead;
	return true;
}

// utf8 follows table 3-7 of the Unicode standard.
static bool utf8(const char *from, size_t length) {
	const uint8_t *s = (const uint8_t *)from, *end = s + length;
	while (s < end) {
		uint8_t c = *s++;
		if (c < 0x80)
			continue;
		size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
		if (c < 0xC2 || c > 0xF4 || (size_t)(end - s) < more)
			return false;
		uint8_t low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
		if (s[0] < low || s[0] > high)
			return false;
		for (size_t i = 1; i < more; i++)
			if ((s[i] & 0xC0) != 0x80)
				return false;
		s += more;
	}
	return true;
}

// unquoted writes each quote once that stands twice within quotes.
static bool unquoted(const struct layout *l, struct unit *u, struct field *f) {
	if (f->length > u->scratch_room) {
		free(u->scratch);
		u->scratch_room = f->length * 2;
		if ((u->scratch = malloc(u->scratch_room)) == NULL) {
			u->scratch_room = 0;
			return false;
		}
	}
	size_t n = 0;
	for (size_t i = 0; i < f->length; i++) {
		u->scratch[n++] = f->text[i];
		if ((uint8_t)f->text[i] == l->quote)
			i++;
	}
	f->text = u->scratch;
	f->length = n;
	return true;
}

static inline void no_value(struct sink *s, size_t at) {
	if (s->valid == NULL)
		s->valid = s->nullable(s->to);
	s->valid[at / 64] &= ~((uint64_t)1 << (at % 64));
}

static const char *texts(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s) {
	struct text_value *out = s->data;
	for (size_t i = 0; i < records; i++) {
		struct field f;
		if (!field_of(l, u, first + i, column, &f) && !unquoted(l, u, &f))
			return "there is no memory";
		if (is_null(l, &f)) {
			no_value(s, i);
			continue;
		}
		if (f.length > UINT32_MAX / 2 || (u->high && !utf8(f.text, f.length)))
			return "a text is not UTF-8 (unicode)";
		if (f.length > sizeof out->within) {
			s->put(s->to, i, f.text, f.length);
			continue;
		}
		struct text_value v = {.length = (uint32_t)f.length};
		memcpy(v.within, f.text, f.length);
		out[i] = v;
	}
	return NULL;
}

// EACH converts a field f to out[i] by an expression that is false when it cannot.
#define EACH(type, take)                                                                                               \
	{                                                                                                                  \
		type *out = s->data;                                                                                           \
		for (size_t i = 0; i < records; i++) {                                                                         \
			struct field f;                                                                                            \
			const bool plain = field_of(l, u, first + i, column, &f);                                                  \
			if (is_null(l, &f)) {                                                                                      \
				no_value(s, i);                                                                                        \
				continue;                                                                                              \
			}                                                                                                          \
			if (!plain || f.length == 0 || !(take))                                                                    \
				return not_plain;                                                                                      \
		}                                                                                                              \
		return NULL;                                                                                                   \
	}

static const char *wholes(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(int64_t, whole_of(&f, out + i))

static const char *reals(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(double, real_of(l, &f, out + i))

static const char *truths(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(bool, truth_of(&f, out + i))

static const char *days(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(int32_t, f.length == 10 && day_of(f.text, out + i))

static const char *moments(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(int64_t, moment_of(&f, l->column[column].kind == ZONED, out + i))

static const char *clocks(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(int64_t, clock_of(f.text, f.length, out + i) == f.length)

static const char *wide_decimals(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s)
EACH(__int128, decimal_of(l, l->column + column, &f, out + i))

static const char *decimals(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s) {
	__int128 v;
	EACH(int64_t, decimal_of(l, l->column + column, &f, &v) && (out[i] = (int64_t)v, true))
}

const char *unit_convert(const struct layout *l, struct unit *u, size_t column, size_t first, size_t records, struct sink *s) {
	switch (l->column[column].kind) {
	case TEXT:
		return texts(l, u, column, first, records, s);
	case TRUTH:
		return truths(l, u, column, first, records, s);
	case WHOLE:
		return wholes(l, u, column, first, records, s);
	case REAL:
		return reals(l, u, column, first, records, s);
	case DECIMAL:
		return (l->column[column].width > most_digits ? wide_decimals : decimals)(l, u, column, first, records, s);
	case DAY:
		return days(l, u, column, first, records, s);
	case MOMENT:
	case ZONED:
		return moments(l, u, column, first, records, s);
	case CLOCK:
		return clocks(l, u, column, first, records, s);
	}
	return not_plain;
}

#include "plaincsv.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

void unit_free(struct unit *u) {
	free(u->text);
	free(u->separator);
	free(u->scratch);
	memset(u, 0, sizeof *u);
}

bool unit_make_room(struct unit *u, size_t length) {
	length += SLACK;
	if (length <= u->room)
		return true;
	char *text = realloc(u->text, length);
	if (text == NULL)
		return false;
	u->text = text;
	u->room = length;
	return true;
}

static bool separators(struct unit *u, size_t count) {
	count += SLACK;
	if (count <= u->separator_room)
		return true;
	free(u->separator);
	u->separator = malloc(count * sizeof *u->separator);
	u->separator_room = u->separator == NULL ? 0 : count;
	return u->separator != NULL;
}

// marks of 64 bytes, one bit for each.
struct marks {
	uint64_t delim, line, quote, back, high, zero;
};

#ifdef __SSE2__
static inline struct marks marks_of(const char *text, uint8_t delim, uint8_t quote) {
	const __m128i d = _mm_set1_epi8((char)delim), q = _mm_set1_epi8((char)quote), n = _mm_set1_epi8('\n'), r = _mm_set1_epi8('\r'), z = _mm_setzero_si128();
	struct marks m = {0};
	for (int i = 0; i < 4; i++) {
		__m128i v = _mm_loadu_si128((const __m128i *)(text + 16 * i));
		m.delim |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, d)) << (16 * i);
		m.quote |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, q)) << (16 * i);
		m.line |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, n)) << (16 * i);
		m.back |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, r)) << (16 * i);
		m.high |= (uint64_t)(uint16_t)_mm_movemask_epi8(v) << (16 * i);
		m.zero |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, z)) << (16 * i);
	}
	return m;
}
#else
static inline struct marks marks_of(const char *text, uint8_t delim, uint8_t quote) {
	struct marks m = {0};
	for (int i = 0; i < 64; i++) {
		uint8_t c = (uint8_t)text[i];
		m.delim |= (uint64_t)(c == delim) << i;
		m.quote |= (uint64_t)(c == quote) << i;
		m.line |= (uint64_t)(c == '\n') << i;
		m.back |= (uint64_t)(c == '\r') << i;
		m.high |= (uint64_t)(c >> 7) << i;
		m.zero |= (uint64_t)(c == 0) << i;
	}
	return m;
}
#endif

// within gives, for each bit, whether there is an odd number of bits up to it.
static inline uint64_t within(uint64_t bits) {
	for (int shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

size_t unit_end(const struct layout *l, const char *text, size_t length) {
	bool quoted = false;
	if (l->quote != l->delim)
		for (size_t i = 0; i < length; i += 64) {
			uint64_t quotes = marks_of(text + i, l->delim, l->quote).quote;
			if (length - i < 64)
				quotes &= ((uint64_t)1 << (length - i)) - 1;
			quoted ^= __builtin_parityll(quotes);
		}
	for (size_t i = length; i > 0; i--) {
		if (!quoted && text[i - 1] == '\n')
			return i;
		if (l->quote != l->delim && (uint8_t)text[i - 1] == l->quote)
			quoted = !quoted;
	}
	return 0;
}

static const char uneven[] = "a row has not as many fields as the header";

// without_empty leaves out lines that are empty; a record begins with the ends of those before it. Of one column they may be rows.
static const char *without_empty(const struct layout *l, struct unit *u, size_t count) {
	size_t kept = 0, begin = 0, fields = 0;
	u->records = 0;
	for (size_t i = 0; i < count; i++) {
		size_t at = u->separator[i];
		bool ends = u->text[at] == '\n';
		bool empty = at == begin || (at == begin + 1 && u->text[begin] == '\r');
		if (l->columns == 1 && empty)
			return "an empty line may be a row";
		begin = at + 1;
		if (ends && fields == 0 && empty)
			continue;
		u->separator[kept++] = (uint32_t)at;
		if (++fields == l->columns && ends) {
			fields = 0;
			u->records++;
		} else if (ends || fields == l->columns) {
			return uneven;
		}
	}
	return fields == 0 ? NULL : uneven;
}

// even says whether each record has as many fields as there are columns, and no line is empty.
static bool even(const struct layout *l, const struct unit *u, size_t count, size_t lines) {
	if (l->columns == 1 || count != lines * l->columns)
		return false;
	for (size_t i = l->columns - 1; i < count; i += l->columns)
		if (u->text[u->separator[i]] != '\n')
			return false;
	return true;
}

const char *unit_index(const struct layout *l, struct unit *u) {
	if (!separators(u, u->length))
		return "there is no memory";
	memset(u->text + u->length, 0, SLACK);
	const bool quoting = l->quote != l->delim;
	const uint64_t first = 1;
	uint64_t quoted = 0, bad = 0, backs = 0, high = 0, quotes = 0, zeros = 0;
	// What the byte before a block was: a beginning of fields or a quote; an end of quotes; a return.
	uint64_t begins = 1, closed = 0, back = 0;
	size_t n = 0, lines = 0, returns = 0;
	for (size_t i = 0; i < u->length; i += 64) {
		struct marks m = marks_of(u->text + i, l->delim, l->quote);
		const uint64_t here = u->length - i < 64 ? (first << (u->length - i)) - 1 : ~(uint64_t)0;
		m.line &= here; // what is behind is no text
		uint64_t inside = quoted;
		if (quoting && (m.quote | quoted) != 0) {
			inside ^= within(m.quote);
			const uint64_t open = m.quote & inside, close = m.quote & ~inside;
			bad |= open & ~((m.delim | m.line | m.quote) << 1 | begins);
			const uint64_t may_follow = m.delim | m.line | m.back | m.quote;
			bad |= (close & ~(first << 63)) & ~(may_follow >> 1);
			bad |= closed & ~may_follow & first;
			closed = close >> 63;
			quoted = (uint64_t)((int64_t)inside >> 63);
			quotes |= m.quote;
		} else {
			bad |= closed & ~(m.delim | m.line | m.back) & first;
			closed = 0;
		}
		if ((m.back | back) != 0) {
			const uint64_t alone = m.back & ~inside;
			bad |= (alone & ~(first << 63)) & ~(m.line >> 1);
			bad |= back & ~m.line & first;
			back = alone >> 63;
			backs |= m.back;
			returns += (size_t)__builtin_popcountll(alone & here);
		}
		begins = (m.delim | m.line | m.quote) >> 63;
		high |= m.high;
		zeros |= m.zero & here;
		m.line &= ~inside;
		lines += (size_t)__builtin_popcountll(m.line);
		for (uint64_t at = (m.delim & ~inside & here) | m.line; at != 0; at &= at - 1)
			u->separator[n++] = (uint32_t)(i + (size_t)__builtin_ctzll(at));
	}
	if (quoted != 0)
		return "a quote is not closed";
	if (zeros != 0)
		return "there are bytes that no text has";
	if (bad != 0)
		return "a quote stands within a field, or a line ends in another way";
	if (l->columns == 1 && returns > 0 && returns != lines) // an end of two bytes may be two
		return "its lines end in different ways";
	u->returns = backs != 0;
	u->high = high != 0;
	u->quotes = quotes != 0;
	if (even(l, u, n, lines)) {
		u->records = lines;
		return NULL;
	}
	return without_empty(l, u, n);
}

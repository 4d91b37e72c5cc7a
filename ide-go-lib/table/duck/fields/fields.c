#include "fields.h"

#include <string.h>

// The compiler makes of these what the processor has for many bytes at a time.
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(16)));

#define LOW(before, at, delim, quote) \
	((((before) == (delim)) | ((before) == (quote)) | ((before) <= '\r')) & ((at) <= '0') & ((at) > '\r') & ((at) != (delim)) & ((at) != (quote)))

size_t fields_low(const uint8_t *text, size_t *from, size_t to, uint8_t delim, uint8_t quote, uint32_t *found, size_t room) {
	size_t i = *from, n = 0;
	const bytes delims = (bytes){0} + delim, quotes = (bytes){0} + quote;
	while (i < to && n + sizeof(bytes) <= room) {
		size_t end = i + sizeof(bytes);
		if (end <= to) {
			bytes before, at;
			memcpy(&before, text + i - 1, sizeof before);
			memcpy(&at, text + i, sizeof at);
			words any = (words)LOW(before, at, delims, quotes);
			if ((any[0] | any[1]) == 0) {
				i = end;
				continue;
			}
		} else {
			end = to;
		}
		for (; i < end; i++)
			if (LOW(text[i - 1], text[i], delim, quote))
				found[n++] = (uint32_t)i;
	}
	*from = i;
	return n;
}

#include <stddef.h>
#include <stdint.h>

size_t fields_low(const uint8_t *text, size_t *from, size_t to, uint8_t delim, uint8_t quote, uint32_t *found, size_t room);

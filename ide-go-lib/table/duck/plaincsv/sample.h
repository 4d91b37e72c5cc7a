#include "plaincsv.h"

// sample_convert converts the records at the beginning of a file, and keeps nothing of them. The last is left out when the text
// is not the whole file. It gives why it cannot, or NULL.
const char *sample_convert(const struct layout *l, const char *text, size_t length, bool header, bool whole);

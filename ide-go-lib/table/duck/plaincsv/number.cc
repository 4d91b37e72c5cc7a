#include <charconv>
#include <cmath>

extern "C" {
#include "plaincsv.h"

bool number_of(const char *from, const char *to, double *value) {
	auto result = std::from_chars(from, to, *value);
	return result.ec == std::errc() && result.ptr == to && std::isfinite(*value);
}
}

// Package fields finds places in lines of fields, many bytes at a time.
package fields

// #cgo CFLAGS: -O3
// #include "fields.h"
import "C"

import "math"

// Low finds where fields begin, with or without quotes, with a byte below '1', such as a zero, a sign or a space: what
// is not empty and not the beginning of most numbers and texts. It looks at text from a place of at least 1 on, and gives how many
// of their places it has put into found, of which there must be 16 at least, and where it is to go on.
func Low(text []byte, from int, delim, quote byte, found []uint32) (n, next int) {
	if from >= len(text) {
		return 0, len(text)
	}
	if len(text) > math.MaxUint32 || len(found) < 16 || from < 1 {
		panic("fields: no such place")
	}
	at := C.size_t(from)
	n = int(C.fields_low((*C.uint8_t)(&text[0]), &at, C.size_t(len(text)), C.uint8_t(delim), C.uint8_t(quote), (*C.uint32_t)(&found[0]), C.size_t(len(found))))
	return n, int(at)
}

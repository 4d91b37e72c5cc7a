// Package native looks at, and bounds, the memory that this process takes beside Go's: that of DuckDB, of which DuckDB
// itself accounts only for a part.
package native

// #include "native.h"
import "C"

import (
	"runtime/metrics"
	"sync"
)

// Install has the allocator of values ask for the limit before it takes memory from the system. It tells whether there is one
// that does.
var Install = sync.OnceValue(func() bool { return C.native_install() > 0 })

// Limit bounds what may be resident beside Go's memory, in bytes. What goes beyond it is refused to whoever asks, and becomes
// an error of a query. Go's share is that of now, so call it now and then.
func Limit(bytes int64) { C.native_limit(C.long(bytes + ofGo())) }

// Resident is the memory that the process holds beside Go's, in bytes, with what its allocators keep for later.
func Resident() int64 {
	r := int64(C.native_resident())
	if r < 0 { // where the system does not tell, nothing is too much
		return 0
	}
	return max(0, r-ofGo())
}

// Unlimited takes the limit away.
func Unlimited() { C.native_limit(-1) }

// Look tells what is in use of what the allocators hold. It takes some milliseconds when there are many small pieces.
func Look() (used, held int64) {
	var u, h C.long
	C.native_look(&u, &h)
	return int64(u), int64(h)
}

// Tidy gives back to the system what the allocators keep for later.
func Tidy() { C.native_tidy() }

// Refused is how often the limit has been told.
func Refused() int64 { return int64(C.native_refused()) }

func ofGo() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

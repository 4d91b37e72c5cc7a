// Package sqlitemem bounds the memory that SQLite takes. It works within this process, for the files that connections lead to as for
// what the server keeps itself, and one statement may ask for as many large values at once as it likes.
package sqlitemem

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

const (
	// most is what all databases together may have in use, in bytes.
	most = 1 << 30
	// share is how many times a piece has to fit into what is left, so that the small ones of others still do where a large one does not.
	share = 4
	// spare is what pieces of at most the size of the largest page may have in use beyond that, so that those of the server's own databases
	// still fit where the values of a query have taken all.
	spare = 1 << 28
	page  = 1 << 16
)

// Bound has SQLite ask here for its memory. That is possible only before the first database of the process is opened; it tells
// whether it was. What is refused becomes the error SQLITE_NOMEM of a statement, and no more than that.
var Bound = sync.OnceValue(install)

// used is what SQLite has in use, in bytes.
var used atomic.Int64

// Used tells it.
func Used() int64 { return used.Load() }

// own are SQLite's functions, to which all is handed on.
var own struct {
	malloc  func(*libc.TLS, int32) uintptr
	free    func(*libc.TLS, uintptr)
	realloc func(*libc.TLS, uintptr, int32) uintptr
	size    func(*libc.TLS, uintptr) int32
}

func install() bool {
	tls := libc.NewTLS()
	defer tls.Close()
	const list = unsafe.Sizeof(lib.Tsqlite3_mem_methods{}) // behind the functions are the arguments of a call
	at := libc.Xcalloc(tls, 1, libc.Tsize_t(list+unsafe.Sizeof(uintptr(0))))
	if at == 0 {
		return false
	}
	defer libc.Xfree(tls, at)
	args := libc.VaList(at+list, at)
	if lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_GETMALLOC, args) != lib.SQLITE_OK {
		return false
	}
	// A pointer to a function of C is here what a function of Go is.
	methods := *(**lib.Tsqlite3_mem_methods)(unsafe.Pointer(&at)) //nolint:gosec // memory of C, which was made for it above
	swap(&methods.FxMalloc, &own.malloc, malloc)
	swap(&methods.FxFree, &own.free, free)
	swap(&methods.FxRealloc, &own.realloc, realloc)
	own.size = *(*func(*libc.TLS, uintptr) int32)(unsafe.Pointer(&methods.FxSize)) //nolint:gosec // as the driver's generator writes them
	return lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_MALLOC, args) == lib.SQLITE_OK
}

// swap puts ours in the place of SQLite's, which is kept.
func swap[F any](at *uintptr, kept *F, ours F) {
	*kept = *(*F)(unsafe.Pointer(at)) //nolint:gosec // as above
	*at = *(*uintptr)(unsafe.Pointer(&ours))
}

// take counts bytes as used, if there is room for them.
func take(bytes int64) bool {
	room := int64(most)
	if bytes <= page {
		room += spare
	}
	if used.Add(bytes)+(share-1)*bytes > room {
		used.Add(-bytes)
		return false
	}
	return true
}

func malloc(tls *libc.TLS, bytes int32) uintptr {
	if !take(int64(bytes)) {
		return 0
	}
	p := own.malloc(tls, bytes)
	if p == 0 {
		used.Add(-int64(bytes))
	}
	return p
}

func free(tls *libc.TLS, p uintptr) {
	used.Add(-int64(own.size(tls, p)))
	own.free(tls, p)
}

func realloc(tls *libc.TLS, p uintptr, bytes int32) uintptr {
	more := int64(bytes) - int64(own.size(tls, p))
	if more > 0 && !take(more) {
		return 0
	}
	q := own.realloc(tls, p, bytes)
	switch {
	case q == 0 && more > 0:
		used.Add(-more)
	case q != 0 && more < 0:
		used.Add(more)
	}
	return q
}

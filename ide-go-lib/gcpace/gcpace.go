// Package gcpace paces the garbage collector of a server with a small heap. By Go's default a heap is collected when it has
// doubled; one of 20 MiB under load is, many times a second, and each time all of it is looked at for little. Here it may
// grow by a fixed room first; larger heaps are collected as by default.
package gcpace

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	least = 100 // percent: Go's default
	most  = 800 // percent: what a nearly empty heap may grow by
)

// Start gives the heap room to grow by at least that many bytes between collections, for as long as the process lives. Where
// GOGC is set, whoever set it has decided, and nothing happens.
func Start(room uint64) {
	if _, set := os.LookupEnv("GOGC"); set {
		return
	}
	once.Do(func() { watch(room) })
}

var once sync.Once

// watch looks at the heap after every collection: it is then that what nothing refers to has its finalizer run.
func watch(room uint64) {
	debug.SetGCPercent(percent(live(), room))
	mark := new([64]byte) // larger than what the allocator packs together
	runtime.SetFinalizer(mark, func(*[64]byte) { watch(room) })
}

// percent is the growth that gives the room to a heap of so many bytes.
func percent(live, room uint64) int {
	return int(min(max(room*100/max(live, 1), least), most))
}

// live is what the last collection left, in bytes; 0 before the first.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

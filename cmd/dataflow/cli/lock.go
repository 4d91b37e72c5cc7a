package cli

import (
	"maps"
	"os"
	"slices"
	"syscall"
)

// tryLock takes the file's lock, which the kernel gives back when the process ends.
func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

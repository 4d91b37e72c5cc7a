package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// holdFile is locked by those who make a backup, together, and by who removes files that nothing refers to, alone: what a
// database refers to is there as long as it is copied.
const holdFile = "backup.lock"

func openHold(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, holdFile), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("hold the files of the data folder: %w", err)
	}
	return f, nil
}

// hold waits until nobody removes files, and keeps everybody from it.
func hold(dir string) (release func(), err error) {
	f, err := openHold(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		return nil, errors.Join(fmt.Errorf("hold the files of the data folder: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// TryRemoving says whether files may be removed now, which nobody makes a backup of; release ends that. ok is false while
// a backup is being made.
func TryRemoving(dir string) (release func(), ok bool, err error) {
	f, err := openHold(dir)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, f.Close()
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("hold the files of the data folder: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, true, nil
}

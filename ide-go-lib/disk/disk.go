// Package disk tells how the disk below a folder is.
package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Space is how a disk is.
type Space struct {
	Free, Total int64 // bytes; free is for those who are not root
	ReadOnly    bool
}

// Of gives how the disk is on which the folder lies.
func Of(dir string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Space{}, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	size := s.Bsize
	return Space{Free: int64(s.Bavail) * size, Total: int64(s.Blocks) * size, ReadOnly: s.Flags&unix.ST_RDONLY != 0}, nil //nolint:gosec // disks are smaller
}

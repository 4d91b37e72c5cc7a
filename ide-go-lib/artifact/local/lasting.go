package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// mostLasting bounds how many paths are remembered.
const mostLasting = 1 << 16

// lasting says whether this process knows that a path outlives a power cut. Of what it finds it knows no such thing: whoever
// made it may be about to sync it, or may have been killed before.
func (s *Store) lasting(path string) bool {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	_, known := s.books.lasting[path]
	return known
}

func (s *Store) lasts(path string) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if s.books.lasting == nil || len(s.books.lasting) >= mostLasting {
		s.books.lasting = map[string]struct{}{}
	}
	s.books.lasting[path] = struct{}{}
}

// settle makes a blob that is there already outlive a power cut.
func (s *Store) settle(target string) error {
	if s.lasting(target) {
		return nil
	}
	folder := filepath.Dir(target)
	if err := errors.Join(s.makeFolder(folder), s.sync(target), s.sync(folder)); err != nil {
		return err
	}
	s.lasts(target)
	return nil
}

// makeFolder makes a folder, and those around it, so that it outlives a power cut.
func (s *Store) makeFolder(dir string) error {
	if dir == s.dir {
		return nil
	}
	if _, err := os.Stat(dir); err == nil && s.lasting(dir) { // #nosec G703 -- made of a checked tenant and hash
		return nil
	}
	parent := filepath.Dir(dir)
	if err := s.makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // #nosec G703 -- made of a checked tenant and hash
		return err
	}
	if err := s.sync(parent); err != nil {
		return err
	}
	s.lasts(dir)
	return nil
}

// syncPath syncs a file or a folder.
func syncPath(path string) error {
	f, err := os.Open(path) // #nosec G304 G703 -- one of our own
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact"
)

// syncs has a store tell what it syncs, by the names of blobs and folders; a blob that is not in its place yet is "new".
func syncs(s *Store) (taken func() []string) {
	var all []string
	s.sync = func(path string) error {
		name, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, filepath.Join("a", scratchDir)+string(filepath.Separator)) {
			name = "new"
		}
		all = append(all, name)
		return syncPath(path)
	}
	return func() []string {
		now := all
		all = nil
		return now
	}
}

func adopt(t *testing.T, s *Store, content string) artifact.Ref {
	t.Helper()
	dir, remove, err := s.Scratch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	ref, err := s.Adopt(t.Context(), "a", path, "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// TestBlobsOutliveAPowerCut: each is synced before it is in its place, and the folders that lead to it after; what is known
// to last costs nothing.
func TestBlobsOutliveAPowerCut(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, s *Store, content string) artifact.Ref{
		"put":   func(t *testing.T, s *Store, content string) artifact.Ref { return keep(t, s, "a", content) },
		"adopt": adopt,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			taken := syncs(s)
			expect := func(when string, want ...string) {
				t.Helper()
				if got := taken(); !slices.Equal(got, want) {
					t.Errorf("%s: synced %q, expected %q", when, got, want)
				}
			}
			ref := put(t, s, "content")
			blobs := filepath.Join("a", blobsDir)
			folder := filepath.Join(blobs, ref.ID[:2])
			target := filepath.Join(folder, ref.ID)
			expect("the first one", ".", "a", blobs, "new", folder)
			put(t, s, "content")
			expect("the same once more")

			// Another process may have been killed between the rename and the sync.
			again, err := New(s.dir)
			if err != nil {
				t.Fatal(err)
			}
			s, taken = again, syncs(again)
			put(t, s, "content")
			expect("by a process that did not make it", ".", "a", blobs, target, folder)
			put(t, s, "content")
			expect("the same by that process once more")

			if _, err := s.Remove(t.Context(), "a", ref.ID, s.Mark()); err != nil {
				t.Fatal(err)
			}
			put(t, s, "content")
			expect("after it was removed", "new", folder)
			if err := os.RemoveAll(filepath.Join(s.dir, blobs)); err != nil {
				t.Fatal(err)
			}
			put(t, s, "content")
			expect("after its folders were removed by hand", "a", blobs, "new", folder)
		})
	}
}

// TestWhatIsThereIsNotTrusted: another put of the same content may be between its rename and its sync.
func TestWhatIsThereIsNotTrusted(t *testing.T) {
	s := open(t)
	taken := syncs(s)
	var inner []string
	plain := s.sync
	s.sync = func(path string) error {
		if info, err := os.Stat(path); err == nil && info.IsDir() && len(filepath.Base(path)) == 2 && inner == nil {
			inner = []string{"under way"}
			taken()
			keep(t, s, "a", "content")
			inner = taken()
		}
		return plain(path)
	}
	keep(t, s, "a", "content")
	if len(inner) < 2 {
		t.Errorf("the second one, while the first was about to sync: synced %q, expected the blob and its folder", inner)
	}
}

func TestPassingBlobsWaitForNoDisk(t *testing.T) {
	s := open(t)
	taken := syncs(s)
	s.Passing()
	ref := keep(t, s, "a", "one")
	if again := adopt(t, s, "one"); again.ID != ref.ID {
		t.Fatalf("%s is not %s", again.ID, ref.ID)
	}
	if path, release, err := s.Path(t.Context(), "a", ref.ID); err != nil {
		t.Fatal(err)
	} else if release(); filepath.Base(path) != ref.ID {
		t.Fatal(path)
	}
	if all := taken(); len(all) > 0 {
		t.Fatalf("synced %v", all)
	}
}

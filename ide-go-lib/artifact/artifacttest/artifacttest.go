// Package artifacttest is the suite that every artifact.Store passes.
package artifacttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
)

const tenant = "default"

// Run checks stores that open makes; each test gets its own, empty one.
func Run(t *testing.T, open func(t *testing.T) artifact.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s artifact.Store)
	}{
		{"round trip", roundTrip},
		{"equal content is one blob", dedupe},
		{"tenants are apart", tenants},
		{"unknown, malformed and hostile names", unknown},
		{"a failing reader leaves nothing", failingReader},
		{"a canceled put leaves nothing", canceledPut},
		{"adopt moves the file", adopt},
		{"adopt refuses foreign paths", adoptForeign},
		{"scratch directories are private", scratch},
		{"drafts are places for one file", draft},
		{"seek", seek},
		{"concurrent puts of the same content", concurrent},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func put(t *testing.T, s artifact.Store, tenant, content string) artifact.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), tenant, strings.NewReader(content), "text/plain")
	if err != nil {
		t.Fatalf("put: %v", err)
	}
	return ref
}

func read(t *testing.T, s artifact.Store, tenant, id string) string {
	t.Helper()
	r, err := s.Open(t.Context(), tenant, id)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b)
}

func wantMissing(t *testing.T, s artifact.Store, tenant, id string) {
	t.Helper()
	if r, err := s.Open(t.Context(), tenant, id); err == nil {
		_ = r.Close()
		t.Errorf("open %q of %q succeeded", id, tenant)
	} else if c := errs.From(err).Code; c != "artifact_not_found" && c != "tenant_invalid" {
		t.Errorf("open %q: code %q", id, c)
	}
	if _, release, err := s.Path(t.Context(), tenant, id); err == nil {
		release()
		t.Errorf("path of %q of %q succeeded", id, tenant)
	}
}

func idOf(content string) string {
	h := sha256.Sum256([]byte(content))
	return hex.EncodeToString(h[:])
}

func roundTrip(t *testing.T, s artifact.Store) {
	for _, content := range []string{"", "x", strings.Repeat("0123456789", 300_000)} {
		ref := put(t, s, tenant, content)
		if ref.ID != idOf(content) || ref.Size != int64(len(content)) || ref.MediaType != "text/plain" {
			t.Errorf("ref = %+v", ref)
		}
		if read(t, s, tenant, ref.ID) != content {
			t.Error("content differs")
		}
		path, release, err := s.Path(t.Context(), tenant, ref.ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path) // #nosec G304 -- the store's own path
		release()
		if err != nil || string(b) != content {
			t.Errorf("file differs: %v", err)
		}
	}
}

func dedupe(t *testing.T, s artifact.Store) {
	if a, b := put(t, s, tenant, "same"), put(t, s, tenant, "same"); a != b {
		t.Errorf("%+v, %+v", a, b)
	}
	if got := read(t, s, tenant, idOf("same")); got != "same" {
		t.Errorf("got %q", got)
	}
}

func tenants(t *testing.T, s artifact.Store) {
	ref := put(t, s, "one", "secret")
	wantMissing(t, s, "two", ref.ID)
	put(t, s, "two", "secret")
	read(t, s, "two", ref.ID)
}

func unknown(t *testing.T, s artifact.Store) {
	ref := put(t, s, tenant, "x")
	for _, id := range []string{idOf("other"), "", "..", "../" + ref.ID, strings.ToUpper(ref.ID), ref.ID + "\x00", ref.ID[:10]} {
		wantMissing(t, s, tenant, id)
	}
	for _, name := range []string{"", ".", "..", "a/b", "../default", "a\x00", strings.Repeat("a", 100)} {
		if _, err := s.Put(t.Context(), name, strings.NewReader("x"), ""); errs.From(err) == nil || errs.From(err).Code != "tenant_invalid" {
			t.Errorf("tenant %q: %v", name, err)
		}
		wantMissing(t, s, name, ref.ID)
	}
}

func failingReader(t *testing.T, s artifact.Store) {
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))
	if _, err := s.Put(t.Context(), tenant, r, ""); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	wantMissing(t, s, tenant, idOf("half"))
}

func canceledPut(t *testing.T, s artifact.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, tenant, strings.NewReader("never"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	wantMissing(t, s, tenant, idOf("never"))
}

func adopt(t *testing.T, s artifact.Store) {
	inScratch := func() (string, func()) {
		dir, remove, err := s.Scratch(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "out.parquet"), remove
	}
	ofDraft := func() (string, func()) {
		path, remove, err := s.Draft(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		return path, remove
	}
	for _, made := range []func() (string, func()){inScratch, ofDraft, inScratch, ofDraft} { // but for the first time, the content is there already
		path, remove := made()
		defer remove()
		if err := os.WriteFile(path, []byte("rows"), 0o600); err != nil {
			t.Fatal(err)
		}
		ref, err := s.Adopt(t.Context(), tenant, path, "a/b")
		if err != nil {
			t.Fatal(err)
		}
		if want := (artifact.Ref{ID: idOf("rows"), Size: 4, MediaType: "a/b"}); ref != want {
			t.Errorf("ref = %+v", ref)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is still there: %v", err)
		}
		if read(t, s, tenant, ref.ID) != "rows" {
			t.Error("content differs")
		}
	}
}

func adoptForeign(t *testing.T, s artifact.Store) {
	outside := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, remove, err := s.Scratch(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	foreign := filepath.Join(dir, "file")
	if err := os.WriteFile(foreign, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	draft, removeDraft, err := s.Draft(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	defer removeDraft()
	if err := os.WriteFile(draft, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	unmade, removeUnmade, err := s.Draft(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer removeUnmade()
	own, removeOwn, err := s.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer removeOwn()
	link := filepath.Join(own, "link")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{outside, foreign, draft, unmade, link, own, filepath.Dir(own), filepath.Join(own, "../../../../etc/passwd"), filepath.Join(own, "missing")} {
		if ref, err := s.Adopt(t.Context(), tenant, path, ""); err == nil {
			t.Errorf("adopted %s as %+v", path, ref)
		}
	}
	for _, path := range []string{outside, foreign, draft} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("refused file is gone: %v", err)
		}
	}
}

func scratch(t *testing.T, s artifact.Store) {
	a, removeA, err := s.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	b, removeB, err := s.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer removeB()
	if a == b {
		t.Error("the same directory twice")
	}
	if info, err := os.Stat(a); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(a, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	removeA()
	removeA()
	if _, err := os.Stat(a); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func draft(t *testing.T, s artifact.Store) {
	a, removeA, err := s.Draft(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	b, removeB, err := s.Draft(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("the same path twice")
	}
	if _, err := os.Lstat(a); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is there already: %v", err)
	}
	if info, err := os.Stat(filepath.Dir(a)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(a, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	removeA()
	removeA()
	removeB()
	if _, err := os.Stat(a); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func seek(t *testing.T, s artifact.Store) {
	ref := put(t, s, tenant, "0123456789")
	r, err := s.Open(t.Context(), tenant, ref.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Seek(-3, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "789" {
		t.Errorf("%q, %v", b, err)
	}
}

func concurrent(t *testing.T, s artifact.Store) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			content := fmt.Sprint("content ", i%4)
			for range 5 {
				ref, err := s.Put(t.Context(), tenant, bytes.NewReader([]byte(content)), "")
				if err != nil {
					t.Errorf("put: %v", err)
					return
				}
				r, err := s.Open(t.Context(), tenant, ref.ID)
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				if b, err := io.ReadAll(r); err != nil || string(b) != content {
					t.Errorf("%q, %v", b, err)
				}
				_ = r.Close()
			}
		})
	}
	wg.Wait()
}

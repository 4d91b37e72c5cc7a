package files

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"dataflow/ide-go-lib/errs"
)

const tenant = "default"

func open1(t *testing.T) *Store {
	t.Helper()
	s, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return errs.From(err).Code
}

func content(t *testing.T, s *Store, name string) string {
	t.Helper()
	f, _, err := s.Open(t.Context(), tenant, name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPutReadListDelete(t *testing.T) {
	s := open1(t)
	for _, name := range []string{"a.csv", "data/in/b.json", "data/c.parquet", "übersicht 数据.xlsx"} {
		info, err := s.Put(t.Context(), tenant, name, strings.NewReader("of "+name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Name != name || info.Size != int64(len("of "+name)) || info.ModifiedAt.IsZero() {
			t.Errorf("info = %+v", info)
		}
		if got := content(t, s, name); got != "of "+name {
			t.Errorf("content of %s: %q", name, got)
		}
		p, err := s.Local(t.Context(), tenant, "./"+name)
		if err != nil || !filepath.IsAbs(p) {
			t.Errorf("%q, %v", p, err)
		}
	}
	names := func(prefix string) string {
		list, err := s.List(t.Context(), tenant, prefix)
		if err != nil {
			t.Fatal(err)
		}
		var b []string
		for _, i := range list {
			b = append(b, i.Name)
		}
		return strings.Join(b, " ")
	}
	for prefix, want := range map[string]string{
		"": "a.csv data/c.parquet data/in/b.json übersicht 数据.xlsx", "data/": "data/c.parquet data/in/b.json",
		"data/in": "data/in/b.json", "da": "data/c.parquet data/in/b.json", "zzz": "",
	} {
		if got := names(prefix); got != want {
			t.Errorf("list %q: %q, want %q", prefix, got, want)
		}
	}
	if err := s.Delete(t.Context(), tenant, "data/in/b.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), tenant, "data/in/b.json"); code(err) != "file_not_found" {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, tenant, "data", "in")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty folder is still there: %v", err)
	}
	if list, err := s.List(t.Context(), "other", ""); err != nil || len(list) != 0 {
		t.Errorf("a foreign tenant sees %v, %v", list, err)
	}
}

func TestPathsThatLeadOutside(t *testing.T) {
	s := open1(t)
	if _, err := s.Put(t.Context(), tenant, "inside.csv", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(s.dir, tenant)
	for link, target := range map[string]string{
		"link": filepath.Join(outside, "secret"), "folder": outside, "relative": "../../..", "inner": "inside.csv",
	} {
		if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{
		"/etc/passwd", "..", "../x", "a/../../x", "a/../x", "a/..", ".", "./", "x\x00.csv", `a\b`, `..\x`, "link", "folder/secret", "folder/new",
		"relative/etc/passwd", "inner", scratchName + "/x", strings.Repeat("a/", 600) + "x", strings.Repeat("n", 300),
	} {
		_, err := s.Local(t.Context(), tenant, name)
		if code(err) != "path_outside" {
			t.Errorf("local %.40q: %v", name, err)
		}
		if _, err := s.Put(t.Context(), tenant, name, strings.NewReader("x")); code(err) != "path_outside" {
			t.Errorf("put %.40q: %v", name, err)
		}
		if err := s.Delete(t.Context(), tenant, name); code(err) != "path_outside" {
			t.Errorf("delete %.40q: %v", name, err)
		}
		if err != nil && strings.Contains(errs.From(err).Message, s.dir) {
			t.Errorf("the message tells our directory: %v", err)
		}
	}
	for _, tenant := range []string{"", "..", "a/b", "../default"} {
		if _, err := s.Local(t.Context(), tenant, "inside.csv"); code(err) != "tenant_invalid" {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(b) != "secret" { // #nosec G304 -- test's own
		t.Errorf("%q, %v", b, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("something was written outside: %v, %v", entries, err)
	}
	if list, err := s.List(t.Context(), tenant, ""); err != nil || len(list) != 1 {
		t.Errorf("links are listed: %v, %v", list, err)
	}
}

func TestNotFoundNamesWhatIsNear(t *testing.T) {
	s := open1(t)
	_, err := s.Local(t.Context(), tenant, "x.csv")
	if e := errs.From(err); e.Code != "file_not_found" || !strings.Contains(e.Hint, "empty") {
		t.Errorf("%v, hint %q", err, e.Hint)
	}
	if _, err := s.Put(t.Context(), tenant, "data/birdstrikes.csv", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/birdstrike.csv", "birdstrikes.csv", "data/birdstrikes.csv/x"} {
		_, err := s.Local(t.Context(), tenant, name)
		if e := errs.From(err); e.Code != "file_not_found" || !strings.Contains(e.Hint, `"data/birdstrikes.csv"`) {
			t.Errorf("%v, hint %q", err, e.Hint)
		}
	}
	if _, err := s.Local(t.Context(), tenant, "data"); code(err) != "path_is_folder" {
		t.Error(err)
	}
}

func TestReplaceIsAllOrNothing(t *testing.T) {
	s := open1(t)
	if _, err := s.Put(t.Context(), tenant, "out/report.csv", strings.NewReader("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if _, err := s.Put(t.Context(), tenant, "out/report.csv", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, tenant, "out/report.csv", strings.NewReader("new")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := content(t, s, "out/report.csv"); got != "old" {
		t.Errorf("got %q", got)
	}
	if err := s.Replace(t.Context(), tenant, "x.csv", filepath.Join(s.dir, tenant, "out", "report.csv")); code(err) != "internal" {
		t.Errorf("moved a file that is not scratch: %v", err)
	}
	if _, err := s.Put(t.Context(), tenant, "out", strings.NewReader("x")); code(err) != "path_is_folder" {
		t.Error(err)
	}
	if _, err := s.Put(t.Context(), tenant, "out/report.csv/x", strings.NewReader("x")); code(err) != "path_is_file" {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, tenant, scratchName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("scratch is left: %v", err)
	}
}

func TestConcurrentPuts(t *testing.T) {
	s := open1(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := s.Put(t.Context(), tenant, "dir/same.txt", strings.NewReader(strings.Repeat(string(rune('a'+i)), 1000))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := content(t, s, "dir/same.txt"); got != strings.Repeat(got[:1], 1000) {
		t.Error("two writers are mixed")
	}
}

func TestPutWhileTheFolderGoes(t *testing.T) {
	s := open1(t)
	var wg sync.WaitGroup
	for i := range 4 {
		name := "deep/folder/" + string(rune('a'+i)) + ".txt"
		wg.Go(func() {
			for range 300 {
				if _, err := s.Put(t.Context(), tenant, name, strings.NewReader("x")); err != nil {
					t.Error(err)
				}
				if err := s.Delete(t.Context(), tenant, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCleanRemovesWhatTheDeadLeft(t *testing.T) {
	s := open1(t)
	old, _, err := s.Scratch(t.Context(), tenant) // whose owner is killed
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(old, "half"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Clean(time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err != nil {
		t.Errorf("a young folder is gone: %v", err)
	}
	if _, err := s.Put(t.Context(), tenant, "a.csv", strings.NewReader("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Clean(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, tenant, scratchName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("scratch is left: %v", err)
	}
	if got := content(t, s, "a.csv"); got != "a" {
		t.Errorf("got %q", got)
	}
	fixed, err := Fixed(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	others, remove, err := fixed.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if err := fixed.Clean(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(others); err != nil {
		t.Errorf("another process's scratch is gone: %v", err)
	}
}

func TestFixed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Fixed(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"default", "other"} {
		if _, err := s.Local(t.Context(), tenant, "in.csv"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Put(t.Context(), tenant, "out/r.csv", strings.NewReader("x")); err != nil {
		t.Error(err)
	}
	if _, err := Fixed(filepath.Join(dir, "missing")); err == nil {
		t.Error("opened a folder that is not there")
	}
}

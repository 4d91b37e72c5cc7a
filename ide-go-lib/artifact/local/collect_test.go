package local

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
)

func keep(t *testing.T, s *Store, tenant, content string) artifact.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), tenant, strings.NewReader(content), "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestRemoveSparesWhatWasPutSince(t *testing.T) {
	s := open(t)
	old := keep(t, s, "a", "old")
	again := keep(t, s, "a", "again")
	before := s.Mark()
	keep(t, s, "a", "again") // the same content, which is there already
	fresh := keep(t, s, "a", "fresh")
	for ref, want := range map[artifact.Ref]int64{old: 3, again: 0, fresh: 0} {
		freed, err := s.Remove(t.Context(), "a", ref.ID, before)
		if err != nil || freed != want {
			t.Errorf("removing %s freed %d, %v; want %d", ref.ID[:6], freed, err, want)
		}
		_, there, err := s.Size(t.Context(), "a", ref.ID)
		if err != nil || there != (want == 0) {
			t.Errorf("%s is there: %v, %v", ref.ID[:6], there, err)
		}
	}
	if freed, err := s.Remove(t.Context(), "a", old.ID, before); freed != 0 || err != nil {
		t.Errorf("removing it twice frees %d, %v", freed, err)
	}
	if freed, err := s.Remove(t.Context(), "b", again.ID, s.Mark()); freed != 0 || err != nil {
		t.Errorf("another tenant frees %d, %v", freed, err)
	}
	s.Forget(s.Mark())
	if freed, err := s.Remove(t.Context(), "a", again.ID, 0); freed != 5 || err != nil {
		t.Errorf("what is forgotten frees %d, %v", freed, err)
	}
}

func TestWalkAndUsage(t *testing.T) {
	s := open(t)
	keep(t, s, "a", "123")
	keep(t, s, "b", "12345")
	usage := func(tenant string) int64 {
		t.Helper()
		n, err := s.Usage(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.Limit(func(string) int64 { return 0 })
	if usage("a") != 3 || usage("b") != 5 || usage("none") != 0 {
		t.Error("usage is counted wrongly")
	}
	ref := keep(t, s, "a", "1234")
	keep(t, s, "a", "1234")
	if usage("a") != 7 {
		t.Errorf("usage is %d", usage("a"))
	}
	if _, err := s.Remove(t.Context(), "a", ref.ID, s.Mark()); err != nil || usage("a") != 3 {
		t.Errorf("usage is %d, %v", usage("a"), err)
	}
	var seen []string
	err := s.Walk(t.Context(), func(b artifact.Blob) error {
		seen = append(seen, b.Tenant)
		return nil
	})
	if err != nil || !slices.Equal(seen, []string{"a", "b"}) {
		t.Errorf("walked %v, %v", seen, err)
	}
	enough := errors.New("enough")
	if err := s.Walk(t.Context(), func(artifact.Blob) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}

func TestQuota(t *testing.T) {
	s := open(t)
	keep(t, s, "a", strings.Repeat("x", 600)) // before the quota is known
	s, err := New(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Limit(func(tenant string) int64 { return map[string]int64{"a": 1000}[tenant] })
	keep(t, s, "a", strings.Repeat("y", 300))
	_, err = s.Put(t.Context(), "a", strings.NewReader(strings.Repeat("z", 101)), "")
	if e := errs.From(err); e == nil || e.Code != CodeQuota || e.Hint == "" {
		t.Errorf("above the quota: %v", err)
	}
	keep(t, s, "a", strings.Repeat("y", 300)) // it is there already
	keep(t, s, "a", strings.Repeat("z", 100))
	keep(t, s, "b", strings.Repeat("z", 10_000))

	// Also when many come at once.
	s = open(t)
	s.Limit(func(string) int64 { return 1000 })
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			_, _ = s.Put(t.Context(), "a", bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 99)), "")
		})
	}
	all.Wait()
	if used, err := s.Usage(t.Context(), "a"); err != nil || used != 990 {
		t.Errorf("%d bytes are kept, %v", used, err)
	}
}

func TestGuardKeepsTheStoreAsItIs(t *testing.T) {
	s := open(t)
	ref := keep(t, s, "a", "kept")
	lost := errors.New("lost")
	s.Guard(func() error { return lost })
	if _, err := s.Put(t.Context(), "a", strings.NewReader("more"), ""); !errors.Is(err, lost) {
		t.Error(err)
	}
	if _, err := s.Remove(t.Context(), "a", ref.ID, s.Mark()); !errors.Is(err, lost) {
		t.Error(err)
	}
}

package duck

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dataflow/ide-go-lib/table"
)

// usesOfIdle is how often each instance that is kept was used.
func usesOfIdle(p *pool) (uses []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, inst := range p.idle {
		uses = append(uses, inst.uses)
	}
	return uses
}

// TestFilesOfAStepTakeNoInstanceOfTheirOwn: lists and what connectors give lie among the tenant's artifacts, which any of its
// instances may read.
func TestFilesOfAStepTakeNoInstanceOfTheirOwn(t *testing.T) {
	e := newEngine(t)
	e.pool.long = time.Hour // however slow the machine is
	dir, remove, err := e.store.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	path := filepath.Join(dir, "rows.ndjson")
	if err := os.WriteFile(path, []byte("{\"n\": 1}\n{\"n\": 2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		tab, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		run(t, e, over(tab, "SELECT n + 1 AS n FROM input"))
		if got := usesOfIdle(e.pool); !slices.Equal(got, []int{2 * (i + 1)}) {
			t.Fatalf("time %d: instances are kept that were used %v times; one for all was expected", i+1, got)
		}
	}
}

// TestLinksLeadNowhereNew: a link among the artifacts gives nobody access to what it leads to.
func TestLinksLeadNowhereNew(t *testing.T) {
	e := newEngine(t)
	e.pool.long = time.Hour // it is not let go for being slow
	dir, remove, err := e.store.Scratch(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	link := filepath.Join(dir, "rows.csv")
	if err := os.Symlink(writeFile(t, "outside.csv", "n\n1\n"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Import(t.Context(), tenant, link, table.ImportOptions{}, nil); err != nil {
		t.Fatal(err) // it was asked for by name
	}
	if len(usesOfIdle(e.pool)) != 0 {
		t.Error("the instance that could read it is kept")
	}
}

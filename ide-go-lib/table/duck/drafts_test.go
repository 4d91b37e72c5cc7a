package duck

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
)

// counting is a store that counts what it makes for unfinished work.
type counting struct {
	*local.Store
	folders, drafts int
}

func (c *counting) Scratch(ctx context.Context, tenant string) (string, func(), error) {
	c.folders++
	return c.Store.Scratch(ctx, tenant)
}

func (c *counting) Draft(ctx context.Context, tenant string) (string, func(), error) {
	c.drafts++
	return c.Store.Draft(ctx, tenant)
}

// TestAResultTakesOneFile: a folder for it would be made and removed in each step, and that takes long on a busy disk.
func TestAResultTakesOneFile(t *testing.T) {
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Store: store}
	e, err := New(Config{Store: c, TempDir: t.TempDir(), MemoryMiB: 512, TempMiB: 512})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	run(t, e, sqlPlan("SELECT 1 AS one"))
	run(t, e, sqlPlan("SELECT 1 AS one")) // which is there already
	if _, err := e.Run(t.Context(), tenant, sqlPlan("SELECT error('no') AS one"), nil); err == nil {
		t.Error("no error")
	}
	if c.folders != 0 || c.drafts != 3 {
		t.Errorf("%d folders and %d drafts, expected 3 drafts", c.folders, c.drafts)
	}
	dir, err := store.Dir(tenant)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "scratch")); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

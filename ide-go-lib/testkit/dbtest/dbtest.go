// Package dbtest gives tests a database of their own.
package dbtest

import (
	"path/filepath"
	"testing"

	"dataflow/ide-go-lib/db"
)

// Temp opens an empty database in a file that is gone after the test.
func Temp(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatalf("open a database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}

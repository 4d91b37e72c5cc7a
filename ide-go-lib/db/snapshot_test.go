package db_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/db"
)

func at(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func exec(t *testing.T, d *db.DB, text string, args ...any) {
	t.Helper()
	_, err := d.Write.ExecContext(t.Context(), text, args...)
	require.NoError(t, err)
}

func number(t *testing.T, d *db.DB, text string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, d.Read.QueryRowContext(t.Context(), text, args...).Scan(&n))
	return n
}

func TestSnapshotAndReplace(t *testing.T) {
	dir := t.TempDir()
	d := at(t, filepath.Join(dir, "live.db"))
	exec(t, d, "CREATE TABLE t (v INTEGER PRIMARY KEY, w TEXT)")
	exec(t, d, "INSERT INTO t VALUES (1, 'old')")
	copied := filepath.Join(dir, "snapshot of #1.db")
	require.NoError(t, d.Snapshot(t.Context(), copied))
	require.Error(t, d.Snapshot(t.Context(), copied), "it overwrites nothing")
	exec(t, d, "UPDATE t SET w = 'new'")
	exec(t, d, "CREATE TABLE more (v INTEGER)")

	// One who has it open goes on reading while it is replaced, and sees all of it afterwards.
	other := at(t, filepath.Join(dir, "live.db"))
	tx, err := other.Read.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var w string
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT w FROM t").Scan(&w))
	require.NoError(t, d.Replace(t.Context(), copied))
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT w FROM t").Scan(&w))
	require.Equal(t, "new", w)
	require.NoError(t, tx.Rollback())
	require.NoError(t, other.Read.QueryRowContext(t.Context(), "SELECT w FROM t").Scan(&w))
	require.Equal(t, "old", w)
	exec(t, other, "INSERT INTO t VALUES (2, 'after')")
	require.Equal(t, int64(2), number(t, d, "SELECT count(*) FROM t"))
	require.Zero(t, number(t, d, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"))
	var mode string
	require.NoError(t, d.Read.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	require.Equal(t, "wal", mode)
	require.Error(t, d.Replace(t.Context(), filepath.Join(dir, "none.db")))

	findings, err := d.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, findings)
}

const rows = 3000

// manyRows makes a database of several kinds of tables and closes it, so that all lies in its one file.
func manyRows(t *testing.T, path string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: path})
	require.NoError(t, err)
	exec(t, d, "CREATE TABLE t (no INTEGER PRIMARY KEY, v TEXT NOT NULL)")
	exec(t, d, "CREATE TABLE named (id TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID")
	exec(t, d, "CREATE TABLE counts (n INTEGER)")
	exec(t, d, "INSERT INTO counts VALUES (0)")
	exec(t, d, "CREATE INDEX t_v ON t (v)")
	exec(t, d, "CREATE VIRTUAL TABLE words USING fts5 (v, content = 't', content_rowid = 'no')")
	exec(t, d, "CREATE TRIGGER counted AFTER INSERT ON t BEGIN UPDATE counts SET n = n + 1; END")
	exec(t, d, fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO t SELECT i, 'row ' || i || hex(zeroblob(i %% 50)) FROM n", rows))
	exec(t, d, "INSERT INTO named SELECT 'id ' || no, v FROM t WHERE no <= 20")
	exec(t, d, "INSERT INTO words (words) VALUES ('rebuild')")
	require.NoError(t, d.Close())
}

// leaves gives the numbers of the pages that hold rows of t, in their order.
func leaves(t *testing.T, path string) (pages []int64) {
	t.Helper()
	d := at(t, path)
	list, err := d.Read.QueryContext(t.Context(), "SELECT pageno FROM dbstat WHERE name = 't' AND pagetype = 'leaf' ORDER BY path")
	require.NoError(t, err)
	defer func() { require.NoError(t, list.Close()) }()
	for list.Next() {
		var n int64
		require.NoError(t, list.Scan(&n))
		pages = append(pages, n)
	}
	require.NoError(t, list.Err())
	return pages
}

func TestSalvageCostsOnlyWhatIsDamaged(t *testing.T) {
	dir := t.TempDir()
	sound := filepath.Join(dir, "sound.db")
	manyRows(t, sound)
	pages := leaves(t, sound)
	require.Greater(t, len(pages), 10)
	text, err := os.ReadFile(sound)
	require.NoError(t, err)
	for name, damaged := range map[string][]int64{
		"nothing":       nil,
		"the first":     pages[:1],
		"one within":    pages[4:5],
		"two apart":     {pages[3], pages[7]},
		"two neighbors": pages[5:7],
		"the last":      pages[len(pages)-1:],
		"the last two":  pages[len(pages)-2:],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			broken := bytes.Clone(text)
			for _, n := range damaged {
				copy(broken[(n-1)*4096:n*4096], bytes.Repeat([]byte{0xa5}, 4096))
			}
			path := filepath.Join(dir, "broken.db")
			require.NoError(t, os.WriteFile(path, broken, 0o600))
			d := at(t, path)
			findings, err := d.Verify(t.Context())
			require.NoError(t, err)
			require.Equal(t, len(damaged) > 0, len(findings) > 0, findings)
			if len(damaged) > 0 {
				err := d.Read.QueryRowContext(t.Context(), "SELECT sum(length(v)) FROM t NOT INDEXED").Scan(new(int64))
				require.True(t, d.Dialect.IsDamaged(err), err)
			}

			saved := filepath.Join(dir, "saved.db")
			report, err := d.Salvage(t.Context(), saved)
			require.NoError(t, err)
			s := at(t, saved)
			findings, err = s.Verify(t.Context())
			require.NoError(t, err)
			require.Empty(t, findings)
			got := number(t, s, "SELECT count(*) FROM t")
			lost := int64(rows) - got
			perPage := int64(rows/len(pages)) * 3
			require.LessOrEqual(t, lost, perPage*int64(len(damaged)), report)
			require.Equal(t, len(damaged) == 0, lost == 0)
			require.Zero(t, number(t, s, "SELECT count(*) FROM t WHERE v NOT LIKE 'row ' || no || '%'"))
			require.Equal(t, int64(20), number(t, s, "SELECT count(*) FROM named"))
			require.Equal(t, int64(rows), number(t, s, "SELECT n FROM counts"), "triggers count nothing twice")
			require.Equal(t, got, number(t, s, "SELECT count(*) FROM words WHERE words MATCH 'row'"))
			exec(t, s, "INSERT INTO t VALUES (100000, 'row 100000')")
			require.Equal(t, int64(rows+1), number(t, s, "SELECT n FROM counts"), "triggers are there again")
			for _, r := range report {
				require.Equal(t, r.Table == "t" && len(damaged) > 0, r.Gaps > 0, "%+v", r)
			}
		})
	}
}

func TestSalvageOfWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("nothing of the kind ", 1000)), 0o600))
	_, err := db.Open(context.WithoutCancel(t.Context()), db.Config{Path: path})
	require.Error(t, err)
	require.True(t, db.SQLite{}.IsDamaged(err), err)
}

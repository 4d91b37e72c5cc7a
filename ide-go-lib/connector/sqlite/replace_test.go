package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
)

// What refers to a table, and what belongs to it, outlives its replacement.
func TestReplaceKeepsOthers(t *testing.T) {
	b, exec := build(t)
	columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
	write := func(name, text string, mode connector.Mode) string {
		t.Helper()
		_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: name}, Mode: mode, Keys: []string{"id"}})
		if e == nil {
			return ""
		}
		require.NotEmpty(t, e.Hint)
		return e.Code + " " + e.Message
	}
	for _, action := range []string{"CASCADE", "SET NULL"} {
		exec(`DROP TABLE IF EXISTS child`)
		exec(`DROP TABLE IF EXISTS parent`)
		exec(`CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)`)
		exec(`CREATE TABLE child (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES Parent (id) ON DELETE ` + action + `)`)
		exec(`INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'c')`)
		exec(`INSERT INTO child VALUES (10, 1), (11, 2), (12, 2)`)
		const children = "10,1\n11,2\n12,2\n"
		require.Empty(t, write("parent", "1,a\n2,b2\n4,d\n", connector.Replace))
		require.Equal(t, "1,a\n2,b2\n4,d\n", b.Query("SELECT * FROM parent ORDER BY id"))
		require.Equal(t, children, b.Query("SELECT * FROM child ORDER BY id"), action)

		require.Contains(t, write("parent", "1,a\n", connector.Replace), connector.CodeReference)
		refused := write("parent", "1,a\n2,b3\n", connector.Truncate)
		require.Contains(t, refused, connector.CodeDependents)
		require.Contains(t, refused, "pid of child")
		require.Equal(t, "1,a\n2,b2\n4,d\n", b.Query("SELECT * FROM parent ORDER BY id"))
		require.Equal(t, children, b.Query("SELECT * FROM child ORDER BY id"), action)
		require.Empty(t, write("parent", "1,a\n2,b4\n", connector.Mirror))
		require.Equal(t, children, b.Query("SELECT * FROM child ORDER BY id"), action)
	}
	// References are still looked after.
	other := []table.StreamColumn{columns[0], connectortest.Column("pid", "INTEGER", table.Plain)}
	for _, mode := range []connector.Mode{connector.Append, connector.Replace} {
		_, e := b.Write(t.Context(), b.Table(other, "20,77\n"), connector.WriteRequest{Path: connector.Path{Table: "child"}, Mode: mode})
		require.NotNil(t, e, mode)
		require.Equal(t, connector.CodeReference, e.Code, mode)
	}

	// A reference that led nowhere before is no reason to refuse.
	exec(`PRAGMA foreign_keys = off`)
	exec(`INSERT INTO child VALUES (13, 99)`)
	require.Empty(t, write("parent", "1,a\n2,b5\n", connector.Replace))
	_, e := b.Write(t.Context(), b.Table(columns[:1], "1\n2\n"), connector.WriteRequest{Path: connector.Path{Table: "parent"}, Mode: connector.Replace})
	require.NotNil(t, e)
	require.Equal(t, connector.CodeDependents, e.Code, "with other columns")

	exec(`CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, size INTEGER AS (length(name)))`)
	exec(`CREATE TABLE log (id INTEGER)`)
	exec(`CREATE TRIGGER told AFTER DELETE ON numbered BEGIN INSERT INTO log VALUES (old.id); END`)
	exec(`INSERT INTO numbered VALUES (1, 'a'), (100, 'b')`)
	exec(`DELETE FROM numbered WHERE id = 100`)
	for _, text := range []string{"5,x\n", ""} {
		require.Empty(t, write("numbered", text, connector.Replace))
		require.Equal(t, text, b.Query("SELECT id, name FROM numbered"))
	}
	exec(`INSERT INTO numbered (name) VALUES ('next')`)
	require.Equal(t, "101,next,4\n", b.Query("SELECT * FROM numbered"), "numbers go on, and what the database fills is filled")
	require.Equal(t, "1\n", b.Query("SELECT count(*) FROM log"), "nobody has deleted rows")
	_, e = b.Write(t.Context(), b.Table(columns[:1], "1\n"), connector.WriteRequest{Path: connector.Path{Table: "numbered"}, Mode: connector.Replace})
	require.NotNil(t, e)
	require.Contains(t, e.Message, "the trigger told")
	require.Contains(t, e.Message, "size")
}

// Of a table that gets other columns all stays that belongs to those which remain.
func TestReplaceWithOtherColumns(t *testing.T) {
	b, exec := build(t)
	all := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("NAME", "VARCHAR", table.Plain), connectortest.Column("extra", "DOUBLE", table.Plain)}
	replace := func(columns []table.StreamColumn, text string) (string, string) {
		t.Helper()
		out, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "kept"}, Mode: connector.Replace})
		if e == nil {
			return "", out.SQL
		}
		require.Contains(t, e.Hint, "drop the table")
		return e.Code, e.Message
	}
	exec(`CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'x' CHECK (name <> 'no'), a TEXT, b TEXT)`)
	exec(`CREATE UNIQUE INDEX by_name ON kept (name)`)
	exec(`CREATE INDEX by_a ON kept (a, name)`)
	exec(`INSERT INTO kept VALUES (7, 'a', 'b', 'c'), (9, 'c', 'b', 'c')`)
	code, text := replace(all, "1,one,1.5\n2,two,2\n")
	require.Empty(t, code, text)
	require.Contains(t, text, `DROP INDEX "by_a"`)
	require.Equal(t, "id\nname\nextra\n", b.Query(`SELECT name FROM pragma_table_info('kept') ORDER BY cid`))
	require.Equal(t, "by_name\n", b.Query(`SELECT name FROM pragma_index_list('kept')`))
	exec(`INSERT INTO kept (extra) VALUES (3)`)
	require.Equal(t, "1,one,1.5\n2,two,2.0\n10,x,3.0\n", b.Query("SELECT * FROM kept ORDER BY id"), "the default, and the next number")
	for row, want := range map[string]string{"1,a,1\n2,a,1\n": connector.CodeUnique, "1,no,1\n": connector.CodeCheck} {
		_, e := b.Write(t.Context(), b.Table(append(all[:2:2], connectortest.Column("more", "DOUBLE", table.Plain)), row), connector.WriteRequest{Path: connector.Path{Table: "kept"}, Mode: connector.Replace})
		require.NotNil(t, e, row)
		require.Equal(t, want, e.Code)
	}
	exec(`CREATE INDEX some ON kept (id) WHERE extra > 1`)
	for _, columns := range [][]table.StreamColumn{all[1:], all[:2]} { // without the key, and without what an index goes by
		code, text = replace(columns, "1,2\n")
		require.Equal(t, connector.CodeDependents, code, text)
	}
	require.Equal(t, "3\n", b.Query("SELECT count(*) FROM kept"), "nothing was written")
}

// A key goes with its column, as elsewhere, and that is told; all else stays.
func TestReplaceWithoutTheKey(t *testing.T) {
	b, exec := build(t)
	replace := func(text string, names ...string) connector.Written {
		t.Helper()
		columns := make([]table.StreamColumn, len(names))
		for i, n := range names {
			columns[i] = connectortest.Column(n, "VARCHAR", table.Plain)
		}
		out, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "keyed"}, Mode: connector.Replace})
		require.Nil(t, e)
		return out
	}
	refused := func(column string) {
		t.Helper()
		_, e := b.Write(t.Context(), b.Table([]table.StreamColumn{connectortest.Column(column, "VARCHAR", table.Plain)}, "x\n"), connector.WriteRequest{Path: connector.Path{Table: "keyed"}, Mode: connector.Replace})
		require.NotNil(t, e)
		require.Equal(t, connector.CodeDependents, e.Code, e)
	}
	exec(`CREATE TABLE keyed (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(20) NOT NULL DEFAULT 'x', a TEXT UNIQUE, b DECIMAL(10, 2), "odd ""c" TEXT, UNIQUE (b, "odd ""c"))`)
	exec(`CREATE UNIQUE INDEX by_both ON keyed (a, name)`)
	exec(`CREATE INDEX by_name ON keyed (name)`)
	exec(`INSERT INTO keyed (id, a) VALUES (7, 'a')`)
	out := replace("1,one,p\n2,two,q\n", "id", "name", "extra")
	require.Equal(t, []string{"the unique key (a)", `the unique key (b, odd "c)`, "the unique index by_both"}, out.Lost)
	require.EqualValues(t, 1, out.Removed)
	require.Contains(t, out.SQL, "AUTOINCREMENT")
	exec(`INSERT INTO keyed (extra) VALUES ('r')`)
	require.Equal(t, "1,one,p\n2,two,q\n8,x,r\n", b.Query("SELECT * FROM keyed ORDER BY id"), "the default, and the next number")
	require.Equal(t, "by_name\n", b.Query("SELECT name FROM pragma_index_list('keyed')"))

	out = replace("one,p\none,p\n", "name", "extra")
	require.Equal(t, []string{"the primary key (id)"}, out.Lost)
	require.Equal(t, "one,p\none,p\n", b.Query("SELECT * FROM keyed"))
	require.Equal(t, "by_name\n", b.Query("SELECT name FROM pragma_index_list('keyed')"))
	require.Empty(t, replace("p\n", "extra").Lost, "an index that kept nothing apart")

	exec(`DROP TABLE keyed`)
	exec(`CREATE TABLE keyed (a TEXT, b TEXT, PRIMARY KEY (a, b))`)
	exec(`CREATE INDEX some ON keyed (b) WHERE a > 'x'`)
	refused("b")
	for _, text := range []string{"(a TEXT PRIMARY KEY, b TEXT CHECK (b <> 'q'))", "(a TEXT PRIMARY KEY, b TEXT COLLATE NOCASE)", "(a TEXT PRIMARY KEY, b TEXT) STRICT", "(a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID"} {
		exec(`DROP TABLE keyed`)
		exec(`CREATE TABLE keyed ` + text)
		refused("b")
	}
}

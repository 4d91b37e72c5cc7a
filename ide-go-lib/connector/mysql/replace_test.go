package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// What refers to a table, and what belongs to it, outlives its replacement, or the replacement is refused.
func TestReplaceKeepsOthers(t *testing.T) {
	b, _, exec := build(t)
	columns := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
	write := func(name string, columns []table.StreamColumn, text string, mode connector.Mode) string {
		t.Helper()
		_, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: name}, Mode: mode, Keys: []string{"id"}})
		if e == nil {
			return ""
		}
		require.NotContains(t, e.Hint, "truncate")
		return e.Code + " " + e.Message
	}
	for _, action := range []string{"CASCADE", "SET NULL"} {
		exec("DROP TABLE IF EXISTS child")
		exec("DROP TABLE IF EXISTS parent")
		exec("CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(20)) ENGINE = InnoDB")
		exec("CREATE TABLE child (id INT PRIMARY KEY, pid INT, CONSTRAINT fk FOREIGN KEY (pid) REFERENCES parent (id) ON DELETE " + action + ") ENGINE = InnoDB")
		exec("INSERT INTO parent VALUES (1, 'a'), (2, 'b')")
		exec("INSERT INTO child VALUES (10, 1), (11, 2), (12, 2)")
		for _, mode := range []connector.Mode{connector.Replace, connector.Truncate} {
			refused := write("parent", columns, "1,a\n2,b2\n", mode)
			require.Contains(t, refused, connector.CodeDependents, mode)
			require.Contains(t, refused, "the foreign key fk of child", mode)
		}
		require.Empty(t, write("parent", columns, "1,a\n2,b2\n", connector.Mirror))
		require.Equal(t, "10,1\n11,2\n12,2\n", b.Query("SELECT id, pid FROM child ORDER BY id"), action)
	}
	exec("DROP TABLE child")
	exec("CREATE TABLE child (id INT PRIMARY KEY, pid INT, CONSTRAINT fk FOREIGN KEY (pid) REFERENCES parent (id)) ENGINE = InnoDB")
	exec("INSERT INTO child VALUES (10, 1)")
	require.Contains(t, write("parent", columns, "1,a\n", connector.Truncate), connector.CodeReference)

	for _, engine := range []string{"InnoDB", "MyISAM"} {
		exec("DROP TABLE IF EXISTS numbered")
		exec("CREATE TABLE numbered (id INT AUTO_INCREMENT, name VARCHAR(20) NOT NULL DEFAULT 'x', size INT AS (LENGTH(name)), PRIMARY KEY (id), UNIQUE (name)) COMMENT = 'hello' AUTO_INCREMENT = 1000 ENGINE = " + engine)
		require.Empty(t, write("numbered", columns, "1,a\n", connector.Replace))
		exec("INSERT INTO numbered () VALUES ()")
		require.Equal(t, "1,a,1\n1000,x,1\n", b.Query("SELECT * FROM numbered ORDER BY id"), engine)
		require.Contains(t, write("numbered", columns, "2,a\n", connector.Append), connector.CodeUnique, engine)
		require.Equal(t, "hello,InnoDB\n", b.Query("SELECT TABLE_COMMENT, ENGINE FROM information_schema.TABLES WHERE TABLE_NAME = 'numbered'"))
	}
	require.Contains(t, write("numbered", columns[:1], "2\n", connector.Replace), connector.CodeDependents, "size is made of name")
	exec("ALTER TABLE numbered ADD COLUMN twice INT AS (id * 2)")
	exec("ALTER TABLE numbered DROP COLUMN size")
	require.Empty(t, write("numbered", columns[:1], "2\n", connector.Replace))
	require.Equal(t, "2,4\n", b.Query("SELECT id, twice FROM numbered"), "it is filled on")
	exec("CREATE TABLE parts (id INT, name VARCHAR(20)) PARTITION BY RANGE (id) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE)")
	require.Empty(t, write("parts", columns, "2,a\n", connector.Replace))
	kept := func() string {
		return b.Query("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_NAME = 'parts' AND PARTITION_NAME IS NOT NULL")
	}
	require.Equal(t, "2\n", kept())
	require.Empty(t, write("parts", columns[:1], "2\n30\n", connector.Replace))
	require.Equal(t, "2\n", kept(), "with other columns, too")
	require.Equal(t, "30\n", b.Query("SELECT id FROM parts PARTITION (high)"))
	require.Contains(t, write("parts", columns[1:], "a\n", connector.Replace), connector.CodeDependents, "they go by id")
	require.Equal(t, "2\n30\n", b.Query("SELECT id FROM parts ORDER BY id"))

	exec("CREATE TABLE versions (id INT PRIMARY KEY, name VARCHAR(20)) WITH SYSTEM VERSIONING")
	exec("INSERT INTO versions VALUES (1, 'a')")
	require.Contains(t, write("versions", columns, "1,b\n", connector.Replace), connector.CodeDependents+` The table "versions" cannot be replaced, because this hangs on it: the history of its rows.`)
	for _, mode := range []connector.Mode{connector.Mirror, connector.Truncate} {
		require.Empty(t, write("versions", columns, "1,b\n", mode))
		require.Equal(t, "a\nb\n", b.Query("SELECT DISTINCT name FROM versions FOR SYSTEM_TIME ALL ORDER BY 1"), mode)
	}
}

// Of a table that gets other columns all stays that belongs to those which remain.
func TestReplaceWithOtherColumns(t *testing.T) {
	b, _, exec := build(t)
	all := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain), connectortest.Column("NAME", "VARCHAR", table.Plain), connectortest.Column("extra", "VARCHAR", table.Plain)}
	var lost []string
	replace := func(columns []table.StreamColumn, text string) (string, string) {
		t.Helper()
		out, e := b.Write(t.Context(), b.Table(columns, text), connector.WriteRequest{Path: connector.Path{Table: "kept"}, Mode: connector.Replace})
		lost = out.Lost
		if e == nil {
			return "", out.SQL
		}
		return e.Code, e.Message
	}
	exec("CREATE TABLE kept (id INT AUTO_INCREMENT, name VARCHAR(20) NOT NULL DEFAULT 'x', a INT, b INT, PRIMARY KEY (id), UNIQUE by_name (name), KEY by_a (a, name), CONSTRAINT rule CHECK (b > 0 OR name <> 'q')) COMMENT = 'hello' AUTO_INCREMENT = 1000 DEFAULT CHARACTER SET latin1")
	exec("INSERT INTO kept VALUES (7, 'a', 1, 1)")
	code, text := replace(all, "1,one,x\n")
	require.Equal(t, connector.CodeDependents, code, text)
	require.Equal(t, "7,a,1,1\n", b.Query("SELECT * FROM kept"), "nothing was written")
	exec("ALTER TABLE kept DROP CONSTRAINT rule")
	code, text = replace(all, "1,one,😀\n2,two,y\n")
	require.Empty(t, code, text)
	require.Contains(t, text, "DROP INDEX `by_a`")
	require.Empty(t, lost, "it kept nothing apart")
	require.Equal(t, "id\nname\nextra\n", b.Query("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_NAME = 'kept' ORDER BY ORDINAL_POSITION"))
	require.Equal(t, "by_name\nPRIMARY\n", b.Query("SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_NAME = 'kept' ORDER BY 1"))
	require.Equal(t, "hello\n", b.Query("SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'kept'"))
	exec("INSERT INTO kept (extra) VALUES ('z')")
	require.Equal(t, "1,one,😀\n2,two,y\n1000,x,z\n", b.Query("SELECT * FROM kept ORDER BY id"), "the default, and the next number")
	code, text = replace(all[:2], "1,same\n2,same\n")
	require.Equal(t, connector.CodeUnique, code, text)
	code, text = replace(all[1:], "a,b\n")
	require.Empty(t, code, text)
	require.Equal(t, "by_name\n", b.Query("SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_NAME = 'kept' ORDER BY 1"), "the key went with its column")
	require.Equal(t, []string{"the primary key"}, lost)
	code, text = replace([]table.StreamColumn{all[2]}, "a\n")
	require.Empty(t, code, text)
	require.Equal(t, []string{"the unique index by_name"}, lost)
}

// Names have no characters beyond those of three bytes, whatever values have.
func TestNamesThatCannotBeKept(t *testing.T) {
	b, _, _ := build(t)
	column := []table.StreamColumn{connectortest.Column("id", "INTEGER", table.Plain)}
	write := func(name string, columns []table.StreamColumn, mode connector.Mode) *errs.Error {
		_, e := b.Write(t.Context(), b.Table(columns, "1\n"), connector.WriteRequest{Path: connector.Path{Table: name}, Mode: mode, Create: mode != connector.Replace})
		return e
	}
	for _, mode := range []connector.Mode{connector.Append, connector.Replace} {
		e := write("party 🎉", column, mode)
		require.NotNil(t, e)
		require.Equal(t, connector.CodeTable, e.Code, e)
		require.Contains(t, e.Message, "'🎉'")
		e = write("plain", []table.StreamColumn{connectortest.Column("🎉", "INTEGER", table.Plain)}, mode)
		require.NotNil(t, e)
		require.Equal(t, connector.CodeColumn, e.Code, e)
	}
	require.Nil(t, write("größe 表", column, connector.Append))
	_, e := b.Read(t.Context(), connector.ReadRequest{Path: connector.Path{Table: "party 🎉"}})
	require.NotNil(t, e)
	require.Equal(t, connector.CodeTable, e.Code, e)
}

package api_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
)

// copying is a house whose flows copy rows between SQLite files.
type copying struct{ *house }

func newCopying(t *testing.T) copying {
	h := copying{build(t)}
	h.file("shop")
	h.exec("shop", "CREATE TABLE src (id INTEGER PRIMARY KEY, region TEXT)", "INSERT INTO src VALUES (1,'US'),(2,'US'),(3,'US'),(4,'EU'),(5,'EU')", "CREATE TABLE dst (id INTEGER, region TEXT)")
	h.post("/connections", api.NewConnection{Name: "shop", Kind: "sqlite", Draft: connection.Draft{Config: map[string]any{"path": "shop.db"}}}).want(http.StatusCreated)
	return h
}

func (h copying) path(name string) string {
	return filepath.Join(h.dir, "files", "default", name+".db")
}

// file makes an empty database.
func (h copying) file(name string) {
	h.t.Helper()
	require.NoError(h.t, os.MkdirAll(filepath.Dir(h.path(name)), 0o700))
	require.NoError(h.t, os.WriteFile(h.path(name), nil, 0o600))
}

func (h copying) with(name string, do func(*sql.DB)) {
	h.t.Helper()
	d, err := sql.Open("sqlite", h.path(name))
	require.NoError(h.t, err)
	do(d)
	require.NoError(h.t, d.Close())
}

func (h copying) exec(name string, statements ...string) {
	h.t.Helper()
	h.with(name, func(d *sql.DB) {
		for _, s := range statements {
			_, err := d.ExecContext(h.t.Context(), s)
			require.NoError(h.t, err, s)
		}
	})
}

func (h copying) count(name, from string) (n int) {
	h.t.Helper()
	h.with(name, func(d *sql.DB) {
		require.NoError(h.t, d.QueryRowContext(h.t.Context(), "SELECT count(*) FROM "+from).Scan(&n))
	})
	return n
}

// flow makes a flow of nodes.
func (h copying) flow(name, nodes string) string {
	h.t.Helper()
	return h.create("apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: " + name + "}\nspec:\n  params:\n    region: {type: string, default: EU}\n    fail: {type: boolean, default: false}\n  nodes:\n" + nodes).ID
}

// run carries out a run, which succeeds.
func (h copying) run(flow string, body map[string]any) engine.Run {
	h.t.Helper()
	var r engine.Run
	if body == nil {
		body = map[string]any{}
	}
	h.post("/flows/"+flow+"/runs", body).want(http.StatusAccepted).into(&r)
	r = h.finish(r.ID)
	require.Equal(h.t, engine.Succeeded, r.Status, "%v", r.Error)
	return r
}

const (
	readNew = "    - {id: read, type: sql.read, with: {connection: shop, table: src, incremental: id}}\n"
	load    = "    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst}}\n"
)

func TestTrialsMoveNoMark(t *testing.T) {
	h := newCopying(t)
	id := h.flow("copy", readNew+load)
	h.run(id, map[string]any{"targets": []string{"read"}, "test": true})
	h.run(id, map[string]any{"targets": []string{"read"}})
	h.run(id, map[string]any{"test": true, "targets": []string{"read"}})
	require.Zero(t, h.count("shop", "dst"))
	outer := h.flow("outer", "    - {id: sub, type: control.flow, with: {flow: copy}}\n    - {id: after, type: value.set, after: [sub], with: {value: 1}}\n")
	h.run(outer, map[string]any{"targets": []string{"sub"}})
	require.Equal(t, 5, h.count("shop", "dst"))
	h.exec("shop", "DELETE FROM dst")
	h.run(id, nil)
	require.Equal(t, 5, h.count("shop", "dst"), "nothing that was tried counts as read")
	h.run(id, nil)
	require.Equal(t, 5, h.count("shop", "dst"), "what was copied does")
}

func TestMarksBelongToWhatIsRead(t *testing.T) {
	t.Run("bound values", func(t *testing.T) {
		h := newCopying(t)
		id := h.flow("copy", "    - {id: read, type: sql.read, with: {connection: shop, query: \"SELECT * FROM src WHERE region = {{ params.region }}\", incremental: id}}\n"+load)
		for range 2 {
			h.run(id, map[string]any{"params": map[string]any{"region": "EU"}})
			h.run(id, map[string]any{"params": map[string]any{"region": "US"}})
		}
		require.Equal(t, 5, h.count("shop", "dst"))
	})
	t.Run("where the connection leads", func(t *testing.T) {
		h := newCopying(t)
		h.file("other")
		h.exec("other", "CREATE TABLE src (id INTEGER PRIMARY KEY, region TEXT)", "INSERT INTO src VALUES (1,'US'),(2,'US')", "CREATE TABLE dst (id INTEGER, region TEXT)")
		id := h.flow("copy", readNew+load)
		h.run(id, nil)
		change := func(revision int64, path, title string) {
			h.do(ours, http.MethodPut, "/connections/shop", jsonDoc, marshal(t, api.ConnectionChange{Revision: revision, Draft: connection.Draft{Title: title, Config: map[string]any{"path": path}}})).want(http.StatusOK)
		}
		change(1, "shop.db", "Shop")
		h.run(id, nil)
		require.Equal(t, 5, h.count("shop", "dst"), "it leads to where it did")
		change(2, "other.db", "Shop")
		h.run(id, nil)
		require.Equal(t, 2, h.count("other", "dst"))
		change(3, "shop.db", "Shop")
		h.run(id, nil)
		require.Equal(t, 5, h.count("shop", "dst"), "that is still known")
	})
	t.Run("a flow made anew", func(t *testing.T) {
		h := newCopying(t)
		id := h.flow("copy", readNew+load)
		h.run(id, nil)
		h.do(ours, http.MethodDelete, "/flows/"+id, "", nil).want(http.StatusNoContent)
		h.run(h.flow("copy", readNew+load), nil)
		require.Equal(t, 10, h.count("shop", "dst"))
	})
}

func TestMarksCanBeForgotten(t *testing.T) {
	h := newCopying(t)
	id := h.flow("copy", readNew+load)
	h.run(id, nil)
	var marks api.List[api.Mark]
	h.get("/flows/" + id + "/marks").want(http.StatusOK).into(&marks)
	require.Len(t, marks.Items, 1)
	require.Equal(t, "read", marks.Items[0].Step)
	require.Equal(t, "5", marks.Items[0].Value)
	require.Equal(t, "sql.read", marks.Items[0].Type)
	require.Equal(t, &node.Marked{Kind: node.MarkedTable, Connection: "shop", Leads: "sqlite shop.db", Name: "src", Column: "id", Value: "5"}, marks.Items[0].Reads)
	h.do(ours, http.MethodDelete, "/flows/"+id+"/marks?step=other", "", nil).problem(http.StatusNotFound, "mark_not_found")
	h.do(ours, http.MethodDelete, "/flows/"+id+"/marks?step=load", "", nil).want(http.StatusNoContent) // it is in the flow
	h.do(viewer, http.MethodDelete, "/flows/"+id+"/marks", "", nil).want(http.StatusForbidden)
	h.do(theirs, http.MethodDelete, "/flows/"+id+"/marks", "", nil).want(http.StatusNotFound)
	h.do(ours, http.MethodDelete, "/flows/"+id+"/marks?step=read", "", nil).want(http.StatusNoContent)
	h.get("/flows/" + id + "/marks").want(http.StatusOK).into(&marks)
	require.Empty(t, marks.Items)
	h.run(id, nil)
	require.Equal(t, 10, h.count("shop", "dst"))
}

// What is remembered is told as people know it, in the words of the node that reads.
func TestMarksSayWhatIsRead(t *testing.T) {
	h := newCopying(t)
	h.exec("shop", "CREATE TABLE ev (id INTEGER, at DATETIME)", "INSERT INTO ev VALUES (1, '2024-01-01 08:00:00')")
	require.NoError(t, os.MkdirAll(filepath.Join(h.dir, "files", "default", "in"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "files", "default", "in", "a.csv"), []byte("id\n1\n"), 0o600))
	h.post("/connections", api.NewConnection{Name: "files", Kind: "folder", Draft: connection.Draft{Config: map[string]any{}}}).want(http.StatusCreated)
	read := "    - {id: read, type: sql.read, with: {connection: shop, query: \"SELECT * FROM ev WHERE id > {{ 0 }}\", incremental: at}}\n"
	id := h.flow("copy", read+"    - {id: all, title: All files, type: storage.read, with: {connection: files, prefix: in/, match: \"*.csv\", new: true}}\n")
	h.run(id, nil)
	marks := func() []api.Mark {
		var list api.List[api.Mark]
		h.get("/flows/" + id + "/marks").want(http.StatusOK).into(&list)
		require.Len(t, list.Items, 2)
		return list.Items
	}
	all := marks()
	require.Equal(t, "All files", all[0].Title)
	require.Equal(t, &node.Marked{Kind: node.MarkedObjects, Connection: "files", Leads: all[0].Reads.Leads, Name: "in/*.csv", Seen: 1}, all[0].Reads)
	require.Equal(t, node.MarkedQuery, all[1].Reads.Kind)
	require.Contains(t, all[1].Reads.Name, "SELECT * FROM ev")
	require.Equal(t, "at", all[1].Reads.Column)
	require.Contains(t, all[1].Reads.Value, "2024-01-01", "the rows that are remembered at it mean nothing to people: %s", all[1].Value)
	require.LessOrEqual(t, len(all[1].Value), 210)

	var f api.Flow
	h.get("/flows/" + id).want(http.StatusOK).into(&f)
	f.Draft.Document.Spec.Nodes = f.Draft.Document.Spec.Nodes[:1]
	h.do(ours, http.MethodPut, "/flows/"+id+"/draft", jsonDoc, marshal(t, map[string]any{"document": f.Draft.Document}), "If-Match", fmt.Sprint(f.Draft.Revision)).want(http.StatusOK)
	all = marks()
	require.Empty(t, all[0].Type, "it is in the draft no more")
	require.Nil(t, all[0].Reads)
	require.NotNil(t, all[1].Reads)
}

// A mark counts when all that lies behind the reader has taken in what was read.
func TestFailuresBehindTheReaderMoveNoMark(t *testing.T) {
	failing := func(indent, id, in, more string) string {
		return fmt.Sprintf("%s- {id: %s, type: sql.write, in: {table: %s}, with: {connection: shop, table: \"{{ params.fail ? 'none' : 'dst' }}\"}%s}\n", indent, id, in, more)
	}
	for name, c := range map[string]struct {
		nodes string
		moved bool
	}{
		"passed over":         {nodes: readNew + failing("    ", "load", "read", ", onError: continue")},
		"led elsewhere":       {nodes: readNew + failing("    ", "load", "read", ", onError: port") + "    - {id: told, type: value.set, in: {input: load.error}, with: {value: 1}}\n"},
		"caught":              {nodes: readNew + "    - id: try\n      type: control.try\n      nodes:\n" + failing("        ", "load", "read", "") + "      catch:\n        - {id: told, type: value.set, with: {value: 1}}\n"},
		"caught, inside":      {nodes: "    - id: try\n      type: control.try\n      nodes:\n    " + readNew + failing("        ", "load", "read", "") + "      catch:\n        - {id: told, type: value.set, with: {value: 1}}\n"},
		"beside":              {nodes: readNew + load + "    - {id: src, type: sql.read, with: {connection: shop, table: src}}\n" + failing("    ", "beside", "src", ", onError: continue"), moved: true},
		"skipped by a branch": {nodes: readNew + "    - {id: which, type: control.if, in: {value: read}, with: {condition: \"{{ params.fail }}\"}}\n    - {id: load, type: sql.write, in: {table: which.true}, with: {connection: shop, table: dst}}\n    - {id: other, type: sql.write, in: {table: which.false}, with: {connection: shop, table: dst}}\n", moved: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newCopying(t)
			id := h.flow("copy", c.nodes)
			r := h.run(id, map[string]any{"params": map[string]any{"fail": true}})
			if c.moved {
				require.Empty(t, r.Held)
			} else {
				require.Len(t, r.Held, 1)
				require.True(t, strings.HasSuffix(r.Held[0].Step, "read"), r.Held[0].Step)
				require.True(t, strings.HasSuffix(r.Held[0].Failed, "load"), r.Held[0].Failed)
			}
			before := h.count("shop", "dst")
			h.run(id, nil)
			want := 5
			if name == "beside" {
				want = 10 // those of the flow's other reader, which reads all
			}
			require.Equal(t, want, h.count("shop", "dst"), "after %d", before)
		})
	}
}

// A run can be seen where what is remembered of its steps cannot.
func TestRunsAreSeenWithoutTheirMarks(t *testing.T) {
	h := newCopying(t)
	r := h.run(h.flow("copy", readNew+load), nil)
	_, err := h.db.Write.ExecContext(t.Context(), "ALTER TABLE connection_held RENAME TO elsewhere")
	require.NoError(t, err)
	h.get("/runs/" + r.ID).want(http.StatusOK).into(&r)
	require.Empty(t, r.Held)
	_, err = h.db.Write.ExecContext(t.Context(), "ALTER TABLE elsewhere RENAME TO connection_held")
	require.NoError(t, err)
}

func TestCachesKnowTheConnection(t *testing.T) {
	h := newCopying(t)
	h.file("other")
	h.exec("other", "CREATE TABLE src (id INTEGER PRIMARY KEY, region TEXT)", "INSERT INTO src VALUES (8,'US'),(9,'US')", "CREATE TABLE dst (id INTEGER, region TEXT)")
	id := h.flow("copy", "    - {id: read, type: sql.read, cache: {for: 1h}, with: {connection: shop, table: src}}\n"+load)
	h.run(id, nil)
	h.do(ours, http.MethodPut, "/connections/shop", jsonDoc, marshal(t, api.ConnectionChange{Revision: 1, Draft: connection.Draft{Config: map[string]any{"path": "other.db"}}})).want(http.StatusOK)
	h.run(id, nil)
	require.Equal(t, 2, h.count("other", "dst"))
	require.Equal(t, 2, h.count("other", "dst WHERE id > 5"))
}

// What fails without writing or sending anything holds no mark, nor does what the reader says may fail.
func TestFailuresThatMayBe(t *testing.T) {
	broken := "    - {id: broken, type: value.set, in: {input: read}, with: {value: \"{{ 1 / 0 }}\"}, onError: continue}\n"
	for name, nodes := range map[string]string{
		"a look":     readNew + load + broken,
		"the reader": strings.Replace(readNew, "incremental: id", "incremental: id, advance: allowed", 1) + load + "    - {id: tell, type: sql.write, in: {table: read}, with: {connection: shop, table: none}, onError: continue}\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := newCopying(t)
			id := h.flow("copy", nodes)
			for range 2 {
				require.Empty(t, h.run(id, nil).Held)
				require.Equal(t, 5, h.count("shop", "dst"))
			}
		})
	}
}

// Rows with the very time of the mark come later, and times are written in many ways; each row is copied once.
func TestTimesThatRepeat(t *testing.T) {
	for name, c := range map[string]struct{ typ, first, second, third string }{
		"plain":    {"DATETIME", "(1, '2024-01-01 08:00:00'), (2, '2024-01-01 09:00:00')", "(3, '2024-01-01 09:00:00'), (4, '2024-01-01 09:00:00')", "(4, '2024-01-01 09:00:00'), (5, '2024-01-01 10:00:00')"},
		"ISO":      {"DATETIME", "(1, '2024-01-01T08:00:00Z'), (2, '2024-01-01T09:00:00Z')", "(3, '2024-01-01T09:00:00Z'), (4, '2024-01-01 09:00:00')", "(5, '2024-01-01T09:00:01Z'), (6, '2024-01-01 09:00:00.25')"},
		"fraction": {"TIMESTAMP", "(1, '2024-01-01 08:00:00.500100'), (2, '2024-01-01 08:00:00.500200')", "(3, '2024-01-01 08:00:00.5002'), (4, '2024-01-01 08:00:00.500201')", "(5, '2024-01-01 08:00:00.500202'), (6, '2024-01-01 08:00:01')"},
		"zones":    {"TIMESTAMPTZ", "(1, '2024-01-01 11:30:00+02:00'), (2, '2024-01-01 11:30:00+02:00')", "(3, '2024-01-01 09:00:00-05:00'), (4, '2024-01-01 09:30:00+00:00')", "(5, '2024-01-01 17:00:00+02:00'), (6, '2024-01-02 00:00:00+00:00')"},
		"days":     {"DATE", "(1, '2024-01-01'), (2, '2024-01-02')", "(3, '2024-01-02'), (4, '2024-01-02')", "(5, '2024-01-03'), (6, '2024-01-03')"},
		"infinite": {"REAL", "(1, 1.5), (2, 9e999)", "(3, 2.5), (4, 9e999)", "(5, 2.75), (6, 3)"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newCopying(t)
			h.exec("shop", "CREATE TABLE ev (id INTEGER, at "+c.typ+")", "CREATE TABLE dst2 (id INTEGER, at "+c.typ+")")
			id := h.flow("copy", "    - {id: read, type: sql.read, with: {connection: shop, table: ev, incremental: at}}\n    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst2}}\n")
			for i, rows := range []string{c.first, c.second, c.third} {
				h.exec("shop", "INSERT INTO ev VALUES "+rows)
				for range 2 {
					h.run(id, nil)
					require.Equal(t, 2*(i+1), h.count("shop", "dst2"))
				}
			}
		})
	}
}

// What was at the mark is neither lost nor copied twice when a column is added; where nobody can tell any more, it is copied again.
func TestColumnsThatChange(t *testing.T) {
	h := newCopying(t)
	h.exec("shop", "CREATE TABLE ev (id INTEGER, at DATETIME)", "CREATE TABLE dst2 (id INTEGER, at DATETIME)", "INSERT INTO ev VALUES (1, '2024-01-01 08:00:00'), (2, '2024-01-01 09:00:00')")
	id := h.flow("copy", "    - {id: read, type: sql.read, with: {connection: shop, table: ev, incremental: at}}\n    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst2}}\n")
	h.run(id, nil)
	h.exec("shop", "ALTER TABLE ev ADD COLUMN more TEXT DEFAULT 'x'", "ALTER TABLE dst2 ADD COLUMN more TEXT", "INSERT INTO ev VALUES (3, '2024-01-01 09:00:00', 'y')")
	for range 2 {
		h.run(id, nil)
		require.Equal(t, 3, h.count("shop", "dst2"))
	}
	h.exec("shop", "ALTER TABLE ev DROP COLUMN more", "INSERT INTO ev VALUES (4, '2024-01-01 09:00:00')")
	r := h.run(id, nil)
	require.Equal(t, 1, h.count("shop", "dst2 WHERE id = 4"), "it is new")
	require.Equal(t, 6, h.count("shop", "dst2"), "2 and 3 have come again")
	require.Contains(t, string(h.get("/runs/"+r.ID+"/logs").want(http.StatusOK).body), "there is nothing in the columns more any more")
	h.run(id, nil)
	require.Equal(t, 6, h.count("shop", "dst2"))
}

// Of more rows with one date than are remembered one by one, none is lost, and they are copied once as long as none is added.
func TestManyRowsOfOneDate(t *testing.T) {
	h := newCopying(t)
	day := func(from, to int, date string) {
		h.exec("shop", fmt.Sprintf("WITH RECURSIVE n(id) AS (SELECT %d UNION ALL SELECT id + 1 FROM n WHERE id < %d) INSERT INTO ev SELECT id, '%s' FROM n", from, to, date))
	}
	h.exec("shop", "CREATE TABLE ev (id INTEGER, at DATE)", "CREATE TABLE dst2 (id INTEGER, at DATE)")
	day(1, 100_001, "2024-01-01")
	id := h.flow("copy", "    - {id: read, type: sql.read, with: {connection: shop, table: ev, incremental: at}}\n    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst2}}\n")
	for range 2 {
		h.run(id, nil)
		require.Equal(t, 100_001, h.count("shop", "dst2"))
	}
	day(100_002, 100_003, "2024-01-02")
	h.run(id, nil)
	require.Equal(t, 100_003, h.count("shop", "dst2"), "the first day is complete")
	day(100_004, 200_004, "2024-01-02")
	h.run(id, nil)
	require.Equal(t, 200_004, h.count("shop", "dst2"))
	day(200_005, 200_005, "2024-01-02")
	r := h.run(id, nil)
	require.Equal(t, 1, h.count("shop", "dst2 WHERE id = 200005"), "it is new")
	require.Contains(t, string(h.get("/runs/"+r.ID+"/logs").want(http.StatusOK).body), "nobody can tell which are new")
}

// Names of columns mean nothing to what leaves rows out.
func TestIncrementalByAnyName(t *testing.T) {
	h := newCopying(t)
	h.exec("shop", `CREATE TABLE ev (times DATETIME, digest TEXT, "the row" INTEGER)`, `CREATE TABLE dst2 (times DATETIME, digest TEXT, "the row" INTEGER)`)
	id := h.flow("copy", "    - {id: read, type: sql.read, with: {connection: shop, table: ev, incremental: times}}\n    - {id: load, type: sql.write, in: {table: read}, with: {connection: shop, table: dst2}}\n")
	for i := range 3 {
		h.exec("shop", "INSERT INTO ev VALUES ('2024-01-01 08:00:00', 'x', 1)")
		h.run(id, nil)
		require.Equal(t, i+1, h.count("shop", "dst2"))
	}
}

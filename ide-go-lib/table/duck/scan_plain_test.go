package duck

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// randomCSV makes a file of some megabytes in which quotes, line ends, empty lines and nulls come at all places.
func randomCSV(r *rand.Rand, rows int) string {
	var b strings.Builder
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	b.WriteString("id,number,real,exact,day,moment,zoned,clock,truth,text" + end)
	null := func(text string) string {
		switch r.IntN(12) {
		case 0:
			return ""
		case 1:
			return `"` + text + `"`
		}
		return text
	}
	texts := []string{"a", "twelve bytes", "thirteen byte", "ä ö 😀", `"a, b"`, "\"a\n\nb\"", `"he said ""no"""`, `""""`, "  spaces ", `"` + strings.Repeat("long, ", 40) + `"`, "0x1F", "007"}
	for i := range rows {
		if r.IntN(50) == 0 {
			b.WriteString(end)
		}
		day := fmt.Sprintf("%04d-%02d-%02d", 1+r.IntN(9999), 1+r.IntN(12), 1+r.IntN(28))
		clock := fmt.Sprintf("%02d:%02d:%02d", r.IntN(24), r.IntN(60), r.IntN(60))
		fraction := []string{"", ".5", ".123456", ".000001"}[r.IntN(4)]
		real := fmt.Sprintf("%.*f", r.IntN(7), r.NormFloat64()*1e6)
		if b.Len() > 5<<20 {
			real = []string{real, "1e10", "-2.5E-3", "nan", ".5", "5.", "0.1234567890123456", "123456789.123456789", "4.9e-324"}[r.IntN(9)]
		}
		for _, field := range []string{
			fmt.Sprint(i), null(fmt.Sprint(r.Int64N(2e17) - 1e17)), null(real), null(fmt.Sprintf("%d.%019d", r.IntN(1000), r.Int64())),
			null(day), null(day + []string{"T", " "}[r.IntN(2)] + clock + fraction), null(day + "T" + clock + fraction + []string{"Z", "+02:00", "-05:30", "+14"}[r.IntN(4)]),
			null(clock + fraction), null([]string{"true", "false", "TRUE", "False"}[r.IntN(4)]),
		} {
			b.WriteString(field + ",")
		}
		b.WriteString(texts[r.IntN(len(texts))] + end)
	}
	text := b.String()
	if r.IntN(2) == 0 {
		text = strings.TrimSuffix(text, end)
	}
	return text
}

// What is read plainly is what DuckDB reads, in its order.
func TestPlainFilesAreReadAsByDuckDB(t *testing.T) {
	e := newEngine(t)
	for seed := range uint64(4) {
		path := writeFile(t, "f.csv", randomCSV(rand.New(rand.NewPCG(seed, 1)), 4000*int(1+seed*seed)))
		file := table.File{Path: path, Node: "read"}
		plain, ok, err := e.scan(t.Context(), tenant, file, anyReader)
		if err != nil || !ok || !plain.plain {
			t.Fatalf("%d is not read plainly: %v %v", seed, ok, err)
		}
		if got := types(plain.columns); got != "id BIGINT, number BIGINT, real DOUBLE, exact DECIMAL(38,19), day DATE, moment TIMESTAMP, zoned TIMESTAMP WITH TIME ZONE, clock TIME, truth BOOLEAN, text VARCHAR" {
			t.Errorf("%d: %s", seed, got)
		}
		for _, query := range []string{
			"SELECT row_number() OVER () AS n, * FROM input",
			"SELECT count(*) AS n, sum(id) AS ids, sum(hash(text, number, real, zoned) % 1000) AS rest FROM input",
			"SELECT text, max(moment) AS last, sum(exact) AS exact FROM input WHERE truth GROUP BY text ORDER BY text",
		} {
			plan := table.Plan{Relation: userSQL{query, nil}, Inputs: map[string]table.Source{"table": {File: &file}}}
			var got [2]table.Table
			for i, by := range []reader{anyReader, duckReader} {
				out, err := e.runBy(t.Context(), e.pool.one(), tenant, plan, by, nil)
				if err != nil {
					t.Fatalf("%d: %s by %d: %v", seed, query, by, err)
				}
				got[i] = out
			}
			if got[0].Artifact != got[1].Artifact {
				a, b := strings.Split(lines(t, e, got[0]), "\n"), strings.Split(lines(t, e, got[1]), "\n")
				for i := range a {
					if i >= len(b) || a[i] != b[i] {
						t.Fatalf("%d: %s\nrow %d of %d, %d: %s\nby DuckDB %s", seed, query, i, len(a), len(b), a[i], b[min(i, len(b)-1)])
					}
				}
			}
		}
	}
}

// The columns of a file are of the types that Import finds, however far into the sample what tells them comes.
func TestTheFirstLookFindsTheTypesOfTheSample(t *testing.T) {
	e := newSampler(t)
	r := rand.New(rand.NewPCG(1, 3))
	values := []string{
		"", "1", "-2", "+1", "1.5", "-0.25", "12E3", "1.5E3", "1e-05", "123.1234567890123456789", "1234567890123456789", "123456789012345678", "0.1234567890123456", "0.12345678901234567890",
		"99999999999999999999999999999999999999", "nan", "true", "FALSE", "2024-01-02", "2024-01-02T03:04", "2024-01-02 03:04:05.5", "2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05+02", "2024-01-02T03:04+02", "2024-01-02T03:04Z", "12:30", "9:30", "12:30:01.25", "x", "007", " 5",
	}
	plainly := 0
	for range 40 {
		early, late := make([]string, 24), make([]string, 24)
		for i := range early {
			early[i] = values[r.IntN(len(values))]
			if late[i] = early[i]; r.IntN(2) == 0 {
				late[i] = values[r.IntN(len(values))]
			}
		}
		filler := strings.Repeat("x", 1000)
		text := "filler" + strings.Repeat(",c", 24) + "\n"
		for i := range early {
			text = strings.Replace(text, ",c", fmt.Sprintf(",d%d", i), 1)
		}
		text += strings.Repeat(filler+","+strings.Join(early, ",")+"\n", 35) + strings.Repeat(filler+","+strings.Join(late, ",")+"\n", 5)
		path := writeFile(t, "f.csv", text)
		found, _, err := e.scan(t.Context(), tenant, table.File{Path: path}, anyReader)
		if err != nil || !found.plain {
			continue
		}
		plainly++
		imported, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil || types(found.columns) != types(imported.Meta.Columns) {
			t.Errorf("%q\n%q\nplainly:  %s\nimported: %s %v", early, late, types(found.columns), types(imported.Meta.Columns), err)
		}
	}
	if plainly == 0 {
		t.Error("none is plain")
	}
}

// Whatever stands in a file: what is read plainly is read by DuckDB as well, and as the same.
func TestOddFilesAreReadPlainlyOrNotAtAll(t *testing.T) {
	e := newEngine(t)
	r := rand.New(rand.NewPCG(7, 7))
	pieces := []string{",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "a", "é", "1", "-2", "0", ".5", "1e3", "true", "NA", " ", "2024-01-02", "2024-01-02 03:04:05", "12:30", ";", "\t", "\r"}
	file := filepath.Join(t.TempDir(), "odd.csv")
	s, err := e.session(t.Context(), tenant, file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	plainly := 0
	for range 500 {
		text := strings.Repeat("x,", r.IntN(3)) + "y\n"
		for range 1 + r.IntN(20) {
			text += pieces[r.IntN(len(pieces))]
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := table.ImportOptions{Delimiter: []string{"", "", ";"}[r.IntN(3)]}
		if r.IntN(3) == 0 {
			opts.NullText = []string{"NA", "-2"}
		}
		in := &reading{e: e, s: s, tenant: tenant, path: file, file: "odd.csv", opts: opts}
		found, err := in.scanCSV(t.Context(), anyReader)
		if err != nil || !found.plain {
			continue
		}
		plainly++
		d, err := sniff([]byte(text), true, "odd.csv", opts)
		if err != nil {
			t.Fatal(err)
		}
		fields := make([]csvField, len(found.columns))
		for i, c := range found.columns {
			fields[i] = csvField{Column: c}
		}
		other, _ := in.readCSV(d, fields)
		read := func(text string) (string, error) {
			rows, err := s.rows(t.Context(), text, nil, []table.Column{{Name: "row", Type: "VARCHAR"}})
			out := ""
			for _, row := range rows {
				out += string(row) + "\n"
			}
			return out, err
		}
		got, err := read("SELECT to_json(t)::VARCHAR AS row FROM (" + found.text + ") t")
		want, werr := read("SELECT to_json(t)::VARCHAR AS row FROM (" + other + ") t")
		if werr != nil { // such as lines that end in different ways
			imported, ierr := e.Import(t.Context(), tenant, file, opts, nil)
			if ierr != nil {
				t.Errorf("%q, %+v: %v", text, opts, ierr)
				continue
			}
			want = lines(t, e, run(t, e, over(imported, "SELECT to_json(i)::VARCHAR AS row FROM input i")))
		}
		if got != want || err != nil {
			t.Errorf("%q, %+v\n%v %s\nwant: %s", text, opts, err, got, want)
		}
	}
	if plainly < 15 {
		t.Errorf("%d were read plainly", plainly)
	}
}

// What is not plain behind the sample is left to others, wherever in the file it stands.
func TestWhatIsNotPlainIsReadByOthers(t *testing.T) {
	e := newSampler(t)
	for _, c := range []struct{ line, late, row string }{
		{"1,x,2", `2,5" pipe,3`, `[2,"5\" pipe",3]`},
		{"1,x,2", `2,caf` + "\xe9" + `,3`, `[2,"café",3]`},
		{"1,x,2", "2,y, 3", `[2,"y",3]`},
		{"1,x,2024-01-02", "2,y,2024-01-02 03:04", `[2,"y","2024-01-02T03:04:00"]`},
		{"1,x,2024-01-02T03:04:05Z", "2,y,2024-01-02T03:04+02", `[2,"y","2024-01-02T03:04+02"]`},
		{"1,x,1.5", "2,y,12345678901234567.5", `[2,"y","12345678901234567.5"]`},
	} {
		path := writeFile(t, "f.csv", "a,b,c\n"+e.rowsBeyond(c.line)+c.late+"\n")
		plan := table.Plan{Relation: userSQL{"SELECT * FROM input WHERE a = 2", nil}, Inputs: fileSource(path)}
		if found, _, err := e.scan(t.Context(), tenant, *plan.Inputs["table"].File, anyReader); err != nil || !found.plain {
			t.Errorf("%q: its beginning is plain: %v", c.late, err)
		}
		if got, err := e.Run(t.Context(), tenant, plan, nil); err != nil || strings.TrimSpace(lines(t, e, got)) != c.row {
			t.Errorf("%q: %v %s", c.late, err, lines(t, e, got))
		}
	}
}

// A file that is plain but for what DuckDB understands as well is not imported.
func TestWhatIsNotPlainStaysInPlace(t *testing.T) {
	e := newSampler(t)
	path := writeFile(t, "f.csv", "a,b,c\n"+e.rowsBeyond("1,x,2")+"2,y, 3\n")
	plan := table.Plan{Relation: userSQL{"SELECT sum(c) AS c FROM input WHERE a = 2", nil}, Inputs: fileSource(path)}
	if got, err := e.Run(t.Context(), tenant, plan, nil); err != nil || lines(t, e, got) != "[3]\n" {
		t.Errorf("%v %s", err, lines(t, e, got))
	}
	found, ok, err := e.scan(t.Context(), tenant, *plan.Inputs["table"].File, anyReader)
	if err != nil || !ok || found.plain || !strings.Contains(found.text, "read_csv") {
		t.Errorf("it is not known who reads it: %v %v %+v", err, ok, found)
	}
}

// A file that is gone is no mistake of the query.
func TestAPlainFileThatIsGone(t *testing.T) {
	e := newEngine(t)
	plan := table.Plan{Relation: userSQL{"SELECT * FROM input", nil}, Inputs: fileSource(writeFile(t, "a.csv", "n\n1\n"))}
	s, err := e.sessionFor(t.Context(), e.pool.one(), tenant, &plan, anyReader)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	c, err := e.compile(t.Context(), s, tenant, plan, all, anyReader)
	if err != nil {
		t.Fatal(err)
	}
	if c.reads() != 4 {
		t.Errorf("%d bytes are to be read", c.reads())
	}
	if err := os.Remove(plan.Inputs["table"].File.Path); err != nil {
		t.Fatal(err)
	}
	if _, err = s.rows(t.Context(), c.text, nil, c.columns); !errors.As(c.ofFiles(err, &plan), new(unreadInPlace)) {
		t.Errorf("%v", err)
	}
}

// With many threads, rows that stay in their order are read by DuckDB, and all else plainly.
func TestWhoReadsLargeFiles(t *testing.T) {
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	var b strings.Builder
	b.WriteString("id,kind,text\n")
	for i := range 1_200_000 {
		n := strconv.Itoa(i)
		b.WriteString(n + "," + strconv.Itoa(i%7) + ",a text of the row " + n + "\n")
	}
	if b.Len() < orderedSize {
		t.Fatal("it is too small")
	}
	large := writeFile(t, "large.csv", b.String())
	for query, ordered := range map[string]bool{
		"SELECT id, text, row_number() OVER () AS n FROM input": true,
		"SELECT * FROM input WHERE id % 3 = 0":                  true,
		"SELECT sum(i.id) AS ids, count(s.name) AS n FROM input i JOIN (VALUES (1, 'a'), (2, 'b')) s(id, name) ON i.kind = s.id": false,
		"SELECT kind, count(*) AS n, sum(hash(id, text) % 1000) AS sum FROM input GROUP BY kind ORDER BY kind":                   false,
		"SELECT count(*) AS n FROM input":                                                                false,
		"SELECT DISTINCT kind FROM input ORDER BY kind":                                                  false,
		"SELECT * FROM input ORDER BY text LIMIT 5":                                                      false,
		"SELECT id FROM input WHERE id % 1000 = 0 ORDER BY id DESC":                                      false,
		"SELECT s.* FROM (VALUES (1, 'a'), (2, 'b')) s(id, name) JOIN input i ON i.id = s.id ORDER BY 1": false,
		"WITH c AS MATERIALIZED (SELECT * FROM input) SELECT count(*) AS n FROM c":                       false,
		"SELECT * FROM input LIMIT 3":                                                                    false,
	} {
		plan := table.Plan{Relation: userSQL{query, nil}, Inputs: map[string]table.Source{"table": {File: &table.File{Path: large, Node: "read"}}}}
		got, err := e.runBy(t.Context(), e.pool.one(), tenant, plan, anyReader, nil)
		if _, is := err.(inOrder); is != ordered || err != nil && !is { //nolint:errorlint // it is not wrapped
			t.Errorf("%s: %v", query, err)
		}
		if !ordered {
			byDuckDB, err := e.runBy(t.Context(), e.pool.one(), tenant, plan, duckReader, nil)
			if err != nil || got.Artifact != byDuckDB.Artifact {
				t.Errorf("%s: %+v; by DuckDB %+v %v", query, got.Meta, byDuckDB.Meta, err)
			}
			continue
		}
		if got, err = e.Run(t.Context(), tenant, plan, nil); err != nil {
			t.Fatal(err)
		}
		check := table.Plan{Relation: userSQL{"SELECT count(*) AS wrong FROM (SELECT id, lag(id) OVER () AS before FROM input) WHERE before >= id", nil}, Inputs: map[string]table.Source{"table": {Artifact: got.Artifact}}}
		if s := lines(t, e, run(t, e, check)); s != "[0]\n" {
			t.Errorf("%s: %s rows are not in their order", query, s)
		}
	}
}

// A file that a query names more than once is read as often, or once.
func TestPlainFilesInAllPlaces(t *testing.T) {
	e := newEngine(t)
	path := writeFile(t, "a.csv", "n,k,x\n1,a,1.5\n2,b,\n3,a,4\n")
	for query, want := range map[string]string{
		"SELECT count(*) AS n FROM input": "[3]\n",
		"SELECT count(x) AS n FROM input": "[2]\n",
		"WITH a AS (SELECT * FROM input) SELECT sum(x.n * y.n) AS s FROM a x JOIN a y USING (k)":                                          "[20]\n",
		"WITH a AS MATERIALIZED (SELECT * FROM input) SELECT sum(x.n * y.n) AS s FROM a x JOIN a y USING (k)":                             "[20]\n",
		"SELECT i.n FROM input i WHERE i.n = (SELECT max(j.n) FROM input j WHERE j.k = i.k) ORDER BY 1":                                   "[2]\n[3]\n",
		"SELECT n FROM input UNION ALL SELECT n * 10 FROM input":                                                                          "[1]\n[2]\n[3]\n[10]\n[20]\n[30]\n",
		"SELECT n, sum(n) OVER (ORDER BY n) AS s FROM input":                                                                              "[1,1]\n[2,3]\n[3,6]\n",
		"WITH RECURSIVE r AS (SELECT n FROM input WHERE n = 1 UNION ALL SELECT i.n FROM input i JOIN r ON i.n = r.n + 1) SELECT n FROM r": "[1]\n[2]\n[3]\n",
		"SELECT a FROM (PIVOT (SELECT k, n FROM input) ON k IN ('a', 'b') USING sum(n))":                                                  "[4]\n",
		"SELECT k, list(n ORDER BY n) AS l FROM input GROUP BY ALL ORDER BY k":                                                            "[\"a\",[1,3]]\n[\"b\",[2]]\n",
		"SELECT count(*) AS n FROM input TABLESAMPLE 100%":                                                                                "[3]\n",
		"SELECT n FROM input LIMIT 1 OFFSET 1":                                                                                            "[2]\n",
	} {
		plan := table.Plan{Relation: userSQL{query, nil}, Inputs: fileSource(path)}
		out, err := e.runBy(t.Context(), e.pool.one(), tenant, plan, anyReader, nil)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := lines(t, e, out); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// What another file of the plan is found to be when the order is asked for leads to Import as well.
func TestOddFilesBesideLargeOnes(t *testing.T) {
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Store: store, TempDir: t.TempDir(), Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	large := table.File{Path: writeFile(t, "large.csv", "id,text\n"+strings.Repeat("1,"+strings.Repeat("x", 1000)+"\n", orderedSize/1000)), Node: "large"}
	odd := table.File{Path: writeFile(t, "odd.csv", "a,b\n1, 2\r\n3, 4\n5, 6\n"), Node: "odd"}
	got, err := e.Run(t.Context(), tenant, table.Plan{Relation: bothOf{}, Inputs: map[string]table.Source{"one": {File: &large}, "two": {File: &odd}}}, nil)
	if err != nil || got.Meta.Rows != orderedSize/1000+3 {
		t.Errorf("%v %d", err, got.Meta.Rows)
	}
}

// bothOf are the first columns of two tables, one below the other.
type bothOf struct{}

func (bothOf) Query(in map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT id FROM ", in["one"].Name, " UNION ALL SELECT a FROM ", in["two"].Name)
	return b.Query()
}

// The function reads what the instance may read, and nothing else.
func TestThePlainReaderKeepsToItsFiles(t *testing.T) {
	e := newEngine(t)
	inside := writeFile(t, "a.csv", "n\n1\n")
	outside := writeFile(t, "b.csv", "n\n2\n")
	s, err := e.session(t.Context(), tenant, inside)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	call := func(path string) error {
		var n int64
		return s.one(t.Context(), "SELECT n FROM __dataflow_plain_csv("+"'"+path+"', ',', '\"', true, 1, ['n'], ['BIGINT'], [''])", nil, &n)
	}
	s.inst.reach.Begin()
	if err := call(inside); err != nil {
		t.Error(err)
	}
	if read := s.inst.reach.Read(); read != 4 {
		t.Errorf("%d of 4 bytes were read", read)
	}
	dir, err := e.store.(interface{ Dir(string) (string, error) }).Dir(tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{outside, "/etc/hostname", dir + "/../b.csv", dir + "x", "a.csv", "", inside + "/", filepath.Dir(inside)} {
		if err := call(path); err == nil {
			t.Errorf("%q was read", path)
		}
	}
	if err := os.Remove(inside); err != nil {
		t.Fatal(err)
	}
	if err := call(inside); err == nil {
		t.Error("a file that is gone was read")
	}
}

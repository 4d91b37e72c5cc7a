package duck

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func types(cols []table.Column) string {
	var b []string
	for _, c := range cols {
		b = append(b, c.Name+" "+c.Type)
	}
	return strings.Join(b, ", ")
}

func encoded(t *testing.T, enc encoding.Encoding, text string) string {
	t.Helper()
	out, err := enc.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func no() *bool  { b := false; return &b }
func yes() *bool { b := true; return &b }

func TestCSVThatIsRead(t *testing.T) {
	western := "name,città\nJosé,Forlì\nÅsa,Malmö\n"
	westernRows := "[\"José\",\"Forlì\"]\n[\"Åsa\",\"Malmö\"]\n"
	chinese := "城市,人口\n北京,2189\n上海,2487\n"
	chineseRows := "[\"北京\",2189]\n[\"上海\",2487]\n"
	places := 0
	for _, c := range []struct {
		name, content, columns, rows string
		opts                         table.ImportOptions
	}{
		{"plain", "a,b\n1,x\n2,y\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n[2,\"y\"]\n", table.ImportOptions{}},
		{"no new line at the end", "a,b\n1,x", "a BIGINT, b VARCHAR", "[1,\"x\"]\n", table.ImportOptions{}},
		{"windows lines", "a,b\r\n1,x\r\n2,y\r\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n[2,\"y\"]\n", table.ImportOptions{}},
		{"empty lines before the header", "\n\na,b\n1,x\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n", table.ImportOptions{}},
		{"windows lines before the header", "\r\na,b\r\nv,x\r\n", "a VARCHAR, b VARCHAR", "[\"v\",\"x\"]\n", table.ImportOptions{}},
		{"an empty line behind those that are skipped", "no table\n\na,b\n1,x\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n", table.ImportOptions{Skip: 1}},
		{"semicolons", "a;b\n1,5;x\n2,5;y\n", "a VARCHAR, b VARCHAR", "[\"1,5\",\"x\"]\n[\"2,5\",\"y\"]\n", table.ImportOptions{}},
		{"tabs", "a\tb\n1\tx, y\n", "a BIGINT, b VARCHAR", "[1,\"x, y\"]\n", table.ImportOptions{}},
		{"bars", "a|b\n1|x\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n", table.ImportOptions{}},
		{"one column", "a\n1\n2\n", "a BIGINT", "[1]\n[2]\n", table.ImportOptions{}},
		{"header only", "a,b\n", "a VARCHAR, b VARCHAR", "", table.ImportOptions{}},
		{"header only without new line", "a,b", "a VARCHAR, b VARCHAR", "", table.ImportOptions{}},
		{"no header", "1,x\n2,y\n", "column1 BIGINT, column2 VARCHAR", "[1,\"x\"]\n[2,\"y\"]\n", table.ImportOptions{}},
		{"no header, said so", "a,b\nc,d\n", "column1 VARCHAR, column2 VARCHAR", "[\"a\",\"b\"]\n[\"c\",\"d\"]\n", table.ImportOptions{Header: no()}},
		{"header of numbers", "2023,2024\n1,2\n", "2023 BIGINT, 2024 BIGINT", "[1,2]\n", table.ImportOptions{Header: yes()}},
		{"a name is missing", ",b\n1,2\n", "column1 BIGINT, b BIGINT", "[1,2]\n", table.ImportOptions{}},
		{"names with quotes", "\"a \"\"q\"\"\",\"b'c\"\n1,2\n", "a \"q\" BIGINT, b'c BIGINT", "[1,2]\n", table.ImportOptions{}},
		{"quotes, commas and lines inside", "a,b\n\"x, \"\"y\"\"\",\"one\ntwo\"\n", "a VARCHAR, b VARCHAR", "[\"x, \\\"y\\\"\",\"one\\ntwo\"]\n", table.ImportOptions{}},
		{"single quotes", "a,b\n'x, y',1\n", "a VARCHAR, b BIGINT", "[\"x, y\",1]\n", table.ImportOptions{Quote: "'"}},
		{"empty values", "a,b,c\n1,,\n,x,\"\"\n", "a BIGINT, b VARCHAR, c VARCHAR", "[1,null,null]\n[null,\"x\",null]\n", table.ImportOptions{}},
		{"null texts", "a,b\nNA,-\n1,x\n", "a BIGINT, b VARCHAR", "[null,null]\n[1,\"x\"]\n", table.ImportOptions{NullText: []string{"", "NA", "-"}}},
		{"blank lines", "a,b\n\n1,x\n\n2,y\n\n", "a BIGINT, b VARCHAR", "[1,\"x\"]\n[2,\"y\"]\n", table.ImportOptions{}},
		{"types", "i,f,b,d,t,z,zip,id\n1,1.5,true,2024-02-29,2024-01-02 03:04:05,2024-01-02T03:04:05+02:00,01234,12345678901234567890\n-2,1e3,FALSE,1999-12-31,2024-01-02T03:04,2024-01-02 03:04:05Z,99999,1\n",
			"i BIGINT, f DOUBLE, b BOOLEAN, d DATE, t TIMESTAMP, z TIMESTAMP WITH TIME ZONE, zip VARCHAR, id VARCHAR",
			"[1,1.5,true,\"2024-02-29\",\"2024-01-02T03:04:05\",\"2024-01-02T01:04:05Z\",\"01234\",\"12345678901234567890\"]\n[-2,1000.0,false,\"1999-12-31\",\"2024-01-02T03:04:00\",\"2024-01-02T03:04:05Z\",\"99999\",\"1\"]\n", table.ImportOptions{}},
		{"types set", "a,b\n1,2024-01-01\n", "a VARCHAR, b TIMESTAMP", "[\"1\",\"2024-01-01T00:00:00\"]\n", table.ImportOptions{Types: map[string]string{"a": "varchar", "B": "timestamp"}}},
		{"a day that does not exist", "d\n2023-02-30\n2023-02-28\n", "d VARCHAR", "[\"2023-02-30\"]\n[\"2023-02-28\"]\n", table.ImportOptions{}},
		{"BOM", "\xef\xbb\xbfa,b\n1,é\n", "a BIGINT, b VARCHAR", "[1,\"é\"]\n", table.ImportOptions{}},
		{"utf-8", western, "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{}},
		{"windows-1252", encoded(t, charmap.Windows1252, western), "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{}},
		{"latin-1, said so", encoded(t, charmap.ISO8859_1, western), "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{Encoding: "latin-1"}},
		{"utf-16 little endian with BOM", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), western), "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{}},
		{"utf-16 big endian with BOM", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), western), "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{}},
		{"utf-16 without BOM", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), western), "name VARCHAR, città VARCHAR", westernRows, table.ImportOptions{}},
		{"gb18030", encoded(t, simplifiedchinese.GB18030, chinese), "城市 VARCHAR, 人口 BIGINT", chineseRows, table.ImportOptions{}},
		{"gbk, said so", encoded(t, simplifiedchinese.GBK, chinese), "城市 VARCHAR, 人口 BIGINT", chineseRows, table.ImportOptions{Encoding: "GBK"}},
		{"NaN", "f\n1.5\nNaN\n", "f DOUBLE", "[1.5]\n[\"NaN\"]\n", table.ImportOptions{}},
		{"numbers beyond DOUBLE", "a,b,c,d\n123456789012345678,1,9007199254740993,0.1\n1.5,12345678901234567.89,9007199254740992.5,0.12345678901234567890123\n",
			"a DECIMAL(38,1), b DECIMAL(38,2), c DECIMAL(18,1), d DECIMAL(38,23)",
			"[\"123456789012345678.0\",1.00,\"9007199254740993.0\",\"0.10000000000000000000000\"]\n[1.5,\"12345678901234567.89\",\"9007199254740992.5\",\"0.12345678901234567890123\"]\n", table.ImportOptions{}},
		{"numbers that DOUBLE keeps", "a,b,c\n0.30000000000000004,1.7976931348623157e+308,100000000000000000\n1.50,-2.5E-7,0.5\n", "a DOUBLE, b DOUBLE, c DOUBLE",
			"[0.30000000000000004,1.7976931348623157e+308,1e+17]\n[1.5,-2.5e-07,0.5]\n", table.ImportOptions{}},
		{"beyond all numbers", "a,b\n1e400,1e-400\n1.5,2.5\n", "a VARCHAR, b VARCHAR", "[\"1e400\",\"1e-400\"]\n[\"1.5\",\"2.5\"]\n", table.ImportOptions{}},
		{"telephones and differences", "a,b,c\n+491512345678,+3,+1.5\n,-2,2.5\n", "a VARCHAR, b BIGINT, c DOUBLE", "[\"+491512345678\",3,1.5]\n[null,-2,2.5]\n", table.ImportOptions{}},
		{"codes of articles", "a,b\n12E3,12E3\n4711,1.5\n", "a VARCHAR, b DOUBLE", "[\"12E3\",12000.0]\n[\"4711\",1.5]\n", table.ImportOptions{}},
		{"nanoseconds", "a,b\n2024-01-02 03:04:05.123456789,2024-01-02 03:04:05.123456000\n", "a VARCHAR, b TIMESTAMP", "[\"2024-01-02 03:04:05.123456789\",\"2024-01-02T03:04:05.123456\"]\n", table.ImportOptions{}},
		{"types set that keep the numbers", "a,b,c\n1.0,1.50,1e2\n2,-3.,7\n", "a BIGINT, b DECIMAL(9,1), c INTEGER", "[1,1.5,100]\n[2,-3.0,7]\n", table.ImportOptions{Types: map[string]string{"a": "BIGINT", "b": "DECIMAL(9,1)", "c": "INTEGER"}}},
		{"spaces around numbers", "a,b\n 1 , 2.5\n3,4\n", "a BIGINT, b DOUBLE", "[1,2.5]\n[3,4.0]\n", table.ImportOptions{}},
		{"quote inside an unquoted value", "a,b\n5\" pipe,1\n", "a VARCHAR, b BIGINT", "[\"5\\\" pipe\",1]\n", table.ImportOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEngine(t)
			got, err := e.Import(t.Context(), tenant, writeFile(t, "file[1].csv", c.content), c.opts, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s := types(got.Meta.Columns); s != c.columns {
				t.Errorf("columns %s\nwant    %s", s, c.columns)
			}
			if s := lines(t, e, got); s != c.rows {
				t.Errorf("rows %s\nwant %s", s, c.rows)
			}
			got, ok, err := inPlace(t, e, writeFile(t, "file.csv", c.content), c.opts)
			if !ok {
				return
			}
			places++
			if err != nil {
				t.Fatalf("in place: %v", err)
			}
			if s := types(got.Meta.Columns); s != c.columns {
				t.Errorf("in place columns %s\nwant    %s", s, c.columns)
			}
			if s := lines(t, e, got); s != c.rows {
				t.Errorf("in place rows %s\nwant %s", s, c.rows)
			}
		})
	}
	if places < 20 {
		t.Errorf("only %d were read in place", places)
	}
}

// inPlace reads a file by a query over it; false when it cannot be read so. Who reads it makes no difference.
func inPlace(t *testing.T, e *Engine, path string, opts table.ImportOptions) (table.Table, bool, error) {
	t.Helper()
	file := table.File{Path: path, Options: opts, Node: "read"}
	if _, ok, err := e.Scan(t.Context(), tenant, file); err != nil || !ok {
		return table.Table{}, false, err
	}
	plan := table.Plan{Relation: userSQL{"SELECT * FROM input", nil}, Inputs: map[string]table.Source{"table": {File: &file}}}
	got, err := e.Run(t.Context(), tenant, plan, nil)
	if _, ok, serr := e.scan(t.Context(), tenant, file, duckReader); serr != nil || !ok {
		return got, true, errors.Join(err, serr)
	}
	other, oerr := e.runBy(t.Context(), e.pool.one(), tenant, plan, duckReader, nil)
	switch {
	case errors.As(oerr, new(unreadInPlace)): // it would be imported
	case (err == nil) != (oerr == nil):
		t.Errorf("in place: %v; by DuckDB: %v", err, oerr)
	case err == nil && (types(got.Meta.Columns) != types(other.Meta.Columns) || lines(t, e, got) != lines(t, e, other)):
		t.Errorf("in place:\n%s %s; by DuckDB:\n%s %s", types(got.Meta.Columns), lines(t, e, got), types(other.Meta.Columns), lines(t, e, other))
	}
	return got, true, err
}

func TestCSVThatIsRefused(t *testing.T) {
	long := strings.Repeat("1,x\n", 100_000) // beyond what types and encoding are guessed from
	for _, c := range []struct {
		name, content string
		opts          table.ImportOptions
		message, hint string
		line, column  int
		row           int64
	}{
		{"0 bytes", "", table.ImportOptions{}, "file.csv is empty", "upload", 0, 0, 0},
		{"only white space", " \n\n\t\n", table.ImportOptions{}, "file.csv is empty", "", 0, 0, 0},
		{"only a BOM", "\xef\xbb\xbf", table.ImportOptions{}, "file.csv is empty", "", 0, 0, 0},
		{"a row is short", "a,b,c\n1,2,3\n4,5\n6,7,8\n", table.ImportOptions{}, "line 3: the row has 2 fields where 3 were expected", "skip", 3, 0, 2},
		{"a row is long", "a,b\n1,2\n\"x\ny\",4\n5,6,7\n", table.ImportOptions{}, "line 5: the row has 3 fields where 2 were expected", "skip", 5, 0, 3},
		{"an open quote", "a,b\n1,2\n3,\"x\n4,y\n5,z\n", table.ImportOptions{}, `line 3, column "b": the quote " that opens here is never closed`, "quote", 3, 2, 2},
		{"an open quote in the header", "a,\"b\n1,2\n", table.ImportOptions{}, `line 1, column 2: the quote " that opens here`, "quote", 1, 2, 1},
		{"text after a quote", "a,b\n\"x\" y,2\n", table.ImportOptions{}, `line 2, column "a": text follows the closing quote`, "another quote", 2, 1, 1},
		{"a column twice", "a,b,A\n1,2,3\n", table.ImportOptions{}, `line 1, column 3: the columns 1 and 3 are both called "A"`, "Rename", 1, 3, 0},
		{"no text at all", "PK\x03\x04\x00\x00,x\n1,2\n", table.ImportOptions{}, "line 1, column 1: there are bytes here that no text has", ".xlsx", 1, 1, 0},
		{"mixed encodings", "a,b\n1,é\n2,caf\xe9\n", table.ImportOptions{}, "line 3: the line is not UTF-8 while line 2 is", "encoding", 3, 0, 0},
		{"mixed encodings late", "a,b\n1,é\n" + long + "2,caf\xe9\n", table.ImportOptions{}, "line 100003: the line is not UTF-8 while line 2 is", "encoding", 100003, 0, 0},
		{"not the encoding that was said", "a,b\n1,caf\xe9\n", table.ImportOptions{Encoding: "utf-8"}, "is not UTF-8", "encoding", 0, 0, 0},
		{"no such encoding", "a,b\n1,2\n", table.ImportOptions{Encoding: "klingon"}, "no encoding", "", -1, 0, 0},
		{"a value of another type", "a,b\n1,2\nx,3\n", table.ImportOptions{Types: map[string]string{"a": "INTEGER"}}, `file.csv, line 3: "x" in the column "a" is not of the type`, "Set another type", 3, 0, 0},
		{"a number that an integer would round", "a,b\n1,2\n1.7,3\n", table.ImportOptions{Types: map[string]string{"a": "BIGINT"}}, `file.csv, line 3: "1.7" in the column "a" is not of the type BIGINT`, "Set another type", 3, 0, 0},
		{"a number that an exponent makes a fraction", "a,b\n1,2\n17e-1,3\n", table.ImportOptions{Types: map[string]string{"a": "BIGINT"}}, `file.csv, line 3: "17e-1" in the column "a" is not of the type BIGINT`, "Set another type", 3, 0, 0},
		{"a number with more digits than asked for", "a,b\n1,2\n3,1.005\n", table.ImportOptions{Types: map[string]string{"b": "DECIMAL(10,2)"}}, `file.csv, line 3: "1.005" in the column "b" is not of the type DECIMAL(10,2)`, "Set another type", 3, 0, 0},
		{"a type for no column", "a,b\n1,2\n", table.ImportOptions{Types: map[string]string{"c": "INTEGER"}}, `no column "c"`, "", -1, 0, 0},
		{"no such type", "a,b\n1,2\n", table.ImportOptions{Types: map[string]string{"a": "INT); DROP TABLE x; --"}}, `no type`, "", -1, 0, 0},
		{"ragged late", "a,b\n" + long + "1\n", table.ImportOptions{}, "line 100002: the row has 1 field where 2 were expected", "skip", 100002, 0, 100001},
		{"a quote that is the delimiter", "a,b\n1,2\n", table.ImportOptions{Quote: ","}, "must be a character that is not the delimiter", "", -1, 0, 0},
		{"a delimiter of two characters", "a,b\n1,2\n", table.ImportOptions{Delimiter: "::"}, "must be one ASCII character", "", -1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newSampler(t)
			_, err := e.Import(t.Context(), tenant, writeFile(t, "file.csv", c.content), c.opts, nil)
			pub := errs.From(err)
			if pub == nil {
				t.Fatal("it was read")
			}
			// A query over the file says the same, with the node that reads it.
			if _, ok, err := inPlace(t, e, writeFile(t, "file.csv", c.content), c.opts); ok {
				same := errs.From(err)
				if same == nil || same.Message != pub.Message || same.Hint != pub.Hint || same.Details[0].Node != "read" {
					t.Errorf("in place: %+v", same)
				}
			}
			if !strings.Contains(pub.Message, c.message) || !strings.Contains(pub.Hint, c.hint) {
				t.Errorf("%s: %s\nhint: %s\nwant: %s", pub.Code, pub.Message, pub.Hint, c.message)
			}
			if c.line < 0 {
				return
			}
			if pub.Code != "csv_invalid" || len(pub.Details) != 1 {
				t.Fatalf("%s, %+v", pub.Code, pub.Details)
			}
			if p := pub.Details[0].Place; p.File != "file.csv" || p.Line != c.line || p.Column != c.column || p.Row != c.row {
				t.Errorf("place %+v", p)
			}
		})
	}
}

func TestCSVRowsThatAreSkipped(t *testing.T) {
	e := newEngine(t)
	content := "a,b\n1,x\n2\n3,y,z\nfour,w\n5,v\n"
	got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", content), table.ImportOptions{BadRows: "skip", Types: map[string]string{"a": "BIGINT"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows := lines(t, e, got); rows != "[1,\"x\"]\n[5,\"v\"]\n" || got.Rejected != 3 {
		t.Errorf("rows %s, rejected %d", rows, got.Rejected)
	}
}

// TestBadRowsOverSeveralLines: what a stray quote takes along is no bad row that can be skipped and counted as one.
func TestBadRowsOverSeveralLines(t *testing.T) {
	long := strings.Repeat("1,x\n", 100_000)
	for _, c := range []struct {
		name, content, message string
		line                   int
	}{
		{"never closed", "a,b\n1,x\n2,\"stray\n" + long, `line 3, column "b": the quote " that opens here is never closed`, 3},
		{"closed by another quote", "a,b\n1,x\n2,\"stray\n3,y\n4,\"z\"\n5,w\n" + long, `line 5, column "b": text follows the closing quote`, 5},
		{"closed at the end of a field", "a,b\n1,x\n2,\"stray\n3,y\n4,z\",7\n5,w\n", "line 3: the row has 3 fields where 2 were expected, and goes over several lines", 3},
	} {
		e := newEngine(t)
		got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", c.content), table.ImportOptions{BadRows: "skip"}, nil)
		if err == nil {
			t.Errorf("%s: %d rows, %d rejected", c.name, got.Meta.Rows, got.Rejected)
			continue
		}
		pub := errs.From(err)
		if pub.Code != "csv_invalid" || !strings.Contains(pub.Message, c.message) || pub.Details[0].Line != c.line {
			t.Errorf("%s: %s: %s, %+v", c.name, pub.Code, pub.Message, pub.Details)
		}
	}
	// Of one line each, and texts of several lines that are as they should be.
	content := "a,b\n1,\"x\ny\"\n2,\"s\"t\n3\n4,\"z\"\n5,6,7\n8,w\n9,\"open\n"
	e := newEngine(t)
	got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", content), table.ImportOptions{BadRows: "skip"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows := lines(t, e, got); rows != "[1,\"x\\ny\"]\n[4,\"z\"]\n[8,\"w\"]\n" || got.Rejected != 4 {
		t.Errorf("rows %s, rejected %d", rows, got.Rejected)
	}
}

// TestWhatComesLateIsKept: what DuckDB would take for a value of the type that the beginning suggests is still read as it is.
func TestWhatComesLateIsKept(t *testing.T) {
	e := newSampler(t)
	for _, c := range []struct{ begin, end, typ, last string }{
		{"1000000", "1.7", "DOUBLE", "1.7"},
		{"1000000", "9007199254740993", "BIGINT", `"9007199254740993"`},
		{"1234567890123456", "0.5", "DOUBLE", "0.5"},
		{"10000.5", "9007199254740993", "DECIMAL(18,1)", `"9007199254740993.0"`},
		{"10000.5", "1e400", "VARCHAR", `"1e400"`},
		{"10000.5", "NaN", "DOUBLE", `"NaN"`},
		{"9007199254740992.5", "1.25", "DECIMAL(18,2)", "1.25"},
	} {
		rows := int(e.sample)/(len(c.begin)+1) + 10
		path := writeFile(t, "f.csv", "a\n"+strings.Repeat(c.begin+"\n", rows)+c.end+"\n")
		for how, read := range map[string]func() (table.Table, error){
			"import": func() (table.Table, error) { return e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil) },
			"skip": func() (table.Table, error) {
				return e.Import(t.Context(), tenant, path, table.ImportOptions{BadRows: "skip"}, nil)
			},
			"in place": func() (table.Table, error) {
				got, _, err := inPlace(t, e, path, table.ImportOptions{})
				return got, err
			},
		} {
			got, err := read()
			if err != nil {
				t.Fatal(err)
			}
			page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Offset: int64(rows), Limit: 10})
			if err != nil || got.Meta.Columns[0].Type != c.typ || join(page.Rows) != "["+c.last+"]\n" || got.Rejected != 0 {
				t.Errorf("%s, then %s, %q: %s %s, %d rejected, %v", c.begin, c.end, how, got.Meta.Columns[0].Type, join(page.Rows), got.Rejected, err)
			}
		}
	}
	content := "a,b\n1,x\n1.7,y\n2\nz,z\n3,w\n"
	got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", content), table.ImportOptions{BadRows: "skip", Types: map[string]string{"a": "BIGINT"}}, nil)
	if err != nil || lines(t, e, got) != "[1,\"x\"]\n[3,\"w\"]\n" || got.Rejected != 3 {
		t.Errorf("%v, rows %s, rejected %d", err, lines(t, e, got), got.Rejected)
	}
}

// TestTypesAreMadeGoodFromTheWholeFile: what the sample suggests turns out wrong at the end of the file.
func TestTypesAreMadeGoodFromTheWholeFile(t *testing.T) {
	e := newEngine(t)
	var b bytes.Buffer
	b.WriteString("id,v,w\n")
	for i := range 400_000 {
		fmt.Fprintf(&b, "%d,%d,2024-01-01\n", i, i)
	}
	b.WriteString("x7,1.5,2024-01-01 10:00:00\n")
	got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", b.String()), table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := types(got.Meta.Columns); s != "id VARCHAR, v DOUBLE, w TIMESTAMP" || got.Meta.Rows != 400_001 {
		t.Errorf("%s, %d rows", s, got.Meta.Rows)
	}
	// Late bytes that are not UTF-8 are found out too.
	late := append(bytes.Repeat([]byte("1,plain\n"), 600_000), encoded(t, charmap.Windows1252, "2,café\n")...)
	got, err = e.Import(t.Context(), tenant, writeFile(t, "f.csv", "a,b\n"+string(late)), table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Offset: 600_000, Limit: 10})
	if err != nil || join(page.Rows) != "[2,\"café\"]\n" {
		t.Errorf("%s, %v", join(page.Rows), err)
	}
}

// One row in another encoding is no reason to read all others as that, nor to leave it out.
func TestRowsInAnotherEncoding(t *testing.T) {
	e := newSampler(t)
	names := func(rows int, last string) string {
		var b strings.Builder
		b.WriteString("id,name,note\n")
		for i := range rows {
			fmt.Fprintf(&b, "%d,José%d,x\n", i, i)
		}
		return b.String() + last
	}
	ascii := strings.Repeat("1,Ann,x\n", int(e.sample)/8+10)
	for name, c := range map[string]struct {
		content, message string
		rows             int64
	}{
		"Latin-1 below UTF-8":    {names(20, "20,Ren\xe9e,x\n"), "line 22: the line is not UTF-8 while line 2 is UTF-8", 0},
		"GB18030 below UTF-8":    {names(20, "20,\xd6\xd0\xce\xc4,x\n"), "line 22: the line is not UTF-8 while line 2 is UTF-8", 0},
		"cut within a character": {names(20, "20,5 \xe2\x82"), "line 22: the line is not UTF-8 while line 2 is UTF-8", 0},
		"Latin-1 at the end":     {"id,name\n1,Ann\n2,Jos\xe9\n", "", 2},
		"Latin-1 late":           {"id,name,note\n" + ascii + "2,Ann,caf\xe9\n", "", e.sample/8 + 11},
		"GB18030":                {"id,name\n1,\xd6\xd0\xce\xc4\n2,\xc3\xa9\n3,\xba\xba\xd7\xd6\n4,\xb1\xb1\xbe\xa9\n5,\xc9\xcf\xba\xa3\n", "", 5},
	} {
		for _, bad := range []string{"", "skip"} {
			got, err := e.Import(t.Context(), tenant, writeFile(t, "f.csv", c.content), table.ImportOptions{BadRows: bad}, nil)
			switch {
			case c.message != "":
				if err == nil || !strings.Contains(err.Error(), c.message) {
					t.Errorf("%s %s: %v", name, bad, err)
				}
			case err != nil || got.Meta.Rows != c.rows || got.Rejected != 0:
				t.Errorf("%s %s: %v %d rows, %d left out", name, bad, err, got.Meta.Rows, got.Rejected)
			}
		}
	}
	for _, query := range []string{"SELECT note, count(*) AS n FROM input GROUP BY note ORDER BY n"} {
		path := writeFile(t, "late.csv", "id,name,note\n"+ascii+"2,Ann,caf\xe9\n")
		got, err := e.Run(t.Context(), tenant, table.Plan{Relation: userSQL{query, nil}, Inputs: fileSource(path)}, nil)
		if err != nil || !strings.Contains(lines(t, e, got), "café") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// A text far behind values of another type is named, for it makes texts of them all.
func TestAnOddValueIsNamed(t *testing.T) {
	e := newEngine(t)
	numbers := func(rows int) string {
		var b strings.Builder
		for i := range rows {
			fmt.Fprintf(&b, "%d,%d.5,2024-01-01,x%d\n", i, i, i)
		}
		return b.String()
	}
	odd := func(column, typ, value string, rows int) table.Odd {
		return table.Odd{File: "a.csv", Column: column, Type: typ, Value: value, Line: rows + 2, Before: int64(rows)}
	}
	const head = "n,f,d,t\n"
	for name, c := range map[string]struct {
		text string
		opts table.ImportOptions
		want []table.Odd
	}{
		"small":          {head + numbers(1500) + "n/a,1,2024-01-01,y\n" + numbers(10), table.ImportOptions{}, []table.Odd{odd("n", "BIGINT", "n/a", 1500)}},
		"large":          {head + numbers(170_000) + "1,?,today,y\n", table.ImportOptions{}, []table.Odd{odd("f", "DOUBLE", "?", 170_000), odd("d", "DATE", "today", 170_000)}},
		"zeros":          {head + numbers(170_000) + "007,1,2024-01-01,y\n", table.ImportOptions{}, []table.Odd{odd("n", "BIGINT", "007", 170_000)}},
		"plus":           {head + numbers(1500) + "+49,1,2024-01-01,y\n", table.ImportOptions{}, []table.Odd{odd("n", "BIGINT", "+49", 1500)}},
		"plus and minus": {head + numbers(1500) + "+49,1,2024-01-01,y\n-1,1,2024-01-01,y\n", table.ImportOptions{}, nil},
		"soon":           {head + numbers(900) + "n/a,1,2024-01-01,y\n", table.ImportOptions{}, nil},
		"named":          {head + numbers(1500) + "n/a,1,2024-01-01,y\n", table.ImportOptions{NullText: []string{"n/a"}}, nil},
		"set":            {head + numbers(1500) + "n/a,1,2024-01-01,y\n", table.ImportOptions{Types: map[string]string{"N": "VARCHAR"}}, nil},
	} {
		path := writeFile(t, "a.csv", c.text)
		got, err := e.Import(t.Context(), tenant, path, c.opts, nil)
		if err != nil || !slices.Equal(got.Odd, c.want) {
			t.Errorf("%s: %+v %v", name, got.Odd, err)
		}
		sources := fileSource(path)
		sources["table"].File.Options = c.opts
		inner := table.Plan{Relation: userSQL{"SELECT * FROM input", nil}, Inputs: sources}
		got, err = e.Run(t.Context(), tenant, table.Plan{Relation: userSQL{"SELECT n, f, d FROM input", nil}, Inputs: map[string]table.Source{"table": {Plan: &inner}}}, nil)
		if err != nil || !slices.Equal(got.Odd, c.want) {
			t.Errorf("%s, in place: %+v %v", name, got.Odd, err)
		}
	}
}

// Columns that are agreed to be of texts are, however their values happen to be written, and where the file has them; a type that is set counts
// more.
func TestColumnsOfTexts(t *testing.T) {
	e := newEngine(t)
	opts := table.ImportOptions{Texts: []string{"CODE", "amount", "gone", "n"}, Types: map[string]string{"n": "BIGINT"}}
	const want = "code VARCHAR, amount VARCHAR, n BIGINT, m BIGINT"
	for name, text := range map[string]string{
		"small": "code,amount,n,m\n7,1.50,1,1\n8,,2,2\n",
		"large": "code,amount,n,m\n" + strings.Repeat("7,1.50,1,1\n", 450_000) + "007,+2,2,2\n",
	} {
		path := writeFile(t, "a.csv", text)
		got, err := e.Import(t.Context(), tenant, path, opts, nil)
		if err != nil || types(got.Meta.Columns) != want || len(got.Odd) > 0 {
			t.Errorf("%s: %v %v %v", name, got.Meta.Columns, got.Odd, err)
		}
		columns, ok, err := e.Scan(t.Context(), tenant, table.File{Path: path, Options: table.ImportOptions{Texts: opts.Texts}})
		if err != nil || !ok || types(columns) != "code VARCHAR, amount VARCHAR, n VARCHAR, m BIGINT" {
			t.Errorf("%s: %v %v %v", name, columns, ok, err)
		}
		page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Limit: 1})
		if err != nil || string(page.Rows[0]) != `["7","1.50",1,1]` {
			t.Errorf("%s: %s %v", name, page.Rows, err)
		}
	}
}

package duck

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// A .txt is a table when its lines are split alike; what else it is, nobody can say.
func TestPlainTexts(t *testing.T) {
	var ragged, rows, log, numbers, scores strings.Builder
	rows.WriteString("id;name;amount\n")
	for i := range 40 {
		fmt.Fprintf(&rows, "%d;n%d;1,5\n", i, i)
		fmt.Fprintf(&log, "2026-11-30 08:%02d:01,125 INFO step %d of the run has ended\n", i, i)
		fmt.Fprintf(&numbers, "%d\n", i)
		fmt.Fprintf(&scores, "%3d   team %2d   %d\n", i, i, 10*i)
	}
	ragged.WriteString(rows.String() + "41;late\n")
	for _, c := range []struct {
		name, content, columns string // without columns it is refused
		message                string
		opts                   table.ImportOptions
	}{
		{"tabs", "id\tname\n1\tAda, Countess\n2\tBob\n", "id BIGINT, name VARCHAR", "", table.ImportOptions{}},
		{"tabs from Excel", unicodeText(t, "id\tname\r\n1\t\"two\r\nlines\"\r\n2\tÅsa\r\n"), "id BIGINT, name VARCHAR", "", table.ImportOptions{}},
		{"tabs without a header, as of geonames", "3039154\tEl Tarter\t42.57952\t1.65362\n3039163\tSant Julià\t42.46372\t1.49129\n", "column1 BIGINT, column2 VARCHAR, column3 DOUBLE, column4 DOUBLE", "", table.ImportOptions{}},
		{"semicolons and decimal commas", rows.String(), "id BIGINT, name VARCHAR, amount VARCHAR", "", table.ImportOptions{}},
		{"commas", "a,b\n1,x\n2,\"y, z\"\n", "a BIGINT, b VARCHAR", "", table.ImportOptions{}},
		{"bars", "ACC|CCY|AMT\nA1|EUR|12.50\nA2|USD|3.00\n", "ACC VARCHAR, CCY VARCHAR, AMT DOUBLE", "", table.ImportOptions{}},
		{"a stop file of a feed", "stop_id,stop_name,stop_lat\n1,\"Main St, North\",48.1\n2,Harbour,48.2\n", "stop_id BIGINT, stop_name VARCHAR, stop_lat DOUBLE", "", table.ImportOptions{}},
		{"a header alone", "id,name,amount\n", "id VARCHAR, name VARCHAR, amount VARCHAR", "", table.ImportOptions{}},
		{"sep= alone", "sep=,\nid, name\n1, x\n", "id BIGINT, name VARCHAR", "", table.ImportOptions{}},
		{"lines before the header, said so", "Report of May\n\nid;n\n1;2\n", "id BIGINT, n BIGINT", "", table.ImportOptions{Skip: 2}},
		{"one column, said so", numbers.String(), "column1 BIGINT", "", table.ImportOptions{Format: "csv"}},
		{"a delimiter that is said", "a b\n1 2\n3\n", "", "line 3: the row has 1 field", table.ImportOptions{Delimiter: " "}},
		{"one broken row of forty", ragged.String(), "", "line 42: the row has 2 fields where 3 were expected", table.ImportOptions{}},

		{"a letter", "Dear Ann,\n\nthank you for the orders, the bills and the notes.\nWe shall answer soon.\n\nBest,\nBob\n", "", "different numbers of fields, as line 4 and the first", table.ImportOptions{}},
		{"a sentence", "Ask Ann, she knows.\n", "", "as in a sentence", table.ImportOptions{}},
		{"a list of words", "alpha\nbeta\ngamma\n", "", "no delimiter is in its first line", table.ImportOptions{}},
		{"lines before the header", "Report of May\n\nid;n\n1;2\n", "", "no delimiter is in its first line", table.ImportOptions{}},
		{"a log", log.String(), "", "within times", table.ImportOptions{}},
		{"a log of requests", "10.0.0.1 - - [30/Nov/2026:08:00:01 +0000] \"GET / HTTP/1.1\" 200 12\n10.0.0.2 - - [30/Nov/2026:08:00:02 +0000] \"GET /a,b HTTP/1.1\" 200 9\n", "", "no delimiter", table.ImportOptions{}},
		{"fixed columns", scores.String(), "", "no delimiter", table.ImportOptions{}},
		{"JSON lines", "{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}\n", "", "begins with JSON", table.ImportOptions{}},
		{"JSON", "{\n  \"a\": [1, 2],\n  \"b\": 2\n}\n", "", "no delimiter", table.ImportOptions{}},
		{"an open quote", "a,\"b\n1,2\n", "", "cannot be told", table.ImportOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEngine(t)
			got, err := e.Import(t.Context(), tenant, writeFile(t, "notes.TXT", c.content), c.opts, nil)
			place, ok, placeErr := inPlace(t, e, writeFile(t, "notes.txt", c.content), c.opts)
			if c.columns == "" {
				pub := errs.From(err)
				if pub == nil || !strings.Contains(pub.Message, c.message) || !strings.Contains(pub.Message, "notes.TXT") || ok && placeErr == nil {
					t.Fatalf("%v, in place %v", err, placeErr)
				}
				if said := strings.Contains(pub.Hint, "Set the format: csv"); said != (pub.Code == "format_unknown") || len(pub.Details) != 1 || pub.Details[0].File != "notes.TXT" {
					t.Errorf("%s, %q, %+v", pub.Code, pub.Hint, pub.Details)
				}
				return
			}
			if err != nil || placeErr != nil {
				t.Fatal(err, placeErr)
			}
			if s := types(got.Meta.Columns); s != c.columns || ok && types(place.Meta.Columns) != s {
				t.Errorf("columns %s\nwant    %s", s, c.columns)
			}
		})
	}
	// Whatever is said of it, and other names, go as before.
	e := newEngine(t)
	for name, opts := range map[string]table.ImportOptions{"notes.txt": {Format: "csv"}, "notes.csv": {}} {
		if _, err := e.Import(t.Context(), tenant, writeFile(t, name, "alpha\nbeta\n"), opts, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unicodeText is what Excel calls Unicode Text.
func unicodeText(t *testing.T, text string) string {
	t.Helper()
	return encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text)
}

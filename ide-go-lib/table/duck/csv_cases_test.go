package duck

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/testkit"
)

// csvCase is one kind of odd or malformed CSV. The names are those of the suites, the texts are our own.
type csvCase struct {
	name, content string
	opts          table.ImportOptions
}

// csvSuites are the kinds of odd and malformed CSV that well-known parsers and a benchmark of such files tell apart.
var csvSuites = []struct {
	title, about string
	cases        []csvCase
}{
	{"csv-spectrum", "The acid test of parsers in JavaScript, github.com/max-mapper/csv-spectrum.", []csvCase{
		{"simple", "a,b\n1,x\n", table.ImportOptions{}},
		{"simple_crlf", "a,b\r\n1,x\r\n", table.ImportOptions{}},
		{"comma_in_quotes", "name,street\nAda,\"12, High Street\"\n", table.ImportOptions{}},
		{"empty", "a,b\n1,\n\"\",y\n", table.ImportOptions{}},
		{"empty_crlf", "a,b\r\n1,\r\n\"\",y\r\n", table.ImportOptions{}},
		{"escaped_quotes", "a,b\n1,\"ha \"\"ha\"\" ha\"\n", table.ImportOptions{}},
		{"json", "id,doc\n1,\"{\"\"at\"\": [1, 2]}\"\n", table.ImportOptions{}},
		{"location_coordinates", "at,n\n\"-5.25,120.5\",1\n\"(1,2)\",2\n", table.ImportOptions{}},
		{"newlines", "a,b\n1,\"one\ntwo\"\n2,y\n", table.ImportOptions{}},
		{"newlines_crlf", "a,b\r\n1,\"one\r\ntwo\"\r\n2,y\r\n", table.ImportOptions{}},
		{"newlines_cr", "a,b\r1,x\r2,y\r", table.ImportOptions{}},
		{"quotes_and_newlines", "a,b\n1,\"ha \n\"\"ha\"\" \nha\"\n2,y\n", table.ImportOptions{}},
		{"latin1", "", table.ImportOptions{}}, // filled below
		{"utf8", "a,b\n1,ʤ\n2,😀\n", table.ImportOptions{}},
		{"null", "a,b\n1,null\n2,NULL\n", table.ImportOptions{}},
	}},
	{"encoding/csv", "What the tests of Go's own reader tell apart.", []csvCase{
		{"BareCR", "a,b\rc,d\ne,f\n", table.ImportOptions{}},
		{"RFC4180test", "#one,two\n\"a\",\"b\"\n\"b\"\"c\",\"d\ne\"\n", table.ImportOptions{}},
		{"NoEOL", "a,b,c\n1,2,3", table.ImportOptions{}},
		{"Semicolon", "a;b;c\n1;2;3\n", table.ImportOptions{}},
		{"BlankLine", "a,b\n\n1,2\n\n\n3,4\n", table.ImportOptions{}},
		{"LeadingSpace", "x, y, z\n a, b, c\n", table.ImportOptions{}},
		{"Comment", "#1,2\na,b\n#3,4\nc,d\n", table.ImportOptions{}},
		{"LazyQuotes", "x,y\na \"word\",b\n", table.ImportOptions{}},
		{"BareQuotes", "x,y\na \"\"word,b\"c\n", table.ImportOptions{}},
		{"BareDoubleQuotes", "x,y\na\"\"b,c\n", table.ImportOptions{}},
		{"BadDoubleQuotes", "x,y\na\"\"b\",c\n", table.ImportOptions{}},
		{"TrimQuote", "x,y\n \"a\",\" b\"\n", table.ImportOptions{}},
		{"BadTrailingQuote", "x,y\n\"a word\",\"b\"z\n", table.ImportOptions{}},
		{"ExtraneousQuote", "x\n\"a \"word\"\n", table.ImportOptions{}},
		{"FieldCount", "a,b,c\nd,e\n", table.ImportOptions{}},
		{"TrailingComma", "a,b,\n1,2,\n", table.ImportOptions{}},
		{"TrailingCommaInRowsOnly", "a,b\n1,2,\n3,4,\n", table.ImportOptions{}},
		{"OnlyCommas", "a,b,c\n,,\n\"\",\"\",\"\"\n", table.ImportOptions{}},
		{"MultipleCRLF", "a,b\r\n\"x\r\n\r\n\r\ny\",1\r\n", table.ImportOptions{}},
		{"EvenQuotes", "x\n\"\"\"\"\"\"\"\"\n", table.ImportOptions{}},
		{"OddQuotes", "x\n\"\"\"\"\"\"\"\n", table.ImportOptions{}},
		{"QuoteWithTrailingCRLF", "x\n\"foo\"bar\"\r\n", table.ImportOptions{}},
		{"HugeField", "x,y\n" + strings.Repeat("#", 3<<20) + ",1\n", table.ImportOptions{}},
	}},
	{"Papa Parse", "What the tests of the most used parser in browsers tell apart.", []csvCase{
		{"Unquoted field with quotes at end of field", "x,y,z\nA,B\",C\n", table.ImportOptions{}},
		{"Quoted field with quotes around delimiter", "x,y,z\nA,\"\"\",\"\"\",C\n", table.ImportOptions{}},
		{"Quoted field with quotes on right side of delimiter", "x,y,z\nA,\",\"\"\",C\n", table.ImportOptions{}},
		{"Quoted field with 5 quotes in a row and a delimiter in there, too", "x,y\n\"1\",\"cnonce=\"\"\"\",nc=\"\"\"\"\"\n", table.ImportOptions{}},
		{"Quoted field with whitespace around quotes", "x,y,z\nA, \"B\" ,C\n", table.ImportOptions{}},
		{"Misplaced quotes in data, not as opening quotes", "x,y,z\nA,B \"B\",C\n", table.ImportOptions{}},
		{"Quoted field has no closing quote", "x,y,z\na,\"b,c\nd,e,f\n", table.ImportOptions{}},
		{"Quoted field has invalid trailing quote after delimiter", "x,y,z\n\"a,\"b,c\"\nd,e,f\n", table.ImportOptions{}},
		{"Line starts with quoted field", "x,y,z\na,b,c\n\"d\",e,f\n", table.ImportOptions{}},
		{"Quoted fields at end of row with delimiter and line break", "x,y,z\na,b,\"c,c\nc\"\nd,e,f\n", table.ImportOptions{}},
		{"Quoted field with escaped quotes by a backslash", "x,y\n\"a \\\"b\\\" c\",1\n", table.ImportOptions{}},
		{"Quoted field with escaped quotes by a backslash, said so", "x,y\n\"a \\\"b\\\" c\",1\n", table.ImportOptions{Escape: "\\"}},
		{"Multiple consecutive empty fields", "x,y,z,w\na,,,b\n,,c,\n", table.ImportOptions{}},
		{"Input with only a commented line", "#commented line", table.ImportOptions{}},
		{"Custom comment", "x;y\n// remark\n1;2\n", table.ImportOptions{}},
		{"Pipe delimiter", "x|y\n1|2\n", table.ImportOptions{}},
		{"ASCII 30 delimiter, said so", "x\x1ey\n1\x1e2\n", table.ImportOptions{Delimiter: "\x1e"}},
		{"Duplicate header", "x,x\n1,2\n", table.ImportOptions{}},
		{"Header only", "x,y", table.ImportOptions{}},
		{"Row with too few fields", "x,y,z\n1,2\n", table.ImportOptions{}},
		{"Row with too many fields", "x,y\n1,2,3\n", table.ImportOptions{}},
		{"Row with too many fields, skipped", "x,y\n1,2,3\n4,5\n", table.ImportOptions{BadRows: "skip"}},
		{"Numbers, booleans and texts", "n,f,b,t\n1,1.5e3,true,12 Main\n-0,.5,FALSE,0x1f\n", table.ImportOptions{}},
		{"Numbers beyond 2^53", "n\n9007199254740993\n-9223372036854775808\n", table.ImportOptions{}},
		{"Digits that are codes", "zip\n01234\n98765\n", table.ImportOptions{}},
		{"Zero bytes within", "x,y\na\x00b,1\n", table.ImportOptions{}},
		{"Poisoned names", "__proto__,constructor\n1,2\n", table.ImportOptions{}},
	}},
	{"Pollock", "Pollutions of a clean file, as the benchmark of data loading names them (Vitagliano et al., VLDB 2023).", []csvCase{
		{"file_no_payload", "", table.ImportOptions{}},
		{"file_no_trailing_newline", "day,amount,product\n2024-01-02,5,\"Tea, green\"", table.ImportOptions{}},
		{"file_double_trailing_newline", "day,amount,product\n2024-01-02,5,\"Tea, green\"\n\n\n", table.ImportOptions{}},
		{"file_no_header", "2024-01-02,5,Tea\n2024-01-03,7,Milk\n", table.ImportOptions{}},
		{"file_header_only", "day,amount,product\n", table.ImportOptions{}},
		{"file_one_data_row", "day,amount,product\n2024-01-02,5,Tea\n", table.ImportOptions{}},
		{"file_header_multirow_2", "day,amount,product\nwhen,how many,what\n2024-01-02,5,Tea\n2024-01-03,7,Milk\n", table.ImportOptions{}},
		{"file_preamble", "Sales of the shop\n\nday,amount,product\n2024-01-02,5,Tea\n2024-01-03,7,Milk\n", table.ImportOptions{}},
		{"file_preamble, said so", "Sales of the shop\n\nday,amount,product\n2024-01-02,5,Tea\n2024-01-03,7,Milk\n", table.ImportOptions{Skip: 2}},
		{"file_preamble whose lines end otherwise", "Sales of the shop\r\nday,amount\n2024-01-02,5\n", table.ImportOptions{Skip: 1}},
		{"file_preamble whose lines end otherwise, the other way round", "Sales of the shop\n\nday,amount\r\n2024-01-02,5\r\n", table.ImportOptions{Skip: 2}},
		{"Excel's separator line that ends otherwise", "sep=;\r\nday;amount\n2024-01-02;5\n", table.ImportOptions{}},
		{"file_multitable_less", "day,amount,product\n2024-01-02,5,Tea\n\nproduct,price\nTea,2.5\n", table.ImportOptions{}},
		{"file_multitable_same", "day,amount,product\n2024-01-02,5,Tea\n\nproduct,price,unit\nTea,2.5,kg\n", table.ImportOptions{}},
		{"file_multitable_more", "day,amount,product\n2024-01-02,5,Tea\n\nproduct,price,unit,stock\nTea,2.5,kg,7\n", table.ImportOptions{}},
		{"file_footnote", "day,amount,product\n2024-01-02,5,Tea\nSource: the till\n", table.ImportOptions{}},
		{"file_record_delimiter_0xd", "day,amount\r2024-01-02,5\r2024-01-03,7\r", table.ImportOptions{}},
		{"file_record_delimiter mixed", "day,amount\n2024-01-02,5\r\n2024-01-03,7\n", table.ImportOptions{}},
		{"file_field_delimiter_0x3b with decimal commas", "day;amount\n02.01.2024;1.234,50\n03.01.2024;7,25\n", table.ImportOptions{}},
		{"file_field_delimiter_0x2c_0x20", "day, amount, product\n2024-01-02, 5, \"Tea, green\"\n", table.ImportOptions{}},
		{"file_field_delimiter_0x20", "day amount product\n2024-01-02 5 Tea\n2024-01-03 7 Milk\n", table.ImportOptions{}},
		{"file_field_delimiter_0x20, said so", "day amount product\n2024-01-02 5 Tea\n2024-01-03 7 Milk\n", table.ImportOptions{Delimiter: " "}},
		{"file_quotation_char_0x27", "day,product\n2024-01-02,'Tea, green'\n", table.ImportOptions{}},
		{"file_quotation_char_0x27, said so", "day,product\n2024-01-02,'Tea, green'\n", table.ImportOptions{Quote: "'"}},
		{"file_escape_char_0x5c", "day,product\n2024-01-02,\"Tea \\\"green\\\"\"\n", table.ImportOptions{}},
		{"row_less_sep", "day,amount,product\n2024-01-02,5,Tea\n2024-01-03 7,Milk\n", table.ImportOptions{}},
		{"row_more_sep", "day,amount,product\n2024-01-02,5,Tea\n2024-01-03,,7,Milk\n", table.ImportOptions{}},
		{"row_field_delimiter", "day,amount,product\n2024-01-02,5,Tea\n2024-01-03;7;Milk\n", table.ImportOptions{}},
		{"row_extra_quote", "day,amount,product\n2024-01-02,5,Tea\n2024-01-03,\"7,Milk\n2024-01-04,8,Rice\n", table.ImportOptions{}},
		{"everything skipped", "day,amount\n", table.ImportOptions{Skip: 4}},
		{"mixed line ends around quotes", "day,note\n1,\"a\r\nb\"\r\n2,\"c \"\"d\"\"\n\"\n3,x\r4,y\n", table.ImportOptions{}},
		{"mixed line ends after a byte order mark", "\xef\xbb\xbf\"a,b\",c\r\n1,2\n3,4\n", table.ImportOptions{}},
		{"an escape before something else", "a,b\n\"x\\ny\",1\n", table.ImportOptions{Escape: "\\"}},
		{"Excel's separator line", "sep=;\nday;amount\n2024-01-02;5\n", table.ImportOptions{}},
	}},
}

// TestCSVSuites writes down what is done with each case. What is read is read alike in place; what is refused names the file
// and says what to do.
func TestCSVSuites(t *testing.T) {
	e := newEngine(t)
	var doc strings.Builder
	doc.WriteString(`# Odd and malformed CSV

What becomes of each kind of odd CSV that well-known parsers, and a benchmark of such files, tell apart. The cases bear the
names of the suites; the texts are our own. This page is written by a test (` + "`TestCSVSuites`" + `): change it with ` + "`DATAFLOW_UPDATE=1`" + `.

Nothing is dropped in silence: a file is read as a whole, or refused with its line. With *Bad rows: skip*, rows that do not fit
are left out and counted; one that goes over several lines, as behind a quote that is not closed, is refused all the same, for it
may hold other rows. A column becomes DOUBLE only where that keeps the digits of all its numbers, else DECIMAL or text; numbers
behind the first 4 MB are looked at when they are read. Numbers with zeros before them, such as 007, with a + and no - beside them, or with a _ between
digits stay texts, wherever in a file they are. So do moments with more digits than microseconds; a time of day, a zone or a date that comes late in
a column without makes another type of it, and whatever follows a moment, such as PM, a text.

Behind the first 4 MB, some texts do not come back as they are written, but mean the same: 12E3 in a column of numbers is 12000 (where the first 4 MB have it and no number with
a point, it is a code, and stays a text), tabs around numbers are left out like spaces, 2024/01/05, 2024-1-5 and 2024-01-05 00:00:00, also with a zone, are the date 2024-01-05, dates with one digit
for the hour or with slashes are the same moments, and infinity in a column of dates is the date without end. Whoever needs the texts sets the type VARCHAR.
`)
	for _, suite := range csvSuites {
		fmt.Fprintf(&doc, "\n## %s\n\n%s\n\n| case | text | becomes |\n|---|---|---|\n", suite.title, suite.about)
		for _, c := range suite.cases {
			t.Run(suite.title+"/"+c.name, func(t *testing.T) {
				if c.name == "latin1" {
					c.content = encoded(t, charmap.ISO8859_1, "a,b\nJosé,Åsa\n")
				}
				path := writeFile(t, "file.csv", c.content)
				becomes := func(got table.Table, err error) string {
					if err != nil {
						return refusal(t, err)
					}
					return columnsAndRows(t, e, got)
				}
				outcome := becomes(e.Import(t.Context(), tenant, path, c.opts, nil))
				if apart, ok, err := inPlace(t, e, path, c.opts); ok {
					if same := becomes(apart, err); same != outcome {
						t.Errorf("in place: %s\nimported: %s", same, outcome)
					}
				}
				fmt.Fprintf(&doc, "| %s | %s | %s |\n", c.name, cell(c.content), cell(outcome))
			})
		}
	}
	testkit.Golden(t, "../../../../docs/csv-cases.md", []byte(doc.String()))
}

func columnsAndRows(t *testing.T, e *Engine, got table.Table) string {
	t.Helper()
	text := "(" + types(got.Meta.Columns) + ") " + lines(t, e, got)
	if got.Rejected > 0 {
		text += fmt.Sprintf(" %d left out", got.Rejected)
	}
	return text
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	e := errs.From(err)
	if e == nil || e.Status >= 500 || e.Hint == "" || !strings.Contains(e.Message, "file.csv") {
		t.Errorf("refused without saying where or what to do: %v", err)
		return err.Error()
	}
	return "refused: " + e.Message
}

// cell is a text within a table of Markdown.
func cell(text string) string {
	if len(text) > 200 {
		text = fmt.Sprintf("%s … (%d characters)", text[:60], len(text))
	}
	if text == "" {
		return ""
	}
	text = strings.TrimSuffix(strings.ToValidUTF8(text, "�"), "\n")
	text = strings.NewReplacer("|", "\\|", "\r", "␍", "\n", "␊", "\t", "␉", "\x00", "␀", "\x1e", "␞", "`", "'").Replace(text)
	return "`" + text + "`"
}

// TestEveryPollutedRow pollutes every value of a file in turn: it is read with all its other values, or refused with its line.
func TestEveryPollutedRow(t *testing.T) {
	e := newEngine(t)
	rows := [][]string{{"day", "amount", "product"}}
	for i := range 3 {
		rows = append(rows, []string{fmt.Sprintf("2024-01-%02d", i+1), fmt.Sprint(i * 3), fmt.Sprintf("item %d", i)})
	}
	for name, pollute := range map[string]func(string) string{
		"extra quote before": func(v string) string { return `"` + v },
		"extra quote after":  func(v string) string { return v + `"` },
		"extra quote within": func(v string) string { return v[:1] + `"` + v[1:] },
		"quoted":             func(v string) string { return `"` + v + `"` },
		"more separators":    func(v string) string { return v + "," },
		"a line end within":  func(v string) string { return v[:1] + "\n" + v[1:] },
		"an escaped quote":   func(v string) string { return `"` + v + `"""` },
	} {
		for r := 1; r < len(rows); r++ {
			for c := range rows[r] {
				var text strings.Builder
				for i, row := range rows {
					values := append([]string{}, row...)
					if i == r {
						values[c] = pollute(values[c])
					}
					text.WriteString(strings.Join(values, ",") + "\n")
				}
				got, err := e.Import(t.Context(), tenant, writeFile(t, "file.csv", text.String()), table.ImportOptions{}, nil)
				if err != nil {
					pub := errs.From(err)
					line := pub.Details[0].Line
					if pub.Code != "csv_invalid" || line < r || line > len(rows)+1 {
						t.Errorf("%s at %d,%d: line %d of %v", name, r, c, line, err)
					}
					continue
				}
				if got.Meta.Rows != int64(len(rows)-1) {
					t.Errorf("%s at %d,%d: %d rows of %q", name, r, c, got.Meta.Rows, text.String())
				}
				all := lines(t, e, got)
				for i, row := range rows[1:] {
					if i+1 != r && !strings.Contains(all, row[2]) {
						t.Errorf("%s at %d,%d: %q is gone: %s", name, r, c, row[2], all)
					}
				}
			}
		}
	}
}

package duck

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table"
)

// rowsBeyond are lines that fill more than the sample; x stands for a longer text.
func (e *Engine) rowsBeyond(line string) string {
	line = strings.ReplaceAll(line, "x", strings.Repeat("x", 20)) + "\n"
	return strings.Repeat(line, int(e.sample)/len(line)+1)
}

// What is written behind the sample as no number is stays as it is written, wherever in a row it stands.
func TestFormsBeyondTheSample(t *testing.T) {
	e := newSampler(t)
	for i, c := range []struct{ line, late, columns, row string }{
		{"1,x,2", "007,x,3", "a VARCHAR, b VARCHAR, c BIGINT", `["007","x",3]`},
		{"1,x,2", "1,x,-05", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","-05"]`},
		{"1,x,2", "1,x,+49301234567", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","+49301234567"]`},
		{"1,x,2.5", "1,x,00.5", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","00.5"]`},
		{"1,x,2.5", "1,x,+49", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","+49"]`},
		{"1,x,2", `1,"a, ""b""
c","007"`, "a BIGINT, b VARCHAR, c VARCHAR", `[1,"a, \"b\"\nc","007"]`},
		{"1,x,2", "1,\"x\n,0\n\",  012", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x\n,0\n","  012"]`},
		{"1,x,2", "1,x,\t007", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","\t007"]`},
		{"1,x,2", "1_000,x,2", "a VARCHAR, b VARCHAR, c BIGINT", `["1_000","x",2]`},
		{"1,x,2.5", "1,1_0,2.5_0", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"1_0","2.5_0"]`},
		{"1,x,123456789012345678.5", "1,x,1_0.5", "a BIGINT, b VARCHAR, c VARCHAR", `[1,"x","1_0.5"]`},
		{"1,x,2", "1,1_0,3", "a BIGINT, b VARCHAR, c BIGINT", `[1,"1_0",3]`},
		// Numbers stay numbers, and texts tell nothing of other columns.
		{"-1,x,2.5", "+7,007,1E5", "a BIGINT, b VARCHAR, c DOUBLE", `[7,"007",100000.0]`},
		{"-1,x,0", "-5,+49 12E3,0", "a BIGINT, b VARCHAR, c BIGINT", `[-5,"+49 12E3",0]`},
		{"1,2024-01-02 08:15:30,0.5", "0,2024-01-02 08:15:30,0.25", "a BIGINT, b TIMESTAMP, c DOUBLE", `[0,"2024-01-02T08:15:30",0.25]`},
	} {
		path := writeFile(t, "f.csv", "a,b,c\n"+e.rowsBeyond(c.line)+c.late+"\n"+c.line+"\n")
		got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.late, err)
			continue
		}
		page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Offset: got.Meta.Rows - 2, Limit: 1})
		if err != nil || types(got.Meta.Columns) != c.columns || strings.TrimSpace(join(page.Rows)) != c.row {
			t.Errorf("%s: %v %s %s", c.late, err, types(got.Meta.Columns), join(page.Rows))
		}
		found, ok, err := e.scan(t.Context(), tenant, table.File{Path: path}, duckReader)
		if err != nil || ok && types(found.columns) != c.columns {
			t.Errorf("%s in place: %v %v %s", c.late, err, ok, types(found.columns))
		}
		if i > 2 { // each reads the file three times
			continue
		}
		late := table.Plan{Relation: userSQL{"SELECT * FROM input LIMIT 1 OFFSET " + strconv.FormatInt(got.Meta.Rows-2, 10), nil}, Inputs: fileSource(path)}
		if run, err := e.Run(t.Context(), tenant, late, nil); err != nil || types(run.Meta.Columns) != c.columns || strings.TrimSpace(lines(t, e, run)) != c.row {
			t.Errorf("%s in a query: %v %s", c.late, err, types(run.Meta.Columns))
		}
	}
	path := writeFile(t, "f.csv", "a,b,c\n"+e.rowsBeyond("1,x,2")+"007,x,1\n")
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Types: map[string]string{"a": "BIGINT"}}, nil)
	if err != nil || types(got.Meta.Columns) != "a BIGINT, b VARCHAR, c BIGINT" {
		t.Errorf("a type that is set: %v %s", err, types(got.Meta.Columns))
	}
}

// The whole file is looked at only for what may tell.
func TestFormWatch(t *testing.T) {
	number, signed, none := csvForms{zero: true, plus: true, parts: true}, csvForms{zero: true}, csvForms{}
	comma := dialect{delim: ',', quote: '"'}
	for _, c := range []struct {
		d       dialect
		columns []csvForms
		text    string
		want    bool
	}{
		{comma, []csvForms{number, none}, "1,2\n0,0\n0.5,007\n-1,+49\n1e-5,12E3\n,\n\"0\",\"01\"\n+,-\n10,1\n+1.5,\n", false},
		{comma, []csvForms{none, number}, "1,2\n0,0\n0.5,7\n007,-7\n", false},
		{comma, []csvForms{none, number}, "1,2\n0,07", true},
		{comma, []csvForms{number, none}, "07", true},
		{comma, []csvForms{number, none}, "-07,1", true},
		{comma, []csvForms{number, none}, "1,2\n +12 ,1", true},
		{comma, []csvForms{signed, none}, "1,2\n+7,1\n12,1\n", false},
		{comma, []csvForms{signed, none}, "1,2\n07,1\n", true},
		{comma, []csvForms{none, number}, "\"a,b\",07\n", true},
		{comma, []csvForms{none, number, none}, "\"a,b\",7,07\n", false},
		{comma, []csvForms{none, number, none}, "\"a\nb\",7,7\n\"a\",1,01\n", false},
		{dialect{delim: '\t'}, []csvForms{none, number}, "a\t1\r\nb\t01\r\n", true},
		{dialect{delim: ';', quote: '"', escape: '\\'}, []csvForms{none, number}, "\"a\\\";\";01\n", true},
		{comma, []csvForms{number, none}, "1,2\n\t07,1\n", true},
		{comma, []csvForms{number, none}, "1,2\n \t+7,1\n", true},
		{dialect{delim: '\t'}, []csvForms{none, number}, "01\t7\n\t7\n", false},
		{comma, []csvForms{number, none}, "1,2\n1_000,1\n", true},
		{comma, []csvForms{none, number, none}, "\"a,1_0\",7,2_0\n1_0,_1,3\n1_0,1_,3\n", false},
		{comma, []csvForms{none, number, none}, "\"a,\n1_0\",7,2_0\n1_0,-1.5_1,3\n", true},
		{comma, []csvForms{signed, none}, "1_0,2\n", false},
		{comma, []csvForms{number, none}, strings.Repeat("1,", formBlock), true}, // no lines
	} {
		for _, before := range []int{0, 1, 3, 8, 100, formBlock - 5, formBlock - 2, formBlock} {
			w := &formWatch{d: c.d, columns: c.columns, parts: &formWatch{d: c.d, columns: c.columns}}
			filler := ""
			if before > 0 {
				filler = strings.Repeat("\n", before)
			}
			got, err := w.file(strings.NewReader(filler + c.text))
			if err != nil || got != c.want {
				t.Errorf("%.40q behind %d bytes, %+v: %v %v", c.text, before, c.columns, got, err)
			}
		}
	}
	w := &formWatch{d: comma, columns: []csvForms{number}, known: 3}
	if got, err := w.file(strings.NewReader("07\n7\n")); got || err != nil {
		t.Error("what is known was looked at", err)
	}
	text := strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(&text, "\"name %d\",%d,0%d\n", i, i, i)
	}
	w = &formWatch{d: comma, columns: []csvForms{none, number, none}}
	if got, err := w.file(strings.NewReader(text.String())); got || err != nil {
		t.Error("another column was looked at", err)
	}
}

// Moments and truth values behind the sample mean what is written, or their column gets another type.
func TestMomentsBeyondTheSample(t *testing.T) {
	e := newSampler(t)
	for _, c := range []struct{ line, late, columns, row string }{
		{"2024-01-02 08:00:00", "2024-01-02 08:00:00+02", "a TIMESTAMP WITH TIME ZONE, b VARCHAR", "2024-01-02T06:00:00Z"},
		{"2024-01-02 08:00:00", "2024-01-02 08:00:00.1234567", "a VARCHAR, b VARCHAR", "2024-01-02 08:00:00.1234567"},
		{"2024-01-02 08:00:00", "2024-01-03", "a TIMESTAMP, b VARCHAR", "2024-01-03T00:00:00"},
		{"2024-01-02 08:00:00+01", "2024-01-02 08:00:00.1234567+02", "a VARCHAR, b VARCHAR", "2024-01-02 08:00:00.1234567+02"},
		{"2024-01-02", "2024-01-02 08:00:00", "a TIMESTAMP, b VARCHAR", "2024-01-02T08:00:00"},
		{"2024-01-02", "2024-01-02x", "a VARCHAR, b VARCHAR", "2024-01-02x"},
		{"2024-01-02", "2024/01/05", "a DATE, b VARCHAR", "2024-01-05"},
		{"08:00:00", "2024-01-02 08:00:00", "a VARCHAR, b VARCHAR", "2024-01-02 08:00:00"},
		{"08:00:00", "09:30", "a TIME, b VARCHAR", "09:30:00"},
		{"true", "yes", "a VARCHAR, b VARCHAR", "yes"},
		{"true", " TRUE", "a VARCHAR, b VARCHAR", " TRUE"},
	} {
		path := writeFile(t, "f.csv", "a,b\n"+e.rowsBeyond(c.line+",x")+c.late+",x\n")
		got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.late, err)
			continue
		}
		page, err := e.Page(t.Context(), tenant, got.Artifact, table.PageRequest{Offset: got.Meta.Rows - 1, Limit: 1})
		if err != nil || types(got.Meta.Columns) != c.columns || strings.TrimSpace(join(page.Rows)) != `["`+c.row+`","x"]` {
			t.Errorf("%s behind %s: %v %s %s", c.late, c.line, err, types(got.Meta.Columns), join(page.Rows))
		}
	}
}

// What a guess lets through means the same as what the column's type makes of it.
func TestGuessesKeepMoments(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		typ         string
		kept, other []string
	}{
		{
			"TIMESTAMP", []string{"2024-01-02 08:00:00", "2024-01-02T08:00:00", "2024-01-03", "2024-01-02T09:00", "2024-01-02 08:00:01.1", "2024-01-02 08:00:01.123456", "2024-01-02 08:00:01.1234560", " 2024-01-02 08:00:01 "},
			[]string{
				"2024-01-02 08:00:00+02", "2024-01-02T08:00:00Z", "2024-01-02 8:00:00Z", "2024-1-2 8:00:00+02", "2024-01-02 08:00:0Z", "2024-01-02 08:0:00Z", "2024-01-02 08:00:00 UTC", "2024-01-02 08:00:00-05:30",
				"2024-01-02 08:00:00.12+02", "2024-01-02 08:00:00.12-05", "2024-01-02 08:00:00.+02", "2024-01-02 08:00:00.12Z", "2024-01-02 08:00:00.1 UTC", "2024-01-02 08:00:00.1234567", "infinity", "2024-01-02 (BC)",
			},
		},
		{
			"TIMESTAMP WITH TIME ZONE", []string{"2024-01-02 08:00:00+02", "2024-01-02 08:00:00.123456+02", "2024-01-02 08:00:00.1234560Z"},
			[]string{"2024-01-02 08:00:00.1234567+02", "2024-01-02 08:00:00.1234567"},
		},
		{
			"TIME", []string{"08:00:00", "08:00", "9:00:01", "08:00:00.5", "08:00:00.123456"},
			[]string{"08:00:00 PM", "08:00:00+02", "8:0:0+02", "08:0:0+2", "08:00:00.1234567", "2024-01-02 08:00:00", "8:0"},
		},
		{"BOOLEAN", []string{"true", "False", "fAlSe"}, []string{"yes", "t", "1", "0", "N"}},
	} {
		field := csvField{Column: table.Column{Name: "a", Type: c.typ}}
		field.guess(false)
		value := "TRY_CAST(t AS " + c.typ + ")"
		for want, texts := range map[string][]string{"[true]": c.kept, "[false]": c.other} {
			for _, text := range texts {
				got := lines(t, e, run(t, e, sqlPlan("SELECT coalesce("+value+" IS NOT NULL AND ("+field.often("t")+") OR "+field.kept("t", value)+", false) AS kept FROM (SELECT '"+text+"' AS t)")))
				if strings.TrimSpace(got) != want {
					t.Errorf("%s as %s: %s, want %s", text, c.typ, got, want)
				}
			}
		}
	}
}

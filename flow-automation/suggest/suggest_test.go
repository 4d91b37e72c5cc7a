package suggest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/suggest"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

const tenant = "default"

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func engine(t *testing.T) *duck.Engine {
	t.Helper()
	store, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(t.TempDir(), "tmp"), MemoryMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// source is a table of a CSV text in which all columns named by texts are texts.
func source(t *testing.T, e *duck.Engine, csv string, texts ...string) table.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, name := range texts {
		types[name] = "VARCHAR"
	}
	got, err := e.Import(t.Context(), tenant, path, table.ImportOptions{Types: types}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table.Source{Artifact: got.Artifact}
}

func ask(t *testing.T, e *duck.Engine, s table.Source, what, have string) []string {
	t.Helper()
	got, err := suggest.For(t.Context(), e, suggest.Request{Tenant: tenant, Source: s, For: what, Have: []byte(have), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range got.Suggestions {
		if s.Title.EN == "" || s.Title.ZH == "" || s.Why.EN == "" || s.Why.ZH == "" {
			t.Errorf("a text is missing: %+v", s)
		}
		out = append(out, fmt.Sprintf("%s affected %d unreadable %d likely %v", s.Add, s.Affected, s.Unreadable, s.Likely))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n%s\nbut wanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const orders = `city;price;zip;day;open;name
 Oslo;"1.234,50";01234;25/12/2024;yes;CafÃ©
oslo;"2,5";01235;03/04/2024;no;a
Oslo;"3,5";01236;04/04/2024;yes;b
Bergen;n/a;01237;05/05/2024;yes;c
Bergen;"7,25";01238;06/05/2024;no;d
Oslo;"8,25";01239;07/05/2024;yes;e
Oslo;"9,5";01240;08/05/2024;yes;f
Bergen;"9,5";01241;31/05/2024;no;g
Bergen;"1,234";01242;30/05/2024;no;h
OSLO;"9,5";01243;29/05/2024;no;i
`

func TestStepsForDirtyTexts(t *testing.T) {
	e := engine(t)
	s := source(t, e, orders, "city", "price", "zip", "day", "open", "name")
	same(t, ask(t, e, s, suggest.Clean, ""),
		`{"columns":["name"],"do":"encoding"} affected 1 unreadable 0 likely true`,
		`{"columns":["city"],"do":"trim"} affected 1 unreadable 0 likely true`,
		`{"columns":["price"],"do":"missing"} affected 1 unreadable 0 likely true`,
		`{"columns":["city"],"do":"map","values":[{"from":"OSLO","to":"Oslo"},{"from":"oslo","to":"Oslo"}]} affected 2 unreadable 0 likely true`,
		`{"columns":["price"],"decimal":"comma","do":"number"} affected 9 unreadable 0 likely true`,
		`{"ambiguous":"day_first","columns":["day"],"do":"date"} affected 10 unreadable 0 likely true`,
		`{"columns":["open"],"do":"truth"} affected 10 unreadable 0 likely true`,
	)
	// What the steps do that are there already is not suggested again.
	same(t, ask(t, e, s, suggest.Clean, `{"steps": [
		{"do": "encoding", "columns": ["*"]}, {"do": "trim", "columns": ["*"]}, {"do": "missing", "columns": ["*"]}, {"do": "number", "decimal": "comma", "columns": ["price"]},
		{"do": "date", "ambiguous": "day_first", "columns": ["day"]}, {"do": "truth", "columns": ["open"]}, {"do": "case", "columns": ["city"]}]}`))
}

func TestRulesForGoodRows(t *testing.T) {
	e := engine(t)
	var csv strings.Builder
	csv.WriteString("id,status,amount,code,mail,day,far\n")
	for i := range 60 {
		fmt.Fprintf(&csv, "%d,%s,%d.5,AB-%04d,p%d@example.org,2024-01-%02d,%d\n", i+1, []string{"open", "done"}[i%2], i, i, i, i%28+1, map[bool]int{true: -100000, false: i - 30}[i == 7])
	}
	s := source(t, e, csv.String())
	got := ask(t, e, s, suggest.Check, `{"rules": [{"check": "not_null", "columns": ["id", "status", "amount", "code", "mail", "day", "far"], "severity": "warn"}]}`)
	same(t, got,
		`{"check":"unique","columns":["id"]} affected 0 unreadable 0 likely true`,
		`{"check":"in_range","columns":["id"],"min":0} affected 0 unreadable 0 likely true`,
		`{"check":"in_set","columns":["status"],"values":["done","open"]} affected 0 unreadable 0 likely true`,
		`{"check":"in_range","columns":["amount"],"min":0} affected 0 unreadable 0 likely true`,
		`{"check":"unique","columns":["code"]} affected 0 unreadable 0 likely true`,
		`{"check":"pattern","columns":["code"],"pattern":"[A-Z]{2}-\\d{4}"} affected 0 unreadable 0 likely true`,
		`{"check":"unique","columns":["mail"]} affected 0 unreadable 0 likely true`,
		`{"check":"pattern","columns":["mail"],"pattern":"[^@\\s]+@[^@\\s]+\\.[^@\\s]+"} affected 0 unreadable 0 likely true`,
		`{"check":"in_range","columns":["day"],"max":"{{ now() }}","name":"day is not in the future"} affected 0 unreadable 0 likely true`,
		`{"check":"unique","columns":["far"]} affected 0 unreadable 0 likely true`,
		`{"check":"in_range","columns":["far"],"min":-110,"severity":"warn"} affected 1 unreadable 0 likely false`,
	)
}

func TestNothingToLookAt(t *testing.T) {
	e := engine(t)
	s := source(t, e, "a,b\n")
	for _, what := range []string{suggest.Check, suggest.Clean} {
		same(t, ask(t, e, s, what, ""))
	}
}

// What looks alike to a machine is left alone: codes, versions, names, words that mean something.
func TestNothingIsLost(t *testing.T) {
	e := engine(t)
	var csv strings.Builder
	csv.WriteString("zip;long;version;language;country;note;odd;{{ 1 }}\n")
	for i := range 60 {
		zip := fmt.Sprint(10000 + i)
		if i == 50 {
			zip = "01234"
		}
		fmt.Fprintf(&csv, "%s;%d;%s;%s;%s;%s;%s; a\n", zip, uint64(12345678901234567890)+uint64(i), []string{"1.5", "15", "-5", "5"}[i%4], []string{"C", "C#", "C++"}[i%3],
			[]string{"NA", "DE", "n/a"}[i%3], "\"two\nlines \"", []string{"{{ x }}", "{{ X }}", "Peña", "Pena"}[i%4])
	}
	s := source(t, e, csv.String(), "zip", "long", "version", "language", "country", "note", "odd", "{{ 1 }}")
	same(t, ask(t, e, s, suggest.Clean, ""),
		`{"columns":["note"],"do":"trim","inner":"keep"} affected 60 unreadable 0 likely true`,
		`{"columns":["country"],"do":"missing","markers":["na","nat","nil","none"]} affected 20 unreadable 0 likely false`,
		`{"columns":["country"],"do":"missing","markers":["","-","--","---","–","—","?",".","...","n/a","n.a.","n.a","#n/a","#na","\u003cna\u003e","nan","null","(null)","#null!","\\n","missing","(missing)","(blank)","无","空","缺失"]} affected 20 unreadable 0 likely true`,
		`{"columns":["odd"],"do":"map","values":[{"from":"Peña","to":"Pena"}]} affected 15 unreadable 0 likely false`,
		`{"columns":["version"],"do":"number"} affected 60 unreadable 0 likely true`,
	)
	for _, got := range ask(t, e, s, suggest.Check, "") {
		if strings.Contains(got, "{{") {
			t.Errorf("an expression: %s", got)
		}
	}
}

// Of very many columns some are left out, and named; the others take few looks.
func TestManyColumns(t *testing.T) {
	e := engine(t)
	var head, row []string
	for i := range 120 {
		head, row = append(head, fmt.Sprintf("c%03d", i)), append(row, " a")
	}
	s := source(t, e, strings.Join(head, ",")+"\n"+strings.Repeat(strings.Join(row, ",")+"\n", 40), head...)
	got, err := suggest.For(t.Context(), e, suggest.Request{Tenant: tenant, Source: s, For: suggest.Clean, Now: now})
	if err != nil || len(got.LeftOut) < 20 || got.LeftOut[0] != "c100" || len(got.Suggestions) == 0 {
		t.Errorf("%d left out, %d suggestions; %v", len(got.LeftOut), len(got.Suggestions), err)
	}
}

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
		if (s.Confidence == suggest.Certain) != (s.Doubt == nil) || s.Doubt != nil && (s.Doubt.EN == "" || s.Doubt.ZH == "") {
			t.Errorf("a doubt without a reason, or a reason without a doubt: %+v", s)
		}
		out = append(out, fmt.Sprintf("%s affected %d unreadable %d %s", s.Add, s.Affected, s.Unreadable, s.Confidence))
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
		`{"columns":["name"],"do":"encoding"} affected 1 unreadable 0 certain`,
		`{"columns":["city"],"do":"trim"} affected 1 unreadable 0 certain`,
		`{"columns":["price"],"do":"missing"} affected 1 unreadable 0 certain`,
		`{"columns":["city"],"do":"map","values":[{"from":"OSLO","to":"Oslo"},{"from":"oslo","to":"Oslo"}]} affected 2 unreadable 0 certain`,
		`{"columns":["price"],"decimal":"comma","do":"number"} affected 9 unreadable 0 certain`,
		`{"ambiguous":"day_first","columns":["day"],"do":"date"} affected 10 unreadable 0 certain`,
		`{"columns":["open"],"do":"truth"} affected 10 unreadable 0 certain`,
	)
	// What the steps do that are there already is not suggested again.
	same(t, ask(t, e, s, suggest.Clean, `{"steps": [
		{"do": "encoding", "columns": ["*"]}, {"do": "trim", "columns": ["*"]}, {"do": "missing", "columns": ["*"]}, {"do": "number", "decimal": "comma", "columns": ["price"]},
		{"do": "date", "ambiguous": "day_first", "columns": ["day"]}, {"do": "truth", "columns": ["open"]}, {"do": "case", "columns": ["city"]}]}`))
}

func TestRulesForGoodRows(t *testing.T) {
	e := engine(t)
	var csv strings.Builder
	csv.WriteString("id,status,amount,code,mail,day,far,created_at\n")
	for i := range 120 {
		fmt.Fprintf(&csv, "%d,%s,%d.5,AB-%04d,p%d@example.org,2024-01-%02d,%d,2026-11-29 03:%02d:00\n", i+1, []string{"open", "done"}[i%2], i, i, i, i%28+1, map[bool]int{true: -100000, false: i - 60}[i == 7], i%60)
	}
	s := source(t, e, csv.String())
	got := ask(t, e, s, suggest.Check, `{"rules": [{"check": "not_null", "columns": ["id", "status", "amount", "code", "mail", "day", "far", "created_at"], "severity": "warn"}]}`)
	same(t, got,
		`{"check":"unique","columns":["id"]} affected 0 unreadable 0 certain`,
		`{"check":"in_set","columns":["status"],"values":["done","open"]} affected 0 unreadable 0 likely`,
		`{"check":"in_range","columns":["amount"],"min":0} affected 0 unreadable 0 likely`,
		`{"check":"unique","columns":["code"]} affected 0 unreadable 0 certain`,
		`{"check":"pattern","columns":["code"],"pattern":"[A-Z]{2}-\\d{4}"} affected 0 unreadable 0 likely`,
		`{"check":"unique","columns":["mail"]} affected 0 unreadable 0 certain`,
		`{"check":"pattern","columns":["mail"],"pattern":"[^@\\s]+@[^@\\s]+\\.[^@\\s]+"} affected 0 unreadable 0 certain`,
		`{"check":"in_range","columns":["day"],"max":"{{ now() }}","name":"day is not in the future"} affected 0 unreadable 0 likely`,
		`{"check":"unique","columns":["far"]} affected 0 unreadable 0 guess`,
		`{"check":"in_range","columns":["far"],"min":-220,"severity":"warn"} affected 1 unreadable 0 guess`,
		`{"check":"in_range","columns":["created_at"],"max":"{{ now() }}","name":"created_at is not in the future"} affected 0 unreadable 0 certain`,
		`{"check":"row_count","max":240,"min":60} affected 0 unreadable 0 likely`,
		`{"check":"freshness","columns":["created_at"],"within":"2d"} affected 0 unreadable 0 likely`,
		`{"check":"distribution","columns":["amount"],"max":90,"measure":"median","min":30} affected 0 unreadable 0 guess`,
		`{"check":"distribution","columns":["far"],"max":30,"measure":"median","min":-31} affected 0 unreadable 0 guess`,
	)
	// What is there already is not suggested again, and of few rows hardly anything is certain.
	for _, s := range ask(t, e, s, suggest.Check, `{"rules": [{"check": "row_count", "min": 1}, {"check": "freshness", "columns": ["day"], "within": "1d"}, {"check": "distribution", "columns": ["amount", "far"], "max": 1}]}`) {
		for _, check := range []string{"row_count", "freshness", "distribution"} {
			if strings.Contains(s, check) {
				t.Error(s)
			}
		}
	}
	few := source(t, e, strings.Join(strings.SplitAfterN(csv.String(), "\n", 31)[:30], ""))
	for _, s := range ask(t, e, few, suggest.Check, "") {
		if strings.HasSuffix(s, suggest.Certain) || strings.Contains(s, "distribution") {
			t.Error(s)
		}
	}
}

// Of a table that is not looked at as a whole nobody knows how many rows it has; where many values are missing, no more should.
func TestRulesForLargeTables(t *testing.T) {
	e := engine(t)
	var csv strings.Builder
	csv.WriteString("n,kind,empty\n")
	for i := range 12_000 {
		fmt.Fprintf(&csv, "%d,%s,%s\n", i%3, []string{"a1", "b1", "c1"}[i%3], map[bool]string{true: "", false: "x"}[i%5 == 0])
	}
	got := strings.Join(ask(t, e, source(t, e, csv.String()), suggest.Check, ""), "\n")
	for _, want := range []string{
		`{"change":50,"check":"row_count","min":1} affected 0 unreadable 0 likely`, `{"check":"distribution","columns":["empty"],"max":40,"measure":"null_percent"} affected 0 unreadable 0 guess`,
		`{"check":"in_set","columns":["kind"],"values":["a1","b1","c1"]} affected 0 unreadable 0 certain`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nhas not %s", got, want)
		}
	}
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
		`{"columns":["note"],"do":"trim","inner":"keep"} affected 60 unreadable 0 certain`,
		`{"columns":["country"],"do":"missing","markers":["na","nat","nil","none"]} affected 20 unreadable 0 guess`,
		`{"columns":["country"],"do":"missing","markers":["","-","--","---","–","—","?",".","...","n/a","n.a.","n.a","#n/a","#na","\u003cna\u003e","nan","null","(null)","#null!","\\n","missing","(missing)","(blank)","无","空","缺失"]} affected 20 unreadable 0 certain`,
		`{"columns":["odd"],"do":"map","values":[{"from":"Peña","to":"Pena"}]} affected 15 unreadable 0 guess`,
		`{"columns":["version"],"do":"number"} affected 60 unreadable 0 guess`,
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

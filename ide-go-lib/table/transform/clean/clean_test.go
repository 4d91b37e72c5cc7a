package clean_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/clean"
)

const tenant = "default"

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

// given is a table of one column of texts, v, in which nil is an empty value.
type given []any

func (g given) Query(map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT unnest([")
	for i, v := range g {
		if i > 0 {
			b.Text(", ")
		}
		b.Text("CAST(").Arg(v).Text(" AS VARCHAR)")
	}
	b.Text("]) AS v")
	return b.Query()
}

// steps reads steps as a person writes them, with their defaults.
func steps(t *testing.T, list ...map[string]any) clean.Config {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"steps": list})
	if err != nil {
		t.Fatal(err)
	}
	c, problems := spec.Decode[clean.Config](spec.For[clean.Config](), raw)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

// column gives the values of the first column of what a relation makes of the texts.
func column(t *testing.T, e *duck.Engine, r table.Relation, texts ...any) []any {
	t.Helper()
	plan := table.Plan{Relation: r, Inputs: map[string]table.Source{"table": {Plan: &table.Plan{Relation: given(texts)}}}}
	page, err := e.Preview(t.Context(), tenant, plan, table.PreviewOptions{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	for _, row := range page.Rows {
		var cells []any
		if err := json.Unmarshal(row, &cells); err != nil {
			t.Fatal(err)
		}
		out = append(out, cells[0])
	}
	return out
}

func TestSteps(t *testing.T) {
	e := engine(t)
	type with = map[string]any
	for name, c := range map[string]struct {
		step  with
		pairs []any // before, after, …
	}{
		"trim":               {with{"do": "trim"}, []any{" a\u00a0\u200b ", "a", "a \u3000\t b", "a b", "soft\u00adhyphen", "softhyphen", "", "", nil, nil}},
		"trim the ends only": {with{"do": "trim", "inner": "keep"}, []any{"\ufeffa  b ", "a  b"}},
		"missing":            {with{"do": "missing"}, []any{"", nil, " N/A ", nil, "-", nil, `\N`, nil, "None", nil, "nothing", "nothing", "0", "0"}},
		"missing of one's own": {
			with{"do": "missing", "markers": []any{"Unknown", "99"}}, []any{"unknown ", nil, "99", nil, "n/a", "n/a"},
		},
		"lower":    {with{"do": "case"}, []any{"ÄB c", "äb c"}},
		"title":    {with{"do": "case", "case": "title"}, []any{"JEAN-luc  o'neill", "Jean-Luc  O'neill", "élan", "Élan"}},
		"sentence": {with{"do": "case", "case": "sentence"}, []any{"ABC def", "Abc def", "", ""}},
		"NFC":      {with{"do": "unicode"}, []any{"e\u0301", "é", "ﬁ", "ﬁ"}},
		"NFKC":     {with{"do": "unicode", "form": "NFKC"}, []any{"ﬁt", "fit", "Ａ１", "A1", "½ ①", "1\u20442 1", "ｶﾞ", "ガ", "plain", "plain", "㎏", "kg"}},
		"encoding": {with{"do": "encoding"}, []any{"CafÃ©", "Café", "itâ€™s", "it’s", "é", "é", "Ãngel", "Ãngel", "ÃƒÂ©", "é", "ä¸\u00adæ–‡", "中文", "Ã–sterreich", "Österreich", "20Â°C", "20°C", "Ð”Ð°", "Да",
			"ðŸ™‚", "🙂", "Å¡koda", "škoda", "CAFÃ‰", "CAFÉ", "voilÃ\u00a0", "voilà", "â‚¬ 5", "€ 5"}},
		"no encoding is mended where a text may be right": {with{"do": "encoding"}, []any{"„Spaß“", "„Spaß“", "Spaß“", "Spaß“", "Úžasný", "Úžasný", "Úžas", "Úžas", "“café…”", "“café…”", "café…”", "café…”", "«CAFÉ»", "«CAFÉ»", "CAFÉ»", "CAFÉ»",
			"IRMÃ…", "IRMÃ…", "IRMÃ\u00a0MARIA", "IRMÃ\u00a0MARIA", "5 Å³", "5 Å³", "â‚¬ and “quotes”", "â‚¬ and “quotes”", "SÃO – “JOÃO”", "SÃO – “JOÃO”", "ÎÉß", "ÎÉß"}},
		"control": {with{"do": "control"}, []any{"a\u0007b\tc\nd\u0085", "ab\tc\nd"}},
		"numbers": {with{"do": "number", "unreadable": "null"}, []any{
			"1234", 1234., "1,234.5", 1234.5, "1.234,56", 1234.56, "1 234,56", 1234.56, "1'234.5", 1234.5, "1,234,567", 1234567., "12,34,567.8", 1234567.8,
			"1,234", nil, "1.234", nil, "0,125", .125, "0.125", .125, "12,5", 12.5, "(123)", -123., "-1", -1., "−1", -1., "5-", -5., "(5", nil, "-(5)", nil, "12%", .12, "12,5 %", .125,
			"$1,234.50", 1234.5, "1.234,50 €", 1234.5, "USD 5", 5., "R$ 1.000,00", 1000., "£-3.5", -3.5, "1e3", 1000., "1.5E-2", .015, "abc", nil, "1,2,3", nil, "12.34.56", nil, "", nil, ".5", .5, "5.", 5., "1\u00a0234,5", 1234.5, nil, nil,
		}},
		"numbers with a comma": {with{"do": "number", "decimal": "comma", "unreadable": "null"}, []any{"1.234", 1234., "1,234", 1.234, "1,234.5", nil}},
		"numbers with a point": {with{"do": "number", "decimal": "point", "unreadable": "null"}, []any{"1.234", 1.234, "1,234", 1234., "1.234,5", nil}},
		"whole numbers":        {with{"do": "number", "type": "BIGINT", "unreadable": "null"}, []any{"12", 12., "12.0", 12., "12.5", nil, "5 %", nil, "9007199254740993", "9007199254740993"}},
		"decimals":             {with{"do": "number", "type": "decimal(10, 2)", "unreadable": "null", "percent": "number"}, []any{"12.5", 12.5, "12 %", 12.}},
		"numbers among texts":  {with{"do": "number", "unreadable": "keep"}, []any{"$1,200.50", "1200.5", "12 €", "12", "many", "many"}},
		"dates": {with{"do": "date", "unreadable": "null"}, []any{
			"2024-01-05", "2024-01-05", "2024/1/5", "2024-01-05", "20240105", "2024-01-05", "25/12/2024", "2024-12-25", "12/25/2024", "2024-12-25", "03/04/2024", nil, "4.4.2024", "2024-04-04",
			"5 Jan 2024", "2024-01-05", "January 5, 2024", "2024-01-05", "Jun 12 1998", "1998-06-12", "5. März 2024", "2024-03-05", "5 de enero de 2024", "2024-01-05", "1er août 2024", "2024-08-01", "2nd Feb 99", "1999-02-02",
			"2024年1月5日", "2024-01-05", "2024-02-30", nil, "30/30/2024", nil, "12-Dec-24", "2024-12-12", "Mon, 5 Jan 2024 10:00:00 GMT", "2024-01-05", "soon", nil, "5 Foo 2024", nil, "2024-01-05T10:00:00Z", "2024-01-05", nil, nil,
		}},
		"dates with short years": {with{"do": "date", "unreadable": "null"}, []any{"25/12/24", nil, "12/25/24", "2024-12-25", "31.12.99", "1999-12-31", "12/30/99", "1999-12-30", "01-Jan-65", nil, "01-Jan-29", "2029-01-01", "25-Dec-24", "2024-12-25"}},
		"dates of a century":     {with{"do": "date", "century": "1900", "ambiguous": "day_first", "unreadable": "null"}, []any{"01-Jan-65", "1965-01-01", "25/12/24", "1924-12-25"}},
		"dates of no century":    {with{"do": "date", "century": "refuse", "unreadable": "null"}, []any{"01-Jan-99", nil, "1 Jan 1999", "1999-01-01"}},
		"dates split":            {with{"do": "date", "century": "split", "unreadable": "null"}, []any{"01-Jan-65", "2065-01-01"}},
		"names are no numbers":   {with{"do": "number", "unreadable": "null"}, []any{"INV1001", nil, "SKU 100", nil, "EUR 100", 100., "100 CHF", 100.}},
		"long numbers kept":      {with{"do": "number", "unreadable": "keep"}, []any{"12345678901234567890", "12345678901234567890", "1,234.50 €", "1234.5"}},
		"days first":             {with{"do": "date", "ambiguous": "day_first", "unreadable": "null"}, []any{"03/04/2024", "2024-04-03", "03/25/2024", "2024-03-25"}},
		"months first":           {with{"do": "date", "ambiguous": "month_first", "unreadable": "null"}, []any{"03/04/2024", "2024-03-04"}},
		"dates as told":          {with{"do": "date", "formats": []any{"%d|%m|%Y", "%Y week %W %w"}, "unreadable": "null"}, []any{"03|04|2024", "2024-04-03", "2024-01-01", nil}},
		"moments": {with{"do": "date", "type": "timestamp", "unreadable": "null"}, []any{
			"2024-01-05 10:30", "2024-01-05T10:30:00", "25/12/2024 1:05 pm", "2024-12-25T13:05:00", "2024-01-05T10:30:00.5+02:00", "2024-01-05T08:30:00.5", "2024-01-05", "2024-01-05T00:00:00", "2024-01-05 25:00", nil, "2024-01-05T10:00:00Z", "2024-01-05T10:00:00",
		}},
		"truth":                {with{"do": "truth", "unreadable": "null"}, []any{"Yes", true, "0", false, " nein", false, "是", true, "maybe", nil}},
		"truth in one's words": {with{"do": "truth", "true": []any{"Up"}, "false": []any{"down"}, "unreadable": "null"}, []any{"UP", true, "Down", false, "yes", nil}},
		"values":               {with{"do": "map", "values": []any{with{"from": "N.Y.", "to": "New York"}, with{"from": "x"}}}, []any{"N.Y.", "New York", "n.y.", "n.y.", "x", nil, nil, nil}},
		"values folded":        {with{"do": "map", "match": "folded", "values": []any{with{"from": "new  york", "to": "NYC"}}, "unlisted": "null"}, []any{" New York", "NYC", "LA", nil}},
		"values by pattern":    {with{"do": "map", "match": "pattern", "values": []any{with{"from": `(\d+) ?kg`, "to": `\1 kilograms`}}}, []any{"5kg", "5 kilograms", "5kg net", "5kg net"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.step["columns"] = []any{"*"}
			var before, after []any
			for pair := range slices.Chunk(c.pairs, 2) {
				before, after = append(before, pair[0]), append(after, pair[1])
			}
			got := column(t, e, steps(t, c.step), before...)
			for i := range max(len(got), len(after)) {
				if i >= len(got) || i >= len(after) || !reflect.DeepEqual(got[i], after[i]) {
					t.Errorf("%q became %#v, not %#v", before[i], got[i], after[i])
				}
			}
		})
	}
}

// Rows with what cannot be read are kept back with the reasons, and each change is counted where it was made.
func TestFailedAndCounts(t *testing.T) {
	e := engine(t)
	c := steps(t,
		map[string]any{"do": "trim", "columns": []any{"*text"}},
		map[string]any{"do": "missing", "columns": []any{"v"}},
		map[string]any{"do": "number", "columns": []any{"V"}},
		map[string]any{"do": "clamp", "columns": []any{"*number"}, "max": 100},
	)
	texts := []any{" 1 ", "n/a", "x", "1,234", "500", nil}
	if got, want := column(t, e, c, texts...), []any{1., nil, 100., nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	plan := func(r table.Relation) table.Plan {
		return table.Plan{Relation: r, Inputs: map[string]table.Source{"table": {Plan: &table.Plan{Relation: given(texts)}}}}
	}
	page, err := e.Preview(t.Context(), tenant, plan(clean.Failed{Config: c}), table.PreviewOptions{Limit: 10})
	if got, want := fmt.Sprintf("%s", page.Rows), `[["x","v: x is no number"] ["1,234","v: 1,234 may be read in two ways"]]`; err != nil || got != want {
		t.Errorf("%s, not %s; %v", got, want, err)
	}
	counts, err := c.Look(func(r table.Relation) ([]json.RawMessage, error) {
		page, err := e.Preview(t.Context(), tenant, plan(r), table.PreviewOptions{Limit: 10})
		return page.Rows, err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{0 v VARCHAR VARCHAR 1 0 " 1 " → "1" []}`,
		`{1 v VARCHAR VARCHAR 1 0 "n/a" → nothing []}`,
		`{2 v VARCHAR DOUBLE 2 2 "1" → "1.0", "500" → "500.0" [1,234 x]}`,
		`{3 v DOUBLE DOUBLE 1 0 "500.0" → "100.0" []}`,
	}
	for i, n := range counts {
		if got := fmt.Sprintf("{%d %s %s %s %d %d %s %v}", n.Step, n.Column, n.From, n.To, n.Changed, n.Unreadable, shown(n.Samples), n.Unread); got != want[i] {
			t.Errorf("%s, not %s", got, want[i])
		}
	}
}

func shown(samples []clean.Sample) string {
	text := func(v *string) string {
		if v == nil {
			return "nothing"
		}
		return fmt.Sprintf("%q", *v)
	}
	var out []string
	for _, s := range samples {
		out = append(out, text(s.Before)+" → "+text(s.After))
	}
	return strings.Join(out, ", ")
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	e := engine(t)
	type with = map[string]any
	for field, step := range map[string]with{
		"with.steps[0].columns[0]":     {"columns": []any{"w"}},
		"with.steps[0].min":            {"do": "clamp", "columns": []any{"*"}},
		"with.steps[0].values":         {"do": "map", "columns": []any{"*"}},
		"with.steps[0].values[0].from": {"do": "map", "match": "pattern", "columns": []any{"*"}, "values": []any{with{"from": "("}}},
		"with.steps[0].type":           {"do": "number", "columns": []any{"*"}, "type": "DATE"},
		"with.steps[0].formats[0]":     {"do": "date", "columns": []any{"*"}, "formats": []any{"day"}},
	} {
		c := steps(t, step)
		_, err := e.Describe(t.Context(), tenant, table.Plan{Relation: c, Inputs: map[string]table.Source{"table": {Plan: &table.Plan{Relation: given{"a"}}}}})
		if got := errs.From(err); got == nil || len(got.Details) == 0 || got.Details[0].Field != field {
			t.Errorf("%s: %+v", field, got)
		}
	}
}

// Nothing that stands in a table makes the steps fail.
func TestHostileTexts(t *testing.T) {
	e := engine(t)
	texts := []any{"", " ", "'", `\`, "Ã", "Ã©Ã", "%", "(", "()", "99999999999999999999999999999999999999999999999999e999", "1e400", "00/00/0000", "99/99/99", "0000-00-00", "9999-99-99 99:99", "a\u0000b", "\U0010ffff", "𝔘𝔫𝔦", "🇩🇪", "ǅ"}
	for _, do := range []string{"trim", "missing", "number", "date", "truth", "case", "unicode", "encoding", "control"} {
		for _, typ := range []string{"", "BIGINT", "TIMESTAMP"} {
			step := map[string]any{"do": do, "columns": []any{"*"}, "form": "NFKC", "case": "title", "unreadable": "null", "ambiguous": "day_first"}
			if typ != "" && (do == "number") == (typ == "BIGINT") && (do == "date" || do == "number") {
				step["type"] = typ
			}
			if got := column(t, e, steps(t, step), texts...); len(got) != len(texts) {
				t.Errorf("%s: %d rows", do, len(got))
			}
		}
	}
}

// typed is a table of one row with a column of each type.
type typed struct{}

func (typed) Query(map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	return b.Text("SELECT 9007199254740993::BIGINT AS i, 12.34::DECIMAL(18,2) AS d, TIMESTAMP '2024-01-05 10:30:00' AS t, 'NaN'::DOUBLE AS n, DATE '2024-01-05' AS a, TIME '10:00:00' AS o, true AS b, [1] AS l, 0.5::DOUBLE AS h, TIMESTAMPTZ '2024-01-05 10:30:00+00' AS z").Query()
}

// Columns that hold what is wanted already stay as they are, unless they are to have another type; then nothing is lost in silence.
func TestTypedColumns(t *testing.T) {
	e := engine(t)
	type with = map[string]any
	for _, c := range []struct {
		step         with
		rows, failed string
	}{
		{with{"do": "number", "columns": []any{"*"}}, `[["9007199254740993",12.34,"2024-01-05T10:30:00","NaN","2024-01-05","10:00:00",true,[1],0.5,"2024-01-05T10:30:00Z"]]`, `[]`},
		{with{"do": "date", "columns": []any{"*"}}, `[["9007199254740993",12.34,"2024-01-05T10:30:00","NaN","2024-01-05","10:00:00",true,[1],0.5,"2024-01-05T10:30:00Z"]]`, `[]`},
		{with{"do": "number", "type": "DOUBLE", "columns": []any{"i"}}, `[]`, `i: 9007199254740993 is no DOUBLE exactly`},
		{with{"do": "number", "type": "BIGINT", "columns": []any{"h"}}, `[]`, `h: 0.5 is no BIGINT exactly`},
		{with{"do": "date", "type": "DATE", "columns": []any{"*time"}}, `[["9007199254740993",12.34,"2024-01-05","NaN","2024-01-05","10:00:00",true,[1],0.5,"2024-01-05"]]`, `[]`},
		{with{"do": "clamp", "max": 100, "columns": []any{"n", "d"}}, `[["9007199254740993",12.34,"2024-01-05T10:30:00","NaN","2024-01-05","10:00:00",true,[1],0.5,"2024-01-05T10:30:00Z"]]`, `[]`},
		{with{"do": "clamp", "max": 100, "columns": []any{"*"}}, `[[100,12.34,"2024-01-05T10:30:00","NaN","2024-01-05","10:00:00",true,[1],0.5,"2024-01-05T10:30:00Z"]]`, `[]`},
		{with{"do": "clamp", "max": "2024-01-01", "columns": []any{"*"}}, `[["9007199254740993",12.34,"2024-01-01T00:00:00","NaN","2024-01-01","10:00:00",true,[1],0.5,"2024-01-01T00:00:00Z"]]`, `[]`},
	} {
		config := steps(t, c.step)
		read := func(r table.Relation) string {
			page, err := e.Preview(t.Context(), tenant, table.Plan{Relation: r, Inputs: map[string]table.Source{"table": {Plan: &table.Plan{Relation: typed{}}}}}, table.PreviewOptions{Limit: 10})
			if err != nil {
				t.Fatalf("%v: %v", c.step, err)
			}
			raw, err := json.Marshal(page.Rows)
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		if got := read(config); got != c.rows {
			t.Errorf("%v: %s, not %s", c.step, got, c.rows)
		}
		if got := read(clean.Failed{Config: config}); got != c.failed && !strings.Contains(got, `"`+c.failed+`"`) {
			t.Errorf("%v: kept back %s, not %s", c.step, got, c.failed)
		}
	}
}

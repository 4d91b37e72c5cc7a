package duck

import (
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/derive"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/sql"
)

// A query is read without any columns, and refused for what it would be refused for in a run.
func TestParse(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		relation table.Relation
		ports    []string
		code     string
		field    string
		column   int
	}{
		{filter.Config{Where: table.SQL{Text: "nobody > $1", Args: []any{nil}}}, []string{"table"}, "", "", 0},
		{filter.Config{Where: table.SQL{Text: "a = AND"}}, []string{"table"}, "sql_invalid", "with.where", 5},
		{filter.Config{Where: table.SQL{Text: "a IN (SELECT b FROM c)"}}, []string{"table"}, "sql_forbidden", "with.where", 21},
		{filter.Config{Where: table.SQL{Text: "a"}}, nil, "input_missing", "", 0},
		{derive.Config{Columns: []derive.Column{{Name: "x", Expression: table.SQL{Text: "1"}}, {Name: "y", Expression: table.SQL{Text: "a b c"}}}}, []string{"table"}, "sql_invalid", "with.columns[1].expression", 3},
		{sql.Config{Select: table.SQL{Text: "SELECT * FROM input, other"}}, []string{"table", "other"}, "", "", 0},
		{sql.Config{Select: table.SQL{Text: "SELECT * FROM input, other"}}, []string{"table"}, "sql_forbidden", "with.query", 22},
		{sql.Config{Select: table.SQL{Text: "SELECT *\nFROM 'secret.csv'"}}, []string{"table"}, "sql_forbidden", "with.query", 6},
	} {
		err := e.Parse(t.Context(), tenant, c.relation, c.ports)
		if c.code == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.relation, err)
			}
			continue
		}
		got := errs.From(err)
		if got == nil || got.Code != c.code || c.field != "" && (len(got.Details) == 0 || got.Details[0].Field != c.field || got.Details[0].Column != c.column) {
			t.Errorf("%+v: %+v, want %s at %s, column %d", c.relation, got, c.code, c.field, c.column)
		}
	}
}

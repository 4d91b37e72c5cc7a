package keys

import (
	"strconv"

	given "dataflow/flow-automation/nodes/internal/rows"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// rows is the relation that makes keys with values of rows.
type rows struct {
	Write
	columns []table.Column
}

func (w Write) rows(columns []table.Column) (rows, error) {
	for _, f := range []struct{ field, name string }{{"with.key", w.Key}, {"with.value", w.Value}, {"with.type", w.Type}, {"with.expire", w.Expire}} {
		if err := given.Has(f.field, f.name, columns); err != nil {
			return rows{}, err
		}
	}
	return rows{w, columns}, nil
}

// Query implements table.Relation.
func (r rows) Query(inputs map[string]table.Input) (table.Query, error) {
	b := &sqltext.Builder{}
	// A key that is null stays null, and is refused.
	b.Text("SELECT ").Arg(r.Prefix).Text(" || CAST(").Name(r.Key).Text(" AS VARCHAR) AS key")
	if r.Mode != connector.Delete {
		b.Text(", ")
		r.value(b)
		b.Text(" AS value")
		if r.Type != "" {
			b.Text(", CAST(").Name(r.Type).Text(" AS VARCHAR) AS type")
		}
		switch {
		case r.Expire != "":
			b.Text(", CAST(").Name(r.Expire).Text(" AS DOUBLE) AS ttl")
		case r.Seconds > 0:
			b.Text(", CAST(", strconv.FormatFloat(r.Seconds, 'g', -1, 64), " AS DOUBLE) AS ttl")
		}
	}
	b.Text(" FROM ", inputs["rows"].Name)
	return b.Query()
}

func (r rows) value(b *sqltext.Builder) {
	if r.Value != "" {
		b.Name(r.Value)
		return
	}
	given.Object(b, r.columns, nil)
}

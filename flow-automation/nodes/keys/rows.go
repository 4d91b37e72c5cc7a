package keys

import (
	"slices"
	"strconv"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// rows is the relation that makes keys with values of rows.
type rows struct {
	Write
	columns []table.Column
}

func (w Write) rows(columns []table.Column) (rows, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	for _, f := range []struct{ field, name string }{{"with.key", w.Key}, {"with.value", w.Value}, {"with.type", w.Type}, {"with.expire", w.Expire}} {
		if f.name != "" && !slices.Contains(names, f.name) {
			return rows{}, node.FieldError(connector.CodeColumn, f.field, "The table that comes in has no column %q.", f.name).WithHint("%s", near.Hint(f.name, names))
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
	b.Text("CAST(to_json(struct_pack(")
	for i, c := range r.columns {
		if i > 0 {
			b.Text(", ")
		}
		b.Name(c.Name).Text(" := ")
		if c.Type == "BLOB" {
			b.Text("base64(").Name(c.Name).Text(")")
		} else {
			b.Name(c.Name)
		}
	}
	b.Text(")) AS VARCHAR)")
}

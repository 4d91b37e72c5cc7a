package message

import (
	"fmt"
	"strconv"

	given "dataflow/flow-automation/nodes/internal/rows"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/jsontext"
	"dataflow/ide-go-lib/table/sqltext"
)

// rows is the relation that makes messages of rows: body and key as bytes, and each header as a text.
type rows struct {
	Send
	columns []table.Column
}

func (s Send) rows(columns []table.Column) (rows, error) {
	for field, name := range map[string]string{"with.body": s.Body, "with.key": s.Key} {
		if err := given.Has(field, name, columns); err != nil {
			return rows{}, err
		}
	}
	for field, names := range map[string][]string{"with.columns": s.Columns, "with.headers": s.Headers} {
		for i, name := range names {
			if err := given.Has(fmt.Sprintf("%s[%d]", field, i), name, columns); err != nil {
				return rows{}, err
			}
		}
	}
	return rows{s, columns}, nil
}

// Query implements table.Relation.
func (r rows) Query(inputs map[string]table.Input) (table.Query, error) {
	b := &sqltext.Builder{}
	b.Text("SELECT ")
	r.body(b)
	b.Text(" AS body")
	if r.Key != "" {
		b.Text(", ", bytes(r.Key, r.typ(r.Key)), " AS key")
	}
	for i, name := range r.Headers {
		b.Text(", CAST(").Name(name).Text(" AS VARCHAR) AS h", strconv.Itoa(i))
	}
	b.Text(" FROM ", inputs["rows"].Name)
	return b.Query()
}

func (r rows) body(b *sqltext.Builder) {
	typ := r.typ(r.Body)
	switch {
	case r.Body == "":
		b.Text("encode(")
		given.Object(b, r.columns, r.Columns)
		b.Text(")")
	case r.Format == JSON:
		b.Text("CASE WHEN ").Name(r.Body).Text(" IS NOT NULL THEN encode(", jsontext.Value(sqltext.Quote(r.Body), typ), ") END") // none is no text
	case r.Format == Binary && typ != "BLOB":
		b.Text("from_base64(CAST(").Name(r.Body).Text(" AS VARCHAR))")
	default:
		b.Text(bytes(r.Body, typ))
	}
}

// bytes is the SQL of a column's bytes.
func bytes(name, typ string) string {
	if typ == "BLOB" {
		return sqltext.Quote(name)
	}
	return "encode(CAST(" + sqltext.Quote(name) + " AS VARCHAR))"
}

func (r rows) typ(name string) string {
	for _, c := range r.columns {
		if c.Name == name {
			return c.Type
		}
	}
	return ""
}

// stream are the columns of the relation as they are given.
func (r rows) stream() []table.StreamColumn {
	blob := func(name string) table.StreamColumn {
		return table.StreamColumn{Column: table.Column{Name: name, Type: "BLOB"}, Coding: table.Hex}
	}
	out := []table.StreamColumn{blob("body")}
	if r.Key != "" {
		out = append(out, blob("key"))
	}
	for i := range r.Headers {
		out = append(out, table.StreamColumn{Column: table.Column{Name: "h" + strconv.Itoa(i), Type: "VARCHAR"}})
	}
	return out
}

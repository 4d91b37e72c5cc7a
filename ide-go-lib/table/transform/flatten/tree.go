package flatten

import (
	"encoding/json"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// Kinds of what is found in JSON; the others are SQL types.
const (
	kindNull   = "NULL"
	kindObject = "object"
	kindMixed  = "JSON"
)

// tree is the shape of all values of one place in JSON together.
type tree struct {
	kind   string
	other  bool // that besides objects there are other values
	keys   []string
	fields map[string]*tree
}

func (t *tree) object() bool { return t.kind == kindObject }

// opens says that there is something to take out of it, and nothing else.
func (t *tree) opens() bool { return t.object() && !t.other && len(t.keys) > 0 }

// readTree reads what json_structure gives: a type's name, a list, or an object of the same.
func readTree(text string) (*tree, error) {
	d := json.NewDecoder(strings.NewReader(text))
	return read(d)
}

func read(d *json.Decoder) (*tree, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case string:
		return leaf(token), nil
	case json.Delim:
		if token == '[' {
			for d.More() {
				if _, err := read(d); err != nil {
					return nil, err
				}
			}
			_, err := d.Token()
			return &tree{kind: kindMixed}, err
		}
		t := &tree{kind: kindObject, fields: map[string]*tree{}}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			field, err := read(d)
			if err != nil {
				return nil, err
			}
			t.add(fmt.Sprint(key), field)
		}
		_, err := d.Token()
		return t, err
	}
	return nil, fmt.Errorf("%v stands in a shape", token)
}

func leaf(typ string) *tree {
	switch typ {
	case "UBIGINT":
		typ = "BIGINT"
	case "JSON": // an empty object; lists come as such
		return &tree{kind: kindObject, fields: map[string]*tree{}}
	case kindNull, "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN":
	default:
		typ = kindMixed
	}
	return &tree{kind: typ}
}

func (t *tree) add(key string, field *tree) {
	if have := t.fields[key]; have != nil {
		have.merge(field)
		return
	}
	t.keys = append(t.keys, key)
	t.fields[key] = field
}

// merge makes t the shape of what both have.
func (t *tree) merge(o *tree) {
	switch {
	case o.kind == kindNull || t.kind == o.kind && !t.object():
	case t.kind == kindNull:
		*t = *o
	case t.object() && o.object():
		t.other = t.other || o.other
		for _, key := range o.keys {
			t.add(key, o.fields[key])
		}
	case t.object():
		t.other = true
	case o.object():
		*t = *o
		t.other = true
	case t.number() && o.number():
		t.kind = "DOUBLE"
	default:
		t.kind = kindMixed
	}
}

func (t *tree) number() bool { return t.kind == "BIGINT" || t.kind == "DOUBLE" }

// extract writes the value at a path.
func (t *tree) extract(sql, path string) string {
	switch t.kind {
	case kindMixed, kindObject:
		return "nullif(json_extract(" + sql + ", " + path + "), 'null'::JSON)"
	case "VARCHAR", kindNull:
		return "json_extract_string(" + sql + ", " + path + ")"
	}
	text := "json_extract_string(" + sql + ", " + path + ")"
	if t.kind != "DOUBLE" {
		return "CAST(" + text + " AS " + t.kind + ")"
	}
	return "CASE WHEN " + exact.LostInDouble(text) + " THEN " + sqltext.Raising("type_mismatch", "with.columns", "concat("+sqltext.Literal("The number ")+", "+text+", "+
		sqltext.Literal(" at ")+", "+path+", "+sqltext.Literal(" has more digits than DOUBLE keeps, as which the numbers there are read. Leave that column out, and take the numbers with SQL: json_extract_string gives them as texts.")+")") +
		" ELSE CAST(" + text + " AS DOUBLE) END"
}

// Package literal is a value in a configuration that takes the type of a column.
package literal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"dataflow/ide-go-lib/table/sqltext"
)

// Value is a text, a number or a truth value; the zero Value is none.
type Value struct {
	text string
	set  bool
}

// Of makes a value of a text.
func Of(text string) Value { return Value{text, true} }

// JSONSchemaType says that it is of any type.
func (Value) JSONSchemaType() string { return "" }

// IsZero says that there is none.
func (v Value) IsZero() bool { return !v.set }

// MarshalJSON gives a text, or null for none.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.set {
		return []byte("null"), nil
	}
	return json.Marshal(v.text)
}

// UnmarshalJSON keeps numbers as they are written. Null is none.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*v = Value{}
	case len(data) > 0 && data[0] == '"':
		v.set = true
		return json.Unmarshal(data, &v.text)
	case len(data) > 0 && (data[0] == '{' || data[0] == '['):
		return fmt.Errorf("a text, a number or true or false is needed, not a list or an object")
	default:
		*v = Value{string(data), true}
	}
	return nil
}

// Write writes the value as one of that type, or as a text when the type is ""; none is null. An error in it is the field's.
func (v Value) Write(b *sqltext.Builder, field, typ string) {
	if typ == "" {
		typ = "VARCHAR"
	}
	b.From(field, func() {
		b.Text("CAST(")
		if v.set {
			b.Arg(v.text)
		} else {
			b.Text("NULL")
		}
		b.Text(" AS ", typ, ")")
	})
}

// String gives the value as it was written.
func (v Value) String() string { return v.text }

// Above says whether a is certainly greater than b: both are numbers, or both dates written as 2024-12-31.
func (v Value) Above(other Value) bool {
	a, errA := strconv.ParseFloat(v.text, 64)
	b, errB := strconv.ParseFloat(other.text, 64)
	if errA == nil && errB == nil {
		return a > b
	}
	_, errA = time.Parse(time.DateOnly, v.text)
	_, errB = time.Parse(time.DateOnly, other.text)
	return errA == nil && errB == nil && v.text > other.text
}

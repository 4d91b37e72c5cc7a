package table

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// SQL is SQL text in a node's configuration. A person writes it as a string; the {{ expressions }} in it arrive as
// bound values, never as text: $1, $2, … in Text are Args[0], Args[1], ….
type SQL struct {
	Text string
	Args []any
}

// JSONSchemaType says that a person writes SQL as a text.
func (SQL) JSONSchemaType() string { return "string" }

type boundSQL struct {
	Text string `json:"$sql"`
	Args []any  `json:"args,omitempty"`
}

// MarshalJSON gives the plain string when nothing is bound.
func (s SQL) MarshalJSON() ([]byte, error) {
	if len(s.Args) == 0 {
		return json.Marshal(s.Text)
	}
	return json.Marshal(boundSQL(s))
}

// UnmarshalJSON takes a string or what MarshalJSON gives. Numbers in args stay json.Number.
func (s *SQL) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '"' {
		s.Args = nil
		return json.Unmarshal(data, &s.Text)
	}
	var b boundSQL
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&b); err != nil {
		return fmt.Errorf("SQL must be a text: %w", err)
	}
	s.Text, s.Args = b.Text, b.Args
	return nil
}

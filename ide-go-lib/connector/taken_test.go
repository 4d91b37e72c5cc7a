package connector

import (
	"testing"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// What stands between values may be in them, and systems write the same value in other ways.
func TestKeysAreKnownAgain(t *testing.T) {
	column := func(typ string, coding table.Coding) table.StreamColumn {
		return table.StreamColumn{Column: table.Column{Type: typ}, Coding: coding}
	}
	text, number, day := column("VARCHAR", table.Plain), column("DOUBLE", table.Plain), column("DATE", table.Plain)
	for _, c := range []struct {
		told, between string
		given         []string
		columns       []table.StreamColumn
		want          bool
	}{
		{"a-b-c", "-", []string{"a-b", "c"}, []table.StreamColumn{text, text}, true},
		{"a-b-c", "-", []string{"a", "b-c"}, []table.StreamColumn{text, text}, true},
		{"a-b-c", "-", []string{"a", "b"}, []table.StreamColumn{text, text}, false},
		{"2024-01-02--7", "-", []string{"2024-01-02", "-7"}, []table.StreamColumn{day, number}, true},
		{"1.50", "-", []string{"1.5"}, []table.StreamColumn{number}, true},
		{"1.50", "-", []string{"1.5"}, []table.StreamColumn{text}, false},
		{"1e400000000", "-", []string{"1e400000001"}, []table.StreamColumn{number}, false},
		{"x, y, 1", ", ", []string{"x, y", "1.0"}, []table.StreamColumn{text, number}, true},
		{`\x00ff`, ", ", []string{"00FF"}, []table.StreamColumn{column("BLOB", table.Hex)}, true},
		{"t", ", ", []string{"true"}, []table.StreamColumn{column("BOOLEAN", table.Plain)}, true},
		{"0", "-", []string{"true"}, []table.StreamColumn{column("BOOLEAN", table.Plain)}, false},
		{"2024-01-02 03:04:05.500000", "-", []string{"2024-01-02 03:04:05.5"}, []table.StreamColumn{column("TIMESTAMP", table.Plain)}, true},
		{"2024-01-02 03:04:05+00", ", ", []string{"2024-01-02 03:04:05"}, []table.StreamColumn{column("TIMESTAMP WITH TIME ZONE", table.Plain)}, true},
	} {
		fields := make([]rowtext.Field, len(c.given))
		at := make([]int, len(c.given))
		for i, given := range c.given {
			fields[i], at[i] = rowtext.Field{Text: []byte(given)}, i
		}
		k := Taken{Values: []string{c.told}, Between: c.between}
		if got := k.of(fields, c.columns, at); got != c.want {
			t.Errorf("%q is %q: %v", c.told, c.given, got)
		}
	}
}

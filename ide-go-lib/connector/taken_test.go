package connector

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
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

// Who stops the naming of the row still learns what was refused.
func TestNamingARowMayBeStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	give := func(ctx context.Context, _ []table.StreamColumn, _ func(context.Context, io.Reader) error) (int64, error) {
		stop()
		<-ctx.Done()
		return 0, ctx.Err()
	}
	columns := []table.StreamColumn{{Column: table.Column{Name: "id", Type: "BIGINT"}}}
	k := Taken{Table: "t", Columns: []string{"id"}, Values: []string{"1"}, Row: 7}
	var told *errs.Error
	err := k.Error(errs.Listen(ctx, func(e *errs.Error) { told = e }), WriteRequest{Mode: Append, Give: give}, columns)
	require.Equal(t, "The table \"t\" has such a row already, or it came twice, as the database compares: (id) = (1).", told.Message, "known before rows are read")
	require.NotErrorIs(t, err, context.Canceled)
	require.Equal(t, CodeUnique, errs.From(err).Code)
	require.Equal(t, int64(7), errs.From(err).Details[0].Row, "which the system itself has said")

	lost := errors.New("lost") //nolint:err113 // it is nobody's
	err = k.Error(t.Context(), WriteRequest{Mode: Append, Give: func(context.Context, []table.StreamColumn, func(context.Context, io.Reader) error) (int64, error) {
		return 0, lost
	}}, columns)
	require.ErrorIs(t, err, lost)
	require.Equal(t, CodeUnique, errs.From(err).Code)
}

// Only where rows that are there stay, the table is asked for them.
func TestTheTableIsAskedWhereItsRowsStay(t *testing.T) {
	give := func(ctx context.Context, _ []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
		return 2, drain(ctx, strings.NewReader("\"1\"\n\"2\"\n"))
	}
	columns := []table.StreamColumn{{Column: table.Column{Name: "id", Type: "BIGINT"}}}
	for mode, want := range map[Mode][2]string{
		Append:  {"Row 2: The table \"t\" has such a row already: (id) = (2).", "Update by key in place"},
		Upsert:  {"Row 2: The table \"t\" has such a row already: (id) = (2).", "It is another key"},
		Replace: {"or it came twice, as the database compares: (id) = (2).", "Keep one of each key"},
	} {
		k := Taken{Table: "t", Columns: []string{"id"}, Values: []string{"2"}, Ask: func(_ context.Context, values []string) (bool, error) {
			return slices.Equal(values, []string{"2"}), nil
		}}
		e := errs.From(k.Error(t.Context(), WriteRequest{Mode: mode, Give: give}, columns))
		require.Contains(t, e.Message, want[0])
		require.Contains(t, e.Hint, want[1])
	}
}

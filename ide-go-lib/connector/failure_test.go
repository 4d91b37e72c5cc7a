package connector

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
)

// A value that does not fit is told by its form, as far as its place is known, for other languages.
func TestMismatchesHaveForms(t *testing.T) {
	for _, c := range []struct {
		row    int64
		column string
		want   errs.Said
	}{
		{3, "a", errs.Said{Form: "A value in row {0}, column {1} does not fit: {2}.", Args: []string{"3", `"a"`, "why"}}},
		{3, "", errs.Said{Form: "A value in row {0} does not fit: {1}.", Args: []string{"3", "why"}}},
		{0, "a", errs.Said{Form: "A value in the column {0} does not fit: {1}.", Args: []string{`"a"`, "why"}}},
		{0, "", errs.Said{Form: "A value does not fit: {0}.", Args: []string{"why"}}},
	} {
		e := Mismatch(c.row, c.column, "why.", nil)
		require.Equal(t, c.want, e.Said)
		require.Equal(t, []errs.Detail{e.At(errs.Place{Row: c.row})}, e.Details)
	}
}

func TestCountsOfOne(t *testing.T) {
	for text, err := range map[string]error{
		"Of 1 row to be written, 1 left here and 0 arrived; nothing was kept.":  Reconcile(1, 1, 0),
		"Of 2 rows to be written, 1 left here and 0 arrived; nothing was kept.": Reconcile(2, 1, 0),
		`The content of "a" was to have 1 byte and has 0; nothing was kept.`:    SizeMismatch("a", 1, 0),
		"Message 1 has 1 byte, which is more than the server takes.":            TooLarge(0, 1, 0, nil),
		"Gone. 1 of 1 object is in place already.":                              Placed(errs.NotFound("x", "Gone."), 1, 1),
	} {
		require.EqualError(t, err, text)
	}
}

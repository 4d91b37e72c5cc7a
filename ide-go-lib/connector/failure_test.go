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

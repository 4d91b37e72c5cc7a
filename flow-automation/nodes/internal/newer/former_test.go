package newer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/table"
)

// What earlier versions wrote is read as well as it can be: names and types may have spaces, and types commas.
func TestColumnsOfEarlierVersions(t *testing.T) {
	had := []table.Column{
		{Name: "id", Type: "BIGINT"}, {Name: "a name", Type: "DECIMAL(18,3)"}, {Name: "at", Type: "TIMESTAMP WITH TIME ZONE"},
		{Name: "sold at", Type: "TIME WITH TIME ZONE"}, {Name: "of", Type: `STRUCT("a, b" INTEGER, c VARCHAR, d STRUCT(e DATE))[]`}, {Name: "of 2", Type: "VARCHAR"}, {Name: "it's", Type: "DATE"}, {Name: "c, d", Type: "DATE"},
	}
	require.Equal(t, had, kept{Former: former(had)}.of(nil))
	odd := append([]table.Column{{Name: "a DATE, b", Type: "DATE"}}, had...)
	require.Equal(t, odd, kept{Former: former(odd)}.of(odd), "nothing is read of the very same")
	require.Equal(t, had, kept{Columns: had}.of(nil))
	require.Empty(t, kept{}.of(had))
	for _, text := range []string{"id", " BIGINT", "id BIGINT, ", "id BIGINT, x NOTHING"} {
		require.Empty(t, kept{Former: text}.of(had), text)
	}
}

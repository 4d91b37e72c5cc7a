package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/contract"
	"dataflow/ide-go-lib/errs"
)

// What can be done is told about what has happened, and about nothing else.
func TestHints(t *testing.T) {
	all := map[string]string{contract.New: "new columns", contract.Missing: "(missing)", contract.Retyped: "(retyped)", contract.Empty: "(nullable)"}
	for change := range all {
		err := contract.Err([]contract.Drift{
			{Port: "table", Column: "a", Change: change, Expected: "DATE", Found: "2", Done: contract.Failed},
			{Port: "table", Column: "b", Change: contract.New, Found: "DATE", Done: contract.Passed},
		})
		for of, part := range all {
			if of == change {
				require.Contains(t, errs.From(err).Hint, part)
			} else {
				require.NotContains(t, errs.From(err).Hint, part)
			}
		}
	}
}

// Dates that happen to have no time and numbers that happen to be small are likely what was agreed on.
func TestLineageTakesGuessesToFit(t *testing.T) {
	for _, c := range []struct {
		found, want string
		fits        bool
	}{
		{"INTEGER", "BIGINT", true},
		{"BIGINT", "double", true},
		{"BIGINT", "DECIMAL(18,2)", true},
		{"DATE", "TIMESTAMP", true},
		{"DECIMAL(4,1)", "DECIMAL(18,2)", true},
		{"DECIMAL(4,2)", "DECIMAL(18,1)", false},
		{"BIGINT", "INTEGER", false},
		{"DOUBLE", "BIGINT", false},
		{"BIGINT", "VARCHAR", false},
		{"VARCHAR", "DOUBLE", false},
	} {
		drift := []contract.Drift{{Port: "table", Column: "a", Change: contract.Retyped, Expected: c.want, Found: c.found, Done: contract.Failed}}
		contract.Fits(drift).Likely(drift)
		require.Equal(t, c.fits, contract.Err(drift) == nil, c)
		require.Equal(t, c.fits, len(contract.Told(drift)) == 0, c)
	}
}

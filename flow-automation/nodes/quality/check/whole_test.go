package check

import (
	"math/big"
	"testing"

	"dataflow/ide-go-lib/table/transform/judge"
)

// A change of so many per cent is reckoned exactly: rows are as before if and only if |now - before| * 100 <= change * before.
func TestChangeIsReckonedExactly(t *testing.T) {
	for change := int64(1); change <= 1500; change++ { // in tenths of a per cent
		for _, before := range []int64{1, 2, 3, 5, 7, 10, 29, 50, 100, 101, 300, 999, 1000, 12345, 1_000_003, 9_007_199_254_739} {
			rule := Rule{Rule: judge.Rule{Check: judge.RowCount, Change: float64(change) / 10}}
			m, err := rule.expected(&before)
			if err != nil {
				t.Fatal(err)
			}
			for _, bound := range []float64{*m.Min, *m.Max} {
				for _, now := range []int64{int64(bound) - 1, int64(bound), int64(bound) + 1} {
					if now < 0 {
						continue
					}
					left := new(big.Int).Mul(big.NewInt(max(now-before, before-now)), big.NewInt(1000))
					want := left.Cmp(new(big.Int).Mul(big.NewInt(change), big.NewInt(before))) <= 0
					value := float64(now)
					m.Value = &value
					if m.kept() != want {
						t.Fatalf("%d rows after %d with a change of %g %%: kept %v; %s", now, before, rule.Change, m.kept(), m.told(false))
					}
				}
			}
			if *m.Min < 0 {
				t.Fatalf("at least %g rows", *m.Min)
			}
		}
	}
}

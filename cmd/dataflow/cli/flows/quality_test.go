package flows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/quality"
)

// A rule about rows tells how many keep it, one about the table what it has measured; neither tells of what is not there.
func TestFoundByARule(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	for want, r := range map[[3]string]quality.Rule{
		{"1 of 4 break it", "75 %", "█▁"}:                       {Points: []quality.Point{{Rows: 4, Share: 100}, {Rows: 4, Broken: 1, Share: 75}}},
		{"no rows", "-", "█·"}:                                  {Points: []quality.Point{{Rows: 4, Share: 100}, {Share: 100}}},
		{"1,500 rows, expected at least 2,000 rows", "-", "█▁"}: {Unit: "rows", Points: []quality.Point{{Measured: number(9000)}, {Measured: number(1500), Min: number(2000)}}},
		{"36 h, expected at most 24 h", "-", "██"}:              {Unit: "seconds", Points: []quality.Point{{Measured: number(129_600)}, {Measured: number(129_600), Max: number(86_400)}}},
		{"nothing, expected 1 to 2", "-", "█·"}:                 {Unit: "number", Points: []quality.Point{{Measured: number(1)}, {Min: number(1), Max: number(2)}}},
	} {
		found, kept := foundBy(r)
		require.Equal(t, want, [3]string{found, kept, line(r)})
	}
}

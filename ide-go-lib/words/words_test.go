package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/words"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0 runs", 1: "1 run", 2: "2 runs", 999: "999 runs", 1000: "1,000 runs", 1234567: "1,234,567 runs", -1: "-1 runs", -1000: "-1,000 runs"} {
		require.Equal(t, want, words.Number(n, "run", "runs"))
	}
}

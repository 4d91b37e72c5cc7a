package system

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/testkit"
	"dataflow/internal/crash"
)

// TestKilledAtAnyMoment kills the server over and over while it is at work, and counts what was promised.
func TestKilledAtAnyMoment(t *testing.T) {
	const kills = 50
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	report, err := crash.Run(t.Context(), crash.Config{
		Binary: testkit.Build(t, "dataflow/cmd/dataflow"), Python: python(t), Dir: filepath.Join(t.TempDir(), "data"),
		Kills: kills, Seed: seed, Log: t.Logf,
	})
	require.NoError(t, err)
	require.Equal(t, kills, report.Kills)
	require.NotZero(t, report.Runs)
	require.NotZero(t, report.Effects)
	require.True(t, report.Clean(), "%+v", report)
}

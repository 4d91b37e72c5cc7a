package system

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/testkit"
	"dataflow/internal/crash"
)

// TestKilledAtAnyMoment kills the server over and over while it is at work, and counts what was promised.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const kills = 50
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dir := filepath.Join(t.TempDir(), "data")
	report, err := crash.Run(t.Context(), crash.Config{
		Binary: binary(t), Python: python(t), Dir: dir,
		Kills: kills, Seed: seed, Log: t.Logf,
	})
	require.NoError(t, err)
	require.Equal(t, kills, report.Kills)
	require.NotZero(t, report.Runs)
	require.NotZero(t, report.Effects)
	require.True(t, report.Clean(), "%+v", report)
	log, err := os.ReadFile(filepath.Join(dir, "server.log"))
	require.NoError(t, err)
	require.NotContains(t, string(log), testkit.RaceReport)
}

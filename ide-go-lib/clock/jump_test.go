package clock_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/testkit"
)

// The kernel tells of every setting of the clock. The test sets it to what it shows, where it may.
func TestJumpsAreTold(t *testing.T) {
	told := make(chan time.Duration, 1)
	stop, err := clock.System{}.OnJump(func(by time.Duration) {
		select {
		case told <- by:
		default:
		}
	})
	require.NoError(t, err)
	if os.Geteuid() == 0 {
		var now unix.Timespec
		require.NoError(t, unix.ClockGettime(unix.CLOCK_REALTIME, &now))
		if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err == nil { // containers may not
			require.Less(t, testkit.Receive(t, "that the clock was set", told).Abs(), time.Second)
		}
	}
	stop()
	stop()
}

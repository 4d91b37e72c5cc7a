package seen

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
)

// ticking is a storage whose versions stay the same for so long.
type ticking struct {
	connector.Objects
	tick time.Duration
}

func (t ticking) Tick() time.Duration { return t.tick }

// held is a connection that somebody watches over.
type held struct{ connector.Objects }

func (h held) Within() connector.Conn { return h.Objects }

// An object that changes while it is read may have the version of its next content already.
func TestWhatMayBeChangingIsReadAgain(t *testing.T) {
	listed, read := connector.Object{Name: "a", Version: "1-10"}, connector.Object{Name: "a", Version: "2-10"}
	known := func(conn connector.Objects) (bool, bool) {
		m := &Memory{}
		require.NoError(t, m.Settle(t.Context(), conn, 1))
		require.NoError(t, m.KeepRead(listed, read))
		next := &Memory{before: m.now}
		return next.Known(listed), next.Known(read)
	}
	old, recent := known(held{ticking{tick: time.Nanosecond}})
	require.True(t, old)
	require.False(t, recent)
	old, recent = known(held{})
	require.False(t, old)
	require.True(t, recent)
}

func TestSettling(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	long := ticking{tick: time.Hour}
	require.Error(t, (&Memory{}).Settle(ended, long, 1), "it waits")
	require.NoError(t, (&Memory{}).Settle(ended, long, 0), "nothing is new")
	require.NoError(t, (*Memory)(nil).Settle(ended, long, 1), "nobody remembers")
}

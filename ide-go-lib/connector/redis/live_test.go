package redis

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

// Who holds messages for long, without asking for more, is not taken for dead.
func TestReadersShowThatTheyLive(t *testing.T) {
	s := msgserver.Redis(t)
	b := connectortest.New(t, Type(), map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"})
	c, ok := b.Open(nil).(*conn)
	require.True(t, ok)
	q := &queue{c: c, name: "jobs", readers: "jobs:dataflow", mine: "nightly:1", own: "jobs:dataflow:nightly:1", stopped: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	q.stop = stop
	require.NoError(t, c.client.Set(ctx, alive(q.own), 1, time.Minute).Err())
	go q.live(ctx, time.Millisecond)
	testkit.Eventually(t, "the sign of life is renewed", func() bool {
		left, err := c.client.PTTL(ctx, alive(q.own)).Result()
		return err == nil && left > time.Minute
	})
	require.NoError(t, q.Close())
	there, err := c.client.Exists(t.Context(), alive(q.own)).Result()
	require.NoError(t, err)
	require.Zero(t, there)
}

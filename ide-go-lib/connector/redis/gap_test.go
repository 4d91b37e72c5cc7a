package redis_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
)

// What a stream has lost before somebody came back to read it is said, as far as the server tells.
func TestWhatStreamsHaveLost(t *testing.T) {
	b, _, admin := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	ctx := t.Context()
	add := func(n int) {
		t.Helper()
		for i := range n {
			require.NoError(t, admin.XAdd(ctx, &redis.XAddArgs{Stream: "orders", Values: []any{"body", strconv.Itoa(i)}}).Err())
		}
	}
	subscribe := func(req connector.SubscribeRequest) (connector.Subscription, string) {
		t.Helper()
		req.Topic = "orders"
		s, err := c.Subscribe(ctx, req)
		require.NoError(t, err)
		return s, strings.Join(s.(connector.Noted).Notes(), "\n")
	}
	take := func(s connector.Subscription, n int) string {
		t.Helper()
		got, err := s.Next(ctx, n)
		require.NoError(t, err)
		require.Len(t, got, n)
		return s.Position()
	}
	from := func(position string) (connector.Subscription, string) {
		t.Helper()
		return subscribe(connector.SubscribeRequest{Position: position})
	}
	trim := func(keep int64) { require.NoError(t, admin.XTrimMaxLen(ctx, "orders", keep).Err()) }

	add(10)
	s, note := subscribe(connector.SubscribeRequest{Start: connector.FromBeginning})
	require.Empty(t, note)
	four := take(s, 4)
	_, note = from(four)
	require.Empty(t, note)
	trim(6)
	_, note = from(four)
	require.Empty(t, note, "only what was read is gone")
	trim(3)
	s, note = from(four)
	require.Equal(t, "Removed before they were read: 3 messages of the stream orders.", note)
	_, note = from(s.Position())
	require.Empty(t, note, "it is said once")
	ten := take(s, 3)
	bare, _, _ := strings.Cut(four, "@")
	_, note = from(bare)
	require.Contains(t, note, "does not tell how much", "a position of before this was counted")
	now, note := subscribe(connector.SubscribeRequest{Start: connector.FromNow})
	require.Empty(t, note)
	require.Equal(t, ten, now.Position())

	trim(0)
	_, note = from(ten)
	require.Empty(t, note)
	add(2)
	trim(0)
	s, note = from(ten)
	require.Equal(t, "Removed before they were read: 2 messages of the stream orders.", note)
	_, note = from(s.Position())
	require.Empty(t, note)

	_, note = subscribe(connector.SubscribeRequest{Group: "nightly", Start: connector.FromBeginning})
	require.Empty(t, note)
	add(3)
	group, note := subscribe(connector.SubscribeRequest{Group: "nightly"})
	require.Empty(t, note)
	_, err := group.Next(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, group.Confirm(ctx))
	trim(1)
	_, note = subscribe(connector.SubscribeRequest{Group: "nightly"})
	require.Contains(t, note, "message of the stream orders.")

	last, _ := subscribe(connector.SubscribeRequest{Start: connector.FromNow})
	add(3)
	ids, err := admin.XRange(ctx, "orders", "-", "+").Result()
	require.NoError(t, err)
	require.NoError(t, admin.XDel(ctx, "orders", ids[len(ids)-2].ID).Err())
	_, note = from(last.Position())
	require.Contains(t, note, "does not tell how many", "one of them was taken out")
	_, err = c.Subscribe(ctx, connector.SubscribeRequest{Topic: "orders", Position: "1-1@x"})
	require.Error(t, err)

	require.NoError(t, admin.Do(ctx, "ACL", "SETUSER", "blind", "on", ">blind-secret", "~*", "+@read", "+@connection", "-xinfo").Err())
	blind := connectortest.OpenAs[connector.Messages](b, map[string]any{"user": "blind", "password": "blind-secret"})
	for _, req := range []connector.SubscribeRequest{{Topic: "orders", Position: four}, {Topic: "orders", Start: connector.FromNow}, {Topic: "orders", Start: connector.FromBeginning}} {
		s, err := blind.Subscribe(ctx, req)
		require.NoError(t, err, "who may not ask is told nothing, and reads")
		require.Empty(t, s.(connector.Noted).Notes())
	}
}

package redis_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/errs"
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
	require.Contains(t, note, "may have been removed before the group nightly")
	_, note = subscribe(connector.SubscribeRequest{Group: "nightly"})
	require.Empty(t, note, "it is said once")

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

// What was taken out of a stream's midst is said once, and does not make a loss of what was read.
func TestWhatStreamsHaveNotLost(t *testing.T) {
	b, _, admin := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	ctx := t.Context()
	add := func(stream string, ids ...int) {
		t.Helper()
		for _, id := range ids {
			require.NoError(t, admin.XAdd(ctx, &redis.XAddArgs{Stream: stream, ID: strconv.Itoa(id) + "-1", Values: []any{"body", "x"}}).Err())
		}
	}
	// read gives what is said, and the position behind so many messages.
	read := func(stream string, req connector.SubscribeRequest, n int) (note, at string) {
		t.Helper()
		req.Topic, req.Start = stream, connector.FromBeginning
		s, err := c.Subscribe(ctx, req)
		require.NoError(t, err)
		note = strings.Join(s.(connector.Noted).Notes(), "\n")
		for n > 0 {
			got, err := s.Next(ctx, n)
			require.NoError(t, err)
			n -= len(got)
		}
		require.NoError(t, s.Confirm(ctx))
		at = s.Position()
		require.NoError(t, s.Close())
		return note, at
	}
	from := func(at string) connector.SubscribeRequest { return connector.SubscribeRequest{Position: at} }
	without := func(stream string, id int) {
		t.Helper()
		require.NoError(t, admin.XDel(ctx, stream, strconv.Itoa(id)+"-1").Err())
	}
	trim := func(stream string, id int) { require.NoError(t, admin.XTrimMinID(ctx, stream, strconv.Itoa(id)).Err()) }

	t.Run("a count goes on behind what was taken out", func(t *testing.T) {
		add("midst", 1, 2, 3)
		_, at := read("midst", from(""), 3)
		require.Equal(t, "3-1@3", at)
		add("midst", 4, 5, 6)
		without("midst", 5)
		note, at := read("midst", from(at), 2)
		require.Contains(t, note, "does not tell how many")
		require.Equal(t, "6-1@6", at)
		add("midst", 7, 8)
		trim("midst", 7)
		note, at = read("midst", from(at), 2)
		require.Empty(t, note, "all that is gone was read")
		require.Equal(t, "8-1@8", at)
	})

	t.Run("the newest is taken out", func(t *testing.T) {
		add("newest", 1)
		_, at := read("newest", from(""), 1)
		add("newest", 2)
		without("newest", 2)
		note, at := read("newest", from(at), 0)
		require.Contains(t, note, "does not tell how many")
		note, at = read("newest", from(at), 0)
		require.Empty(t, note, "it is said once")
		add("newest", 3, 4)
		without("newest", 4)
		note, at = read("newest", from(at), 1)
		require.NotEmpty(t, note)
		require.Equal(t, "4-1@4", at)
		note, _ = read("newest", from(at), 0)
		require.Empty(t, note)
	})

	t.Run("a stream that was made anew", func(t *testing.T) {
		add("anew", 1, 2, 3)
		_, at := read("anew", from(""), 3)
		require.NoError(t, admin.Del(ctx, "anew").Err())
		add("anew", 1)
		_, err := c.Subscribe(ctx, connector.SubscribeRequest{Topic: "anew", Position: at})
		require.Equal(t, connector.CodePosition, errs.From(err).Code)
		add("anew", 9)
		_, err = c.Subscribe(ctx, connector.SubscribeRequest{Topic: "anew", Position: at})
		require.Equal(t, connector.CodePosition, errs.From(err).Code, "it has had fewer")
	})

	t.Run("a group goes on behind what is gone", func(t *testing.T) {
		group := connector.SubscribeRequest{Group: "nightly"}
		add("grouped", 1, 2)
		read("grouped", group, 2)
		add("grouped", 3, 4, 5)
		trim("grouped", 5)
		note, _ := read("grouped", group, 1)
		require.Contains(t, note, "may have been removed")
		add("grouped", 6, 7)
		trim("grouped", 6)
		note, _ = read("grouped", group, 2)
		require.Empty(t, note, "only what was read is gone")
	})

	t.Run("a group whose stream was emptied", func(t *testing.T) {
		group := connector.SubscribeRequest{Group: "nightly"}
		add("emptied", 1)
		read("emptied", group, 1)
		add("emptied", 2, 3)
		require.NoError(t, admin.XTrimMaxLen(ctx, "emptied", 0).Err())
		note, _ := read("emptied", group, 0)
		require.NotEmpty(t, note)
		note, _ = read("emptied", group, 0)
		require.Empty(t, note, "it is said once")
		add("emptied", 4)
		note, _ = read("emptied", group, 1)
		require.Empty(t, note)
		without("emptied", 4)
		add("emptied", 5)
		without("emptied", 5)
		note, _ = read("emptied", group, 0)
		require.NotEmpty(t, note)
		note, _ = read("emptied", group, 0)
		require.Empty(t, note, "nor again when it was taken out")
	})
}

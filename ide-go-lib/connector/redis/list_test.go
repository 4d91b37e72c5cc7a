package redis_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/errs"
)

func TestLists(t *testing.T) {
	b, s, admin := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Kept: true, Last: true, Group: "suite", Login: map[string]any{"password": "wrong"},
		Topic: func(name string) string {
			require.NoError(t, admin.Del(t.Context(), name).Err())
			return "list:" + name
		},
	})
}

// What was taken out of a list is in it again until it is confirmed, whatever becomes of who has taken it.
func TestListsLoseNothing(t *testing.T) {
	b, _, admin := build(t)
	ctx := t.Context()
	require.NoError(t, admin.RPush(ctx, "jobs", "1", "2", "3", "4", "5").Err())
	subscribe := func() connector.Subscription {
		t.Helper()
		s, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, connector.SubscribeRequest{Topic: "list:jobs", Group: "nightly", Start: connector.FromBeginning})
		require.NoError(t, err)
		return s
	}
	take := func(s connector.Subscription, n int) (bodies []string) {
		t.Helper()
		for len(bodies) < n {
			got, err := s.Next(ctx, n-len(bodies))
			require.NoError(t, err)
			for _, m := range got {
				bodies = append(bodies, string(m.Body))
			}
		}
		return bodies
	}
	left := func() []string {
		t.Helper()
		all, err := admin.LRange(ctx, "jobs", 0, -1).Result()
		require.NoError(t, err)
		return all
	}

	first := subscribe()
	require.Equal(t, []string{"1", "2"}, take(first, 2))
	require.NoError(t, first.Confirm(ctx))
	require.Equal(t, []string{"3", "4"}, take(first, 2))
	require.NoError(t, first.Close())
	require.Equal(t, []string{"3", "4", "5"}, left(), "given back in their order")

	killed := subscribe()
	require.Equal(t, []string{"3"}, take(killed, 1))
	require.NoError(t, subscribe().Close())
	require.Equal(t, []string{"4", "5"}, left(), "who was heard of lately still has it")
	signs, err := admin.Keys(ctx, "*:alive").Result()
	require.NoError(t, err)
	require.Len(t, signs, 1)
	require.NoError(t, admin.Del(ctx, signs[0]).Err()) // ten minutes go by
	next := subscribe()
	require.Equal(t, []string{"3", "4", "5"}, take(next, 3))
	late := killed.Confirm(ctx)
	require.Equal(t, connector.CodeLate, errs.From(late).Code, "it takes nothing away, and says so: %v", late)
	require.NoError(t, killed.Close())
	require.NoError(t, next.Close())
	require.Equal(t, []string{"3", "4", "5"}, left())

	// What the server moved in an answer that never arrived lies behind what was given.
	unsure := subscribe()
	require.Equal(t, []string{"3"}, take(unsure, 1))
	readers, err := admin.SMembers(ctx, "jobs:dataflow").Result()
	require.NoError(t, err)
	require.Len(t, readers, 1)
	require.NoError(t, admin.LMove(ctx, "jobs", "jobs:dataflow:"+readers[0], "LEFT", "RIGHT").Err())
	require.NoError(t, unsure.Confirm(ctx))
	require.NoError(t, unsure.Close())
	require.Equal(t, []string{"4", "5"}, left())
	keys, err := admin.Keys(ctx, "*").Result()
	require.NoError(t, err)
	require.Equal(t, []string{"jobs"}, keys, "nothing else stays behind")

	// Whoever reads the list finds what is left of others, also of groups that never come back.
	gone, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, connector.SubscribeRequest{Topic: "list:jobs", Group: "yearly", Start: connector.FromBeginning})
	require.NoError(t, err)
	require.Equal(t, []string{"4", "5"}, take(gone, 2))
	signs, err = admin.Keys(ctx, "*:alive").Result()
	require.NoError(t, err)
	require.NoError(t, admin.Del(ctx, signs...).Err())
	require.Equal(t, []string{"4", "5"}, take(subscribe(), 2))
}

// More than is moved at a time goes back in its order, too.
func TestListsGiveBackMuch(t *testing.T) {
	b, _, admin := build(t)
	ctx := t.Context()
	var all []string
	for i := range 2_500 {
		all = append(all, itoa(i))
	}
	require.NoError(t, admin.RPush(ctx, "jobs", all).Err())
	s, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, connector.SubscribeRequest{Topic: "list:jobs", Group: "nightly", Start: connector.FromBeginning})
	require.NoError(t, err)
	for n := 0; n < len(all); {
		got, err := s.Next(ctx, len(all)-n)
		require.NoError(t, err)
		n += len(got)
	}
	require.NoError(t, s.Close())
	left, err := admin.LRange(ctx, "jobs", 0, -1).Result()
	require.NoError(t, err)
	require.Equal(t, all, left)
}

// Streams may have names that look like those of other topics.
func TestStreamsThatAreCalledLists(t *testing.T) {
	b, _, admin := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	ctx := t.Context()
	for _, name := range []string{"list:jobs", "stream:list:jobs", "stream:jobs"} {
		topic := "stream:" + name
		if name == "stream:jobs" { // which nobody takes for anything else
			topic = name
		}
		_, err := c.Publish(ctx, topic, []connector.Message{{Body: []byte(name)}})
		require.NoError(t, err)
		typ, err := admin.Type(ctx, name).Result()
		require.NoError(t, err)
		require.Equal(t, "stream", typ, name)
		got, err := c.Last(ctx, topic, 1)
		require.NoError(t, err)
		require.Equal(t, name, string(got[0].Body))
		folder := name[:strings.LastIndexByte(name, ':')+1]
		entries, err := c.Browse(ctx, connector.Path{Schema: folder})
		require.NoError(t, err)
		require.Contains(t, entries, connector.Entry{Kind: "topic", Schema: folder, Name: topic, Type: "stream"})
		_, err = c.Browse(ctx, connector.Path{Table: topic})
		require.NoError(t, err)
	}
}

func TestListsThatAreNone(t *testing.T) {
	b, _, admin := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	require.NoError(t, admin.Set(t.Context(), "text", "x", 0).Err())
	require.NoError(t, admin.RPush(t.Context(), "jobs", "1").Err())
	_, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "list:text", Group: "a"})
	require.ErrorContains(t, err, "is a string, not a list")
	_, err = c.Last(t.Context(), "list:text", 1)
	require.Equal(t, connector.CodeTopic, errs.From(err).Code)
	_, err = c.Publish(t.Context(), "list:text", []connector.Message{{Body: []byte("x")}})
	require.ErrorContains(t, err, `"text" is not a list`)
	_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "list:jobs"})
	require.Equal(t, connector.CodeGroup, errs.From(err).Code)
	_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "jobs", Start: connector.FromBeginning})
	require.True(t, strings.Contains(errs.From(err).Hint, "list:jobs"), err)
	_, err = c.Publish(t.Context(), "list:jobs", []connector.Message{{Key: []byte("k"), Body: []byte("x")}})
	require.Equal(t, connector.CodeCarry, errs.From(err).Code)
}

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
	require.NoError(t, killed.Confirm(ctx), "it is too late, and takes nothing away")
	require.NoError(t, killed.Close())
	require.NoError(t, next.Close())
	require.Equal(t, []string{"3", "4", "5"}, left())

	// What the server moved in an answer that never arrived lies behind what was given.
	unsure := subscribe()
	require.Equal(t, []string{"3"}, take(unsure, 1))
	readers, err := admin.SMembers(ctx, "jobs:dataflow:nightly").Result()
	require.NoError(t, err)
	require.Len(t, readers, 1)
	require.NoError(t, admin.LMove(ctx, "jobs", "jobs:dataflow:nightly:"+readers[0], "LEFT", "RIGHT").Err())
	require.NoError(t, unsure.Confirm(ctx))
	require.NoError(t, unsure.Close())
	require.Equal(t, []string{"4", "5"}, left())
	keys, err := admin.Keys(ctx, "*").Result()
	require.NoError(t, err)
	require.Equal(t, []string{"jobs"}, keys, "nothing else stays behind")
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

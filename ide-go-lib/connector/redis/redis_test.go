package redis_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	conn "dataflow/ide-go-lib/connector/redis"
	"dataflow/ide-go-lib/testkit/msgserver"
)

func build(t *testing.T) (*connectortest.Bench, *msgserver.Server, *redis.Client) {
	t.Helper()
	s := msgserver.Redis(t)
	b := connectortest.New(t, conn.Type(), map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"})
	admin := redis.NewClient(&redis.Options{Addr: s.Host + ":" + itoa(s.Port), Username: msgserver.User, Password: msgserver.Password})
	t.Cleanup(func() { _ = admin.Close() })
	return b, s, admin
}

func TestStreams(t *testing.T) {
	b, s, admin := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Missing: "ordres", Keys: true, Headers: true, Positions: true, Kept: true, Last: true, Groups: true, Again: true,
		Login: map[string]any{"password": "wrong"},
		Topic: func(name string) string {
			require.NoError(t, admin.Del(t.Context(), name).Err())
			require.NoError(t, admin.XGroupCreateMkStream(t.Context(), name, "nobody", "$").Err())
			return name
		},
	})
}

// What was handed out in an answer that never arrived is nobody's loss: it looks like entries of the consumer that it does not know.
func TestLostAnswers(t *testing.T) {
	b, _, admin := build(t)
	ctx := t.Context()
	for _, body := range []string{"1", "2"} {
		require.NoError(t, admin.XAdd(ctx, &redis.XAddArgs{Stream: "orders", Values: []any{"body", body}}).Err())
	}
	req := connector.SubscribeRequest{Topic: "orders", Group: "nightly", Start: connector.FromBeginning}
	take := func(s connector.Subscription, n int) (bodies []string) {
		got, err := s.Next(ctx, n)
		require.NoError(t, err)
		for _, m := range got {
			bodies = append(bodies, string(m.Body))
		}
		return bodies
	}
	s, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, req)
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, take(s, 1))
	consumers, err := admin.XInfoConsumers(ctx, "orders", "nightly").Result()
	require.NoError(t, err)
	require.Len(t, consumers, 1)
	require.NoError(t, admin.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "nightly", Consumer: consumers[0].Name, Streams: []string{"orders", ">"}}).Err())
	require.NoError(t, s.Confirm(ctx))
	require.NoError(t, s.Close())
	again, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, req)
	require.NoError(t, err)
	require.Equal(t, []string{"2"}, take(again, 2))
	require.NoError(t, again.Confirm(ctx))
	require.NoError(t, again.Close())
	consumers, err = admin.XInfoConsumers(ctx, "orders", "nightly").Result()
	require.NoError(t, err)
	require.Len(t, consumers, 1, "only the one for what is given back stays")
}

// Entries that were given back, and removed before anybody took them again, are said to be gone.
func TestGivenBackAndRemoved(t *testing.T) {
	b, _, admin := build(t)
	ctx := t.Context()
	var ids []string
	for range 3 {
		id, err := admin.XAdd(ctx, &redis.XAddArgs{Stream: "orders", Values: []any{"body", "x"}}).Result()
		require.NoError(t, err)
		ids = append(ids, id)
	}
	req := connector.SubscribeRequest{Topic: "orders", Group: "nightly", Start: connector.FromBeginning}
	read := func(n int) string {
		t.Helper()
		s, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(ctx, req)
		require.NoError(t, err)
		got, err := s.Next(ctx, 10)
		require.NoError(t, err)
		require.Len(t, got, n)
		require.NoError(t, s.Close())
		return strings.Join(s.(connector.Noted).Notes(), "\n")
	}
	require.Empty(t, read(3))
	require.NoError(t, admin.XDel(ctx, "orders", ids[0], ids[2]).Err())
	require.Equal(t, "Removed before the group nightly had confirmed them: 2 messages of the stream orders.", read(1))
	require.Empty(t, read(1), "it is said once")
}

// Entries that others wrote, with no body: nothing of their fields is lost.
func TestEntriesOfOthers(t *testing.T) {
	b, _, admin := build(t)
	ctx := t.Context()
	for _, values := range [][]any{{"\xff", "\xfe", "a", "1", "a", "2"}, {"body", "1", "body", "2"}, {"body", "1", "key", "a", "key", "b"}} {
		require.NoError(t, admin.XAdd(ctx, &redis.XAddArgs{Stream: "orders", Values: values}).Err())
	}
	got, err := connectortest.OpenAs[connector.Messages](b, nil).Last(ctx, "orders", 3)
	require.NoError(t, err)
	require.JSONEq(t, `{"base64:/w==": {"base64": "/g=="}, "a": ["1", "2"]}`, string(got[0].Body))
	require.JSONEq(t, `{"body": ["1", "2"]}`, string(got[1].Body))
	require.Equal(t, "1", string(got[2].Body))
	require.Nil(t, got[2].Key)
	require.Equal(t, connector.Headers{"key": {"a", "b"}}, got[2].Headers)
}

func TestChannels(t *testing.T) {
	b, s, _ := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Login: map[string]any{"password": ""},
		Topic: func(name string) string { return "channel:" + name },
	})
}

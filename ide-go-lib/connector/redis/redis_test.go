package redis_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

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

func TestChannels(t *testing.T) {
	b, s, _ := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Login: map[string]any{"password": ""},
		Topic: func(name string) string { return "channel:" + name },
	})
}

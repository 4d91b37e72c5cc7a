package mqtt_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/mqtt"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit/msgserver"
)

func build(t *testing.T) (*connectortest.Bench, *msgserver.Server) {
	t.Helper()
	s := msgserver.Mosquitto(t)
	return connectortest.New(t, mqtt.Type(), map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"}), s
}

func TestSuite(t *testing.T) {
	b, s := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Headers: true, Kept: true, Last: true, Retained: true, TooLarge: 5 << 20, Login: map[string]any{"password": "wrong"},
		Topic: func(name string) string { return "suite/" + name },
	})
}

func TestMQTT(t *testing.T) {
	b, _ := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	connectortest.Refused(t, c, connector.Path{Schema: "nowhere"}, connector.Path{Table: "nowhere/at/all"})
	messages := func(n int) (out []connector.Message) {
		for i := range n {
			out = append(out, connector.Message{Body: fmt.Appendf(nil, "%d", i+1)})
		}
		return out
	}
	take := func(t *testing.T, s connector.Subscription, n int) (bodies []string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		for len(bodies) < n {
			got, err := s.Next(ctx, n-len(bodies))
			require.NoError(t, err)
			for _, m := range got {
				bodies = append(bodies, string(m.Body))
			}
		}
		return bodies
	}

	t.Run("a group is remembered", func(t *testing.T) {
		req := connector.SubscribeRequest{Topic: "orders/+/made", Group: "nightly", Start: connector.FromNow}
		s, err := c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		require.Len(t, s.(connector.Noted).Notes(), 1)
		require.Contains(t, s.(connector.Noted).Notes()[0], "had kept nothing for the group")
		require.NoError(t, s.Close())
		_, err = c.Publish(t.Context(), "orders/eu/made", messages(3))
		require.NoError(t, err)
		s, err = c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		require.Empty(t, s.(connector.Noted).Notes())
		require.Equal(t, []string{"1", "2"}, take(t, s, 2))
		require.NoError(t, s.Close())
		s, err = c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2", "3"}, take(t, s, 3), "not confirmed")
		require.NoError(t, s.Confirm(t.Context()))
		other, err := c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		_, err = s.Next(t.Context(), 1)
		require.Contains(t, []string{connector.CodeBusy, connector.CodeLost}, errs.From(err).Code, "two cannot be one group; some brokers do not say why")
		require.NoError(t, s.Close())
		ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		_, err = other.Next(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded, "all was confirmed")
		require.NoError(t, other.Close())
	})

	t.Run("a group is confirmed only when it is asked for", func(t *testing.T) {
		req := connector.SubscribeRequest{Topic: "window", Group: "nightly", Start: connector.FromNow}
		s, err := c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		_, err = c.Publish(t.Context(), "window", messages(1_050))
		require.NoError(t, err)
		window := func() (got []string) {
			t.Helper()
			for {
				some, err := s.Next(t.Context(), 1_000)
				if err != nil {
					require.True(t, connector.AwaitsConfirmation(err), err)
					return got
				}
				for _, m := range some {
					got = append(got, string(m.Body))
				}
			}
		}
		first := window()
		require.GreaterOrEqual(t, len(first), 16)
		require.Less(t, len(first), 1_050)
		require.NoError(t, s.Close())
		s, err = c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, first, window(), "none was confirmed")
		require.NoError(t, s.Confirm(t.Context()))
		require.Equal(t, fmt.Sprint(len(first)+1), take(t, s, 1)[0])
		require.NoError(t, s.Close())
	})

	t.Run("groups of one name have the messages of their topics alone", func(t *testing.T) {
		var all []connector.Subscription
		for _, topic := range []string{"left", "right"} {
			s, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "both", Start: connector.FromNow})
			require.NoError(t, err)
			all = append(all, s)
		}
		for i, topic := range []string{"left", "right"} {
			_, err := c.Publish(t.Context(), topic, []connector.Message{{Body: []byte(topic)}})
			require.NoError(t, err)
			require.Equal(t, []string{topic}, take(t, all[i], 1))
			require.NoError(t, all[i].Close())
		}
	})

	t.Run("topics", func(t *testing.T) {
		for _, bad := range []string{"", "a/#/b", "a+/b", "a#", "a\x00"} {
			_, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: bad, Start: connector.FromNow})
			require.Equal(t, connector.CodeTopicName, errs.From(err).Code, bad)
			_, err = c.Publish(t.Context(), bad, messages(1))
			require.Equal(t, connector.CodeTopicName, errs.From(err).Code, bad)
		}
		_, err := c.Publish(t.Context(), "orders/+", messages(1))
		require.Equal(t, connector.CodeTopicName, errs.From(err).Code)
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "a", Group: "no such name", Start: connector.FromNow})
		require.Equal(t, connector.CodeGroup, errs.From(err).Code)
	})

	t.Run("what is not allowed", func(t *testing.T) {
		b.T = t
		as := connectortest.OpenAs[connector.Messages](b, map[string]any{"user": "reader", "password": "reader-secret"})
		_, err := as.Publish(t.Context(), "orders/eu", messages(1))
		require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
		require.Contains(t, err.Error(), "orders/eu")
		_, err = c.Publish(t.Context(), "a", []connector.Message{{Headers: connector.Headers{"": {"x"}}}})
		require.Equal(t, connector.CodeCarry, errs.From(err).Code)
	})
}

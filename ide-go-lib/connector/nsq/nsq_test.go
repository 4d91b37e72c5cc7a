package nsq_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/nsq"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

func build(t *testing.T) (*connectortest.Bench, *msgserver.Queues) {
	t.Helper()
	q := msgserver.NSQ(t)
	return connectortest.New(t, nsq.Type(), map[string]any{"host": q.Host, "port": q.Port, "http_port": q.HTTP, "secret": msgserver.Password, "tls": "off"}), q
}

func TestSuite(t *testing.T) {
	b, q := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: q.Server, NotEmpty: true, Unordered: true, TooLarge: 3 << 20, Login: map[string]any{"secret": "wrong"},
		Topic: func(name string) string { return "suite." + name },
	})
}

func TestNSQ(t *testing.T) {
	b, q := build(t)
	c := connectortest.OpenAs[connector.Messages](b, nil)
	publish := func(t *testing.T, topic string, bodies ...string) {
		t.Helper()
		var all []connector.Message
		for _, body := range bodies {
			all = append(all, connector.Message{Body: []byte(body)})
		}
		_, err := c.Publish(t.Context(), topic, all)
		require.NoError(t, err)
	}
	take := func(t *testing.T, s connector.Subscription, n int) (bodies []string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), testkit.DefaultWait)
		defer stop()
		for len(bodies) < n {
			got, err := s.Next(ctx, n-len(bodies))
			require.NoError(t, err)
			for _, m := range got {
				bodies = append(bodies, string(m.Body))
			}
		}
		slices.Sort(bodies)
		return bodies
	}
	subscribe := func(t *testing.T, conn connector.Messages, topic, group string) connector.Subscription {
		t.Helper()
		start := connector.FromNow
		if group != "" {
			start = connector.FromBeginning
		}
		s, err := conn.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: group, Start: start})
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}

	t.Run("channels share, and keep what is not confirmed", func(t *testing.T) {
		publish(t, "orders", "1", "2", "3", "4")
		s := subscribe(t, c, "orders", "workers")
		require.Len(t, take(t, s, 2), 2)
		require.NoError(t, s.Confirm(t.Context()))
		second := take(t, s, 1)
		require.NoError(t, s.Close())
		again := subscribe(t, c, "orders", "workers")
		rest := take(t, again, 2)
		require.Contains(t, rest, second[0], "not confirmed")
		require.NoError(t, again.Confirm(t.Context()))
		require.NoError(t, again.Close())
		publish(t, "orders", "5")
		require.Equal(t, []string{"5"}, take(t, subscribe(t, c, "orders", "workers"), 1))
	})

	t.Run("by nsqlookupd", func(t *testing.T) {
		b.T = t
		publish(t, "found", "1")
		conn := connectortest.OpenAs[connector.Messages](b, map[string]any{"lookup_host": q.Host, "lookup_port": q.Lookup})
		var s connector.Subscription
		testkit.Eventually(t, "nsqlookupd knows", func() bool {
			var err error
			s, err = conn.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "found", Group: "all", Start: connector.FromBeginning})
			return err == nil
		})
		require.Equal(t, []string{"1"}, take(t, s, 1))
		require.NoError(t, s.Close())
		lying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"producers": [{"broadcast_address": "elsewhere.example.org", "tcp_port": 4150}]}`))
		}))
		t.Cleanup(lying.Close)
		at, err := netip.ParseAddrPort(lying.Listener.Addr().String())
		require.NoError(t, err)
		conn = connectortest.OpenAs[connector.Messages](b, map[string]any{"lookup_host": "127.0.0.1", "lookup_port": int(at.Port())})
		_, err = conn.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "found", Group: "all", Start: connector.FromBeginning})
		require.Equal(t, connector.CodeTLS, errs.From(err).Code, "who gets the secret is proved: %v", err)
		require.Contains(t, err.Error(), "elsewhere.example.org")
		_, e := b.Try(t.Context(), map[string]any{"lookup_host": q.Host, "lookup_port": testkit.FreePort(t)})
		require.Equal(t, connector.CodeRefused, e.Code)
		_, e = b.Try(t.Context(), map[string]any{"lookup_host": "10.1.2.3"})
		require.Equal(t, "address_refused", e.Code)
	})

	t.Run("browse", func(t *testing.T) {
		publish(t, "seen", "1")
		entries, err := c.Browse(t.Context(), connector.Path{})
		require.NoError(t, err)
		at := slices.IndexFunc(entries, func(e connector.Entry) bool { return e.Name == "seen" })
		require.GreaterOrEqual(t, at, 0)
		require.Equal(t, int64(1), *entries[at].Rows)
		connectortest.Refused(t, c, connector.Path{Table: "nowhere"}, connector.Path{Schema: "seen"})
		b.T = t
		_, err = b.Open(map[string]any{"http_port": 0}).Browse(t.Context(), connector.Path{})
		require.Equal(t, connector.CodeNotKept, errs.From(err).Code)
		_, err = b.Open(map[string]any{"http_port": q.Port}).Browse(t.Context(), connector.Path{})
		require.Equal(t, connector.CodeRefused, errs.From(err).Code)
	})

	t.Run("names and permissions", func(t *testing.T) {
		for _, bad := range []string{"", "a b", "a/b", strings.Repeat("x", 65)} {
			_, err := c.Publish(t.Context(), bad, []connector.Message{{Body: []byte("x")}})
			require.Equal(t, connector.CodeTopicName, errs.From(err).Code, bad)
			_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: bad, Start: connector.FromNow})
			require.Equal(t, connector.CodeTopicName, errs.From(err).Code, bad)
		}
		_, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "a", Group: "a b"})
		require.Equal(t, connector.CodeGroup, errs.From(err).Code)
		b.T = t
		as := connectortest.OpenAs[connector.Messages](b, map[string]any{"secret": "reader-secret"})
		_, err = as.Publish(t.Context(), "orders", []connector.Message{{Body: []byte("x")}})
		require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
	})

	t.Run("many that nobody confirms in between", func(t *testing.T) {
		var bodies []string
		for range 6_000 {
			bodies = append(bodies, "x")
		}
		s := subscribe(t, c, "flood", "")
		publish(t, "flood", bodies...)
		require.Len(t, take(t, s, len(bodies)), len(bodies))
		require.NoError(t, s.Confirm(t.Context()))
		ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer stop()
		_, err := s.Next(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})

	t.Run("who rests is sent no more", func(t *testing.T) {
		publish(t, "rested", "0")
		s := subscribe(t, c, "rested", "all")
		take(t, s, 1)
		require.NoError(t, s.(connector.Resting).Rest(t.Context()))
		testkit.Eventually(t, "nsqd knows", func() bool {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s:%d/stats?format=json&topic=rested", q.Host, q.HTTP), nil)
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			stats, err := io.ReadAll(resp.Body)
			require.NoError(t, errors.Join(err, resp.Body.Close()))
			return strings.Contains(string(stats), `"ready_count":0,`)
		})
		var bodies []string
		for i := range 20 {
			bodies = append(bodies, string(rune('a'+i)))
		}
		publish(t, "rested", bodies...)
		next := subscribe(t, c, "rested", "all")
		got := take(t, next, len(bodies)-1) // one may have been under way
		require.NoError(t, s.Confirm(t.Context()))
		require.NoError(t, s.Close())
		got = append(got, take(t, next, 1)...)
		slices.Sort(got)
		require.Equal(t, bodies, got)
	})

	t.Run("a confirmation that comes too late", func(t *testing.T) {
		publish(t, "late", "1", "2")
		s := subscribe(t, c, "late", "all")
		take(t, s, 2)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("http://%s:%d/channel/empty?topic=late&channel=all", q.Host, q.HTTP), nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		err = errors.Join(s.Confirm(t.Context()), s.Close())
		require.Equal(t, connector.CodeLate, errs.From(err).Code, err)
		require.ErrorContains(t, err, "2 messages have")
	})

	t.Run("a channel is confirmed only when it is asked for", func(t *testing.T) {
		var bodies []string
		for range 3_000 {
			bodies = append(bodies, "x")
		}
		publish(t, "window", bodies...)
		s := subscribe(t, c, "window", "all")
		require.Len(t, take(t, s, 2_500), 2_500)
		_, err := s.Next(t.Context(), 1)
		require.True(t, connector.AwaitsConfirmation(err), err)
		require.NoError(t, s.Close())
		s = subscribe(t, c, "window", "all")
		require.Len(t, take(t, s, 2_500), 2_500, "none was confirmed")
		require.NoError(t, s.Confirm(t.Context()))
		require.Len(t, take(t, s, 500), 500)
		require.NoError(t, s.Confirm(t.Context()))
	})
}

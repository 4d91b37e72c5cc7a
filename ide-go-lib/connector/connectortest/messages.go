package connectortest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

// Broker is what differs between the systems of messages in the suite.
type Broker struct {
	Server *msgserver.Server
	// Topic makes a topic of a name and gives what it is called.
	Topic func(name string) string
	// Missing is a topic that is not there beside one called "orders"; "" where topics come into being by themselves.
	Missing       string
	Keys, Headers bool
	// Positions says that subscriptions go on at a position; Kept, that messages are there for those who come later; Last,
	// that they can be looked at; Groups, that several can share them.
	Positions, Kept, Last, Groups bool
	// Retained says that what is kept and looked at is only what publishers wanted to be, which those here do not.
	Retained bool
	// NotEmpty says that bodies have at least a byte; Unordered, that the order may change.
	NotEmpty, Unordered bool
	// Group is the one to take part in where there is no other way; "" takes all.
	Group string
	// TooLarge is a number of bytes that the server refuses; 0 is none.
	TooLarge int
	// Again says that what a subscription closes without confirming is given anew, to the next one.
	Again bool
	// Login is a change of the configuration that the server refuses; nil where it has no passwords.
	Login map[string]any
}

// Messages is what every system of messages does alike.
func Messages(t *testing.T, b *Bench, k Broker) {
	open := func(t *testing.T) connector.Messages {
		t.Helper()
		b.T = t
		return OpenAs[connector.Messages](b, nil)
	}
	subscribe := func(t *testing.T, req connector.SubscribeRequest) connector.Subscription {
		t.Helper()
		if req.Group == "" {
			req.Group = k.Group
		}
		s, err := open(t).Subscribe(t.Context(), req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	take := func(t *testing.T, s connector.Subscription, n int) (all []connector.Message) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 2*testkit.DefaultWait)
		defer stop()
		for len(all) < n {
			got, err := s.Next(ctx, n-len(all))
			require.NoError(t, err, "after %d of %d", len(all), n)
			require.NotEmpty(t, got)
			all = append(all, got...)
		}
		require.Len(t, all, n)
		return all
	}
	silent := func(t *testing.T, s connector.Subscription) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		got, err := s.Next(ctx, 10)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, got)
	}
	publish := func(t *testing.T, topic string, messages ...connector.Message) {
		t.Helper()
		sent, err := open(t).Publish(t.Context(), topic, messages)
		require.NoError(t, err)
		require.Equal(t, len(messages), sent)
	}
	text := func(s string) connector.Message { return connector.Message{Body: []byte(s)} }
	bodies := func(messages []connector.Message) (out []string) {
		for _, m := range messages {
			out = append(out, string(m.Body))
		}
		return out
	}

	t.Run("what is sent arrives, whatever is in it", func(t *testing.T) {
		topic := k.Topic("orders")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		binary := make([]byte, 256)
		for i := range binary {
			binary[i] = byte(i)
		}
		sent := []connector.Message{
			{Body: []byte(`{"id": 1}`)}, {Body: []byte("grüße 😀 你好\n\r\n\x00")}, {Body: binary}, {Body: bytes.Repeat([]byte("1234567"), 1<<20/7)},
		}
		if !k.NotEmpty {
			sent = append(sent, connector.Message{Body: []byte{}})
		}
		if k.Keys {
			sent = append(sent, connector.Message{Key: []byte("ключ \x00\xff"), Body: []byte("with a key")}, connector.Message{Key: []byte{}, Body: []byte("with an empty key")})
		}
		if k.Headers {
			sent = append(sent, connector.Message{Body: []byte("with headers"), Headers: connector.Headers{"trace": {"0af7"}, "empty": {""}, "name": {"Zoë 😀"}}})
			sent = append(sent, connector.Message{Body: []byte("with a header that comes twice"), Headers: connector.Headers{"via": {"b", "a", "b"}, "x": {"y"}}})
		}
		before := time.Now().Add(-time.Minute)
		publish(t, topic, sent...)
		got := take(t, s, len(sent))
		if k.Unordered {
			at := func(m connector.Message) int {
				return slices.IndexFunc(sent, func(o connector.Message) bool { return bytes.Equal(o.Body, m.Body) })
			}
			slices.SortFunc(got, func(a, b connector.Message) int { return at(a) - at(b) })
		}
		for i, m := range got {
			require.True(t, bytes.Equal(sent[i].Body, m.Body), "the body of message %d: %.80q", i, m.Body)
			require.True(t, bytes.Equal(sent[i].Key, m.Key), "the key of message %d: %q", i, m.Key)
			if len(sent[i].Key) > 0 {
				require.NotNil(t, m.Key)
			}
			for name, v := range sent[i].Headers {
				require.Equal(t, v, m.Headers[name], name)
			}
			require.Len(t, m.Headers, len(sent[i].Headers), "%v", m.Headers)
			require.NotEmpty(t, m.Topic)
			require.True(t, m.Time.After(before), m.Time)
		}
		require.NoError(t, s.Confirm(t.Context()))
		silent(t, s)
	})

	t.Run("what cannot be carried is refused", func(t *testing.T) {
		topic := k.Topic("plain")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		refused := func(m connector.Message, code string) {
			t.Helper()
			sent, err := open(t).Publish(t.Context(), topic, []connector.Message{text("fine"), m})
			require.Equal(t, code, errs.From(err).Code, err)
			require.Zero(t, sent)
			silent(t, s)
		}
		if !k.Keys {
			refused(connector.Message{Key: []byte("x"), Body: []byte("x")}, connector.CodeCarry)
		}
		if k.NotEmpty {
			refused(connector.Message{}, connector.CodeCarry)
		}
		if !k.Headers {
			refused(connector.Message{Headers: connector.Headers{"a": {"b"}}, Body: []byte("x")}, connector.CodeCarry)
		}
		if k.TooLarge > 0 {
			large := make([]byte, k.TooLarge)
			_, _ = rand.NewChaCha8([32]byte{}).Read(large) // it never fails; what repeats could be packed
			_, err := open(t).Publish(t.Context(), topic, []connector.Message{{Body: large}})
			require.Equal(t, connector.CodeTooLarge, errs.From(err).Code, err)
			silent(t, s)
		}
		sent, err := open(t).Publish(t.Context(), topic, nil)
		require.NoError(t, err)
		require.Zero(t, sent)
	})

	t.Run("many messages, in their order", func(t *testing.T) {
		topic := k.Topic("many")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		const n = 10_000
		sent := make([]connector.Message, n)
		for i := range sent {
			sent[i] = text(fmt.Sprintf("message %d", i))
			if k.Keys {
				sent[i].Key = []byte("one")
			}
		}
		began := time.Now()
		publisher := open(t)
		done := make(chan error, 1)
		go func() {
			_, err := publisher.Publish(t.Context(), topic, sent)
			done <- err
		}()
		got := take(t, s, n)
		require.NoError(t, testkit.Receive(t, "all is published", done))
		t.Logf("%d messages in %s", n, time.Since(began))
		if k.Unordered {
			require.ElementsMatch(t, bodies(sent), bodies(got))
		} else {
			require.Equal(t, bodies(sent), bodies(got))
		}
		require.NoError(t, s.Confirm(t.Context()))
		silent(t, s)
	})

	// Whoever confirms does so when the step that has taken the messages is over.
	t.Run("what was taken can be confirmed when its context has ended", func(t *testing.T) {
		topic := k.Topic("after")
		conn := open(t)
		req := connector.SubscribeRequest{Topic: topic, Group: "after", Start: connector.FromNow}
		ctx, end := context.WithCancel(t.Context())
		s, err := conn.Subscribe(ctx, req)
		if err != nil {
			require.Equal(t, connector.CodeGroup, errs.From(err).Code, err)
			req.Group = k.Group
			s, err = conn.Subscribe(ctx, req)
		}
		require.NoError(t, err)
		publish(t, topic, text("1"))
		waiting, stop := context.WithTimeout(ctx, testkit.DefaultWait)
		got, err := s.Next(waiting, 1)
		stop()
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, bodies(got))
		end()
		require.NoError(t, s.Confirm(t.Context()))
		require.NoError(t, s.Close())
		if req.Group != "" {
			silent(t, subscribe(t, req))
		}
	})

	if k.Positions {
		t.Run("positions go on", func(t *testing.T) {
			topic := k.Topic("places")
			publish(t, topic, text("1"), text("2"), text("3"))
			s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromBeginning})
			start := s.Position()
			require.Equal(t, []string{"1", "2"}, bodies(take(t, s, 2)))
			after := s.Position()
			require.NotEmpty(t, after)
			again := subscribe(t, connector.SubscribeRequest{Topic: topic, Position: after, Start: connector.FromNow})
			require.Equal(t, []string{"3"}, bodies(take(t, again, 1)))
			silent(t, again)
			end := again.Position()
			publish(t, topic, text("4"))
			require.Equal(t, []string{"4"}, bodies(take(t, again, 1)))
			again = subscribe(t, connector.SubscribeRequest{Topic: topic, Position: end})
			require.Equal(t, []string{"4"}, bodies(take(t, again, 1)))
			now := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
			place := now.Position()
			require.NotEmpty(t, place, "also where nothing has come yet")
			publish(t, topic, text("5"))
			require.Equal(t, []string{"5"}, bodies(take(t, subscribe(t, connector.SubscribeRequest{Topic: topic, Position: place}), 1)))
			require.Equal(t, []string{"5"}, bodies(take(t, now, 1)))
			if start != "" {
				require.Equal(t, []string{"1"}, bodies(take(t, subscribe(t, connector.SubscribeRequest{Topic: topic, Position: start}), 1)))
			}
			_, err := open(t).Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: "nonsense"})
			require.Equal(t, connector.CodePosition, errs.From(err).Code, err)
			ids := map[string]bool{}
			for _, m := range take(t, subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromBeginning}), 5) {
				ids[m.ID] = true
			}
			require.Len(t, ids, 5, "each has an id of its own")
		})
	} else {
		t.Run("there are no positions", func(t *testing.T) {
			topic := k.Topic("places")
			s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
			require.Empty(t, s.Position())
			_, err := open(t).Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: k.Group, Position: "1"})
			require.Contains(t, []string{connector.CodeNotKept, connector.CodePosition}, errs.From(err).Code, err)
			if !k.Kept {
				_, err = open(t).Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: k.Group, Start: connector.FromBeginning})
				require.Equal(t, connector.CodeNotKept, errs.From(err).Code, err)
			}
		})
	}

	t.Run("the last messages", func(t *testing.T) {
		if k.Retained {
			return
		}
		topic := k.Topic("last")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		if !k.Last {
			_, err := open(t).Last(t.Context(), topic, 3)
			require.Equal(t, connector.CodeNotKept, errs.From(err).Code, err)
			require.NotEmpty(t, errs.From(err).Hint)
			return
		}
		conn := open(t)
		got, err := conn.Last(t.Context(), topic, 3)
		require.NoError(t, err)
		require.Empty(t, got)
		publish(t, topic, text("1"), text("2"), text("3"), text("4"))
		got, err = conn.Last(t.Context(), topic, 3)
		require.NoError(t, err)
		require.Equal(t, []string{"2", "3", "4"}, bodies(got))
		got, err = conn.Last(t.Context(), topic, 30)
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2", "3", "4"}, bodies(got))
		require.Len(t, take(t, s, 4), 4, "none was taken away")
	})

	if k.Groups {
		t.Run("groups share, and go on where they were", func(t *testing.T) {
			topic := k.Topic("shared")
			publish(t, topic, text("1"), text("2"), text("3"), text("4"))
			req := connector.SubscribeRequest{Topic: topic, Group: "workers", Start: connector.FromBeginning}
			first := subscribe(t, req)
			require.Empty(t, first.Position())
			require.Equal(t, []string{"1", "2"}, bodies(take(t, first, 2)))
			require.NoError(t, first.Confirm(t.Context()))
			require.NoError(t, first.Close())
			second := subscribe(t, req)
			require.Equal(t, []string{"3", "4"}, bodies(take(t, second, 2)))
			if k.Again {
				require.NoError(t, second.Close())
				third := subscribe(t, req)
				require.ElementsMatch(t, []string{"3", "4"}, bodies(take(t, third, 2)), "not confirmed")
				require.NoError(t, third.Confirm(t.Context()))
				require.NoError(t, third.Close())
				fourth := subscribe(t, req)
				silent(t, fourth)
			}
			other := subscribe(t, connector.SubscribeRequest{Topic: topic, Group: "others", Start: connector.FromBeginning})
			require.Equal(t, []string{"1", "2", "3", "4"}, bodies(take(t, other, 4)))
			_, err := open(t).Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "workers", Position: "1"})
			require.Error(t, err)
		})
	}

	t.Run("browse", func(t *testing.T) {
		if k.Retained || !k.Last && !k.Kept {
			return
		}
		topic := k.Topic("orders")
		publish(t, topic, text("x"))
		entries, err := open(t).Browse(t.Context(), connector.Path{})
		require.NoError(t, err)
		var names []string
		for _, e := range entries {
			if e.Kind == "topic" {
				names = append(names, e.Name)
			}
		}
		require.Contains(t, names, topic)
		entries, err = open(t).Browse(t.Context(), connector.Path{Table: topic})
		require.NoError(t, err)
		require.Empty(t, entries)
		Refused(t, open(t), connector.Path{Schema: "nowhere"})
		if k.Missing != "" {
			Refused(t, open(t), connector.Path{Table: k.Missing})
		}
	})

	if k.Missing != "" {
		t.Run("topics that are not there", func(t *testing.T) {
			k.Topic("orders")
			_, err := open(t).Subscribe(t.Context(), connector.SubscribeRequest{Topic: k.Missing, Start: connector.FromNow})
			require.Equal(t, connector.CodeTopic, errs.From(err).Code, err)
			require.Contains(t, errs.From(err).Hint, "orders")
			_, err = open(t).Last(t.Context(), k.Missing, 3)
			require.Equal(t, connector.CodeTopic, errs.From(err).Code, err)
		})
	}

	t.Run("canceling ends within a second", func(t *testing.T) {
		topic := k.Topic("quiet")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := s.Next(ctx, 10)
			done <- err
		}()
		time.AfterFunc(100*time.Millisecond, cancel)
		<-ctx.Done()
		at := time.Now()
		require.Equal(t, "canceled", errs.From(testkit.Receive(t, "the wait ends", done)).Code)
		require.Less(t, time.Since(at), 1_500*time.Millisecond)
		publish(t, topic, text("later"))
		require.Equal(t, []string{"later"}, bodies(take(t, s, 1)), "the subscription goes on")
		_, err := open(t).Publish(ctx, topic, []connector.Message{text("never")})
		require.Equal(t, "canceled", errs.From(err).Code, err)
		_, err = open(t).Subscribe(ctx, connector.SubscribeRequest{Topic: topic, Group: k.Group, Start: connector.FromNow})
		require.Equal(t, "canceled", errs.From(err).Code, err)
	})

	t.Run("what goes wrong says what to do", func(t *testing.T) {
		b.T = t
		for name, c := range map[string]struct {
			with          map[string]any
			code, message string
		}{
			"works":       {nil, "", ""},
			"encrypted":   {map[string]any{"port": k.Server.Secure, "tls": "encrypt"}, "", ""},
			"verified":    {map[string]any{"port": k.Server.Secure, "tls": "verify", "ca": k.Server.CA}, "", ""},
			"authority":   {map[string]any{"port": k.Server.Secure, "tls": "verify"}, connector.CodeTLS, "not signed by anybody known"},
			"certificate": {map[string]any{"port": k.Server.Secure, "tls": "verify", "ca": "x"}, connector.CodeInvalid, "not valid"},
			"no TLS":      {map[string]any{"tls": "encrypt", "connect_seconds": 1}, connector.CodeTLS, "TLS"},
			"TLS":         {map[string]any{"port": k.Server.Secure, "connect_seconds": 1}, "", "TLS"},
			"host":        {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
			"port":        {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
			"address":     {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
			"metadata":    {map[string]any{"host": "169.254.169.254"}, "address_refused", "169.254"},
			"field":       {map[string]any{"hots": "x"}, connector.CodeInvalid, "not valid"},
			"login":       {k.Login, connector.CodeLogin, ""},
		} {
			if k.Server.Secure == 0 && c.with["port"] == 0 || name == "login" && k.Login == nil {
				continue
			}
			version, e := b.Try(t.Context(), c.with)
			if name == "TLS" { // who does not ask for TLS where there is nothing else
				require.NotNil(t, e)
				require.Contains(t, []string{connector.CodeTLS, connector.CodeRefused, connector.CodeTimeout, connector.CodeLost}, e.Code, e)
				require.NotEmpty(t, e.Hint)
				continue
			}
			if c.code == "" {
				require.Nil(t, e, "%s: %v", name, e)
				require.NotEmpty(t, version)
				t.Log(version)
				continue
			}
			require.NotNil(t, e, name)
			require.Equal(t, c.code, e.Code, "%s: %v", name, e)
			require.Contains(t, e.Message, c.message, name)
			require.NotContains(t, e.Error(), msgserver.Password)
			if c.code != connector.CodeInvalid {
				require.NotEmpty(t, e.Hint, name)
			}
		}
	})

	t.Run("a server that goes away", func(t *testing.T) {
		topic := k.Topic("gone")
		s := subscribe(t, connector.SubscribeRequest{Topic: topic, Start: connector.FromNow})
		conn := open(t)
		k.Server.Process.Kill()
		ctx, stop := context.WithTimeout(t.Context(), testkit.DefaultWait)
		defer stop()
		_, err := s.Next(ctx, 1)
		require.Contains(t, []string{connector.CodeLost, connector.CodeRefused}, errs.From(err).Code, err)
		_, err = conn.Publish(ctx, topic, []connector.Message{text("x")})
		require.Contains(t, []string{connector.CodeLost, connector.CodeRefused}, errs.From(err).Code, err)
		_, e := b.Try(t.Context(), nil)
		require.Equal(t, connector.CodeRefused, e.Code, e)
		require.True(t, strings.HasSuffix(e.Message, "."))
	})
}

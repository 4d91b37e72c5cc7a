package nats_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	conn "dataflow/ide-go-lib/connector/nats"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit/msgserver"
)

func build(t *testing.T) (*connectortest.Bench, *msgserver.Server, jetstream.JetStream) {
	t.Helper()
	s := msgserver.NATS(t)
	b := connectortest.New(t, conn.Type(), map[string]any{"host": s.Host, "port": s.Port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"})
	nc, err := nats.Connect(fmt.Sprintf("nats://%s:%d", s.Host, s.Port), nats.UserInfo(msgserver.User, msgserver.Password))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return b, s, js
}

func TestStreams(t *testing.T) {
	b, s, js := build(t)
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Missing: "ordres", Headers: true, Positions: true, Kept: true, Last: true, Groups: true, Again: true, TooLarge: 9 << 20,
		Login: map[string]any{"password": "wrong"},
		Topic: func(name string) string {
			_ = js.DeleteStream(t.Context(), "S_"+name) // it need not be there
			_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S_" + name, Subjects: []string{name}})
			require.NoError(t, err)
			return name
		},
	})
}

func TestSubjects(t *testing.T) {
	b, s, _ := build(t)
	b.Config["core"] = true
	for _, start := range []connector.Start{connector.FromNow, connector.FromBeginning} {
		_, err := connectortest.OpenAs[connector.Messages](b, nil).Subscribe(t.Context(), connector.SubscribeRequest{Topic: "free.shared", Group: "workers", Start: start})
		require.Equal(t, connector.CodeGroup, errs.From(err).Code, "what a crash loses comes never again: %v", err)
	}
	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Headers: true, TooLarge: 9 << 20, Login: map[string]any{"user": "", "password": "no-such-token"},
		Topic: func(name string) string { return "free." + name },
	})
}

// bare is a position without the time.
func bare(position string) string {
	at, _, _ := strings.Cut(position, "@")
	return at
}

func TestNATS(t *testing.T) {
	b, server, js := build(t)
	nc, err := nats.Connect(fmt.Sprintf("nats://%s:%d", server.Host, server.Port), nats.UserInfo(msgserver.User, msgserver.Password))
	require.NoError(t, err)
	defer nc.Close()
	messages := func(bodies ...string) (out []connector.Message) {
		for _, body := range bodies {
			out = append(out, connector.Message{Body: []byte(body)})
		}
		return out
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*.made", "orders.paid"}})
	require.NoError(t, err)
	c := connectortest.OpenAs[connector.Messages](b, nil)

	t.Run("patterns and whole streams", func(t *testing.T) {
		for _, topic := range []string{"orders.eu.made", "orders.us.made", "orders.paid"} {
			_, err := c.Publish(t.Context(), topic, messages(topic))
			require.NoError(t, err)
		}
		for topic, want := range map[string][]string{"orders.*.made": {"orders.eu.made", "orders.us.made"}, "ORDERS": {"orders.eu.made", "orders.us.made", "orders.paid"}, "orders.paid": {"orders.paid"}} {
			got, err := c.Last(t.Context(), topic, 10)
			require.NoError(t, err)
			require.Len(t, got, len(want), topic)
			s, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Start: connector.FromBeginning})
			require.NoError(t, err)
			for _, name := range want {
				got, err := s.Next(t.Context(), 1)
				require.NoError(t, err)
				require.Equal(t, name, got[0].Topic)
			}
			require.NoError(t, s.Close())
		}
		_, err := c.Publish(t.Context(), "orders.*.made", messages("x"))
		require.Equal(t, connector.CodeTopicName, errs.From(err).Code)
		_, err = c.Publish(t.Context(), "ORDERS", messages("x"))
		require.Equal(t, connector.CodeTopic, errs.From(err).Code)
		require.Contains(t, err.Error(), "orders.paid")
		_, err = c.Publish(t.Context(), "two words", messages("x"))
		require.Equal(t, connector.CodeTopicName, errs.From(err).Code)
	})

	t.Run("what has an id is kept once", func(t *testing.T) {
		again := []connector.Message{{ID: "run:1", Body: []byte("once")}}
		for range 2 {
			sent, err := c.Publish(t.Context(), "orders.paid", again)
			require.NoError(t, err)
			require.Equal(t, 1, sent)
		}
		got, err := c.Last(t.Context(), "orders.paid", 10)
		require.NoError(t, err)
		require.Len(t, got, 2)
	})

	t.Run("the last of many", func(t *testing.T) {
		for range 500 {
			_, err := js.PublishAsync("orders.eu.made", nil)
			require.NoError(t, err)
		}
		<-js.PublishAsyncComplete()
		got, err := c.Last(t.Context(), "orders.paid", 2)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, "once", string(got[1].Body))
	})

	t.Run("positions of streams that are others now", func(t *testing.T) {
		_, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "orders.paid", Position: "ORDERS:99999"})
		require.Equal(t, connector.CodePosition, errs.From(err).Code)
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "orders.paid", Position: "OTHER:1"})
		require.Equal(t, connector.CodePosition, errs.From(err).Code)
	})

	t.Run("a stream that was made anew and has as much", func(t *testing.T) {
		b.T = t
		fill := func() {
			t.Helper()
			_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ANEW", Subjects: []string{"anew"}})
			require.NoError(t, err)
			_, err = c.Publish(t.Context(), "anew", messages("1", "2"))
			require.NoError(t, err)
		}
		fill()
		req := connector.SubscribeRequest{Topic: "anew", Start: connector.FromBeginning}
		s, err := c.Subscribe(t.Context(), req)
		require.NoError(t, err)
		_, err = s.Next(t.Context(), 1)
		require.NoError(t, err)
		req.Position = s.Position()
		require.NoError(t, s.Close())
		require.NoError(t, js.DeleteStream(t.Context(), "ANEW"))
		fill()
		_, err = c.Subscribe(t.Context(), req)
		require.Equal(t, connector.CodePosition, errs.From(err).Code, err)
		req.Position = bare(req.Position)
		s, err = c.Subscribe(t.Context(), req)
		require.NoError(t, err, "a position of before the time was kept")
		require.NoError(t, s.Close())
	})

	t.Run("what a stream has lost", func(t *testing.T) {
		stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "BILLS", Subjects: []string{"bills"}})
		require.NoError(t, err)
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "MIXED", Subjects: []string{"mixed.*"}})
		require.NoError(t, err)
		read := func(topic, position, group string, n int) (at, note string) {
			t.Helper()
			s, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: position, Group: group, Start: connector.FromBeginning})
			require.NoError(t, err)
			for range n {
				_, err := s.Next(t.Context(), 1)
				require.NoError(t, err)
			}
			require.NoError(t, s.Confirm(t.Context()))
			at, note = s.Position(), strings.Join(s.(connector.Noted).Notes(), "\n")
			require.NoError(t, s.Close())
			return at, note
		}
		_, err = c.Publish(t.Context(), "bills", messages("1", "2", "3", "4", "5"))
		require.NoError(t, err)
		at, note := read("bills", "", "", 1)
		require.Empty(t, note)
		_, note = read("bills", "", "nightly", 1)
		require.Empty(t, note)
		require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSequence(2)))
		_, note = read("bills", at, "", 1)
		require.Empty(t, note, "only what was read is gone")
		require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSequence(4)))
		after, note := read("bills", at, "", 0)
		require.Equal(t, "Removed before they were read: 2 messages of the stream BILLS.", note)
		_, note = read("bills", after, "", 2)
		require.Empty(t, note, "it is said once")

		read("bills", "", "nightly", 2)
		_, err = c.Publish(t.Context(), "bills", messages("6", "7", "8"))
		require.NoError(t, err)
		_, err = js.UpdateStream(t.Context(), jetstream.StreamConfig{Name: "BILLS", Subjects: []string{"bills"}, MaxMsgs: 1})
		require.NoError(t, err)
		_, note = read("bills", "", "nightly", 1)
		require.Equal(t, "Removed before they were read: 2 messages of the stream BILLS.", note)
		_, note = read("bills", "", "nightly", 0)
		require.Empty(t, note)

		_, err = c.Publish(t.Context(), "mixed.a", messages("1"))
		require.NoError(t, err)
		at, _ = read("mixed.a", "", "", 1)
		_, err = c.Publish(t.Context(), "mixed.b", messages("2", "3"))
		require.NoError(t, err)
		at, note = read("mixed.a", at, "", 0)
		require.Empty(t, note)
		require.Equal(t, "MIXED:3", bare(at), "nothing up to there is of the subject")
		_, err = c.Publish(t.Context(), "mixed.a", messages("4"))
		require.NoError(t, err)
		mixed, err := js.Stream(t.Context(), "MIXED")
		require.NoError(t, err)
		require.NoError(t, mixed.Purge(t.Context()))
		_, note = read("mixed.a", at, "", 0)
		require.Equal(t, "Removed since the last reading: 1 message of the stream MIXED. Some of them may have been of mixed.a.", note)
	})

	t.Run("what comes faster than it is taken", func(t *testing.T) {
		b.T = t
		free := connectortest.OpenAs[connector.Messages](b, map[string]any{"core": true})
		s, err := free.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "free.fast", Start: connector.FromNow})
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		const room, sent = nats.DefaultMaxChanLen, nats.DefaultMaxChanLen + 5_000
		for range sent {
			require.NoError(t, nc.Publish("free.fast", []byte("1")))
		}
		require.NoError(t, nc.Flush())
		_, err = free.Publish(t.Context(), "free.other", messages("x")) // the answer to it comes behind them, on the same connection
		require.NoError(t, err)
		taken := 0
		for taken < room {
			got, err := s.Next(t.Context(), 500)
			require.NoError(t, err)
			taken += len(got)
		}
		require.Equal(t, []string{"Messages of free.fast came faster than they were taken, and 5,000 are lost, for no stream keeps them."}, s.(connector.Noted).Notes())
	})

	t.Run("a consumer that gives messages away too soon", func(t *testing.T) {
		_, err := js.CreateConsumer(t.Context(), "ORDERS", jetstream.ConsumerConfig{Durable: "hasty", FilterSubject: "orders.paid", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Second})
		require.NoError(t, err)
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: "orders.paid", Group: "hasty", Start: connector.FromBeginning})
		require.Equal(t, connector.CodeGroup, errs.From(err).Code)
		require.Contains(t, errs.From(err).Hint, "AckWait")
	})

	t.Run("what is not allowed", func(t *testing.T) {
		b.T = t
		as := connectortest.OpenAs[connector.Messages](b, map[string]any{"user": "reader", "password": "reader-secret"})
		_, err := as.Publish(t.Context(), "orders.paid", messages("x"))
		require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
		require.Contains(t, err.Error(), "orders.paid")
		_, e := b.Try(t.Context(), map[string]any{"credentials": "nonsense"})
		require.Equal(t, connector.CodeInvalid, e.Code)
		require.Equal(t, "config.credentials", e.Details[0].Field)
		for _, bad := range []connector.Message{{Headers: connector.Headers{"a b": {"x"}}}, {Headers: connector.Headers{"a": {"x\ny"}}}, {Headers: connector.Headers{"Nats-Msg-Id": {"x"}}}, {Headers: connector.Headers{"a": {" x"}}}, {Key: []byte("x")}} {
			_, err = c.Publish(t.Context(), "orders.paid", []connector.Message{bad})
			require.Equal(t, connector.CodeCarry, errs.From(err).Code)
		}
	})
}

package kafka_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/kafka"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

func build(t *testing.T) (*connectortest.Bench, *msgserver.Server, *kadm.Client) {
	t.Helper()
	s := msgserver.Kafka(t)
	b := connectortest.New(t, kafka.Type(), map[string]any{"host": s.Host, "port": s.Port, "login": "plain", "user": msgserver.User, "password": msgserver.Password, "tls": "off"})
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Host+":"+itoa(s.Port)), kgo.SASL(plain.Auth{User: msgserver.User, Pass: msgserver.Password}.AsMechanism()))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return b, s, kadm.NewClient(client)
}

// makeTopic makes a topic that is empty.
func makeTopic(t *testing.T, admin *kadm.Client, name string, partitions int32) string {
	t.Helper()
	_, err := admin.CreateTopic(t.Context(), partitions, 1, nil, name)
	if errors.Is(err, kerr.TopicAlreadyExists) {
		ends, errEnds := admin.ListEndOffsets(t.Context(), name)
		require.NoError(t, errEnds)
		_, err = admin.DeleteRecords(t.Context(), ends.Offsets())
	}
	require.NoError(t, err)
	return name
}

// relayTo listens at 127.0.0.2 and passes on what comes.
func relayTo(t *testing.T, port int) int {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.2:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			var d net.Dialer
			out, err := d.DialContext(t.Context(), "tcp", "127.0.0.1:"+itoa(port))
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// One broker serves all tests of the package: it takes seconds to start.
func TestKafka(t *testing.T) {
	b, s, admin := build(t)
	messages := func(bodies ...string) (out []connector.Message) {
		for _, body := range bodies {
			out = append(out, connector.Message{Key: []byte(body), Body: []byte(body)})
		}
		return out
	}

	t.Run("logins", func(t *testing.T) {
		b.T = t
		_, e := b.Try(t.Context(), map[string]any{"login": "scram-sha-512"})
		require.Nil(t, e)
		for _, bad := range []map[string]any{{"login": "scram-sha-512", "password": "wrong"}, {"login": "scram-sha-256"}} {
			_, e = b.Try(t.Context(), bad)
			require.NotNil(t, e)
			require.Equal(t, connector.CodeLogin, e.Code, "%v: %v", bad, e)
		}
		_, e = b.Try(t.Context(), map[string]any{"login": "none"})
		require.Equal(t, connector.CodeLogin, e.Code, e)
		require.Contains(t, e.Hint, "login")
	})

	t.Run("brokers within the network are not reached", func(t *testing.T) {
		b.T = t
		allowed := b.World.Egress.Allow
		defer func() { b.World.Egress.Allow = allowed }()
		b.World.Egress.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
		relay := relayTo(t, s.Port)
		_, e := b.Try(t.Context(), map[string]any{"host": "127.0.0.2", "port": relay})
		require.Equal(t, "address_refused", e.Code, "the broker that answers is allowed; the one that it names is not")
		require.Contains(t, e.Hint, "advertised.listeners")
	})

	t.Run("a confirmation of what others have by now", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "moved", 2)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e", "f", "g", "h"))
		require.NoError(t, err)
		join := func() connector.Subscription {
			t.Helper()
			s, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "movers", Start: connector.FromBeginning})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		first := join()
		for n := 0; n < 8; {
			got, err := first.Next(t.Context(), 8)
			require.NoError(t, err)
			n += len(got)
		}
		_, err = join().Next(t.Context(), 1) // the group parts anew what nobody has confirmed
		require.NoError(t, err)
		err = first.Confirm(t.Context())
		require.Equal(t, connector.CodeLate, errs.From(err).Code, err)
	})

	t.Run("partitions", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "wide", 3)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e", "f", "a"))
		require.NoError(t, err)
		read := func(position string, n int) (map[string]int, string) {
			sub, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: position, Start: connector.FromBeginning})
			require.NoError(t, err)
			defer func() { require.NoError(t, sub.Close()) }()
			found := map[string]int{}
			for got := 0; got < n; {
				some, err := sub.Next(t.Context(), 1)
				require.NoError(t, err)
				found[string(some[0].Body)]++
				got++
			}
			return found, sub.Position()
		}
		first, position := read("", 4)
		rest, _ := read(position, 3)
		for body, n := range rest {
			first[body] += n
		}
		require.Equal(t, map[string]int{"a": 2, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}, first)
		last, err := c.Last(t.Context(), topic, 3)
		require.NoError(t, err)
		require.Len(t, last, 3)
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: "0:999"})
		require.Equal(t, connector.CodePosition, errs.From(err).Code)
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: "9:0"})
		require.Equal(t, connector.CodePosition, errs.From(err).Code)
	})

	t.Run("what is not there any more is told", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "shrunk", 2)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e", "f", "g", "h"))
		require.NoError(t, err)
		ends, err := admin.ListEndOffsets(t.Context(), topic)
		require.NoError(t, err)
		notes := func(position string) []string {
			t.Helper()
			sub, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: position})
			require.NoError(t, err)
			defer func() { require.NoError(t, sub.Close()) }()
			return sub.(connector.Noted).Notes()
		}
		require.Empty(t, notes("0:0,1:0"))
		other := notes("0:999,1:0")
		require.Len(t, other, 1)
		require.Contains(t, other[0], "Partition 0 ends at")
		_, err = admin.DeleteRecords(t.Context(), ends.Offsets())
		require.NoError(t, err)
		gone := notes("0:0,1:0")
		require.Len(t, gone, 2)
		require.Contains(t, gone[0], "removed before they were read")
	})

	t.Run("a topic that was made anew and has as much", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "anew", 1)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		fill := func() {
			t.Helper()
			testkit.Eventually(t, "the topic is there", func() bool {
				c = connectortest.OpenAs[connector.Messages](b, nil) // a client knows the topic that was there before
				_, err := c.Publish(t.Context(), topic, messages("a", "b"))
				return err == nil
			})
		}
		fill()
		sub, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Start: connector.FromBeginning})
		require.NoError(t, err)
		for n := 0; n < 2; {
			got, err := sub.Next(t.Context(), 2)
			require.NoError(t, err)
			n += len(got)
		}
		position := sub.Position()
		require.NoError(t, sub.Close())
		sub, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: position})
		require.NoError(t, err)
		require.NoError(t, sub.Close())
		_, err = admin.DeleteTopics(t.Context(), topic)
		require.NoError(t, err)
		testkit.Eventually(t, "the topic is away", func() bool {
			_, err := admin.CreateTopic(t.Context(), 1, 1, nil, topic)
			return err == nil
		})
		fill()
		_, err = c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Position: position})
		require.Equal(t, connector.CodePosition, errs.From(err).Code, err)
	})

	t.Run("what a group has missed is told", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "missed", 1)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e"))
		require.NoError(t, err)
		read := func(n int) []string {
			t.Helper()
			sub, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "late", Start: connector.FromBeginning})
			require.NoError(t, err)
			if n > 0 {
				got, err := sub.Next(t.Context(), n)
				require.NoError(t, err)
				require.Len(t, got, n)
				require.NoError(t, sub.Confirm(t.Context()))
			}
			require.NoError(t, sub.Close())
			return sub.(connector.Noted).Notes()
		}
		require.Empty(t, read(2))
		gone := kadm.Offsets{}
		gone.AddOffset(topic, 0, 4, -1)
		_, err = admin.DeleteRecords(t.Context(), gone)
		require.NoError(t, err)
		require.Equal(t, []string{"2 offsets of partition 0 were removed before the group late was given them."}, read(0))
		require.Empty(t, read(1), "it is said once")
	})

	t.Run("a partition that comes back", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "back", 2)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e", "f", "g", "h"))
		require.NoError(t, err)
		join := func() connector.Subscription {
			t.Helper()
			s, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "backers", Start: connector.FromBeginning})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		first, seen := join(), map[string]int{}
		next := func(ctx context.Context) error {
			got, err := first.Next(ctx, 8)
			for _, m := range got {
				seen[m.ID]++
			}
			return err
		}
		for len(seen) < 8 {
			require.NoError(t, next(t.Context()))
		}
		second := join()
		_, err = second.Next(t.Context(), 1) // it is given a partition, whose messages nobody has confirmed
		require.NoError(t, err)
		require.NoError(t, second.Close())
		_, err = c.Publish(t.Context(), topic, messages("a", "b", "c", "d", "e", "f", "g", "h"))
		require.NoError(t, err)
		for len(seen) < 16 { // the first one has both partitions again
			require.NoError(t, next(t.Context()))
		}
		for id, n := range seen {
			require.Equal(t, 1, n, id)
		}
	})

	t.Run("a group that begins now", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "fresh", 1)
		c := connectortest.OpenAs[connector.Messages](b, nil)
		_, err := c.Publish(t.Context(), topic, messages("before"))
		require.NoError(t, err)
		sub, err := c.Subscribe(t.Context(), connector.SubscribeRequest{Topic: topic, Group: "now", Start: connector.FromNow})
		require.NoError(t, err)
		_, err = c.Publish(t.Context(), topic, messages("after"))
		require.NoError(t, err)
		ctx, stop := context.WithTimeout(t.Context(), 15*time.Second)
		defer stop()
		got, err := sub.Next(ctx, 10)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, "after", string(got[0].Body))
		require.NoError(t, sub.Close())
	})

	t.Run("what is not allowed", func(t *testing.T) {
		b.T = t
		topic := makeTopic(t, admin, "guarded", 1)
		as := connectortest.OpenAs[connector.Messages](b, map[string]any{"user": "reader", "password": "reader-secret"})
		_, err := as.Publish(t.Context(), topic, messages("x"))
		require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
		_, err = admin.CreateACLs(t.Context(), kadm.NewACLs().Topics(topic).ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:reader").AllowHosts().Operations(kadm.OpRead, kadm.OpDescribe))
		require.NoError(t, err)
		testkit.Eventually(t, "the rule holds", func() bool {
			_, err = as.Publish(t.Context(), topic, messages("x"))
			_, seen := as.Last(t.Context(), topic, 1)
			return errs.From(err).Code == connector.CodePermission && seen == nil
		})
	})

	connectortest.Messages(t, b, connectortest.Broker{
		Server: s, Missing: "ordres", Keys: true, Headers: true, Positions: true, Kept: true, Last: true, Groups: true, Again: true, TooLarge: 3 << 20,
		Login: map[string]any{"password": "wrong"},
		Topic: func(name string) string { return makeTopic(t, admin, name, 1) },
	})
}

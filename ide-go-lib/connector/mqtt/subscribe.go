package mqtt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/oklog/ulid/v2"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

const (
	// remembered is how long a broker keeps messages for a group that nobody reads.
	remembered = 7 * 24 * time.Hour
	// quiet is how long nothing comes when all that is retained has come.
	quiet = 300 * time.Millisecond
	// unconfirmed is with how many messages that are not confirmed many brokers, such as Mosquitto as it is installed, send
	// nothing more.
	unconfirmed = 16
	// patience is how long more than those are waited for.
	patience = time.Second
)

var groupPattern = pattern.Of(`^[A-Za-z0-9_-]{1,64}$`)

// Subscribe implements connector.Messages. A group is a session that the broker keeps for a week: what comes meanwhile is
// there when somebody asks again. From the beginning are the retained messages, one of each topic.
func (c *conn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	if err := checkTopic(req.Topic); err != nil {
		return nil, err
	}
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	id, lifetime := c.cfg.Client+"-"+ulid.Make().String(), time.Duration(0)
	switch {
	case req.Position != "":
		return nil, connector.NotKept("MQTT keeps no positions", "Take messages with a group, which the broker remembers.")
	case req.Group != "" && !groupPattern.MatchString(req.Group):
		return nil, errs.Invalid(connector.CodeGroup, "%q cannot be the name of a group of MQTT.", req.Group).WithHint("Use at most 64 letters, digits, - and _.")
	case req.Group != "":
		id, lifetime = c.groupID(req), remembered
	}
	retain := byte(packets.RetainDoNotSend)
	if req.Start == connector.FromBeginning {
		retain = packets.RetainSendOnSubscribeIfNew
	}
	return c.listen(ctx, req.Topic, id, lifetime, retain)
}

// groupID names the session of a group. A session gets the messages of all that was ever listened to in it, and the broker
// ends whoever else has its name: so those of other topics, of other tenants and of other accounts have other ones.
func (c *conn) groupID(req connector.SubscribeRequest) string {
	raw, _ := json.Marshal([]string{c.world.Tenant, c.cfg.User, req.Topic}) // texts are always JSON
	sum := sha256.Sum256(raw)
	return c.cfg.Client + "-group-" + req.Group + "-" + hex.EncodeToString(sum[:8])
}

func (c *conn) listen(ctx context.Context, topic, id string, lifetime time.Duration, retain byte) (*subscription, error) {
	s, err := c.session(ctx, id, lifetime)
	if err != nil {
		return nil, err
	}
	out := &subscription{s: s, kept: lifetime > 0}
	err = func() error {
		defer s.guard(ctx)()
		if err := s.send(packets.SUBSCRIBE, &packets.Subscribe{PacketID: s.id(), Properties: &packets.Properties{}, Subscriptions: []packets.SubOptions{{Topic: topic, QoS: 1, RetainHandling: retain}}}); err != nil {
			return c.cfg.lost(err)
		}
		limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
		defer stop()
		a, err := s.answer(limited, out.keep) // a session that was there before sends what it has at once
		switch {
		case err != nil && connector.Ended(ctx) != nil:
			return connector.Ended(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			return connector.Upstream(connector.CodeTimeout, "The broker did not answer in time.").Wrap(err)
		case err != nil:
			return err
		case a.reason == packets.SubackNotauthorized:
			return c.cfg.forbidden("listen to", topic)
		case a.reason >= packets.SubackUnspecifiederror:
			return c.cfg.meaning(&refused{a.reason, a.text})
		}
		return nil
	}()
	if err != nil {
		_ = s.close() // the error before it says more
		return nil, err
	}
	return out, nil
}

// subscription takes messages on a session of its own.
type subscription struct {
	s     *session
	kept  bool               // by the broker, so that nothing may be confirmed before it is asked for
	early []*packets.Publish // what came before it was asked for
	open  []uint16           // given, and not confirmed
}

// Notes implements connector.Noted: a broker that knows nothing of a group has kept nothing for it.
func (s *subscription) Notes() (notes []string) {
	if s.kept && !s.s.present {
		notes = append(notes, "The broker had kept nothing for the group until now: this is its first reading, or the broker has forgotten it.")
	}
	if s.kept && s.s.keeps >= 0 && s.s.keeps < remembered {
		notes = append(notes, fmt.Sprintf("The broker keeps messages for the group for %s after a reading, and forgets them if the next one comes later.", s.s.keeps))
	}
	return notes
}

func (s *subscription) keep(p *packets.Publish) { s.early = append(s.early, p) }

// Next implements connector.Subscription. Where the broker forgets the session anyway, it confirms messages when there are
// many.
func (s *subscription) Next(ctx context.Context, most int) ([]connector.Message, error) {
	waiting, stop := ctx, func() {}
	switch {
	case len(s.open) < unconfirmed:
	case s.kept && len(s.open) >= ahead:
		return nil, connector.Unconfirmed("The broker", len(s.open))
	case s.kept:
		waiting, stop = context.WithTimeout(ctx, patience)
	default:
		if err := s.acknowledge(ctx); err != nil {
			return nil, err
		}
	}
	got, err := s.take(waiting, max(1, min(most, unconfirmed)))
	stop()
	if connector.TimeUp(err) && connector.Ended(ctx) == nil {
		return nil, connector.Unconfirmed("The broker", len(s.open))
	}
	if err != nil {
		return nil, err
	}
	out := make([]connector.Message, len(got))
	for i, p := range got {
		out[i] = incoming(p)
		if p.QoS > 0 {
			s.open = append(s.open, p.PacketID)
		}
	}
	return out, nil
}

func (s *subscription) take(ctx context.Context, most int) ([]*packets.Publish, error) {
	if len(s.early) == 0 {
		return s.s.in.Next(ctx, most)
	}
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	n := min(most, len(s.early))
	got := s.early[:n]
	s.early = s.early[n:]
	return got, nil
}

func incoming(p *packets.Publish) connector.Message {
	m := connector.Message{Topic: p.Topic, Body: p.Payload, Headers: connector.Headers{}, Time: time.Now().UTC()}
	if p.Properties != nil {
		for _, u := range p.Properties.User {
			m.Headers.Add(u.Key, u.Value)
		}
	}
	return m
}

// Position implements connector.Subscription.
func (s *subscription) Position() string { return "" }

// Confirm implements connector.Subscription. The protocol has no answer to it but that a later question is answered.
func (s *subscription) Confirm(ctx context.Context) error {
	if err := s.acknowledge(ctx); err != nil {
		return err
	}
	return s.s.settle(ctx, s.keep)
}

// acknowledge tells the broker, without waiting for it, that what was given is done with.
func (s *subscription) acknowledge(ctx context.Context) error {
	if err := connector.Ended(ctx); err != nil {
		return err
	}
	if len(s.open) == 0 {
		return nil
	}
	defer s.s.guard(ctx)()
	for _, id := range s.open {
		if err := s.s.queue(packets.PUBACK, &packets.Puback{PacketID: id, Properties: &packets.Properties{}}); err != nil {
			return s.s.cfg.lost(err)
		}
	}
	if err := s.s.flush(); err != nil {
		return s.s.cfg.lost(err)
	}
	s.open = nil
	return nil
}

// Close implements connector.Subscription: the broker gives what is not confirmed to the next one of the group.
func (s *subscription) Close() error { return s.s.close() }

// Last implements connector.Messages: those that the broker retains.
func (c *conn) Last(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	if err := checkTopic(topic); err != nil {
		return nil, err
	}
	return c.retained(ctx, topic, most)
}

func (c *conn) retained(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	s, err := c.listen(ctx, topic, c.cfg.Client+"-"+ulid.Make().String(), 0, packets.RetainSendOnSubscribe)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // it has only looked
	var out []connector.Message
	for len(out) < most {
		waiting, stop := context.WithTimeout(ctx, quiet)
		if len(s.open) >= unconfirmed {
			err = s.acknowledge(ctx)
		}
		var got []*packets.Publish
		if err == nil {
			got, err = s.take(waiting, 1)
		}
		stop()
		if connector.Ended(ctx) == nil && connector.TimeUp(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if got[0].QoS > 0 {
			s.open = append(s.open, got[0].PacketID)
		}
		if got[0].Retain {
			out = append(out, incoming(got[0]))
		}
	}
	return out, nil
}

// Browse implements connector.Conn: the topics of which the broker retains a message. Others it does not tell.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if at.Schema != "" {
		return connector.InTopics(at, nil)
	}
	if at.Table != "" {
		got, err := c.retained(ctx, at.Table, 1)
		if err == nil && len(got) == 0 {
			err = errs.NotFound(connector.CodeTopic, "The broker retains no message of the topic %q; of others it does not tell.", at.Table).
				WithHint("Leave the path out to list those that it tells of.")
		}
		return []connector.Entry{}, err
	}
	const shown = 1_000
	got, err := c.retained(ctx, "#", shown)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, m := range got {
		names[m.Topic] = true
	}
	out := []connector.Entry{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, connector.Entry{Kind: "topic", Name: name})
	}
	return out, nil
}

package nsq

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// ready is how many messages each nsqd sends before they are confirmed.
const ready = 2_500

// Subscribe implements connector.Messages. A group is a channel, which stays; without one there is a channel that goes
// away with the subscription. What came for a topic before its first channel was made is for that one.
func (c *conn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	if err := checkTopic(req.Topic); err != nil {
		return nil, err
	}
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	channel := req.Group
	switch {
	case req.Position != "":
		return nil, connector.NotKept("NSQ keeps no positions", "Take messages with a channel, which NSQ remembers.")
	case channel == "" && req.Start == connector.FromBeginning:
		return nil, connector.NotKept("NSQ keeps messages for channels only", "Name a channel, as the group, or begin from now on.")
	case channel == "":
		channel = "dataflow-" + ulid.Make().String() + "#ephemeral"
	case !namePattern.MatchString(channel):
		return nil, errs.Invalid(connector.CodeGroup, "%q cannot be the name of a channel of NSQ.", channel).WithHint("Use 1 to 64 letters, digits, ., _ and -.")
	}
	places := []place{{c.cfg.Host, c.cfg.Port}}
	if c.cfg.LookupHost != "" {
		var err error
		if places, err = c.producers(ctx, req.Topic); err != nil {
			return nil, err
		}
	}
	s := &subscription{topic: req.Topic, kept: req.Group != ""}
	for _, at := range places {
		l, err := dial(ctx, c.world, c.cfg, at.host, at.port)
		if err == nil {
			s.links = append(s.links, l)
			err = s.begin(ctx, l, channel)
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// subscription takes messages from one nsqd or several.
type subscription struct {
	topic string
	kept  bool // in a channel that stays, so that nothing may be confirmed before it is asked for
	links []*link
	open  []message // given, and not confirmed
}

func (s *subscription) begin(ctx context.Context, l *link, channel string) error {
	if err := l.call(ctx, "SUB "+s.topic+" "+channel, nil); err != nil {
		return err
	}
	most := ready
	if l.about.MaxReady > 0 {
		most = min(most, l.about.MaxReady)
	}
	if err := l.receive(most); err != nil {
		return l.broken(ctx, err)
	}
	return nil
}

// Next implements connector.Subscription. Where the channel goes away with it, it confirms messages when there are many.
func (s *subscription) Next(ctx context.Context, most int) ([]connector.Message, error) {
	room := s.room()
	switch {
	case s.kept && len(s.open) >= room:
		return nil, connector.Unconfirmed("NSQ", len(s.open))
	case s.kept:
		room -= len(s.open)
	case len(s.open) >= room:
		if err := s.Confirm(ctx); err != nil {
			return nil, err
		}
	}
	got, err := s.take(ctx, max(1, min(most, room)))
	if err != nil {
		return nil, err
	}
	out := make([]connector.Message, len(got))
	for i, m := range got {
		out[i] = connector.Message{Topic: s.topic, Body: m.body, Headers: connector.Headers{}, Time: m.at, ID: m.id}
	}
	s.open = append(s.open, got...)
	return out, nil
}

// room is how many messages may be without confirmation: those that each nsqd sends of a channel that stays, else half of it.
func (s *subscription) room() int {
	most := ready
	for _, l := range s.links {
		if l.about.MaxReady > 0 {
			most = min(most, l.about.MaxReady)
		}
	}
	if s.kept {
		return most
	}
	return max(1, most/2)
}

// take waits for messages of any nsqd.
func (s *subscription) take(ctx context.Context, most int) ([]message, error) {
	if len(s.links) == 1 {
		return s.links[0].next(ctx, most)
	}
	const turn = 20 * time.Millisecond
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		for _, l := range s.links {
			brief, stop := context.WithTimeout(ctx, turn)
			got, err := l.next(brief, most)
			over := brief.Err() != nil
			stop()
			if len(got) > 0 || err != nil && !over {
				return got, err
			}
		}
	}
}

// next waits for messages of this one.
func (l *link) next(ctx context.Context, most int) ([]message, error) {
	got, err := l.in.Next(ctx, most)
	if err == nil {
		_ = l.took(got...) // what cannot be written shows in the read
	}
	return got, err
}

// Rest implements connector.Resting.
func (s *subscription) Rest(ctx context.Context) error {
	for _, l := range s.links {
		if err := l.rest(); err != nil {
			return l.broken(ctx, err)
		}
	}
	return nil
}

// Position implements connector.Subscription.
func (s *subscription) Position() string { return "" }

// Confirm implements connector.Subscription.
func (s *subscription) Confirm(ctx context.Context) error {
	if err := connector.Ended(ctx); err != nil {
		return err
	}
	for _, m := range s.open {
		if err := m.by.write("FIN "+m.id, nil); err != nil {
			return m.by.lost(err)
		}
	}
	for _, l := range s.links {
		if err := l.flush(); err != nil {
			return l.lost(err)
		}
	}
	s.open = nil
	return nil
}

// Close implements connector.Subscription: what is not confirmed goes to others of the channel at once. nsqd says only of
// confirmations that came too late, so that here is where it is known.
func (s *subscription) Close() error {
	var err error
	var late int64
	for _, l := range s.links {
		var mine []message
		for _, m := range s.open {
			if m.by == l {
				mine = append(mine, m)
			}
		}
		err = errors.Join(err, l.giveBack(mine))
		late += l.late.Load()
	}
	s.open, s.links = nil, nil
	if late > 0 {
		err = errors.Join(connector.Late("NSQ", int(late)), err)
	}
	return err
}

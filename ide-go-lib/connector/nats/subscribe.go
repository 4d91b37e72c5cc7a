package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/words"
)

const (
	// ahead is how many messages are fetched before they are asked for, and aheadBytes how many bytes they may have where each
	// is as large as the server takes; fewest are fetched all the same.
	ahead, fewest = 256, 16
	aheadBytes    = 64 << 20
	// abandoned is how long messages of a group that somebody took and did not confirm stay with them.
	abandoned = connector.Held
	// forgotten is when the server forgets a reader that has gone without a word.
	forgotten = 5 * time.Minute
)

var groupPattern = pattern.Of(`^[A-Za-z0-9_-]{1,200}$`)

// Subscribe implements connector.Messages.
func (c *conn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	stream, subject, err := c.find(ctx, req.Topic)
	if err != nil {
		return nil, err
	}
	switch {
	case req.Group != "" && !groupPattern.MatchString(req.Group):
		return nil, errs.Invalid(connector.CodeGroup, "%q cannot be the name of a group of NATS.", req.Group).WithHint("Use letters, digits, - and _.")
	case req.Group != "" && req.Position != "":
		return nil, errs.Invalid(connector.CodeGroup, "A group goes on where it was; it takes no position.")
	case stream == nil:
		return c.listen(ctx, subject, req)
	case req.Group != "":
		return c.join(ctx, stream, subject, req)
	}
	return c.follow(ctx, stream, subject, req)
}

// ahead is how many messages are fetched at a time.
func (c *conn) ahead() int {
	return int(min(ahead, max(fewest, aheadBytes/max(1, c.nc.MaxPayload()))))
}

// delivered takes a message as it comes from a stream.
func delivered(m jetstream.Msg) (connector.Message, error) {
	meta, err := m.Metadata()
	if err != nil {
		return connector.Message{}, err
	}
	out := incoming(m.Subject(), m.Data(), m.Headers())
	out.Time, out.ID = meta.Timestamp.UTC(), strconv.FormatUint(meta.Sequence.Stream, 10)
	return out, nil
}

// follow reads a stream after a position; the server keeps nothing of it.
func (c *conn) follow(ctx context.Context, stream jetstream.Stream, subject string, req connector.SubscribeRequest) (connector.Subscription, error) {
	info := stream.CachedInfo()
	s := &reader{c: c, stream: info.Config.Name, made: info.Created.UnixNano(), in: connector.NewInflow(ahead, connector.Message.Bytes), done: make(chan struct{})}
	switch {
	case req.Position != "":
		n, ok := s.place(req.Position)
		if !ok || n > info.State.LastSeq {
			return nil, connector.PositionInvalid(req.Position)
		}
		if first := info.State.FirstSeq; first > n+1 {
			s.notes = append(s.notes, missed(first-n-1, info, subject))
			n = first - 1
		}
		s.last = n
	case req.Start == connector.FromNow:
		s.last = info.State.LastSeq
	case info.State.FirstSeq > 0:
		s.last = info.State.FirstSeq - 1
	}
	cfg := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: s.last + 1, InactiveThreshold: forgotten}
	if subject != "" {
		cfg.FilterSubjects = []string{subject}
	}
	consumer, err := stream.OrderedConsumer(ctx, cfg)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	if about := consumer.CachedInfo(); about != nil && about.NumPending == 0 {
		s.last = max(s.last, info.State.LastSeq) // none of what there is till then is of the subject, so its removal is no loss
	}
	if s.messages, err = consumer.Messages(jetstream.PullMaxMessages(c.ahead())); err != nil {
		return nil, c.failed(ctx, err)
	}
	go s.run(context.WithoutCancel(ctx))
	return s, nil
}

// reader takes the messages of a stream.
type reader struct {
	c        *conn
	stream   string
	made     int64  // when the stream was made: another of the same name may have as many messages
	last     uint64 // given by Next
	notes    []string
	messages jetstream.MessagesContext
	in       *connector.Inflow[connector.Message]
	done     chan struct{}
}

// missed says that so many messages are gone that nobody has read; where the stream has others, too, the server does not know
// how many were of the subject.
func missed(n uint64, info *jetstream.StreamInfo, subject string) string {
	gone := words.Number(int64(n), "message", "messages") + " of the stream " + info.Config.Name //nolint:gosec // a count
	if whole(info, subject) {
		return "Removed before they were read: " + gone + "."
	}
	return "Removed since the last reading: " + gone + ". Some of them may have been of " + subject + "."
}

// whole says whether all messages of the stream are of the subject.
func whole(info *jetstream.StreamInfo, subject string) bool {
	return subject == "" || len(info.Config.Subjects) == 1 && info.Config.Subjects[0] == subject
}

// Notes implements connector.Noted.
func (s *reader) Notes() []string { return s.notes }

// run brings messages until it is stopped.
func (s *reader) run(ctx context.Context) {
	defer close(s.done)
	for {
		m, err := s.messages.Next()
		var out connector.Message
		if err == nil {
			out, err = delivered(m)
		}
		if err != nil {
			if errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
				err = errs.Conflict(connector.CodeTopic, "The stream %q or its consumer was removed meanwhile.", s.stream).WithHint("Begin anew.").Wrap(err)
			}
			s.in.End(s.c.failed(ctx, err))
			return
		}
		if !s.in.Put(out) {
			return
		}
	}
}

// Next implements connector.Subscription.
func (s *reader) Next(ctx context.Context, most int) ([]connector.Message, error) {
	out, err := s.in.Next(ctx, most)
	if len(out) > 0 {
		s.last, _ = strconv.ParseUint(out[len(out)-1].ID, 10, 64) // it was written by delivered
	}
	return out, err
}

// Position implements connector.Subscription.
func (s *reader) Position() string {
	return s.stream + ":" + strconv.FormatUint(s.last, 10) + "@" + strconv.FormatInt(s.made, 10)
}

// place reads a position of this stream. Those of before the time was kept have none.
func (s *reader) place(position string) (last uint64, ok bool) {
	name, after, ok := strings.Cut(position, ":")
	number, made, timed := strings.Cut(after, "@")
	last, err := strconv.ParseUint(number, 10, 64)
	return last, ok && err == nil && name == s.stream && (!timed || made == strconv.FormatInt(s.made, 10))
}

// Confirm implements connector.Subscription: the position says it all.
func (s *reader) Confirm(context.Context) error { return nil }

// Close implements connector.Subscription.
func (s *reader) Close() error {
	s.in.Stop()
	s.messages.Stop()
	<-s.done
	return nil
}

// join takes part in a group, which is a durable consumer of that name.
func (c *conn) join(ctx context.Context, stream jetstream.Stream, subject string, req connector.SubscribeRequest) (connector.Subscription, error) {
	consumer, err := stream.Consumer(ctx, req.Group)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		cfg := jetstream.ConsumerConfig{Durable: req.Group, FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy, AckWait: abandoned, MaxAckPending: -1, DeliverPolicy: jetstream.DeliverAllPolicy}
		if req.Start == connector.FromNow {
			cfg.DeliverPolicy = jetstream.DeliverNewPolicy
		}
		consumer, err = stream.CreateConsumer(ctx, cfg)
	}
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	if have := consumer.CachedInfo().Config; have.FilterSubject != subject || have.AckPolicy != jetstream.AckExplicitPolicy {
		return nil, errs.Conflict(connector.CodeGroup, "There is a consumer %q already, for %q.", req.Group, have.FilterSubject).WithHint("Choose another name for the group.")
	}
	if have := consumer.CachedInfo().Config; have.AckWait < abandoned {
		return nil, errs.Conflict(connector.CodeGroup, "The consumer %q gives messages to others when they are not confirmed within %s, which is too short to make a table of them.", req.Group, have.AckWait).
			WithHint("Set its AckWait to %s or more, or choose another name for the group.", abandoned)
	}
	s := &member{c: c, consumer: consumer}
	// Elsewhere messages are removed because they were read, or the server does not know of which subject they were.
	info, given := stream.CachedInfo(), consumer.CachedInfo().Delivered.Stream
	if info.Config.Retention == jetstream.LimitsPolicy && whole(info, subject) && info.State.FirstSeq > given+1 {
		s.notes = append(s.notes, missed(info.State.FirstSeq-given-1, info, subject))
	}
	return s, nil
}

// member is one of a group. It fetches nothing ahead, for what goes back comes again out of its order.
type member struct {
	c        *conn
	consumer jetstream.Consumer
	open     []jetstream.Msg // given, and not confirmed
	notes    []string
}

// Notes implements connector.Noted.
func (s *member) Notes() []string { return s.notes }

// Next implements connector.Subscription. What was fetched is never thrown away: no fetch lasts longer than a moment.
func (s *member) Next(ctx context.Context, most int) ([]connector.Message, error) {
	const moment = 400 * time.Millisecond
	most = max(1, min(most, s.c.ahead()))
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		out, err := s.take(s.consumer.FetchNoWait(most))
		if len(out) > 0 || err != nil {
			return out, s.c.failed(ctx, err)
		}
		wait := moment
		if end, ok := ctx.Deadline(); ok {
			wait = max(time.Millisecond, min(wait, time.Until(end)))
		}
		out, err = s.take(s.consumer.Fetch(1, jetstream.FetchMaxWait(wait)))
		if len(out) > 0 || err != nil {
			return out, s.c.failed(ctx, err)
		}
	}
}

func (s *member) take(batch jetstream.MessageBatch, err error) ([]connector.Message, error) {
	if err != nil {
		return nil, err
	}
	var out []connector.Message
	for m := range batch.Messages() {
		message, err := delivered(m)
		if err != nil {
			return nil, err
		}
		out = append(out, message)
		s.open = append(s.open, m)
	}
	if err := batch.Error(); err != nil && len(out) == 0 && !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, jetstream.ErrNoMessages) {
		return nil, err
	}
	return out, nil
}

// Position implements connector.Subscription.
func (s *member) Position() string { return "" }

// Confirm implements connector.Subscription.
func (s *member) Confirm(ctx context.Context) error {
	for i, m := range s.open {
		var err error
		if i < len(s.open)-1 {
			err = m.Ack()
		} else {
			err = m.DoubleAck(ctx) // what came before it has arrived, too
		}
		if err != nil {
			return s.c.failed(ctx, err)
		}
	}
	s.open = nil
	return nil
}

// Close implements connector.Subscription.
func (s *member) Close() error {
	if s.c.nc.IsClosed() {
		return nil
	}
	for _, m := range s.open {
		if err := m.Nak(); err != nil {
			return s.c.failed(context.Background(), err)
		}
	}
	s.open = nil
	return s.c.flush(context.Background())
}

// listener hears what nobody keeps.
type listener struct {
	c       *conn
	sub     *nats.Subscription
	topic   string
	dropped int // messages for which there was no room
}

// Notes implements connector.Noted.
func (l *listener) Notes() []string {
	if l.dropped == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Messages of %s came faster than they were taken, and %s lost, for no stream keeps them.", l.topic, words.Number(int64(l.dropped), "is", "are"))}
}

func (c *conn) listen(ctx context.Context, subject string, req connector.SubscribeRequest) (connector.Subscription, error) {
	if req.Group != "" {
		return nil, errs.Invalid(connector.CodeGroup, "No stream keeps the messages of %q, so that nobody remembers which a group is done with.", subject).
			WithHint("Leave the group empty, or make a stream for the subject.")
	}
	if req.Position != "" || req.Start == connector.FromBeginning {
		return nil, connector.NotKept("No stream keeps the messages of this subject", "Begin from now on, or make a stream for it.")
	}
	sub, err := c.nc.SubscribeSync(subject)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	if err := sub.SetPendingLimits(100_000, 256<<20); err != nil {
		return nil, c.failed(ctx, err)
	}
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	return &listener{c: c, sub: sub, topic: subject}, nil
}

// Next implements connector.Subscription.
func (l *listener) Next(ctx context.Context, most int) ([]connector.Message, error) {
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	var out []connector.Message
	for len(out) == 0 || len(out) < most {
		waiting, stop := ctx, func() {}
		if len(out) > 0 {
			if n, _, err := l.sub.Pending(); err != nil || n == 0 {
				break // the next call says it
			}
			waiting, stop = context.WithTimeout(ctx, time.Second)
		}
		m, err := l.sub.NextMsgWithContext(waiting)
		stop()
		if errors.Is(err, nats.ErrSlowConsumer) {
			continue // it is counted, and what there is room for comes all the same
		}
		if err != nil && len(out) > 0 {
			break // the next call says it
		}
		if err != nil {
			return nil, l.c.failed(ctx, err)
		}
		out = append(out, incoming(m.Subject, m.Data, m.Header))
	}
	if n, err := l.sub.Dropped(); err == nil {
		l.dropped = n
	}
	return out, nil
}

// Position implements connector.Subscription.
func (l *listener) Position() string { return "" }

// Confirm implements connector.Subscription: there is nobody to tell.
func (l *listener) Confirm(context.Context) error { return nil }

// Close implements connector.Subscription.
func (l *listener) Close() error {
	if l.c.nc.IsClosed() {
		return nil
	}
	return l.c.failed(context.Background(), l.sub.Unsubscribe())
}

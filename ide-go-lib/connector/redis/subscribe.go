package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/words"
)

const (
	// block is how long the server holds a question to which there is no answer yet.
	block = 400 * time.Millisecond
	// most entries are asked for at a time, for they may be large.
	most = 256
	// abandoned is how long messages of a group that somebody took and did not confirm stay with them.
	abandoned = connector.Held
	// returned is the consumer of a group that has what was given back.
	returned = "dataflow-returned"
)

var idPattern = pattern.Of(`^\d{1,20}-\d{1,20}$`)

// Subscribe implements connector.Messages.
func (c *conn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	name, kind, err := parseTopic(req.Topic)
	if err != nil {
		return nil, err
	}
	defer c.guard(ctx)()
	switch kind {
	case isChannel:
		return c.listen(ctx, name, req)
	case isList:
		return c.queue(ctx, name, req)
	}
	if err := c.stream(ctx, name); err != nil {
		return nil, err
	}
	s := &stream{c: c, name: name, group: req.Group}
	if req.Group != "" {
		return s, s.join(ctx, req)
	}
	return s, s.begin(ctx, req)
}

// stream takes the entries of a stream: after a position, or as one of a group.
type stream struct {
	c         *conn
	name      string
	at        place  // behind the last entry that was given
	end       place  // of the stream as it began to be read; without an id nobody knows
	tail      string // the last entry that it had then
	beyond    int64  // how many were given that came later
	group, id string
	open      []string // entries of the group that are not confirmed
	searched  bool     // what others left was looked for since there was something new
	unsure    bool     // an answer was lost, so the server may still hand out entries
	notes     []string
}

// begin finds where to read from, and what was removed that was to be read.
func (s *stream) begin(ctx context.Context, req connector.SubscribeRequest) error {
	info, err := s.c.about(ctx, s.name)
	if err != nil {
		return err
	}
	s.at = place{"0-0", unknown}
	if info != nil {
		s.end, s.tail = ending(info), info.LastEntry.ID
	}
	switch {
	case req.Position != "":
		var ok bool
		if s.at, ok = parsePlace(req.Position); !ok {
			return connector.PositionInvalid(req.Position)
		}
		if info != nil && another(s.at, info) {
			return connector.PositionInvalid(req.Position)
		}
		if info != nil {
			s.miss(info)
		}
	case req.Start == connector.FromNow:
		s.at, err = s.now(ctx, info)
	case info != nil:
		s.at.count = behind(info).count
	}
	return err
}

// miss notes what is gone behind the place where to read from, and goes on behind that.
func (s *stream) miss(info *redis.XInfoStream) {
	what, to := missed(s.at, info)
	switch what {
	case counted:
		s.note("Removed before they were read: %s of the stream %s.", words.Number(to.count-s.at.count, "message", "messages"), s.name)
	case some:
		s.note("Messages of the stream %s were removed before they were read; Redis does not tell how many.", s.name)
	case perhaps:
		s.note("The stream %s does not have any more what was read last, so what came after it may have been removed, too, before it was read; Redis does not tell how much.", s.name)
	}
	s.at = to
}

func (s *stream) note(text string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(text, args...))
}

// now gives the position behind the last entry.
func (s *stream) now(ctx context.Context, info *redis.XInfoStream) (place, error) {
	if info != nil && info.EntriesAdded > 0 {
		return place{info.LastGeneratedID, info.EntriesAdded}, nil
	}
	last, err := last(ctx, s.c.client, s.name, 1).list()
	switch {
	case err != nil:
		return place{}, failed(ctx, err, s.c.cfg)
	case len(last) == 0:
		return place{"0-0", unknown}, nil
	}
	return place{last[0].id, unknown}, nil
}

// Notes implements connector.Noted.
func (s *stream) Notes() []string { return s.notes }

func (s *stream) join(ctx context.Context, req connector.SubscribeRequest) error {
	if req.Position != "" {
		return errs.Invalid(connector.CodeGroup, "A group goes on where it was; it takes no position.")
	}
	start := "0"
	if req.Start == connector.FromNow {
		start = "$"
	}
	s.id = "dataflow-" + ulid.Make().String()
	err := s.c.client.XGroupCreate(ctx, s.name, s.group, start).Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return failed(ctx, err, s.c.cfg)
	}
	if err == nil {
		return nil // nobody has read it yet
	}
	return s.missedByGroup(ctx)
}

// missedByGroup finds what was removed before the group was given it.
func (s *stream) missedByGroup(ctx context.Context) error {
	info, err := s.c.about(ctx, s.name)
	if err != nil || info == nil {
		return err
	}
	groups, err := s.c.client.XInfoGroups(ctx, s.name).Result()
	if err != nil && !unsaid(err) {
		return failed(ctx, err, s.c.cfg)
	}
	for _, g := range groups {
		if g.Name != s.group || g.LastDeliveredID == "0-0" { // whoever has read nothing begins with what there is
			continue
		}
		from := place{g.LastDeliveredID, g.EntriesRead}
		if g.EntriesRead == 0 {
			from.count = unknown
		}
		what, to := missed(from, info)
		switch what {
		case nothing:
			return nil
		case some:
			s.note("Messages of the stream %s were removed before the group %s was given them; Redis does not tell how many.", s.name, s.group)
		default: // servers before 7.2 count wrongly what a group was given when something was removed before
			s.note("Messages of the stream %s may have been removed before the group %s was given them; Redis does not tell how many.", s.name, s.group)
		}
		return s.moveGroup(ctx, from, to)
	}
	return nil
}

// moveGroup brings the group behind what is gone, so that it is said once, and mends its count.
func (s *stream) moveGroup(ctx context.Context, from, to place) error {
	if from.id == to.id {
		return nil
	}
	args := []any{"XGROUP", "SETID", s.name, s.group, to.id}
	if to.count >= 0 {
		args = append(args, "ENTRIESREAD", to.count)
	}
	err := s.c.client.Do(ctx, args...).Err()
	if unsaid(err) {
		return nil // it is said again, then
	}
	return failed(ctx, err, s.c.cfg)
}

// Next implements connector.Subscription.
func (s *stream) Next(ctx context.Context, n int) ([]connector.Message, error) {
	n = max(1, min(n, most))
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		entries, err := s.take(ctx, int64(n))
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			continue
		}
		out := make([]connector.Message, len(entries))
		for i, e := range entries {
			out[i] = message(s.name, e)
		}
		s.pass(entries)
		if s.group != "" {
			for _, e := range entries {
				s.open = append(s.open, e.id)
			}
		}
		return out, nil
	}
}

// pass moves behind entries that are given. Whoever has come to the end that the stream had knows again how many were added, also
// when some of them were taken out.
func (s *stream) pass(entries []entry) {
	s.at.id = entries[len(entries)-1].id
	if s.at.count >= 0 {
		s.at.count += int64(len(entries))
	}
	if s.end.count <= 0 {
		return
	}
	for _, e := range entries {
		if compare(e.id, s.end.id) > 0 {
			s.beyond++
		}
	}
	if compare(s.at.id, s.tail) < 0 {
		return
	}
	if s.at.count = s.end.count + s.beyond; compare(s.at.id, s.end.id) < 0 {
		s.at.id = s.end.id
	}
}

// take asks once. What the server has handed out to a group is never thrown away, also when ctx ends meanwhile.
func (s *stream) take(ctx context.Context, n int64) ([]entry, error) {
	defer s.c.guard(ctx)()
	wait := block
	if end, ok := ctx.Deadline(); ok {
		wait = max(time.Millisecond, min(wait, time.Until(end)))
	}
	asking := context.WithoutCancel(ctx) // the guard cuts it off
	var found []entry
	var err error
	switch {
	case s.group == "":
		found, err = ask(asking, s.c.client, "XREAD", "COUNT", n, "BLOCK", wait.Milliseconds(), "STREAMS", s.name, s.at.id).ofStream()
	case !s.searched:
		var left []entry
		left, err = s.leftovers(asking, n)
		if err == nil && len(left) > 0 {
			return left, nil
		}
		s.searched = true
		if err == nil {
			return nil, nil
		}
	default:
		found, err = ask(asking, s.c.client, "XREADGROUP", "GROUP", s.group, s.id, "COUNT", n, "BLOCK", wait.Milliseconds(), "STREAMS", s.name, ">").ofStream()
		s.searched = !absent(err)
	}
	s.unsure = s.unsure || s.group != "" && err != nil && !absent(err)
	switch {
	case absent(err):
		return nil, nil
	case err != nil && (strings.HasPrefix(err.Error(), "NOGROUP") || strings.HasPrefix(err.Error(), "UNBLOCKED")):
		return nil, errs.Conflict(connector.CodeTopic, "The stream %q or its group %q was removed meanwhile.", s.name, s.group).WithHint("Begin anew.").Wrap(err)
	case err != nil:
		return nil, failed(ctx, err, s.c.cfg)
	}
	return found, nil
}

// leftovers takes over what was given back, and what somebody took long ago and never confirmed.
func (s *stream) leftovers(ctx context.Context, n int64) ([]entry, error) {
	for from := "0-0"; ; {
		left, next, gone, err := ask(ctx, s.c.client, "XAUTOCLAIM", s.name, s.group, s.id, abandoned.Milliseconds(), from, "COUNT", n).claimed()
		if gone > 0 {
			s.note("Removed before the group %s had confirmed them: %s of the stream %s.", s.group, words.Number(gone, "message", "messages"), s.name)
		}
		left = slices.DeleteFunc(left, func(e entry) bool { return slices.Contains(s.open, e.id) }) // it has them
		if err != nil || len(left) > 0 || next == "0-0" {
			return left, err
		}
		from = next
	}
}

// Position implements connector.Subscription.
func (s *stream) Position() string {
	if s.group != "" {
		return ""
	}
	return s.at.String()
}

// Confirm implements connector.Subscription.
func (s *stream) Confirm(ctx context.Context) error {
	defer s.c.guard(ctx)()
	for len(s.open) > 0 {
		n := min(len(s.open), sentMessages)
		if err := s.c.client.XAck(ctx, s.name, s.group, s.open[:n]...).Err(); err != nil {
			return failed(ctx, err, s.c.cfg)
		}
		s.open = s.open[n:]
	}
	return nil
}

// Close implements connector.Subscription: what is not confirmed is for the next one of the group at once, also what was
// handed out in answers that never arrived. The consumer goes away only when it has nothing, for its entries went with it.
func (s *stream) Close() error {
	if s.group == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	for {
		mine, err := s.c.client.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: s.name, Group: s.group, Start: "-", End: "+", Count: sentMessages, Consumer: s.id}).Result()
		if err != nil && strings.HasPrefix(err.Error(), "NOGROUP") {
			return nil
		}
		if err != nil {
			return failed(ctx, err, s.c.cfg)
		}
		if len(mine) == 0 {
			break
		}
		args := []any{"XCLAIM", s.name, s.group, returned, 0}
		for _, e := range mine {
			args = append(args, e.ID)
		}
		args = append(args, "IDLE", (2 * abandoned).Milliseconds(), "JUSTID")
		if err := s.c.client.Do(ctx, args...).Err(); err != nil {
			return failed(ctx, err, s.c.cfg)
		}
	}
	s.open = nil
	if s.unsure {
		return nil // the server may be about to give it more, which others take over when it is due
	}
	err := s.c.client.XGroupDelConsumer(ctx, s.name, s.group, s.id).Err()
	if err != nil && strings.HasPrefix(err.Error(), "NOGROUP") {
		return nil
	}
	return failed(ctx, err, s.c.cfg)
}

// listener takes the messages of channels as they come; nobody keeps them.
type listener struct {
	*connector.Inflow[connector.Message]
	sub  *redis.PubSub
	done chan struct{}
}

func (c *conn) listen(ctx context.Context, name string, req connector.SubscribeRequest) (connector.Subscription, error) {
	switch {
	case req.Group != "":
		return nil, errs.Invalid(connector.CodeGroup, "Channels of Redis have no groups.").WithHint("Leave the group empty, or use a stream.")
	case req.Position != "", req.Start == connector.FromBeginning:
		return nil, connector.NotKept("Channels of Redis keep no messages", "Begin from now on, or use a stream.")
	}
	l := &listener{Inflow: connector.NewInflow(0, connector.Message.Bytes), done: make(chan struct{})}
	if strings.ContainsAny(name, "*?[") {
		l.sub = c.client.PSubscribe(ctx, name)
	} else {
		l.sub = c.client.Subscribe(ctx, name)
	}
	if _, err := l.sub.Receive(ctx); err != nil {
		_ = l.sub.Close() // the error before it says more
		return nil, failed(ctx, err, c.cfg)
	}
	go l.run(context.WithoutCancel(ctx), c.cfg)
	return l, nil
}

// run ends when the subscription is closed.
func (l *listener) run(ctx context.Context, cfg Config) {
	defer close(l.done)
	for {
		got, err := l.sub.ReceiveTimeout(ctx, 0)
		if err != nil {
			l.End(failed(ctx, err, cfg))
			return
		}
		if m, ok := got.(*redis.Message); ok &&
			!l.Put(connector.Message{Topic: channelPrefix + m.Channel, Body: []byte(m.Payload), Headers: connector.Headers{}, Time: time.Now().UTC()}) {
			return
		}
	}
}

// Position implements connector.Subscription.
func (l *listener) Position() string { return "" }

// Confirm implements connector.Subscription: there is nobody to tell.
func (l *listener) Confirm(context.Context) error { return nil }

// Close implements connector.Subscription.
func (l *listener) Close() error {
	l.Stop()
	err := l.sub.Close()
	<-l.done
	return err
}

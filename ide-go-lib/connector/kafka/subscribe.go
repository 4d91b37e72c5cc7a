package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

const (
	// most messages are given at a time, for they may be large.
	most = 1_000
	// look is how often it is looked whether the brokers are still there.
	look = 500 * time.Millisecond
	// fetched is how many bytes are fetched ahead from a broker.
	fetched = 8 << 20
)

// Subscribe implements connector.Messages.
func (c *conn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	topic, err := c.topic(ctx, req.Topic)
	if err != nil {
		return nil, err
	}
	if req.Group != "" {
		return c.join(ctx, req)
	}
	first, next, err := c.bounds(ctx, req.Topic)
	if err != nil {
		return nil, err
	}
	at := first
	var notes []string
	switch {
	case req.Position != "":
		if at, notes, err = place(req.Position, topic, first, next); err != nil {
			return nil, err
		}
	case req.Start == connector.FromNow:
		at = next
	}
	s, err := c.follow(req.Topic, at)
	if err != nil {
		return nil, err
	}
	s.notes, s.id = notes, topic.ID
	return s, nil
}

// offsets are those of the partitions of a topic.
type offsets map[int32]int64

// bounds gives the first offset of each partition that is kept, and the next one to come.
func (c *conn) bounds(ctx context.Context, topic string) (first, next offsets, err error) {
	starts, err := c.admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, nil, c.failed(ctx, err)
	}
	ends, err := c.admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, nil, c.failed(ctx, err)
	}
	first, next = offsets{}, offsets{}
	starts.Each(func(o kadm.ListedOffset) { first[o.Partition] = o.Offset })
	ends.Each(func(o kadm.ListedOffset) { next[o.Partition] = o.Offset })
	return first, next, nil
}

// place reads a position: 0:17,1:4@ID are the next offsets of the partitions 0 and 1 of the topic that has the ID, where the
// brokers give topics IDs; another topic of the same name may have as many messages. What was removed meanwhile is passed
// over, a partition that is new begins at its beginning, and so does one that ends before its offset, for it was made anew
// or lost its end; the notes say so. Where all partitions are such the topic is another.
func place(position string, topic kadm.TopicDetail, first, next offsets) (offsets, []string, error) {
	at := maps.Clone(first)
	var notes []string
	numbers, id, _ := strings.Cut(position, "@")
	if now := identity(topic.ID); id != "" && now != "" && id != now {
		return nil, nil, connector.PositionInvalid(position)
	}
	partitions, parts := topic.Partitions.Numbers(), strings.Split(numbers, ",")
	others := 0
	for _, part := range parts {
		p, o, ok := strings.Cut(part, ":")
		number, errP := strconv.ParseInt(p, 10, 32)
		offset, errO := strconv.ParseInt(o, 10, 64)
		partition := int32(number)
		if !ok || errP != nil || errO != nil || !slices.Contains(partitions, partition) {
			return nil, nil, connector.PositionInvalid(position)
		}
		switch {
		case offset > next[partition]:
			others++
			notes = append(notes, fmt.Sprintf("Partition %d ends at %d, before the %d where the last reading ended, so it is read from its beginning.", partition, next[partition], offset))
			continue
		case offset < first[partition]:
			notes = append(notes, fmt.Sprintf("%d offsets of partition %d were removed before they were read.", first[partition]-offset, partition))
		}
		at[partition] = max(offset, first[partition])
	}
	if others == len(parts) {
		return nil, nil, connector.PositionInvalid(position)
	}
	return at, notes, nil
}

// identity is the ID of a topic, as text; "" where the brokers give none.
func identity(id kadm.TopicID) string {
	if id == (kadm.TopicID{}) {
		return ""
	}
	return id.String()
}

func (o offsets) String() string {
	parts := make([]string, 0, len(o))
	for _, p := range slices.Sorted(maps.Keys(o)) {
		parts = append(parts, strconv.FormatInt(int64(p), 10)+":"+strconv.FormatInt(o[p], 10))
	}
	return strings.Join(parts, ",")
}

// follow reads from offsets on; the brokers keep nothing of it.
func (c *conn) follow(topic string, at offsets) (*reader, error) {
	from := map[int32]kgo.Offset{}
	for p, o := range at {
		from[p] = kgo.NewOffset().At(o)
	}
	client, err := c.connect(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxBytes(fetched))
	if err != nil {
		return nil, err
	}
	return &reader{c: c, client: client, at: maps.Clone(at)}, nil
}

// reader takes the messages of a topic.
type reader struct {
	c      *conn
	client *kgo.Client
	at     offsets // the next ones
	id     kadm.TopicID
	notes  []string
}

// Notes implements connector.Noted.
func (s *reader) Notes() []string { return s.notes }

// Next implements connector.Subscription.
func (s *reader) Next(ctx context.Context, n int) ([]connector.Message, error) {
	records, lost, err := s.c.poll(ctx, s.client, n)
	s.notes = append(s.notes, told(lost)...)
	if err != nil {
		return nil, err
	}
	out := make([]connector.Message, len(records))
	for i, r := range records {
		out[i] = incoming(r)
		s.at[r.Partition] = r.Offset + 1
	}
	return out, nil
}

// poll waits for records until ctx ends or the brokers are gone. What the brokers have lost while it was read is told once,
// perhaps beside records; other errors come again.
func (c *conn) poll(ctx context.Context, client *kgo.Client, n int) (_ []*kgo.Record, lost []*kgo.ErrDataLoss, _ error) {
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, lost, err
		}
		waiting, stop := context.WithTimeout(ctx, look)
		fetches := client.PollRecords(waiting, max(1, min(n, most)))
		stop()
		failures := slices.DeleteFunc(fetches.Errors(), func(f kgo.FetchError) bool {
			var gone *kgo.ErrDataLoss
			if errors.As(f.Err, &gone) {
				lost = append(lost, gone)
			}
			return gone != nil
		})
		if records := fetches.Records(); len(records) > 0 {
			return records, lost, nil
		}
		for _, f := range failures {
			if errors.Is(f.Err, context.DeadlineExceeded) || errors.Is(f.Err, context.Canceled) {
				continue
			}
			if errors.Is(f.Err, kerr.UnknownTopicOrPartition) {
				return nil, lost, errs.Conflict(connector.CodeTopic, "The topic %q was removed meanwhile.", f.Topic).WithHint("Begin anew.").Wrap(f.Err)
			}
			return nil, lost, c.failed(ctx, f.Err)
		}
		if err := c.line.dead(); err != nil {
			return nil, lost, c.failed(ctx, err)
		}
	}
}

// told says what the brokers have lost.
func told(lost []*kgo.ErrDataLoss) (notes []string) {
	for _, gone := range lost {
		notes = append(notes, fmt.Sprintf("Brokers have lost messages of partition %d while it was read: what was read up to offset %d may be others now, and the reading went on at %d.", gone.Partition, gone.ConsumedTo, gone.ResetTo))
	}
	return notes
}

func incoming(r *kgo.Record) connector.Message {
	m := connector.Message{
		Topic: r.Topic, Key: r.Key, Body: r.Value, Headers: connector.Headers{}, Time: r.Timestamp.UTC(),
		ID: strconv.FormatInt(int64(r.Partition), 10) + ":" + strconv.FormatInt(r.Offset, 10),
	}
	for _, h := range r.Headers {
		m.Headers.Add(h.Key, string(h.Value))
	}
	return m
}

// Position implements connector.Subscription.
func (s *reader) Position() string {
	if id := identity(s.id); id != "" {
		return s.at.String() + "@" + id
	}
	return s.at.String()
}

// Confirm implements connector.Subscription: the position says it all.
func (s *reader) Confirm(context.Context) error { return nil }

// Close implements connector.Subscription.
func (s *reader) Close() error {
	s.client.Close()
	return nil
}

// join takes part in a consumer group.
func (c *conn) join(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	if req.Position != "" {
		return nil, errs.Invalid(connector.CodeGroup, "A group goes on where it was; it takes no position.")
	}
	notes, err := c.prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	joined := make(chan struct{})
	s := &member{c: c, notes: notes, mine: map[int32]bool{}, open: map[int32]int{}, next: map[int32]int64{}}
	loses := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) { s.loses(partitions[req.Topic]) }
	client, err := c.connect(kgo.ConsumerGroup(req.Group), kgo.ConsumeTopics(req.Topic), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxBytes(fetched), kgo.SessionTimeout(30*time.Second),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			s.gets(partitions[req.Topic])
			select {
			case <-joined:
			default:
				close(joined)
			}
		}), kgo.OnPartitionsRevoked(loses), kgo.OnPartitionsLost(loses))
	if err != nil {
		return nil, err
	}
	s.client = client
	// Brokers let a new group wait for some seconds, which shall not count as a time in which nothing comes.
	limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
	defer stop()
	select {
	case <-joined:
	case <-limited.Done(): // Next goes on waiting
	}
	if ended := connector.Ended(ctx); ended != nil {
		return nil, errors.Join(ended, s.Close()) //nolint:contextcheck // it takes leave of the brokers although ctx has ended
	}
	return s, nil
}

// member is one of a group.
type member struct {
	c      *conn
	client *kgo.Client

	notes []string

	mu   sync.Mutex
	mine map[int32]bool  // partitions
	open map[int32]int   // messages that were given and are not confirmed, by partition
	next map[int32]int64 // offsets behind those that were given
	late int             // those that others are given by now
}

// Notes implements connector.Noted.
func (s *member) Notes() []string { return s.notes }

func (s *member) gets(partitions []int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range partitions {
		s.mine[p] = true
	}
}

// loses notes what can no longer be confirmed, for others have the partitions.
func (s *member) loses(partitions []int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range partitions {
		s.late += s.open[p]
		delete(s.open, p)
		delete(s.mine, p)
	}
}

// Next implements connector.Subscription.
func (s *member) Next(ctx context.Context, n int) ([]connector.Message, error) {
	for {
		records, lost, err := s.c.poll(ctx, s.client, n)
		s.notes = append(s.notes, told(lost)...)
		if err != nil {
			return nil, err
		}
		s.reset(lost)
		if out := s.take(records); len(out) > 0 {
			return out, nil
		}
	}
}

// reset makes what the brokers have written anew something that was not given yet.
func (s *member) reset(lost []*kgo.ErrDataLoss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, gone := range lost {
		s.next[gone.Partition] = min(s.next[gone.Partition], gone.ResetTo)
	}
}

// take leaves out what was given already: a partition that went to another of the group and came back begins where it was last
// confirmed.
func (s *member) take(records []*kgo.Record) (out []connector.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		if r.Offset < s.next[r.Partition] {
			continue
		}
		s.next[r.Partition] = r.Offset + 1
		s.open[r.Partition]++
		out = append(out, incoming(r))
	}
	return out
}

// Position implements connector.Subscription.
func (s *member) Position() string { return "" }

// Confirm implements connector.Subscription.
func (s *member) Confirm(ctx context.Context) error {
	err := s.client.CommitUncommittedOffsets(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		return s.c.failed(ctx, err)
	}
	late := s.late
	for p, n := range s.open {
		if !s.mine[p] { // it was fetched before, and asked for after
			late += n
		}
	}
	clear(s.open)
	s.late = 0
	if late > 0 {
		return connector.Late("Kafka", late)
	}
	return nil
}

// Close implements connector.Subscription: what was not confirmed is for the others of the group.
func (s *member) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	_ = s.client.LeaveGroupContext(ctx) // who does not say goodbye is missed soon
	s.client.Close()
	return nil
}

// Last implements connector.Messages.
func (c *conn) Last(ctx context.Context, topic string, n int) ([]connector.Message, error) {
	if _, err := c.topic(ctx, topic); err != nil {
		return nil, err
	}
	first, next, err := c.bounds(ctx, topic)
	if err != nil {
		return nil, err
	}
	at := offsets{}
	for p, end := range next {
		if from := max(first[p], end-int64(n)); from < end {
			at[p] = from
		}
	}
	if len(at) == 0 {
		return nil, nil
	}
	s, err := c.follow(topic, at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // it has only looked
	var out []connector.Message
	for behind(s.at, next) {
		// What is removed or belongs to transactions leaves gaps, so the end may never come.
		const enough = 2 * time.Second
		waiting, stop := context.WithTimeout(ctx, enough)
		got, err := s.Next(waiting, most)
		stop()
		if connector.Ended(ctx) == nil && connector.TimeUp(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	slices.SortStableFunc(out, func(a, b connector.Message) int { return a.Time.Compare(b.Time) })
	return out[max(0, len(out)-n):], nil
}

// behind says whether some partition is not at its end.
func behind(at, end offsets) bool {
	for p, o := range at {
		if o < end[p] {
			return true
		}
	}
	return false
}

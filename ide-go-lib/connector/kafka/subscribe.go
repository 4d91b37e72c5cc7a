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
	partitions, err := c.topic(ctx, req.Topic)
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
		if at, notes, err = place(req.Position, partitions, first, next); err != nil {
			return nil, err
		}
	case req.Start == connector.FromNow:
		at = next
	}
	s, err := c.follow(req.Topic, at)
	if err != nil {
		return nil, err
	}
	s.notes = notes
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

// place reads a position: 0:17,1:4 are the next offsets of the partitions 0 and 1. What was removed meanwhile is passed
// over, a partition that is new begins at its beginning, and so does one that ends before its offset, for it was made anew
// or lost its end; the notes say so. Where all partitions are such the topic is another.
func place(position string, partitions []int32, first, next offsets) (offsets, []string, error) {
	at := maps.Clone(first)
	var notes []string
	parts := strings.Split(position, ",")
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
	notes  []string
}

// Notes implements connector.Noted.
func (s *reader) Notes() []string { return s.notes }

// Next implements connector.Subscription.
func (s *reader) Next(ctx context.Context, n int) ([]connector.Message, error) {
	records, err := s.c.poll(ctx, s.client, n)
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

// poll waits for records until ctx ends or the brokers are gone.
func (c *conn) poll(ctx context.Context, client *kgo.Client, n int) ([]*kgo.Record, error) {
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		waiting, stop := context.WithTimeout(ctx, look)
		fetches := client.PollRecords(waiting, max(1, min(n, most)))
		stop()
		if records := fetches.Records(); len(records) > 0 {
			return records, nil // errors beside them come again
		}
		for _, f := range fetches.Errors() {
			if errors.Is(f.Err, context.DeadlineExceeded) || errors.Is(f.Err, context.Canceled) {
				continue
			}
			if errors.Is(f.Err, kerr.UnknownTopicOrPartition) {
				return nil, errs.Conflict(connector.CodeTopic, "The topic %q was removed meanwhile.", f.Topic).WithHint("Begin anew.").Wrap(f.Err)
			}
			return nil, c.failed(ctx, f.Err)
		}
		if err := c.line.dead(); err != nil {
			return nil, c.failed(ctx, err)
		}
	}
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
func (s *reader) Position() string { return s.at.String() }

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
	if req.Start == connector.FromNow {
		if err := c.mark(ctx, req); err != nil {
			return nil, err
		}
	}
	joined := make(chan struct{})
	s := &member{c: c, mine: map[int32]bool{}, open: map[int32]int{}}
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

// mark keeps the end of each partition for a group that has not read it yet: it then begins there, whenever it is asked.
func (c *conn) mark(ctx context.Context, req connector.SubscribeRequest) error {
	_, next, err := c.bounds(ctx, req.Topic)
	if err != nil {
		return err
	}
	var have kadm.OffsetResponses
	err = again(ctx, func() error {
		have, err = c.admin.FetchOffsetsForTopics(ctx, req.Group, req.Topic)
		return err
	})
	if err != nil {
		return c.failed(ctx, err)
	}
	fresh := kadm.Offsets{}
	for p, o := range next {
		if at, ok := have.Lookup(req.Topic, p); !ok || at.At < 0 {
			fresh.AddOffset(req.Topic, p, o, -1)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return c.failed(ctx, again(ctx, func() error {
		done, err := c.admin.CommitOffsets(ctx, req.Group, fresh)
		if err == nil {
			err = done.Error()
		}
		return err
	}))
}

// again asks until the brokers know who looks after the group: for the first of a cluster that takes a while.
func again(ctx context.Context, ask func() error) error {
	const pause, times = 250 * time.Millisecond, 40
	wait := time.NewTicker(pause)
	defer wait.Stop()
	for i := 0; ; i++ {
		err := ask()
		if i == times || !errors.Is(err, kerr.CoordinatorNotAvailable) && !errors.Is(err, kerr.CoordinatorLoadInProgress) && !errors.Is(err, kerr.NotCoordinator) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-wait.C:
		}
	}
}

// member is one of a group.
type member struct {
	c      *conn
	client *kgo.Client

	mu   sync.Mutex
	mine map[int32]bool // partitions
	open map[int32]int  // messages that were given and are not confirmed, by partition
	late int            // those that others are given by now
}

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
	records, err := s.c.poll(ctx, s.client, n)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]connector.Message, len(records))
	for i, r := range records {
		out[i] = incoming(r)
		s.open[r.Partition]++
	}
	return out, nil
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

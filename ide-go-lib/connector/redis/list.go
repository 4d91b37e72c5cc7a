package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// queue takes messages out of a list, from its left, into a list of its own, where they lie until they are confirmed. Which of
// these there are is written in a set beside the list, and each has a key that goes away when its reader has not been heard of
// for as long as messages stay with whom they were given to: the next reader, of whatever group, puts back what lies in it then.
type queue struct {
	c                  *conn
	name               string
	readers, mine, own string // the set, the name in it, the list
	given              int64  // how many of its own list were given, from the left
	unsure             bool   // an answer was lost, so there may be more in it

	stop    context.CancelFunc // of what shows that the reader lives
	stopped chan struct{}
}

// takenSuffix follows the name of a list in the name of the set beside it, and in those of the lists in it.
const takenSuffix = ":dataflow"

const (
	// closing is how long giving back may take, and turn how long the server may take for a part of it.
	closing = 30 * time.Second
	turn    = 5 * time.Second
)

func (c *conn) queue(ctx context.Context, name string, req connector.SubscribeRequest) (connector.Subscription, error) {
	switch {
	case req.Position != "":
		return nil, connector.NotKept("Lists of Redis keep no positions", "Take messages with a group, which keeps them until they are confirmed.")
	case req.Group == "":
		return nil, errs.Invalid(connector.CodeGroup, "Messages of a list of Redis are taken out of it, and a group keeps them until they are confirmed.").
			WithHint("Name a group. All groups share the messages of a list.")
	}
	if err := c.isList(ctx, name); err != nil {
		return nil, err
	}
	q := &queue{c: c, name: name, readers: name + takenSuffix, mine: req.Group + ":" + ulid.Make().String(), stopped: make(chan struct{})}
	q.own = q.list(q.mine)
	if err := q.rescue(ctx); err != nil {
		return nil, err
	}
	living, stop := context.WithCancel(context.WithoutCancel(ctx))
	q.stop = stop
	go q.live(living, abandoned/5)
	return q, nil
}

// list is what a reader has taken.
func (q *queue) list(reader string) string { return q.readers + ":" + reader }

// live shows that the reader lives while it holds what it was given, until it is closed. Whether that has reached the server
// is seen when it confirms.
func (q *queue) live(ctx context.Context, every time.Duration) {
	defer close(q.stopped)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			asking, stop := context.WithTimeout(ctx, turn)
			_ = q.c.client.Expire(asking, alive(q.own), abandoned).Err() // who was taken for dead stays so
			stop()
		}
	}
}

// isList refuses keys that are something else; a list that is empty is not there.
func (c *conn) isList(ctx context.Context, name string) error {
	typ, err := c.client.Type(ctx, name).Result()
	if err != nil {
		return failed(ctx, err, c.cfg)
	}
	if typ != "list" && typ != "none" {
		return errs.Invalid(connector.CodeTopic, "The key %q is a %s, not a list.", name, typ).WithHint("Choose a list, or a stream by its name alone.")
	}
	return nil
}

func alive(list string) string { return list + ":alive" }

// rescue puts back what readers took that have not been heard of for long.
func (q *queue) rescue(ctx context.Context) error {
	names, err := q.c.client.SMembers(ctx, q.readers).Result()
	if err != nil {
		return failed(ctx, err, q.c.cfg)
	}
	for _, name := range names {
		if err := q.putBack(ctx, name); err != nil {
			return failed(ctx, err, q.c.cfg)
		}
	}
	return nil
}

// putBack brings what is in a reader's list to where it came from, in its order, and forgets the reader; unless it lives, which
// is seen in the same step.
func (q *queue) putBack(ctx context.Context, reader string) error {
	list := q.list(reader)
	part := func(ctx context.Context, over *bool) error {
		ctx, stop := context.WithTimeout(ctx, turn)
		defer stop()
		return q.c.client.Watch(ctx, func(tx *redis.Tx) error {
			lives, err := tx.Exists(ctx, alive(list)).Result()
			if err != nil || lives > 0 {
				*over = err == nil
				return err
			}
			n, err := tx.LLen(ctx, list).Result()
			if err != nil {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				for range min(n, sentMessages) {
					p.LMove(ctx, list, q.name, "RIGHT", "LEFT")
				}
				if n <= sentMessages {
					p.SRem(ctx, q.readers, reader)
				}
				return nil
			})
			*over = err == nil && n <= sentMessages
			return err
		}, alive(list), list)
	}
	for over := false; !over; {
		if err := connector.Ended(ctx); err != nil {
			return err
		}
		if err := part(ctx, &over); err != nil && !errors.Is(err, redis.TxFailedErr) { // else somebody was quicker: look again
			return err
		}
	}
	return nil
}

// Next implements connector.Subscription.
func (q *queue) Next(ctx context.Context, n int) ([]connector.Message, error) {
	for {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		bodies, err := q.take(ctx, int64(max(1, min(n, most))))
		if err != nil {
			q.unsure = true
			return nil, failed(ctx, err, q.c.cfg)
		}
		if len(bodies) == 0 {
			continue
		}
		q.given += int64(len(bodies))
		out := make([]connector.Message, len(bodies))
		for i, body := range bodies {
			out[i] = connector.Message{Topic: listPrefix + q.name, Body: []byte(body), Headers: connector.Headers{}, Time: time.Now().UTC()}
		}
		return out, nil
	}
}

// take asks once. What the server has moved into the list of this reader is never thrown away, also when ctx ends meanwhile.
func (q *queue) take(ctx context.Context, n int64) ([]string, error) {
	defer q.c.guard(ctx)()
	wait := block
	if end, ok := ctx.Deadline(); ok {
		wait = max(time.Millisecond, min(wait, time.Until(end)))
	}
	asking := context.WithoutCancel(ctx) // the guard cuts it off
	if q.unsure {
		rest, err := q.c.client.LRange(asking, q.own, q.given, -1).Result()
		q.unsure = err != nil
		if err != nil || len(rest) > 0 {
			return rest, err
		}
	}
	pipe := q.c.client.Pipeline()
	pipe.Set(asking, alive(q.own), 1, abandoned) // whoever finds it in the set has to find it alive
	pipe.SAdd(asking, q.readers, q.mine)
	first := pipe.Do(asking, "BLMOVE", q.name, q.own, "LEFT", "RIGHT", strconv.FormatFloat(wait.Seconds(), 'f', 3, 64))
	left := pipe.LLen(asking, q.name)
	if _, err := pipe.Exec(asking); err != nil && !absent(err) {
		return nil, err
	}
	body, err := first.Text()
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	bodies := []string{body}
	if n = min(n-1, left.Val()); n == 0 {
		return bodies, nil
	}
	pipe = q.c.client.Pipeline()
	for range n {
		pipe.LMove(asking, q.name, q.own, "LEFT", "RIGHT")
	}
	moved, err := pipe.Exec(asking)
	if err != nil && !absent(err) { // others may have been quicker
		q.unsure = true // those after the first come with the next question
		return bodies, nil
	}
	for _, m := range moved {
		if one, ok := m.(*redis.StringCmd); ok && one.Err() == nil {
			bodies = append(bodies, one.Val())
		}
	}
	return bodies, nil
}

// Position implements connector.Subscription.
func (q *queue) Position() string { return "" }

// Confirm implements connector.Subscription.
func (q *queue) Confirm(ctx context.Context) error {
	defer q.c.guard(ctx)()
	var there *redis.IntCmd
	_, err := q.c.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		there = p.LLen(ctx, q.own)
		p.LTrim(ctx, q.own, q.given, -1)
		return nil
	})
	if err != nil {
		return failed(ctx, err, q.c.cfg)
	}
	late := q.given - there.Val()
	q.given = 0
	if late > 0 { // somebody has taken this reader for dead
		return connector.Late("Redis", int(late))
	}
	return nil
}

// Close implements connector.Subscription: what is not confirmed is for the next one at once. Should this end too early, the
// next one finds no sign of life and goes on with it.
func (q *queue) Close() error {
	q.stop()
	<-q.stopped
	ctx, stop := context.WithTimeout(context.Background(), closing)
	defer stop()
	gone, over := context.WithTimeout(ctx, turn)
	err := q.c.client.Del(gone, alive(q.own)).Err()
	over()
	if err == nil {
		err = q.putBack(ctx, q.mine)
	}
	return failed(ctx, err, q.c.cfg)
}

// lastOfList gives the last messages of a list.
func (c *conn) lastOfList(ctx context.Context, name string, most int) ([]connector.Message, error) {
	if err := c.isList(ctx, name); err != nil {
		return nil, err
	}
	bodies, err := c.client.LRange(ctx, name, -int64(most), -1).Result()
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	out := make([]connector.Message, len(bodies))
	for i, body := range bodies {
		out[i] = connector.Message{Topic: listPrefix + name, Body: []byte(body), Headers: connector.Headers{}, Time: time.Now().UTC()}
	}
	return out, nil
}

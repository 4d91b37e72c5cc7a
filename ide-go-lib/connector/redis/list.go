package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// queue takes messages out of a list, from its left, into a list of its own, where they lie until they are confirmed. Which of
// these there are is written in a set beside the list, and each has a key that goes away when nobody has taken anything for
// as long as messages stay with whom they were given to: the next reader puts back what lies in it then.
type queue struct {
	c                  *conn
	name               string
	readers, mine, own string // the set, the name in it, the list
	given              int64  // how many of its own list were given, from the left
	unsure             bool   // an answer was lost, so there may be more in it
}

// takenSuffix follows the name of a list in the names of what is kept beside it.
const takenSuffix = ":dataflow:"

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
	q := &queue{c: c, name: name, readers: name + takenSuffix + req.Group, mine: ulid.Make().String()}
	q.own = q.readers + ":" + q.mine
	return q, q.rescue(ctx)
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
		list := q.readers + ":" + name
		there, err := q.c.client.Exists(ctx, alive(list)).Result()
		if err == nil && there == 0 {
			err = q.putBack(ctx, list, name)
		}
		if err != nil {
			return failed(ctx, err, q.c.cfg)
		}
	}
	return nil
}

// putBack brings what is in a reader's list to where it came from, in its order, and forgets the reader.
func (q *queue) putBack(ctx context.Context, list, reader string) error {
	for {
		n, err := q.c.client.LLen(ctx, list).Result()
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		pipe := q.c.client.Pipeline()
		for range min(n, sentMessages) {
			pipe.LMove(ctx, list, q.name, "RIGHT", "LEFT")
		}
		if _, err := pipe.Exec(ctx); err != nil && !absent(err) { // somebody else may put it back as well
			return err
		}
	}
	_, err := q.c.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SRem(ctx, q.readers, reader)
		p.Del(ctx, alive(list))
		return nil
	})
	return err
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
			out[i] = connector.Message{Topic: listPrefix + q.name, Body: []byte(body), Headers: map[string]string{}, Time: time.Now().UTC()}
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
	if err := q.c.client.LTrim(ctx, q.own, q.given, -1).Err(); err != nil {
		return failed(ctx, err, q.c.cfg)
	}
	q.given = 0
	return nil
}

// Close implements connector.Subscription: what is not confirmed is for the next one at once.
func (q *queue) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	return failed(ctx, q.putBack(ctx, q.own, q.mine), q.c.cfg)
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
		out[i] = connector.Message{Topic: listPrefix + name, Body: []byte(body), Headers: map[string]string{}, Time: time.Now().UTC()}
	}
	return out, nil
}

package redis

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Fields of a stream's entries that are not headers.
const (
	bodyField = "body"
	keyField  = "key"
)

// sentBytes and sentMessages bound what is on its way at a time.
const (
	sentBytes    = 8 << 20
	sentMessages = 1_000
)

// Publish implements connector.Messages. A stream or a list that is not there is made.
func (c *conn) Publish(ctx context.Context, topic string, messages []connector.Message) (sent int, err error) {
	name, kind, err := parseTopic(topic)
	if err != nil {
		return 0, err
	}
	carriage := map[topicKind]connector.Carriage{
		isStream: {System: "Redis", Keys: true, Headers: true}, isChannel: {System: "a Redis channel"}, isList: {System: "a Redis list"},
	}[kind]
	if err := carriage.Check(messages); err != nil {
		return 0, err
	}
	for _, m := range messages {
		for name := range m.Headers {
			if name == bodyField || name == keyField {
				return 0, errs.Invalid(connector.CodeCarry, "A header of a Redis stream cannot be called %q.", name).WithHint("Give the header another name.")
			}
		}
	}
	defer c.guard(ctx)()
	for sent < len(messages) {
		if err := connector.Ended(ctx); err != nil {
			return sent, err
		}
		n, size := 0, 0
		pipe := c.client.Pipeline()
		for _, m := range messages[sent:] {
			if n > 0 && (size+len(m.Body) > sentBytes || n == sentMessages) {
				break
			}
			n, size = n+1, size+len(m.Body)
			switch kind {
			case isChannel:
				pipe.Publish(ctx, name, m.Body)
			case isList:
				pipe.RPush(ctx, name, m.Body)
			default:
				pipe.XAdd(ctx, &redis.XAddArgs{Stream: name, Values: values(m)})
			}
		}
		commands, err := pipe.Exec(ctx)
		for _, done := range commands {
			if done.Err() != nil {
				if strings.HasPrefix(done.Err().Error(), "WRONGTYPE") {
					what := map[topicKind]string{isStream: "stream", isList: "list"}[kind]
					return sent, errs.Invalid(connector.CodeTopic, "The key %q is not a %s.", name, what).WithHint("Choose another name for the %s.", what)
				}
				return sent, failed(ctx, done.Err(), c.cfg)
			}
			sent++
		}
		if err != nil {
			return sent, failed(ctx, err, c.cfg)
		}
	}
	return sent, nil
}

func values(m connector.Message) []any {
	values := []any{bodyField, m.Body}
	if m.Key != nil {
		values = append(values, keyField, m.Key)
	}
	for name, v := range m.Headers.All() {
		values = append(values, name, v)
	}
	return values
}

// message makes one of a stream's entry. One that others wrote, without a body, has its fields as a JSON object.
func message(topic string, e entry) connector.Message {
	m := connector.Message{Topic: topic, ID: e.id, Headers: connector.Headers{}}
	if ms, _, ok := strings.Cut(e.id, "-"); ok {
		if n, err := strconv.ParseInt(ms, 10, 64); err == nil {
			m.Time = time.UnixMilli(n).UTC()
		}
	}
	body, ok := e.one(bodyField)
	if !ok {
		m.Body, _ = json.Marshal(e.object()) // of texts and bytes as base64, which JSON always takes
		return m
	}
	m.Body = []byte(body)
	key, keyed := e.one(keyField)
	if keyed {
		m.Key = []byte(key)
	}
	for _, f := range e.fields {
		if f.name != bodyField && (f.name != keyField || !keyed) {
			m.Headers.Add(f.name, f.value)
		}
	}
	return m
}

// Last implements connector.Messages.
func (c *conn) Last(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	name, kind, err := parseTopic(topic)
	if err != nil {
		return nil, err
	}
	if kind == isChannel {
		return nil, connector.NotKept("Channels of Redis keep no messages", "Subscribe to it from now on, or use a stream.")
	}
	defer c.guard(ctx)()
	if kind == isList {
		return c.lastOfList(ctx, name, most)
	}
	if err := c.stream(ctx, name); err != nil {
		return nil, err
	}
	entries, err := last(ctx, c.client, name, int64(most)).list()
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	out := make([]connector.Message, 0, len(entries))
	for _, e := range slices.Backward(entries) {
		out = append(out, message(name, e))
	}
	return out, nil
}

package kafka

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"dataflow/ide-go-lib/connector"
)

// Browse implements connector.Conn: the topics, but for those of Kafka itself, with how many messages they keep, about.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	topics, err := c.admin.ListTopics(ctx)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	out := []connector.Entry{}
	names := topics.Names()
	if len(names) == 0 {
		return connector.InTopics(at, out)
	}
	starts, errStarts := c.admin.ListStartOffsets(ctx, names...)
	ends, errEnds := c.admin.ListEndOffsets(ctx, names...)
	for _, t := range topics.Sorted() {
		e := connector.Entry{Kind: "topic", Name: t.Topic}
		if errStarts == nil && errEnds == nil {
			n := int64(0)
			ends.Each(func(o kadm.ListedOffset) {
				if from, ok := starts.Lookup(o.Topic, o.Partition); ok && o.Topic == t.Topic {
					n += max(0, o.Offset-from.Offset)
				}
			})
			e.Rows = &n
		}
		out = append(out, e)
	}
	return connector.InTopics(at, out)
}

// topic describes a topic; one that is not there is not made.
func (c *conn) topic(ctx context.Context, name string) (t kadm.TopicDetail, err error) {
	if name == "" {
		return t, connector.TopicInvalid(name, "it is empty")
	}
	topics, err := c.admin.ListTopics(ctx, name)
	if err != nil {
		return t, c.failed(ctx, err)
	}
	t = topics[name]
	if errors.Is(t.Err, kerr.UnknownTopicOrPartition) {
		all, err := c.admin.ListTopics(ctx)
		if err != nil {
			return t, c.failed(ctx, err)
		}
		return t, connector.TopicMissing("topic", name, all.Names())
	}
	if t.Err != nil {
		return t, c.failed(ctx, t.Err)
	}
	return t, nil
}

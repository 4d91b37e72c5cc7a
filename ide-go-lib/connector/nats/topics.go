package nats

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
)

// shown is how many entries a look gives at most.
const shown = 1_000

// Browse implements connector.Conn: the subjects of each stream, of which there are messages or which it names in full.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if at.Table != "" && at.Schema == "" { // also a stream by its name, and a subject that nobody keeps yet
		_, _, err := c.find(ctx, at.Table)
		return []connector.Entry{}, err
	}
	if at.Schema != "" {
		return connector.InTopics(at, nil)
	}
	counts := map[string]int64{}
	streams := c.js.ListStreams(ctx)
	for info := range streams.Info() {
		for _, s := range info.Config.Subjects {
			if !strings.ContainsAny(s, "*>") {
				counts[s] += 0
			}
		}
		if info.State.NumSubjects > 10*shown {
			for _, s := range info.Config.Subjects {
				counts[s] += 0 // far too many to name
			}
			continue
		}
		s, err := c.js.Stream(ctx, info.Config.Name)
		if err != nil {
			return nil, c.failed(ctx, err)
		}
		detailed, err := s.Info(ctx, jetstream.WithSubjectFilter(">"))
		if err != nil {
			return nil, c.failed(ctx, err)
		}
		for subject, n := range detailed.State.Subjects {
			counts[subject] += int64(n) //nolint:gosec // a count
		}
	}
	if err := streams.Err(); err != nil && !(noStreams(err) && c.cfg.Core) {
		return nil, c.failed(ctx, err)
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []connector.Entry{}
	for _, name := range names[:min(len(names), shown)] {
		n := counts[name]
		out = append(out, connector.Entry{Kind: "topic", Name: name, Rows: &n})
	}
	return out, nil
}

// find gives the stream that keeps a subject, or the stream itself of that name with all its subjects; nil where there is
// none and none is needed.
func (c *conn) find(ctx context.Context, topic string) (stream jetstream.Stream, subject string, err error) {
	if topic == "" || strings.ContainsAny(topic, " \t\r\n\x00") || strings.HasPrefix(topic, ".") || strings.HasSuffix(topic, ".") || strings.Contains(topic, "..") {
		return nil, "", connector.TopicInvalid(topic, "a subject is words with dots between, without spaces")
	}
	if err := connector.Ended(ctx); err != nil {
		return nil, "", err
	}
	subject = topic
	name, err := c.js.StreamNameBySubject(ctx, topic)
	if errors.Is(err, jetstream.ErrStreamNotFound) && !strings.ContainsAny(topic, ".*>") {
		name, subject, err = topic, "", nil
	}
	if err == nil {
		stream, err = c.js.Stream(ctx, name)
	}
	switch {
	case err == nil:
		return stream, subject, nil
	case c.cfg.Core && (errors.Is(err, jetstream.ErrStreamNotFound) || noStreams(err)):
		return nil, topic, nil
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, "", c.missing(ctx, topic)
	}
	return nil, "", c.failed(ctx, err)
}

func (c *conn) missing(ctx context.Context, topic string) error {
	entries, err := c.Browse(ctx, connector.Path{})
	if err != nil {
		return err
	}
	have := make([]string, len(entries))
	for i, e := range entries {
		have[i] = e.Name
	}
	out := connector.TopicMissing("stream that keeps the subject", topic, have)
	return out.WithHint("%s", strings.TrimSpace(out.Hint+" Or set in the connection: Also subjects that nobody keeps."))
}

package nats

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
)

// Last implements connector.Messages. It goes back in steps that grow until there are enough of the subject.
func (c *conn) Last(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	stream, subject, err := c.find(ctx, topic)
	if err != nil {
		return nil, err
	}
	if stream == nil {
		return nil, connector.NotKept("No stream keeps the messages of this subject", "Make a stream for it.")
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 || most < 1 {
		return nil, nil
	}
	for back := uint64(most); ; back *= 8 {
		from := state.FirstSeq
		if back < state.LastSeq-state.FirstSeq {
			from = state.LastSeq - back + 1
		}
		out, err := c.since(ctx, stream, subject, from, most)
		if err != nil || len(out) == most || from == state.FirstSeq {
			return out, err
		}
	}
}

// since gives the last of those from a number on.
func (c *conn) since(ctx context.Context, stream jetstream.Stream, subject string, from uint64, most int) ([]connector.Message, error) {
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: subject, AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, InactiveThreshold: forgotten,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	})
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	defer func() {
		// It is forgotten by itself, too.
		_ = stream.DeleteConsumer(context.WithoutCancel(ctx), consumer.CachedInfo().Name)
	}()
	var out []connector.Message
	for pending := int(consumer.CachedInfo().NumPending); pending > 0; { //nolint:gosec // a count
		batch, err := consumer.Fetch(min(pending, ahead), jetstream.FetchContext(ctx))
		if err != nil {
			return nil, c.failed(ctx, err)
		}
		got := 0
		for m := range batch.Messages() {
			got++
			message, err := delivered(m)
			if err != nil {
				return nil, c.failed(ctx, err)
			}
			out = append(out, message)
		}
		if batch.Error() != nil {
			return nil, c.failed(ctx, batch.Error())
		}
		if got == 0 {
			break // they were removed meanwhile
		}
		pending -= got
		out = out[max(0, len(out)-most):]
	}
	return out, nil
}

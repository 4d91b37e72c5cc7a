package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"dataflow/ide-go-lib/connector"
)

const (
	// usual is how many bytes a batch has at most where no message is larger: what brokers take as they are installed.
	usual = 1_000_012
	// overhead is what a message has beside its key, body and headers, with its batch, about.
	overhead = 512
	// delivered is how long a message may take to be safe.
	delivered = 30 * time.Second
)

// Publish implements connector.Messages. The order holds among the messages of a key; a topic with one partition keeps
// it among all. A message without a body, as opposed to an empty one, removes those of its key where topics are compacted.
func (c *conn) Publish(ctx context.Context, topic string, messages []connector.Message) (sent int, err error) {
	if err := connector.Ended(ctx); err != nil {
		return 0, err
	}
	if _, err := c.topic(ctx, topic); err != nil {
		return 0, err
	}
	client, err := c.sender(messages)
	if err != nil {
		return 0, err
	}
	sending, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	safe := make([]bool, len(messages))
	var failed error
	at := 0
	var all sync.WaitGroup
	var mu sync.Mutex
	for i, m := range messages {
		all.Add(1)
		client.Produce(sending, record(topic, m), func(_ *kgo.Record, err error) {
			defer all.Done()
			mu.Lock()
			defer mu.Unlock()
			safe[i] = err == nil
			if err != nil && failed == nil {
				failed, at = err, i
				stop(err) // what follows shall not be sent before it
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
		// What is on its way to a broker is not called back by a context. Who stops waiting needs another client then.
		c.producer = nil
		go client.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	for sent < len(safe) && safe[sent] {
		sent++
	}
	if errors.Is(failed, kerr.MessageTooLarge) {
		return sent, connector.TooLarge(at, len(messages[at].Body), 0, failed)
	}
	if ended := connector.Ended(ctx); ended != nil && sent < len(messages) {
		return sent, ended
	}
	return sent, c.failed(ctx, failed)
}

// sender gives a client whose batches have room for the largest message.
func (c *conn) sender(messages []connector.Message) (*kgo.Client, error) {
	need := usual
	for _, m := range messages {
		size := len(m.Key) + len(m.Body) + overhead
		for name, v := range m.Headers.All() {
			size += len(name) + len(v) + 10
		}
		need = max(need, size)
	}
	if c.producer != nil && int(c.batch) == need {
		return c.producer, nil
	}
	if c.producer != nil {
		c.producer.Close()
		c.producer = nil
	}
	client, err := c.connect(kgo.ProducerBatchMaxBytes(int32(need)), kgo.BrokerMaxWriteBytes(int32(max(100<<20, 2*need))), kgo.MaxBufferedBytes(64<<20+need),
		kgo.RecordDeliveryTimeout(delivered), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		return nil, err
	}
	c.producer, c.batch = client, int32(need)
	return client, nil
}

func record(topic string, m connector.Message) *kgo.Record {
	r := &kgo.Record{Topic: topic, Key: m.Key, Value: m.Body}
	for name, v := range m.Headers.All() {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(v)})
	}
	return r
}

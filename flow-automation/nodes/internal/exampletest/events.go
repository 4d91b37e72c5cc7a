package exampletest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"dataflow/ide-go-lib/connector"
)

// Events is the system of messages behind the connection events, which the examples of message nodes use. It keeps what is
// published as long as the test goes on.
type Events struct {
	// Confirming and Closing are what confirming and ending a subscription fail with; nil does not.
	Confirming, Closing error
	// Hidden says that messages are shown only to who takes them.
	Hidden bool

	mu     sync.Mutex
	topics map[string][]connector.Message
	groups map[string]int // how many messages a group has confirmed
	open   int            // connections
}

func newEvents() *Events {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &Events{groups: map[string]int{}, topics: map[string][]connector.Message{
		"orders": {
			{Topic: "orders", Key: []byte("Ada"), Body: []byte(`{"id": 1, "amount": 12.5}`), Headers: connector.Headers{"source": {"shop"}}, Time: at, ID: "1"},
			{Topic: "orders", Body: []byte(`{"id": 2, "amount": 3.25}`), Time: at.Add(time.Second), ID: "2"},
		},
		"notes": {},
	}}
}

// Messages gives those of a topic.
func (e *Events) Messages(topic string) []connector.Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.topics[topic])
}

// Open is how many connections are open.
func (e *Events) Open() int { return e.opened(0) }

func (e *Events) opened(more int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open += more
	return e.open
}

// eventsConn is an open connection to them.
type eventsConn struct{ e *Events }

func (c *eventsConn) Close() error                         { c.e.opened(-1); return nil }
func (c *eventsConn) Test(context.Context) (string, error) { return "events", nil }

func (c *eventsConn) Browse(context.Context, connector.Path) ([]connector.Entry, error) {
	return []connector.Entry{{Kind: "topic", Name: "orders"}, {Kind: "topic", Name: "notes"}}, nil
}

func (c *eventsConn) find(ctx context.Context, topic string) error {
	if err := connector.Ended(ctx); err != nil {
		return err
	}
	if _, ok := c.e.topics[topic]; !ok {
		return connector.TopicMissing("topic", topic, []string{"orders", "notes"})
	}
	return nil
}

// Publish implements connector.Messages.
func (c *eventsConn) Publish(ctx context.Context, topic string, messages []connector.Message) (int, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.find(ctx, topic); err != nil {
		return 0, err
	}
	if err := (connector.Carriage{System: "events", Keys: true, Headers: true, Largest: 1 << 20}).Check(messages); err != nil {
		return 0, err
	}
	for _, m := range messages {
		m.Topic, m.ID = topic, strconv.Itoa(len(c.e.topics[topic])+1)
		c.e.topics[topic] = append(c.e.topics[topic], m)
	}
	return len(messages), nil
}

// Last implements connector.Messages.
func (c *eventsConn) Last(ctx context.Context, topic string, most int) ([]connector.Message, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.find(ctx, topic); err != nil {
		return nil, err
	}
	if c.e.Hidden {
		return nil, connector.NotKept("Messages are shown only to who takes them", "Take them.")
	}
	all := c.e.topics[topic]
	return slices.Clone(all[max(0, len(all)-most):]), nil
}

// Subscribe implements connector.Messages.
func (c *eventsConn) Subscribe(ctx context.Context, req connector.SubscribeRequest) (connector.Subscription, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.find(ctx, req.Topic); err != nil {
		return nil, err
	}
	s := &eventsSubscription{e: c.e, topic: req.Topic, group: req.Group}
	switch {
	case req.Group != "":
		s.at = c.e.groups[req.Topic+"/"+req.Group]
	case req.Position != "":
		at, err := strconv.Atoi(req.Position)
		if err != nil || at > len(c.e.topics[req.Topic]) {
			return nil, connector.PositionInvalid(req.Position)
		}
		s.at = at
	case req.Start == connector.FromNow:
		s.at = len(c.e.topics[req.Topic])
	}
	return s, nil
}

type eventsSubscription struct {
	e            *Events
	topic, group string
	at           int
}

// Next implements connector.Subscription. Nobody publishes while somebody waits.
func (s *eventsSubscription) Next(ctx context.Context, most int) ([]connector.Message, error) {
	all := s.e.Messages(s.topic)
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	if s.at == len(all) {
		<-ctx.Done()
		return nil, connector.Ended(ctx)
	}
	out := all[s.at:min(len(all), s.at+most)]
	s.at += len(out)
	return out, nil
}

// Position implements connector.Subscription.
func (s *eventsSubscription) Position() string {
	if s.group != "" {
		return ""
	}
	return strconv.Itoa(s.at)
}

// Confirm implements connector.Subscription.
func (s *eventsSubscription) Confirm(context.Context) error {
	if s.e.Confirming != nil {
		return s.e.Confirming
	}
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	s.e.groups[s.topic+"/"+s.group] = s.at
	return nil
}

// Close implements connector.Subscription.
func (s *eventsSubscription) Close() error { return s.e.Closing }

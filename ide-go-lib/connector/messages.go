package connector

import (
	"context"
	"time"
)

// Messages is a Conn to a system that hands on messages: topics, queues, streams.
type Messages interface {
	Conn
	// Subscribe begins to take messages of a topic.
	Subscribe(ctx context.Context, req SubscribeRequest) (Subscription, error)
	// Publish hands on messages in order and returns when the system has all of them safe. After an error some may have
	// been handed on; sent is how many for certain.
	Publish(ctx context.Context, topic string, messages []Message) (sent int, err error)
}

// SubscribeRequest says what to take, and from where on.
type SubscribeRequest struct {
	Topic string // topic, subject, queue, stream or channel; patterns as the system knows them
	// Group names those who share the messages among them; empty takes all.
	Group string
	// Position is where to go on, as an earlier Subscription gave it; empty begins at Start.
	Position string
	Start    Start
}

// Start is where a subscription without a position begins.
type Start string

// The starts.
const (
	FromBeginning Start = "beginning" // what is still kept
	FromNow       Start = "now"
)

// Subscription is messages to take, for one goroutine.
type Subscription interface {
	// Next waits for messages until ctx ends, and gives at least one and at most the number asked for. When ctx has ended
	// and there was none, the error is that of ctx.
	Next(ctx context.Context, most int) ([]Message, error)
	// Position is behind the messages that Next has given, for systems that keep messages by position; empty where the
	// system itself remembers what was confirmed.
	Position() string
	// Confirm tells the system that all messages given so far are done with. Where positions are kept it may do nothing.
	Confirm(ctx context.Context) error
	// Close gives back what was not confirmed.
	Close() error
}

// Message is one message.
type Message struct {
	Topic   string
	Key     []byte // nil where there is none
	Body    []byte
	Headers map[string]string
	Time    time.Time // when it was published, or came where the system does not say
	ID      string    // of the system: an offset with its partition, a sequence, an id
}

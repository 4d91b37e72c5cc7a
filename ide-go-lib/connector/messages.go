package connector

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// Messages is a Conn to a system that hands on messages: topics, queues, streams.
type Messages interface {
	Conn
	// Subscribe begins to take messages of a topic. What is published after it has returned is taken, also FromNow.
	Subscribe(ctx context.Context, req SubscribeRequest) (Subscription, error)
	// Publish hands on messages in order and returns when the system has all of them safe. After an error some may have
	// been handed on; sent is how many for certain. A message with what the system cannot carry, such as a key, is refused
	// with CodeCarry before anything is sent.
	Publish(ctx context.Context, topic string, messages []Message) (sent int, err error)
	// Last gives the last messages that a topic keeps, at most so many and the oldest first, and takes none away. Systems
	// that keep none, or cannot show them without taking them, say CodeNotKept.
	Last(ctx context.Context, topic string, most int) ([]Message, error)
}

// SubscribeRequest says what to take, and from where on.
type SubscribeRequest struct {
	Topic string // topic, subject, queue, stream or channel; patterns as the system knows them
	// Group names those who share the messages among them, and whose progress the system itself remembers; empty takes all.
	Group string
	// Position is where to go on, as an earlier Subscription gave it; empty begins at Start. It is not for groups.
	Position string
	Start    Start
}

// Start is where a subscription without a position begins, and a group that is new.
type Start string

// The starts.
const (
	FromBeginning Start = "beginning" // what is still kept
	FromNow       Start = "now"
)

// Subscription is messages to take, for one goroutine.
type Subscription interface {
	// Next waits for messages until ctx ends, and gives at least one and at most the number asked for. When ctx has ended
	// and there was none, the error is that of Ended; the subscription goes on. Those of a group are never confirmed by it:
	// where no more come until they are, the error is that of Unconfirmed.
	Next(ctx context.Context, most int) ([]Message, error)
	// Position is behind the messages that Next has given, for systems that keep messages by position; empty where the
	// system itself remembers what was confirmed, or nothing is kept.
	Position() string
	// Confirm tells the system that all messages given so far are done with. Where positions are kept it may do nothing.
	Confirm(ctx context.Context) error
	// Close gives back what was not confirmed.
	Close() error
}

// Noted is a Subscription with something to tell those who read it, such as messages that were removed before.
type Noted interface {
	Notes() []string
}

// Resting is a Subscription of which the system can be told to send no more, until it is closed.
type Resting interface {
	// Rest says that Next will not be called again. What was given can still be confirmed.
	Rest(ctx context.Context) error
}

// Held is how long messages of a group stay at least with whom they were given to, without being confirmed.
const Held = 10 * time.Minute

// Message is one message.
type Message struct {
	Topic   string
	Key     []byte // nil where there is none
	Body    []byte
	Headers Headers
	Time    time.Time // when it was published, or came where the system does not say
	// ID is of the system: an offset with its partition, a sequence, an id. To Publish it is a name under which a system
	// that can tell leaves out what it has already; others do not look at it.
	ID string
}

// Headers are the values of each name, in their order; few systems have more than one.
type Headers map[string][]string

// All gives names and values, sorted by name.
func (h Headers) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(h)) {
			for _, v := range h[name] {
				if !yield(name, v) {
					return
				}
			}
		}
	}
}

// Add puts a value behind those that the name has.
func (h Headers) Add(name, v string) { h[name] = append(h[name], v) }

// Bytes is about how many it takes.
func (m Message) Bytes() int { return len(m.Key) + len(m.Body) }

// Codes of what goes wrong with messages.
const (
	CodeTopic     = "topic_missing"
	CodeTopicName = "topic_invalid"
	CodeNotKept   = "messages_not_kept"
	CodeCarry     = "message_unfit"
	CodeTooLarge  = "message_too_large"
	CodePosition  = "position_invalid"
	CodeGroup     = "group_unfit"
	CodeFull      = "storage_full"
	CodeLate      = "messages_late"

	codeUnconfirmed = "messages_unconfirmed"
)

// Unconfirmed is the error of asking for more while so many are not confirmed.
func Unconfirmed(system string, n int) *errs.Error {
	return errs.Conflict(codeUnconfirmed, "%s gives no further messages before the %d are confirmed that it has given.", system, n).WithHint("Confirm them, and ask again.")
}

// AwaitsConfirmation says whether an error is that of Unconfirmed.
func AwaitsConfirmation(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Code == codeUnconfirmed
}

// Late is the error of confirming messages that are with others by now; n is how many, or 0 where that is not known.
func Late(system string, n int) *errs.Error {
	what := "Messages have"
	if n > 0 {
		what = words.Number(int64(n), "message has", "messages have")
	}
	return errs.Conflict(CodeLate, "%s been given to others by %s, before it was told that they are done with.", what, system).WithHint("Read fewer at a time, and tell them apart by what is in them, for they come again.")
}

// TopicMissing is the error of a topic that is not there; have are those that are. What is the system's word for one.
func TopicMissing(what, name string, have []string) *errs.Error {
	return errs.NotFound(CodeTopic, "There is no %s %q.", what, name).WithHint("%s", near.Say(name, have))
}

// TopicInvalid is the error of a name that no topic can have.
func TopicInvalid(name, why string) *errs.Error {
	return errs.Invalid(CodeTopicName, "%q cannot be the name of a topic: %s.", name, why)
}

// NotKept is the error of messages that are wanted from before, or to look at, where none are kept.
func NotKept(what, hint string) *errs.Error {
	return errs.Invalid(CodeNotKept, "%s.", what).WithHint("%s", hint)
}

// PositionInvalid is the error of a position that is none of this topic.
func PositionInvalid(position string) *errs.Error {
	return errs.Invalid(CodePosition, "%q is no position in this topic.", position).WithHint("Begin anew, from the beginning or from now on.")
}

// Carriage is what a system's messages can have beside a body.
type Carriage struct {
	System        string
	Keys, Headers bool
	Largest       int  // bytes of a body; 0 does not say
	NotEmpty      bool // bodies have at least a byte
}

// Check refuses messages with more than that. It is asked before anything is sent.
func (c Carriage) Check(messages []Message) error {
	for i, m := range messages {
		switch {
		case m.Key != nil && !c.Keys:
			return errs.Invalid(CodeCarry, "Messages of %s have no key.", c.System).WithHint("Leave the key out, or make it part of the body.")
		case len(m.Headers) > 0 && !c.Headers:
			return errs.Invalid(CodeCarry, "Messages of %s have no headers.", c.System).WithHint("Leave the headers out, or make them part of the body.")
		case len(m.Body) == 0 && c.NotEmpty:
			return errs.Invalid(CodeCarry, "Messages of %s cannot be empty; message %d is.", c.System, i+1).WithHint("Leave it out, or send a word such as null.")
		case c.Largest > 0 && len(m.Body) > c.Largest:
			return TooLarge(i, len(m.Body), c.Largest, nil)
		}
	}
	return nil
}

// TooLarge is the error of a message, by its index, that is larger than the server takes; 0 bytes are not known.
func TooLarge(index, size, most int, cause error) *errs.Error {
	e := errs.Invalid(CodeTooLarge, "Message %d has %s; the server takes at most %d.", index+1, words.Number(size, "byte", "bytes"), most)
	if most == 0 {
		e = errs.Invalid(CodeTooLarge, "Message %d has %s, which is more than the server takes.", index+1, words.Number(size, "byte", "bytes"))
	}
	return e.WithHint("Send less in one message, such as the name of a file, or raise the server's limit.").Wrap(cause)
}

package nats

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// own begins the headers that are the server's.
const own = "Nats-"

// Publish implements connector.Messages. The ID of a message is the one by which a stream leaves out what it has already.
func (c *conn) Publish(ctx context.Context, topic string, messages []connector.Message) (sent int, err error) {
	if strings.ContainsAny(topic, "*>") {
		return 0, connector.TopicInvalid(topic, "messages go to one subject, not to a pattern")
	}
	if err := c.check(messages); err != nil {
		return 0, err
	}
	stream, subject, err := c.find(ctx, topic)
	if err != nil {
		return 0, err
	}
	if stream == nil {
		return c.handOn(ctx, subject, messages)
	}
	if subject == "" {
		if subject, err = only(stream); err != nil {
			return 0, err
		}
	}
	var waiting []jetstream.PubAckFuture
	confirm := func(atMost int) error {
		for len(waiting) > atMost {
			select {
			case <-waiting[0].Ok():
				sent++
				waiting = waiting[1:]
			case err := <-waiting[0].Err():
				return c.notTaken(ctx, err, sent, messages)
			case err := <-c.refused:
				return c.forbidden(err)
			case <-ctx.Done():
				return connector.Ended(ctx)
			}
		}
		return nil
	}
	for _, m := range messages {
		if err := confirm(unconfirmed - 1); err != nil {
			return sent, err
		}
		var options []jetstream.PublishOpt
		if m.ID != "" {
			options = append(options, jetstream.WithMsgID(m.ID))
		}
		f, err := c.js.PublishMsgAsync(outgoing(subject, m), options...)
		if err != nil {
			return sent, c.notTaken(ctx, err, sent, messages)
		}
		waiting = append(waiting, f)
	}
	return sent, confirm(0)
}

// notTaken says why a message was not taken.
func (c *conn) notTaken(ctx context.Context, err error, index int, messages []connector.Message) error {
	var api *jetstream.APIError
	const tooLarge = 10054
	if errors.Is(err, nats.ErrMaxPayload) || errors.As(err, &api) && api.ErrorCode == tooLarge {
		return connector.TooLarge(index, len(messages[index].Body), 0, err)
	}
	return c.failed(ctx, err)
}

// only gives the subject of a stream that has one.
func only(stream jetstream.Stream) (string, error) {
	subjects := stream.CachedInfo().Config.Subjects
	if len(subjects) == 1 && !strings.ContainsAny(subjects[0], "*>") {
		return subjects[0], nil
	}
	return "", errs.Invalid(connector.CodeTopic, "The stream %q keeps several subjects: %s.", stream.CachedInfo().Config.Name, strings.Join(subjects, ", ")).
		WithHint("Name one of its subjects.")
}

// handOn sends to whoever listens at the moment.
func (c *conn) handOn(ctx context.Context, subject string, messages []connector.Message) (int, error) {
	for i, m := range messages {
		if err := c.nc.PublishMsg(outgoing(subject, m)); err != nil {
			return 0, c.notTaken(ctx, err, i, messages)
		}
		if i%unconfirmed == unconfirmed-1 {
			if err := connector.Ended(ctx); err != nil {
				return 0, err
			}
		}
	}
	if err := c.flush(ctx); err != nil {
		return 0, err
	}
	return len(messages), nil
}

// flush waits until the server has seen everything.
func (c *conn) flush(ctx context.Context) error {
	limited, stop := context.WithTimeout(ctx, c.cfg.ConnectTime())
	defer stop()
	err := c.nc.FlushWithContext(limited)
	if err == nil {
		err = c.refusal()
	}
	return c.failed(ctx, err)
}

func (c *conn) check(messages []connector.Message) error {
	if err := (connector.Carriage{System: "NATS", Headers: true, Largest: int(c.nc.MaxPayload())}).Check(messages); err != nil {
		return err
	}
	for _, m := range messages {
		for name, v := range m.Headers.All() {
			if name == "" || strings.ContainsAny(name, ": \r\n\t") || strings.HasPrefix(name, own) || strings.ContainsAny(v, "\r\n") || v != strings.Trim(v, " \t") {
				return errs.Invalid(connector.CodeCarry, "NATS cannot carry the header %q.", name).
					WithHint("Names have neither spaces nor colons nor begin with Nats-, and values no ends of lines, and no spaces around them.")
			}
		}
	}
	return nil
}

func outgoing(subject string, m connector.Message) *nats.Msg {
	out := &nats.Msg{Subject: subject, Data: m.Body}
	if len(m.Headers) > 0 {
		out.Header = nats.Header(m.Headers)
	}
	return out
}

// incoming takes what NATS gives; those from streams have the time and the number that the stream gave them.
func incoming(subject string, body []byte, header nats.Header) connector.Message {
	m := connector.Message{Topic: subject, Body: body, Headers: connector.Headers{}, Time: time.Now().UTC()}
	for name, values := range header {
		if !strings.HasPrefix(name, own) && len(values) > 0 {
			m.Headers[name] = values
		}
	}
	return m
}

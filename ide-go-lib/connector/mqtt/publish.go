package mqtt

import (
	"context"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/eclipse/paho.golang/packets"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// overhead is what a packet has beside topic, headers and body, about.
const overhead = 64

// Publish implements connector.Messages. Messages go out one after the other, and are answered while others follow.
func (c *conn) Publish(ctx context.Context, topic string, messages []connector.Message) (sent int, err error) {
	if err := checkTopic(topic); err != nil {
		return 0, err
	}
	if strings.ContainsAny(topic, "+#") {
		return 0, connector.TopicInvalid(topic, "messages go to one topic, not to a pattern")
	}
	if err := c.check(topic, messages); err != nil {
		return 0, err
	}
	if err := connector.Ended(ctx); err != nil {
		return 0, err
	}
	defer c.s.guard(ctx)()
	flying := 0
	land := func() error {
		if err := c.s.flush(); err != nil {
			return c.broken(ctx, err)
		}
		a, err := c.s.answer(ctx, nil)
		if err != nil {
			return err
		}
		if !a.publish {
			return nil // of a subscription before
		}
		flying--
		if a.reason >= packets.PubackUnspecifiedError {
			return c.notTaken(a, topic, sent, messages)
		}
		sent++
		return nil
	}
	for _, m := range messages {
		for flying >= c.s.flight {
			if err := land(); err != nil {
				return sent, err
			}
		}
		if err := c.s.queue(packets.PUBLISH, outgoing(topic, c.s.id(), m)); err != nil {
			return sent, c.broken(ctx, err)
		}
		flying++
	}
	for flying > 0 {
		if err := land(); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// broken says why writing failed: the connection says it better, if it has ended.
func (c *conn) broken(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	if reason := c.s.in.Reason(); reason != nil {
		return reason
	}
	return c.cfg.lost(err)
}

func (c *conn) notTaken(a ack, topic string, index int, messages []connector.Message) error {
	switch a.reason {
	case packets.PubackNotAuthorized:
		return c.cfg.forbidden("publish to", topic)
	case tooLarge:
		return connector.TooLarge(index, len(messages[index].Body), 0, nil)
	}
	return c.cfg.meaning(&refused{a.reason, a.text})
}

func (c *conn) check(topic string, messages []connector.Message) error {
	if err := (connector.Carriage{System: "MQTT", Headers: true}).Check(messages); err != nil {
		return err
	}
	for i, m := range messages {
		size := len(topic) + len(m.Body) + overhead
		for name, v := range m.Headers.All() {
			size += len(name) + len(v) + 5
			if name == "" || len(name) > math.MaxUint16 || len(v) > math.MaxUint16 || !text(name) || !text(v) {
				return errs.Invalid(connector.CodeCarry, "MQTT cannot carry the header %.40q.", name).WithHint("Names and values are texts of at most 65,535 bytes.")
			}
		}
		most := c.s.most
		if most == 0 {
			most = 256 << 20 // the protocol's own
		}
		if size > most {
			return connector.TooLarge(i, len(m.Body), most-(size-len(m.Body)), nil)
		}
	}
	return nil
}

func text(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func outgoing(topic string, id uint16, m connector.Message) *packets.Publish {
	p := &packets.Publish{Topic: topic, PacketID: id, QoS: 1, Payload: m.Body, Properties: &packets.Properties{}}
	for name, v := range m.Headers.All() {
		p.Properties.User = append(p.Properties.User, packets.User{Key: name, Value: v})
	}
	return p
}

// checkTopic makes sure that a topic, or a pattern of topics, is one.
func checkTopic(topic string) error {
	switch {
	case topic == "":
		return connector.TopicInvalid(topic, "it is empty")
	case len(topic) > math.MaxUint16 || !text(topic):
		return connector.TopicInvalid(topic, "it is no text, or longer than 65,535 bytes")
	}
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		if strings.ContainsAny(level, "+#") && len(level) > 1 {
			return connector.TopicInvalid(topic, "+ and # stand for whole levels, between slashes")
		}
		if level == "#" && i < len(levels)-1 {
			return connector.TopicInvalid(topic, "# can only be its end")
		}
	}
	return nil
}

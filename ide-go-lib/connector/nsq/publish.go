package nsq

import (
	"context"
	"encoding/binary"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
)

var namePattern = pattern.Of(`^[.a-zA-Z0-9_-]{1,64}(#ephemeral)?$`)

func checkTopic(topic string) error {
	if namePattern.MatchString(topic) {
		return nil
	}
	return connector.TopicInvalid(topic, "a topic of NSQ has 1 to 64 letters, digits, ., _ and -")
}

// Bounds of what goes out at a time; nsqd takes 5 MB as it is installed.
const (
	togetherBytes = 1 << 20
	together      = 1_000
)

// Publish implements connector.Messages. A topic that is not there is made.
func (c *conn) Publish(ctx context.Context, topic string, messages []connector.Message) (sent int, err error) {
	if err := checkTopic(topic); err != nil {
		return 0, err
	}
	if err := (connector.Carriage{System: "NSQ", NotEmpty: true}).Check(messages); err != nil {
		return 0, err
	}
	if err := connector.Ended(ctx); err != nil {
		return 0, err
	}
	for sent < len(messages) {
		n, size := 0, 0
		for _, m := range messages[sent:] {
			if n > 0 && (size+len(m.Body) > togetherBytes || n == together) {
				break
			}
			n, size = n+1, size+len(m.Body)+4
		}
		if n == 1 {
			err = c.link.call(ctx, "PUB "+topic, messages[sent].Body)
		} else {
			err = c.link.call(ctx, "MPUB "+topic, packed(messages[sent:sent+n], size))
		}
		if err != nil {
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// packed is several messages in one body, of which nsqd takes all or none.
func packed(messages []connector.Message, size int) []byte {
	out := binary.BigEndian.AppendUint32(make([]byte, 0, size+4), uint32(len(messages))) //nolint:gosec // at most together
	for _, m := range messages {
		out = binary.BigEndian.AppendUint32(out, uint32(len(m.Body))) //nolint:gosec // at most togetherBytes
		out = append(out, m.Body...)
	}
	return out
}

// Last implements connector.Messages.
func (c *conn) Last(context.Context, string, int) ([]connector.Message, error) {
	return nil, connector.NotKept("NSQ shows messages only to who takes them", "Read them in a flow, with a channel of its own.")
}

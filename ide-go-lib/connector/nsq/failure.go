package nsq

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// connectFailed says why a connection could not be made.
func (l *link) connectFailed(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var text said
	var own *errs.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &text):
		return l.meaning(reply{string(text), true})
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return connector.Upstream(connector.CodeTimeout, "%s on port %d did not answer in time.", l.host, l.port).WithHint("Check host and port; or raise the seconds to connect.").Wrap(err)
	}
	return connector.NotSpoken("NSQ", l.host, l.port, err)
}

func (l *link) lost(err error) error {
	return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", l.host).WithHint("Look into the log of nsqd, and try again.").Wrap(err)
}

// broken says why something could not be sent or was not answered.
func (l *link) broken(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	// nsqd says why before it closes, but writing fails as soon as it has closed, before that was read.
	patience, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	select {
	case <-l.done:
	case r := <-l.says:
		if e := l.meaning(r); e != nil {
			return e
		}
	case <-patience.Done():
	}
	select {
	case r := <-l.says:
		if e := l.meaning(r); e != nil {
			return e
		}
	default:
	}
	if reason := l.in.Reason(); reason != nil {
		return reason
	}
	return l.lost(err)
}

// meaning says what an answer means, and what to do; nil is fine.
func (l *link) meaning(r reply) error {
	if !r.bad {
		return nil
	}
	word, rest, _ := strings.Cut(r.text, " ")
	cause := said(r.text)
	switch {
	case word == "E_AUTH_FAILED", word == "E_AUTH_FIRST", word == "E_AUTH_ERROR":
		return connector.Upstream(connector.CodeLogin, "nsqd refuses the secret.").WithHint("Check the secret.").Wrap(cause)
	case word == "E_UNAUTHORIZED":
		if !strings.Contains(rest, "failed for ") {
			return connector.Upstream(connector.CodeLogin, "nsqd refuses the secret.").WithHint("Check the secret.").Wrap(cause)
		}
		return errs.Forbidden(connector.CodePermission, "This may not be done with the secret: %s.", rest).WithHint("Ask the administrator of NSQ for it, or use another secret.").Wrap(cause)
	case word == "E_AUTH_DISABLED":
		return connector.Upstream(connector.CodeLogin, "nsqd asks for no secret.").WithHint("Leave the secret empty.").Wrap(cause)
	case strings.Contains(r.text, "TLS required"):
		return connector.Upstream(connector.CodeTLS, "%s takes connections with TLS only.", l.host).WithHint("Set TLS to verify.").Wrap(cause)
	case word == "E_BAD_TOPIC":
		return connector.TopicInvalid(rest, "nsqd does not take it").WithHint("Use letters, digits, ., _ and -, at most 64 of them.").Wrap(cause)
	case word == "E_BAD_CHANNEL":
		return errs.Invalid(connector.CodeGroup, "nsqd does not take the channel: %s.", rest).WithHint("Use letters, digits, ., _ and -, at most 64 of them.").Wrap(cause)
	case word == "E_BAD_MESSAGE" && strings.Contains(rest, "too big"), word == "E_BAD_BODY" && strings.Contains(rest, "too big"):
		return errs.Invalid(connector.CodeTooLarge, "A message is larger than nsqd takes: %s.", rest).WithHint("Send less in one message, or raise max-msg-size at nsqd.").Wrap(cause)
	}
	return connector.Upstream(connector.CodeFailed, "nsqd says: %s.", r.text).Wrap(cause)
}

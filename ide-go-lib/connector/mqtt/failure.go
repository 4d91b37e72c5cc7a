package mqtt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/eclipse/paho.golang/packets"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// refused is a reason that the broker gives.
type refused struct {
	reason byte
	text   string
}

// Error implements error.
func (r *refused) Error() string { return fmt.Sprintf("reason 0x%02X %s", r.reason, r.text) }

// connectFailed says why a connection could not be made.
func (c Config) connectFailed(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var no *refused
	switch {
	case errors.As(err, &no):
		return c.meaning(no)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return connector.Upstream(connector.CodeTimeout, "%s on port %d did not answer in time.", c.Host, c.Port).WithHint("Check host, port and TLS; or raise the seconds to connect.").Wrap(err)
	}
	e := errs.From(connector.NotSpoken("MQTT", c.Host, c.Port, err))
	return e.WithHint("Check host, port and TLS. The broker must speak MQTT 5.")
}

// lost is the error of a connection that has ended.
func (c Config) lost(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the broker's log, and try again.").Wrap(err)
	}
	if e := connector.Unreachable(err, c.Host, c.Port); e != nil {
		return e
	}
	return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the broker's log, and try again.").Wrap(err)
}

// Reasons that paho has no names for in one place.
const (
	sessionTakenOver = 0x8E
	shuttingDown     = 0x8B
	tooManyInFlight  = 0x93
	tooLarge         = 0x95
	filterInvalid    = 0x8F
	noSharing        = 0x9E
	noWildcards      = 0xA2
)

// meaning says what a reason of the broker means, and what to do.
func (c Config) meaning(r *refused) error {
	switch r.reason {
	case packets.ConnackBadUsernameOrPassword, packets.ConnackBadAuthenticationMethod:
		return connector.Upstream(connector.CodeLogin, "The broker refuses the user %q with this password.", c.User).WithHint("Check user and password.").Wrap(r)
	case packets.ConnackNotAuthorized:
		return connector.Upstream(connector.CodeLogin, "The broker refuses the user %q, or this client.", c.User).WithHint("Check user and password, and what the broker lets clients do.").Wrap(r)
	case packets.ConnackInvalidClientID:
		return connector.Upstream(connector.CodeLogin, "The broker refuses the client's identifier, which begins with %q.", c.Client).WithHint("Set in the connection with what it has to begin.").Wrap(r)
	case packets.ConnackBanned:
		return connector.Upstream(connector.CodeLogin, "The broker has banned this client.").WithHint("Ask the broker's administrator.").Wrap(r)
	case packets.ConnackUnsupportedProtocolVersion:
		return connector.Upstream(connector.CodeUnfit, "The broker does not speak MQTT 5.").WithHint("Use a broker that does; most do, from versions of 2019 on.").Wrap(r)
	case packets.ConnackServerUnavailable, packets.ConnackServerBusy, packets.ConnackConnectionRateExceeded, shuttingDown:
		return errs.Unavailable(connector.CodeBusy, "The broker is not ready, or too busy.").WithHint("Try again later.").Wrap(r)
	case packets.ConnackQuotaExceeded:
		return errs.Unavailable(connector.CodeFull, "A quota of the broker is used up.").WithHint("Raise it at the broker, or send less.").Wrap(r)
	case sessionTakenOver:
		return errs.Conflict(connector.CodeBusy, "Somebody else takes messages under the same group.").WithHint("A group of MQTT can be used by one step at a time; give each a group of its own.").Wrap(r)
	case tooLarge:
		return connector.TooLarge(0, 0, 0, r)
	case tooManyInFlight:
		return connector.Upstream(connector.CodeFailed, "The broker takes fewer messages at a time than it said.").Wrap(r)
	case filterInvalid, packets.ConnackTopicNameInvalid:
		return errs.Invalid(connector.CodeTopicName, "The broker does not take the topic.").Wrap(r)
	case noWildcards:
		return errs.Invalid(connector.CodeTopicName, "The broker takes no topics with wildcards.").Wrap(r)
	case noSharing:
		return errs.Invalid(connector.CodeGroup, "The broker takes no shared subscriptions.").Wrap(r)
	}
	return connector.Upstream(connector.CodeFailed, "The broker gives the reason 0x%02X. %s", r.reason, r.text).Wrap(r)
}

// forbidden is the error of a topic that the user may not use.
func (c Config) forbidden(what, topic string) error {
	return errs.Forbidden(connector.CodePermission, "The user %q may not %s %q.", c.User, what, topic).WithHint("Ask the broker's administrator for the permission, or use another user.")
}

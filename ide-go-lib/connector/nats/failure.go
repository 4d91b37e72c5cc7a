package nats

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

func badCredentials() *errs.Error {
	return connector.Invalid([]errs.Detail{{Code: "bad_credentials", Message: "This is no content of a .creds file.", Place: errs.Place{Field: "with.credentials"}}})
}

// connectFailed says why a connection could not be made.
func connectFailed(ctx context.Context, err error, c Config) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	who := c.User
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "authorization violation"), strings.Contains(text, "authentication"), strings.Contains(text, "nkey"):
		if who == "" {
			return connector.Upstream(connector.CodeLogin, "The server refuses this token or these credentials.").WithHint("Check them; where the server has users, enter one.").Wrap(err)
		}
		return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this password.", who).WithHint("Check user and password.").Wrap(err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return connector.TLSMissing(c.Host, err)
	case errors.Is(err, nats.ErrSecureConnRequired):
		return connector.Upstream(connector.CodeTLS, "%s takes connections with TLS only.", c.Host).WithHint("Set TLS to verify.").Wrap(err)
	case errors.Is(err, nats.ErrMaxConnectionsExceeded), errors.Is(err, nats.ErrMaxAccountConnectionsExceeded):
		return errs.Unavailable(connector.CodeTooMany, "The server takes no more connections.").WithHint("Try again later, or lower the connections at a time.").Wrap(err)
	case errors.Is(err, nats.ErrTimeout):
		return connector.Upstream(connector.CodeTimeout, "%s on port %d did not answer in time.", c.Host, c.Port).WithHint("Check host and port; or raise the seconds to connect.").Wrap(err)
	case errors.Is(err, io.EOF), errors.Is(err, nats.ErrNoInfoReceived):
		return connector.NotSpoken("NATS", c.Host, c.Port, err)
	}
	if e := connector.Unreachable(err, c.Host, c.Port); e != nil {
		return e
	}
	return connector.NotSpoken("NATS", c.Host, c.Port, err)
}

// noStreams says that there is no JetStream, or none for this user.
func noStreams(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, nats.ErrNoResponders)
}

// failed says what an error means, and what to do.
func (c *conn) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	if refused := c.refusal(); refused != nil {
		return c.forbidden(refused)
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrStaleConnection),
		errors.Is(err, nats.ErrConnectionReconnecting), c.nc.IsClosed():
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.cfg.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
	case errors.Is(err, nats.ErrSlowConsumer):
		return connector.Upstream(connector.CodeLost, "Messages came faster than they were taken, and some are lost.").WithHint("Take more at a time, or have a stream keep the subject.").Wrap(err)
	case errors.Is(err, nats.ErrPermissionViolation):
		return c.forbidden(err)
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return connector.Upstream(connector.CodeTimeout, "%s did not answer in time.", c.cfg.Host).WithHint("Try again, or look into the server's log.").Wrap(err)
	case noStreams(err):
		return connector.Upstream(connector.CodeUnfit, "%s has no JetStream for this user, so it keeps no messages.", c.cfg.Host).
			WithHint("Turn JetStream on at the server, or set in the connection: Also subjects that nobody keeps.").Wrap(err)
	case errors.As(err, &api) && (api.Code == 503 || strings.Contains(api.Description, "maximum") || strings.Contains(api.Description, "insufficient")):
		return errs.Unavailable(connector.CodeFull, "The server cannot keep it: %s.", api.Description).WithHint("Raise the limits of the stream or the server, or let it keep less.").Wrap(err)
	}
	return connector.Upstream(connector.CodeFailed, "The server says: %s.", strings.TrimSuffix(strings.TrimPrefix(err.Error(), "nats: "), ".")).Wrap(err)
}

// refusal gives what the server has said meanwhile that the user may not do.
func (c *conn) refusal() error {
	select {
	case err := <-c.refused:
		return err
	default:
		return nil
	}
}

func (c *conn) forbidden(err error) error {
	what := strings.TrimPrefix(err.Error(), "nats: ")
	return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", c.cfg.User, strings.TrimSuffix(what, ".")).
		WithHint("Ask the server's administrator for the permission, or use another user.").Wrap(err)
}

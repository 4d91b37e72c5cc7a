package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// connectFailed says why a cluster could not be reached.
func (c *conn) connectFailed(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var server *kerr.Error
	if errors.As(err, &server) {
		return c.failed(ctx, err)
	}
	if why := c.line.why(); why != nil {
		return why
	}
	if c.cfg.Login == "none" && strings.Contains(strings.ToLower(err.Error()), "sasl") {
		return connector.Upstream(connector.CodeLogin, "The broker at %s on port %d ends the connection at once: it wants a login, or TLS.", c.cfg.Host, c.cfg.Port).
			WithHint("Choose the kind of login with user and password, or set TLS as the brokers want it.").Wrap(err)
	}
	if strings.Contains(err.Error(), "scram") || strings.Contains(strings.ToLower(err.Error()), "sasl") {
		return c.login(err)
	}
	return connector.NotSpoken("Kafka", c.cfg.Host, c.cfg.Port, err)
}

func (c *conn) login(cause error) error {
	return connector.Upstream(connector.CodeLogin, "The brokers refuse the user %q with this password.", c.cfg.User).WithHint("Check user, password, and the kind of login.").Wrap(cause)
}

// failed says what an error means, and what to do.
func (c *conn) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	var server *kerr.Error
	if errors.As(err, &server) {
		return c.meaning(server, err)
	}
	if why := c.line.why(); why != nil {
		return why
	}
	switch {
	case errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, kgo.ErrRecordRetries), errors.Is(err, context.DeadlineExceeded):
		return connector.Upstream(connector.CodeTimeout, "The brokers did not answer in time.").WithHint("Try again, or look into their log.").Wrap(err)
	case errors.Is(err, io.EOF), errors.Is(err, kgo.ErrClientClosed):
		return c.lost(err)
	}
	if e := connector.Unreachable(err, c.cfg.Host, c.cfg.Port); e != nil {
		return e
	}
	return c.lost(err)
}

func (c *conn) lost(err error) error {
	return connector.Upstream(connector.CodeLost, "The connection to the brokers was lost.").WithHint("Look into their log, and try again.").Wrap(err)
}

func (c *conn) meaning(e *kerr.Error, cause error) error {
	forbidden := func(what string) error {
		return errs.Forbidden(connector.CodePermission, "The user %q may not %s.", c.cfg.User, what).WithHint("Ask the administrator of Kafka for it, with an ACL, or use another user.").Wrap(cause)
	}
	switch {
	case errors.Is(e, kerr.SaslAuthenticationFailed):
		return c.login(cause)
	case errors.Is(e, kerr.UnsupportedSaslMechanism), errors.Is(e, kerr.IllegalSaslState):
		return connector.Upstream(connector.CodeLogin, "The brokers do not take the login %s.", c.cfg.Login).WithHint("Choose another kind of login.").Wrap(cause)
	case errors.Is(e, kerr.TopicAuthorizationFailed):
		return forbidden("use the topic")
	case errors.Is(e, kerr.GroupAuthorizationFailed):
		return forbidden("use the group")
	case errors.Is(e, kerr.ClusterAuthorizationFailed), errors.Is(e, kerr.TransactionalIDAuthorizationFailed):
		return forbidden("do this in the cluster")
	case errors.Is(e, kerr.InvalidTopicException):
		return errs.Invalid(connector.CodeTopicName, "The topic cannot have this name.").WithHint("Use letters, digits, ., _ and -, at most 249 of them.").Wrap(cause)
	case errors.Is(e, kerr.MessageTooLarge), errors.Is(e, kerr.RecordListTooLarge):
		return errs.Invalid(connector.CodeTooLarge, "A message is larger than the topic takes.").WithHint("Send less in one message, or raise max.message.bytes of the topic.").Wrap(cause)
	case errors.Is(e, kerr.OffsetOutOfRange):
		return errs.Conflict(connector.CodePosition, "The messages to go on with were removed meanwhile.").WithHint("Begin anew, or let the topic keep its messages longer.").Wrap(cause)
	case errors.Is(e, kerr.NotEnoughReplicas), errors.Is(e, kerr.NotEnoughReplicasAfterAppend), errors.Is(e, kerr.LeaderNotAvailable), errors.Is(e, kerr.NotLeaderForPartition):
		return errs.Unavailable(connector.CodeBusy, "Too few brokers are there for the topic: %s.", e.Description).WithHint("Try again later.").Wrap(cause)
	case errors.Is(e, kerr.ThrottlingQuotaExceeded), errors.Is(e, kerr.KafkaStorageError):
		return errs.Unavailable(connector.CodeFull, "The brokers cannot take it: %s.", e.Description).WithHint("Try again later, or look into their log.").Wrap(cause)
	case errors.Is(e, kerr.InvalidGroupID):
		return errs.Invalid(connector.CodeGroup, "The group cannot have this name.").Wrap(cause)
	}
	return connector.Upstream(connector.CodeFailed, "The brokers say: %s (%s).", strings.TrimSuffix(e.Description, "."), e.Message).Wrap(fmt.Errorf("%w", cause))
}

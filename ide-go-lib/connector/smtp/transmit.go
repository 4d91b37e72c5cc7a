package smtp

import (
	"context"
	"errors"
	"io"
	"net/textproto"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// transmit hands a mail over. Nothing of it is sent when one of the recipients is refused.
func (c *conn) transmit(ctx context.Context, from string, to []string, write func(io.Writer) (int64, error)) error {
	if err := c.client.Mail(from); err != nil {
		if code := codeOf(err); code >= 500 && code != 530 {
			return errs.Invalid(connector.CodeMail, "The server takes no mail from %s: %s.", from, said(err)).WithHint("Check the sender; many servers take only that of the user.").Wrap(err)
		}
		return c.failed(ctx, err)
	}
	for _, one := range to {
		if err := c.client.Rcpt(one); err != nil {
			if codeOf(err) >= 500 {
				return errs.Invalid(connector.CodeRecipient, "The server takes no mail for %s: %s.", strings.Trim(one, "<>"), said(err)).WithHint("Check the address. The mail was sent to none of its recipients.").Wrap(err)
			}
			return c.failed(ctx, err)
		}
	}
	w, err := c.client.Data()
	if err != nil {
		return c.failed(ctx, err)
	}
	if _, err := write(w); err != nil {
		_ = c.line.Close() // what has gone over must not count as a mail
		var own *errs.Error
		if errors.As(err, &own) {
			return own
		}
		return c.failed(ctx, err)
	}
	if ended := connector.Ended(ctx); ended != nil { // the line is cut, but perhaps not yet: the end must not go over
		_ = c.line.Close()
		return ended
	}
	if err := w.Close(); err != nil {
		if codeOf(err) >= 500 {
			return errs.Invalid(connector.CodeMail, "The server does not take the mail: %s.", said(err)).WithHint("It may be too large, or look like junk to the server.").Wrap(err)
		}
		return c.failed(ctx, err)
	}
	return nil
}

// codeOf gives the server's code; 0 is that of an error which it did not say.
func codeOf(err error) int {
	var e *textproto.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func said(err error) string {
	var e *textproto.Error
	if errors.As(err, &e) {
		return strings.TrimSuffix(strings.Join(strings.Fields(e.Msg), " "), ".")
	}
	return err.Error()
}

// failed says what an error means, and what to do.
func (c *conn) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	switch code := codeOf(err); {
	case code == 530 && strings.Contains(said(err), "STARTTLS"):
		return connector.Upstream(connector.CodeTLS, "The server %s wants TLS before anything else.", c.cfg.Host).WithHint("Set TLS to verify.").Wrap(err)
	case code == 530 || code == 535:
		if c.cfg.User == "" {
			return connector.Upstream(connector.CodeLogin, "The server wants a login: %s.", said(err)).WithHint("Set a user and a password.").Wrap(err)
		}
		return c.cfg.Login(err)
	case code >= 400 && code < 500:
		return errs.Unavailable(connector.CodeDeferred, "The server takes no mail at the moment: %s (%d).", said(err), code).WithHint("Try again later.").Wrap(err)
	case code >= 500:
		return connector.Upstream(connector.CodeMail, "The server says: %s (%d).", said(err), code).Wrap(err)
	}
	return c.cfg.Failed(ctx, err, c.cfg.server())
}

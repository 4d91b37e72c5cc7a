package sftp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/pkg/sftp"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// failed says what an error means, and what to do. Name is the file that it is about, or empty.
func (c *conn) failed(ctx context.Context, err error, name string) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var own *errs.Error
	var source *foreign
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &source):
		return source.error
	case errors.Is(err, os.ErrNotExist):
		have, listed := connector.Beside(ctx, c, name)
		if listed != nil {
			have = nil // the names are only there to help
		}
		return connector.ObjectMissing(name, have).Wrap(err)
	case errors.Is(err, os.ErrPermission):
		return errs.Forbidden(connector.CodePermission, "The user %q may not do this with %q.", c.cfg.User, c.named(name)).
			WithHint("Ask the server's operator for it, or use another user or folder.").Wrap(err)
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.cfg.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
	}
	var status *sftp.StatusError
	if errors.As(err, &status) {
		return connector.Upstream(connector.CodeFailed, "The server could not do this with %q: %s.", c.named(name), strings.TrimSuffix(status.Error(), ".")).
			WithHint("Its disk may be full, or a folder may have this name; the server's log says more.").Wrap(err)
	}
	if out := connector.Unreachable(err, c.cfg.Host, c.cfg.Port); out != nil {
		return out
	}
	return connector.Upstream(connector.CodeFailed, "The server could not do this with %q: %v.", c.named(name), err).WithHint("Look into the server's log.").Wrap(err)
}

// named calls the folder of the connection by its name.
func (c *conn) named(name string) string {
	if name == "" {
		return "/" + strings.TrimPrefix(c.cfg.Folder, "/")
	}
	return name
}

func (c *conn) connectFailed(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var stranger *strangerError
	if errors.As(err, &stranger) {
		return c.stranger(stranger)
	}
	// What is lost in the first words was not there yet.
	if out := connector.Unreachable(err, c.cfg.Host, c.cfg.Port); out != nil && errs.From(out).Code != connector.CodeLost {
		return out
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "unable to authenticate"):
		return c.loginRefused(text).Wrap(err)
	case strings.Contains(text, "no common algorithm for host key"):
		return withField(connector.Upstream(connector.CodeHostKey, "%s has no host key of the kind that is entered.", c.cfg.Host).
			WithHint("Empty the host key and test again: the test then shows which one to enter."), "host_key").Wrap(err)
	case strings.Contains(text, "no common algorithm"):
		return connector.Upstream(connector.CodeRefused, "%s speaks a form of SSH that is no longer safe: %s.", c.cfg.Host, strings.TrimPrefix(text, "ssh: handshake failed: ssh: ")).
			WithHint("Bring the server up to date.").Wrap(err)
	case strings.Contains(text, "subsystem request failed"):
		return connector.Upstream(connector.CodeSubsystem, "%s speaks SSH, but gives the user %q no SFTP.", c.cfg.Host, c.cfg.User).
			WithHint("Turn it on at the server: Subsystem sftp internal-sftp.").Wrap(err)
	}
	return connector.Upstream(connector.CodeRefused, "What answers at %s on port %d is no SSH server, or ends the connection at once.", c.cfg.Host, c.cfg.Port).
		WithHint("Check host and port, and look into the server's log.").Wrap(err)
}

func (c *conn) stranger(s *strangerError) error {
	if s.known {
		return withField(connector.Upstream(connector.CodeHostKey, "%s shows another host key than the one that is entered: %s.", c.cfg.Host, s.shown).
			WithHint("Ask its operator whether the key has changed. If not, somebody is in between: nothing was sent to them. If so, enter %s as the host key.", s.shown), "host_key")
	}
	return withField(connector.Upstream(connector.CodeHostKey, "The host key of %s is not known yet: %s.", c.cfg.Host, s.shown).
		WithHint("Compare it with what the server's operator says, and enter it as the host key: %s", s.shown), "host_key")
}

func (c *conn) loginRefused(text string) *errs.Error {
	what, field := "password", "password"
	switch {
	case c.cfg.PrivateKey != "" && c.cfg.Password != "":
		what, field = "private key and this password", "private_key"
	case c.cfg.PrivateKey != "":
		what, field = "private key", "private_key"
	}
	hint := "Check user and " + strings.ReplaceAll(what, "this ", "") + "."
	switch {
	case c.cfg.PrivateKey == "" && !strings.Contains(text, "password") && !strings.Contains(text, "keyboard-interactive"):
		hint = "The server takes no passwords; give a private key."
	case c.cfg.PrivateKey != "":
		hint += " The public key must be in the user's authorized_keys on the server."
	}
	return withField(connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this %s.", c.cfg.User, what).WithHint("%s", hint), field)
}

func withField(e *errs.Error, field string) *errs.Error {
	return e.With(e.At(errs.Place{Field: "config." + field}))
}

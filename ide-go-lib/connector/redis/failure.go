package redis

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// connectFailed says why a connection could not be made.
func connectFailed(ctx context.Context, err error, c Config) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var own *errs.Error
	var server redis.Error
	if errors.As(err, &own) || errors.As(err, &server) {
		return failed(ctx, err, c)
	}
	if e := connector.Unreachable(err, c.Host, c.Port); e != nil && !errors.Is(err, io.EOF) {
		return e
	}
	return connector.NotSpoken("Redis", c.Host, c.Port, err)
}

var commandRefused = pattern.Of(`(?i)no permissions to (?:run the '([^']+)' command|access)`)

// failed says what an error of the server means, and what to do.
func failed(ctx context.Context, err error, c Config) error {
	if err == nil {
		return nil
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	var server redis.Error
	if errors.As(err, &server) && !errors.Is(err, redis.Nil) {
		return meaning(server, c)
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	if out := connector.Unreachable(err, c.Host, c.Port); out != nil {
		return out
	}
	return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
}

func meaning(e redis.Error, c Config) error {
	text := e.Error()
	word, rest, _ := strings.Cut(text, " ")
	user := c.User
	if user == "" {
		user = "default"
	}
	switch {
	case word == "WRONGPASS", strings.Contains(text, "invalid password"):
		return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this password.", user).WithHint("Check user and password.").Wrap(e)
	case word == "NOAUTH":
		return connector.Upstream(connector.CodeLogin, "The server wants a password.").WithHint("Enter the password of the user %q.", user).Wrap(e)
	case strings.Contains(text, "without any password configured"):
		return connector.Upstream(connector.CodeLogin, "The server has no passwords.").WithHint("Leave the password empty, or set one at the server.").Wrap(e)
	case word == "DENIED":
		return connector.Upstream(connector.CodeLogin, "The server takes connections from its own machine only, because it has no password.").WithHint("Set a password at the server.").Wrap(e)
	case word == "NOPERM":
		what := rest
		if m := commandRefused.FindStringSubmatch(text); m != nil && m[1] != "" {
			what = "it has no permission for the command " + m[1]
		}
		return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", user, strings.TrimSuffix(what, ".")).
			WithHint("Ask the server's administrator for it with ACL SETUSER, or use another user.").Wrap(e)
	case strings.Contains(text, "DB index"):
		return connector.Upstream(connector.CodeDatabase, "There is no database %d on %s.", c.Database, c.Host).WithHint("Choose a smaller number; most servers have those from 0 to 15.").Wrap(e)
	case strings.Contains(text, "max number of clients"):
		return errs.Unavailable(connector.CodeTooMany, "The server takes no more connections.").WithHint("Try again later, or lower the connections at a time.").Wrap(e)
	case word == "OOM":
		return errs.Unavailable(connector.CodeFull, "The memory of the server is full.").WithHint("Remove keys, let them expire, or raise maxmemory at the server.").Wrap(e)
	case word == "MISCONF":
		return errs.Unavailable(connector.CodeFull, "The server cannot save to its disk, and takes no writes: %s.", strings.TrimSuffix(rest, ".")).WithHint("Look into the server's log.").Wrap(e)
	case word == "READONLY":
		return connector.Upstream(connector.CodePermission, "The server is a replica that takes no writes.").WithHint("Connect to the primary.").Wrap(e)
	case word == "MOVED", word == "CROSSSLOT", word == "ASK", word == "CLUSTERDOWN":
		return connector.Upstream(connector.CodeUnfit, "The server is part of a cluster: %s.", text).WithHint("Connect to a server that is none, or to a proxy before the cluster.").Wrap(e)
	case word == "LOADING", word == "MASTERDOWN", word == "BUSY", word == "TRYAGAIN":
		return errs.Unavailable(connector.CodeBusy, "The server is not ready: %s.", strings.TrimSuffix(rest, ".")).WithHint("Try again later.").Wrap(e)
	case strings.Contains(text, "unknown command"):
		return connector.Upstream(connector.CodeUnfit, "The server does not know a command: %s.", strings.TrimSuffix(text, ".")).WithHint("Redis 6.2 or newer is needed, and a user who has the command.").Wrap(e)
	}
	return connector.Upstream(connector.CodeFailed, "The server says: %s.", strings.TrimSuffix(text, ".")).Wrap(e)
}

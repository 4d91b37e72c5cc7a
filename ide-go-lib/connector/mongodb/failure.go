package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// Codes of the server.
const (
	badValue         = 2
	unauthorized     = 13
	authFailed       = 18
	exceededTime     = 50
	namespaceMissing = 26
	documentInvalid  = 121
	shutdown         = 91
	primarySteppedUp = 189
	notImplemented   = 238
	maxTimeMS        = 50
	interrupted      = 11601
	notPrimary       = 10107
	needsLogin       = 8000
	tooLarge         = 10334
)

var duplicate = pattern.Of(`index: (\S+).*?dup key: (.*)$`)

// connectFailed says why nobody could be reached, or logged in to.
func connectFailed(ctx context.Context, err error, t *trips) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	c := t.cfg
	why := t.reason()
	for _, one := range []error{why, err} {
		if one == nil {
			continue
		}
		if refusedLogin(one) {
			return login(c, one)
		}
		var server mongo.ServerError
		if errors.As(one, &server) {
			return failed(ctx, one, c)
		}
	}
	if c.ReplicaSet != "" && why == nil {
		return connector.Upstream(connector.CodeRefused, "No primary of the replica set %q was found from %s on port %d.", c.ReplicaSet, c.Host, c.Port).
			WithHint("Check the set's name, and that the names of its members are known here; or leave the name out to speak to the host alone.").Wrap(err)
	}
	for _, one := range []error{why, err} {
		if e := connector.Unreachable(one, c.Host, c.Port); e != nil {
			return e
		}
	}
	if c.SRV && strings.Contains(err.Error(), "lookup") {
		return connector.Upstream(connector.CodeHostUnknown, "DNS lists no servers for %q.", c.Host).WithHint("Check the name, or turn Servers by DNS off.").Wrap(err)
	}
	return connector.NotSpoken("MongoDB", c.Host, c.Port, errors.Join(err, why))
}

func refusedLogin(err error) bool {
	var server mongo.ServerError
	if errors.As(err, &server) && (server.HasErrorCode(authFailed) || server.HasErrorCode(needsLogin)) {
		return true
	}
	text := err.Error()
	return strings.Contains(text, "AuthenticationFailed") || strings.Contains(text, "unable to authenticate") || strings.Contains(text, "Authentication failed")
}

func login(c Config, err error) error {
	return connector.Upstream(connector.CodeLogin, "The server refuses the user %q of the database %q with this password.", c.User, c.AuthSource).
		WithHint("Check user and password, and in which database the user was made.").Wrap(err)
}

// failed says what an error of the server means, and what to do.
func failed(ctx context.Context, err error, c Config) error {
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
	var server mongo.ServerError
	if errors.As(err, &server) && !mongo.IsNetworkError(err) { // the driver gives a lost connection as an answer too
		return meaning(server, c)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), mongo.IsTimeout(err) && c.QuerySeconds > 0:
		return tooLong(err)
	case refusedLogin(err):
		return login(c, err)
	}
	if out := connector.Unreachable(err, c.Host, c.Port); out != nil {
		return out
	}
	if mongo.IsNetworkError(err) || errors.Is(err, io.EOF) || errors.Is(err, mongo.ErrClientDisconnected) {
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
	}
	return connector.Upstream(connector.CodeFailed, "The server's answer cannot be used: %v.", err).Wrap(err)
}

func tooLong(err error) error {
	return connector.Upstream(connector.CodeQueryTimeout, "The query took longer than it may.").WithHint("Read less at a time, or raise the seconds for a query.").Wrap(err)
}

func meaning(e mongo.ServerError, c Config) error {
	message := said(e)
	switch {
	case e.HasErrorCode(authFailed), e.HasErrorCode(needsLogin):
		return login(c, e)
	case e.HasErrorCode(unauthorized):
		if c.User == "" {
			return errs.Forbidden(connector.CodePermission, "The server wants a login: %s.", message).WithHint("Set a user and a password.").Wrap(e)
		}
		return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", c.User, message).
			WithHint("Give the user a role for it, such as readWrite, or use another user.").Wrap(e)
	case mongo.IsDuplicateKeyError(e):
		what := message
		if m := duplicate.FindStringSubmatch(message); m != nil {
			what = m[1] + ": " + m[2]
		}
		return errs.Conflict(connector.CodeUnique, "There is a document of the same key already: %s.", what).
			WithHint("Update by key in place of appending, or leave the rows out that are there.").Wrap(e)
	case e.HasErrorCode(documentInvalid):
		return errs.Invalid(connector.CodeCheck, "A document breaks the rules of the collection: %s.", message).WithHint("Look at the collection's validator.").Wrap(e)
	case e.HasErrorCode(maxTimeMS), e.HasErrorCode(interrupted):
		return tooLong(e)
	case e.HasErrorCode(tooLarge):
		return errs.Invalid(connector.CodeType, "A document is larger than the server takes: %s.", message).Wrap(e)
	case e.HasErrorCode(shutdown), e.HasErrorCode(primarySteppedUp), e.HasErrorCode(notPrimary):
		return errs.Unavailable(connector.CodeLost, "The server takes no writes at the moment: %s.", message).WithHint("Try again later; for a replica set, set its name.").Wrap(e)
	}
	return errs.Invalid(connector.CodeQuery, "The server says: %s.", message).Wrap(e)
}

// said is what the server itself says of an error.
func said(e mongo.ServerError) string {
	var command mongo.CommandError
	var write mongo.WriteException
	var bulk mongo.BulkWriteException
	switch {
	case errors.As(e, &command):
		return strings.TrimSuffix(command.Message, ".")
	case errors.As(e, &write) && len(write.WriteErrors) > 0:
		return strings.TrimSuffix(write.WriteErrors[0].Message, ".")
	case errors.As(e, &bulk) && len(bulk.WriteErrors) > 0:
		return strings.TrimSuffix(bulk.WriteErrors[0].Message, ".")
	}
	return strings.TrimSuffix(fmt.Sprint(e), ".")
}

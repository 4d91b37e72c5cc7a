package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// failed says what an error means, and what to do. Name is the object that it is about, or empty.
func (c *conn) failed(ctx context.Context, err error, name string) error {
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
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		return c.meaning(ctx, answer, name)
	}
	if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return connector.TLSMissing(c.cfg.Host, err)
	}
	if out := connector.Unreachable(err, c.cfg.Host, c.cfg.Port); out != nil {
		return out
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.cfg.Host).WithHint("Try again.").Wrap(err)
	}
	return c.stranger(err)
}

// stranger is the error of an answer that no S3 server gives.
func (c *conn) stranger(err error) error {
	return connector.Upstream(connector.CodeRefused, "What answers at %s on port %d does not speak S3, or ends the connection at once.", c.cfg.Host, c.cfg.Port).
		WithHint("Check host, port and TLS; the address of a web console is not that of the API.").Wrap(err)
}

func (c *conn) meaning(ctx context.Context, e minio.ErrorResponse, name string) error {
	switch e.Code {
	case "NoSuchBucket":
		return connector.Upstream(connector.CodeBucket, "There is no bucket %q on %s.", c.cfg.Bucket, c.cfg.Host).WithHint("%s", c.buckets(ctx)).Wrap(e)
	case "NoSuchKey", "NotFound":
		return c.missing(ctx, name, e)
	case "ExpiredToken", "TokenRefreshRequired":
		return connector.Upstream(connector.CodeLogin, "The session token of the access key %q has ended.", c.cfg.AccessKey).WithHint("Enter a new access key, secret key and session token.").Wrap(e)
	case "InvalidToken", "InvalidClientTokenId":
		return connector.Upstream(connector.CodeLogin, "The server refuses the session token of the access key %q.", c.cfg.AccessKey).
			WithHint("Check that all three are of the same time: access key, secret key and session token. Of keys that stay, leave the token empty.").Wrap(e)
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "XAdminNoSuchUser":
		return connector.Upstream(connector.CodeLogin, "The server refuses the access key %q with this secret key.", c.cfg.AccessKey).WithHint("Check both keys.").Wrap(e)
	case "AccessDenied", "AllAccessDisabled", "AccountProblem":
		what := "see what is in the bucket " + c.cfg.Bucket
		if name != "" {
			what = "do this with " + name
		}
		who := "The access key " + c.cfg.AccessKey
		if c.cfg.AccessKey == "" {
			who = "Whoever gives no access key"
		}
		return errs.Forbidden(connector.CodePermission, "%s may not %s.", who, what).WithHint("Ask the bucket's owner for it (s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject), or use another key.").Wrap(e)
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "InvalidRegion", "IllegalLocationConstraintException":
		hint := "Set the region and the host to those of the bucket."
		if e.Region != "" {
			hint = "Set the region to " + e.Region + ", and the host to that of this region."
		}
		return connector.Upstream(connector.CodeBucket, "The bucket %q is not in the region %s.", c.cfg.Bucket, c.cfg.Region).WithHint("%s", hint).Wrap(e)
	case "RequestTimeTooSkewed":
		return connector.Upstream(connector.CodeLogin, "The clock of this machine is not that of the server.").WithHint("Set this machine's time.").Wrap(e)
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "TooManyRequests", "RequestLimitExceeded":
		return errs.Unavailable(connector.CodeTooMany, "The server takes no more requests for now.").WithHint("Try again later, or lower the connections at a time.").Wrap(e)
	case "PreconditionFailed":
		return errs.Conflict(connector.CodeBusy, "The object %q changed in the meantime.", name).WithHint("Try again.").Wrap(e)
	case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "EntityTooLarge":
		return errs.Unavailable("disk_full", "The server has no room for %q: %s.", name, strings.TrimSuffix(e.Message, ".")).WithHint("Make room there, or ask for a larger quota.").Wrap(e)
	}
	switch {
	case strings.Contains(e.Message, "HTTP request to an HTTPS server"):
		return connector.Upstream(connector.CodeTLS, "%s speaks TLS only.", c.cfg.Host).WithHint("Set TLS to verify.").Wrap(e)
	case e.RequestID == "" && e.HostID == "" && strings.HasPrefix(e.Code, http.StatusText(e.StatusCode)) || strings.Contains(e.Message, "<html"):
		return c.stranger(e)
	}
	return connector.Upstream(connector.CodeFailed, "The server says: %s (%s).", strings.TrimSuffix(e.Message, "."), e.Code).WithHint("Look into the server's log.").Wrap(e)
}

// buckets offers the names that there are, as far as the key may see them.
func (c *conn) buckets(ctx context.Context) string {
	const check = "Check the name of the bucket."
	list, err := c.core.ListBuckets(ctx)
	if err != nil { // keys for one bucket seldom may
		return check
	}
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.Name
	}
	if hint := near.Hint(c.cfg.Bucket, names); hint != "" {
		return hint
	}
	return check
}

// missing is the error of an object that is not there. A HEAD does not say whether it is the bucket; a listing does.
func (c *conn) missing(ctx context.Context, name string, cause error) error {
	have, err := connector.Beside(ctx, c, name)
	if err != nil {
		if e := errs.From(err); e.Code == connector.CodeBucket {
			return e
		}
	}
	return connector.ObjectMissing(name, have).Wrap(cause)
}

package connector

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Codes of what goes wrong with a connection. They are the same for all systems.
const (
	CodeHostUnknown   = "host_unknown"
	CodeRefused       = "connection_refused"
	CodeTimeout       = "connection_timeout"
	CodeLost          = "connection_lost"
	CodeTLS           = "tls_failed"
	CodeLogin         = "login_refused"
	CodeNoLogin       = "login_unsupported" // there is no such way to log in
	CodeDatabase      = "database_missing"
	CodeTable         = "table_missing"
	CodeColumn        = "column_missing"
	CodeTooMany       = "too_many_connections"
	CodePermission    = "permission_missing"
	CodeType          = "type_mismatch"
	CodeSQL           = "sql_invalid"
	CodeFailed        = "sql_failed"
	CodeUnique        = "unique_violated"
	CodeNull          = "null_refused"
	CodeReference     = "reference_violated"
	CodeCheck         = "check_violated"
	CodeKeys          = "keys_invalid"
	CodeCount         = "rows_mismatch"
	CodeQueryTimeout  = "query_timeout"
	CodeBusy          = "target_busy"
	CodeDependents    = "table_has_dependents"
	CodeNoTransaction = "no_transactions"
	CodeEmpty         = "nothing_to_mirror"
)

// entered are the codes of what people have to mend in the connection: the other side works, and says no to what was entered.
var entered = []string{CodeLogin, CodeNoLogin, CodeDatabase}

// Upstream is what the system at the other end says no to, or an error of its own.
func Upstream(code, format string, args ...any) *errs.Error {
	if slices.Contains(entered, code) {
		return errs.Invalid(code, format, args...)
	}
	return errs.New(http.StatusBadGateway, code, format, args...)
}

// Ended gives the error of a context that has ended, or nil.
func Ended(ctx context.Context) error {
	switch {
	case ctx.Err() == nil:
		return nil
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return errs.New(http.StatusGatewayTimeout, codeTimeUp, "The work took longer than it may.").Wrap(ctx.Err())
	}
	return errs.New(499, "canceled", "The work was canceled.").Wrap(ctx.Err())
}

const codeTimeUp = "timeout"

// TimeUp says whether an error is that of Ended for a context whose time was up, and not of a system that took too long.
func TimeUp(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Code == codeTimeUp
}

// Unreachable says why a server could not be reached, or gives nil when err is about something else.
func Unreachable(err error, host string, port int) error {
	var own *errs.Error
	if errors.As(err, &own) {
		return own // the address may not be reached
	}
	if e := tlsProblem(err, host); e != nil {
		return e
	}
	var dns *net.DNSError
	var deadline net.Error
	switch {
	case errors.As(err, &dns) && dns.IsTimeout:
		return Upstream(CodeTimeout, "The name %s could not be looked up in time.", host).WithHint("Try again, or check this machine's DNS.").Wrap(err)
	case errors.As(err, &dns):
		return Upstream(CodeHostUnknown, "There is no host %q.", host).WithHint("Check the name of the host.").Wrap(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return Upstream(CodeRefused, "Nothing listens at %s on port %d.", host, port).WithHint("Check host and port, and whether the server runs and listens on this address.").Wrap(err)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Upstream(CodeRefused, "The network has no way to %s.", host).WithHint("Check the host and this machine's network.").Wrap(err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &deadline) && deadline.Timeout():
		return Upstream(CodeTimeout, "%s on port %d did not answer in time.", host, port).WithHint("Check host and port, and firewalls in between; or raise the seconds to connect.").Wrap(err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return Upstream(CodeLost, "The connection to %s was lost.", host).WithHint("Look into the server's log, and try again.").Wrap(err)
	}
	return nil
}

func tlsProblem(err error, host string) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return Upstream(CodeTLS, "The certificate of %s is not signed by anybody known.", host).
			WithHint("Put the certificate of its authority into the connection, or set TLS to encrypt, which does not check who answers.").Wrap(err)
	case errors.As(err, &name):
		return Upstream(CodeTLS, "The certificate that %s shows is not for this name.", host).
			WithHint("Use the name in the certificate as the host, or set TLS to encrypt, which does not check who answers.").Wrap(err)
	case errors.As(err, &invalid), errors.As(err, &verify):
		return Upstream(CodeTLS, "The certificate of %s is not valid: %s.", host, strings.TrimPrefix(err.Error(), "x509: ")).
			WithHint("Renew the certificate on the server.").Wrap(err)
	case errors.As(err, &record):
		return Upstream(CodeTLS, "%s does not speak TLS.", host).WithHint("Set TLS to off, if the network in between can be trusted.").Wrap(err)
	}
	return nil
}

// TLSMissing is the error of a server that offers no TLS.
func TLSMissing(host string, cause error) *errs.Error {
	return Upstream(CodeTLS, "%s offers no TLS.", host).WithHint("Turn TLS on at the server, or set TLS to off, if the network in between can be trusted.").Wrap(cause)
}

// TableMissing is the error of a table that is not there; have are those that are.
func TableMissing(name string, have []string) *errs.Error {
	return errs.NotFound(CodeTable, "There is no table %q.", name).WithHint("%s", near.Say(name, have))
}

// ColumnMissing is the error of a column that the table does not have.
func ColumnMissing(table, column string, have []string) *errs.Error {
	return errs.Invalid(CodeColumn, "The table %q has no column %q.", table, column).WithHint("%s", near.Say(column, have))
}

// Mismatch is the error of a value that does not fit its column; row 0 is not known.
func Mismatch(row int64, column, why string, cause error) *errs.Error {
	why = strings.TrimSuffix(why, ".")
	var out *errs.Error
	switch {
	case row > 0 && column != "":
		out = errs.Invalid(CodeType, "A value in row %d, column %q does not fit: %s.", row, column, why)
	case row > 0:
		out = errs.Invalid(CodeType, "A value in row %d does not fit: %s.", row, why)
	case column != "":
		out = errs.Invalid(CodeType, "A value in the column %q does not fit: %s.", column, why)
	default:
		out = errs.Invalid(CodeType, "A value does not fit: %s.", why)
	}
	return out.WithHint("Convert the column before it is written, or change its type in the database. Nothing was written.").With(out.At(errs.Place{Row: row})).Wrap(cause)
}

// Reconcile compares what was given with what has arrived.
func Reconcile(want, given, arrived int64) error {
	if want == given && given == arrived {
		return nil
	}
	return Upstream(CodeCount, "Of %s to be written, %d left here and %d arrived; nothing was kept.", words.Number(want, "row", "rows"), given, arrived).
		WithHint("A trigger or a rule of the table may drop rows; write into a table without one.")
}

// CheckColumns makes sure that the target has every column that comes.
func CheckColumns(req WriteRequest, have []string) error {
	for _, c := range req.Columns {
		if have != nil && !slices.Contains(have, c.Name) {
			return ColumnMissing(req.Path.Table, c.Name, have)
		}
	}
	return nil
}

func checkKeys(req WriteRequest) error {
	if !req.Mode.ByKey() {
		return nil
	}
	if len(req.Keys) == 0 {
		return errs.Invalid(CodeKeys, "To tell rows apart, name the columns of the key.")
	}
	names := req.Names()
	for _, k := range req.Keys {
		if !slices.Contains(names, k) {
			return errs.Invalid(CodeKeys, "The key column %q is not among the columns that come in.", k).WithHint("%s", near.Say(k, names))
		}
	}
	return nil
}

// SameKeys is the error of rows of which nobody could say which is meant.
func SameKeys() *errs.Error {
	return errs.Invalid(CodeKeys, "Several of the rows that come in have the same key.").WithHint(keepOne)
}

const keepOne = "Keep one of each key first, with the node Remove duplicates. Nothing was written."

// Repeated is the first key that comes twice, in the rows First and Second; no rows are not known.
type Repeated struct {
	First, Second int64
	Key           string // its values
}

// Error is SameKeys with what is known of the key.
func (r Repeated) Error(target string, keys []string) *errs.Error {
	if r.First == 0 {
		return SameKeys()
	}
	out := errs.Invalid(CodeKeys, "Rows %d and %d for %q have the same key: (%s) = (%s).", r.First, r.Second, target, strings.Join(keys, ", "), Short(r.Key)).WithHint(keepOne)
	return out.With(out.At(errs.Place{Row: r.First}), out.At(errs.Place{Row: r.Second}))
}

// NoColumns is the error of a table without any.
func NoColumns(columns []table.Column) error {
	if len(columns) > 0 {
		return nil
	}
	return errs.Invalid(CodeColumn, "The table that comes in has no columns.")
}

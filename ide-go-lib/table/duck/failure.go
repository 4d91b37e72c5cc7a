package duck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table/sqltext"
)

// codeMemory is the code of a query that takes more memory than there is.
const codeMemory = "memory_limit"

// failure is DuckDB's error, taken apart.
type failure struct {
	kind       string // Binder, Catalog, Conversion …
	subtype    string
	message    string
	name       string
	candidates []string
	offset     int // byte or character offset in the SQL; -1 when not known
	ended      error
	cause      error
}

func (f *failure) Error() string { return f.kind + ": " + f.message }
func (f *failure) Unwrap() error { return f.cause }

func (f *failure) fatal() bool { return f.kind == "FATAL" || f.kind == "INTERNAL" || f.kind == "" }

// asError reads what the driver gives; errors_as_json makes that JSON, sometimes behind a prefix.
func asError(ctx context.Context, err error) *failure {
	f := &failure{offset: -1, cause: err, ended: context.Cause(ctx)}
	text := err.Error()
	start := strings.IndexByte(text, '{')
	if start < 0 {
		f.kind, f.message, _ = strings.Cut(text, " Error: ")
		if f.message == "" {
			f.kind, f.message = "", text
		}
		return f
	}
	var wire struct {
		Type       string `json:"exception_type"`
		Message    string `json:"exception_message"`
		Subtype    string `json:"error_subtype"`
		Name       string `json:"name"`
		Candidates string `json:"candidates"`
		Position   string `json:"position"`
	}
	if json.NewDecoder(strings.NewReader(text[start:])).Decode(&wire) != nil {
		f.message = text
		return f
	}
	f.kind, f.subtype, f.message, f.name = wire.Type, wire.Subtype, wire.Message, wire.Name
	if wire.Candidates != "" {
		f.candidates = strings.Split(wire.Candidates, ",")
	}
	if n, err := strconv.Atoi(wire.Position); err == nil {
		f.offset = n
	}
	return f
}

// contextError is the error of work that was not begun because its context ended.
func contextError(ctx context.Context) error { return ended(context.Cause(ctx)) }

func ended(cause error) *errs.Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return errs.New(http.StatusGatewayTimeout, "timeout", "The query took longer than it was given; narrow it down or raise the timeout.").Wrap(cause)
	}
	return errs.New(499, "canceled", "The query was canceled.").Wrap(cause)
}

// goTypes are names of types in DuckDB's messages that no user writes.
var goTypes = regexp.MustCompile(`\b(U?INT)(8|16|32|64|128)\b`)

var sqlTypes = map[string]string{
	"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "INT128": "HUGEINT",
	"UINT8": "UTINYINT", "UINT16": "USMALLINT", "UINT32": "UINTEGER", "UINT64": "UBIGINT", "UINT128": "UHUGEINT",
}

// absolutePath finds paths of this machine in a message.
var absolutePath = regexp.MustCompile(`(?:[A-Za-z]:)?[/\\](?:[^\s"'/\\]+[/\\])+[^\s"',)]*`)

// clean makes a message of DuckDB fit for users: its first part, without paths.
func clean(message string) string {
	for _, end := range []string{"\n\tCandidate functions", "\nCandidate bindings", "\nDid you mean", "\n\nLINE ", "\n\nPossible solutions", "\n\nSee also"} {
		message, _, _ = strings.Cut(message, end)
	}
	message = goTypes.ReplaceAllStringFunc(message, func(t string) string { return sqlTypes[t] })
	message = absolutePath.ReplaceAllString(message, "a file of the server")
	return strings.TrimSpace(strings.ReplaceAll(message, "\n", " "))
}

// public gives the error for users, with columns as what names could be meant. The place is the caller's to add.
func (f *failure) public(columns []string) *errs.Error {
	message := clean(f.message)
	if code, field, text, ok := sqltext.Raised(f.message); ok && f.ended == nil {
		return errs.Invalid(code, "%s", text).With(errs.Detail{Code: code, Message: text, Place: errs.Place{Field: field}}).Wrap(f)
	}
	switch {
	case f.ended != nil:
		return ended(f.ended)
	case f.subtype == "COLUMN_NOT_FOUND":
		if columns == nil {
			columns = f.candidates
		}
		return errs.Invalid("sql_invalid", "There is no column %q.", f.name).WithHint("%s", near.Hint(f.name, columns)).Wrap(f)
	case f.subtype == "NO_MATCHING_FUNCTION", f.kind == "Binder" && strings.Contains(message, "explicit cast"):
		message, _, _ = strings.Cut(message, " You might need")
		return errs.Invalid("type_mismatch", "%s", message).WithHint("Convert the value first, for example CAST(x AS DOUBLE).").Wrap(f)
	case f.subtype == "MISSING_ENTRY":
		e := errs.Invalid("sql_invalid", "%s", message).Wrap(f)
		if len(f.candidates) > 0 && !strings.Contains(f.message, "Table with name") {
			return e.WithHint("Did you mean %q?", f.candidates[0])
		}
		return e
	case f.kind == "Conversion", f.kind == "Mismatch Type":
		return errs.Invalid("type_mismatch", "%s.", strings.TrimSuffix(message, ".")).
			WithHint("TRY_CAST gives null for a value that does not fit; the node Cast columns can do the same.").Wrap(f)
	case f.kind == "Out of Range":
		return errs.Invalid("out_of_range", "%s", message).WithHint("Use a wider type, such as DOUBLE or DECIMAL(38,4).").Wrap(f)
	case f.kind == "Out of Memory" && strings.Contains(message, "temp directory"):
		return errs.Invalid("disk_limit", "The query needs more temporary space than it may use; reduce its rows or columns, or aggregate first.").Wrap(f)
	case f.kind == "Out of Memory":
		return errs.Invalid(codeMemory, "The query needs more memory than it may use; reduce its rows or columns, or aggregate first.").Wrap(f)
	case f.kind == "Permission":
		return errs.Forbidden("sql_forbidden", "The SQL may only read the inputs of its node.").Wrap(f)
	case strings.Contains(f.message, "No space left"):
		return errs.Unavailable("disk_full", "The disk is full; make room and try again.").Wrap(f)
	case f.kind == "Parser", f.kind == "Syntax", f.kind == "Binder", f.kind == "Catalog", f.kind == "Not implemented",
		f.kind == "Parameter Not Resolved", f.kind == "Parameter Not Allowed", f.kind == "Expression":
		return errs.Invalid("sql_invalid", "%s", message).Wrap(f)
	case f.kind == "Invalid Input", f.kind == "Constraint", f.kind == "Invalid type", f.kind == "Sequence":
		return errs.Invalid("sql_failed", "%s", message).Wrap(f)
	}
	return errs.Internal(fmt.Errorf("duckdb: %w", f))
}

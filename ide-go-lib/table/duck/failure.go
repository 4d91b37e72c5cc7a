package duck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// codeMemory is the code of a query that takes more memory than there is.
const codeMemory = "memory_limit"

// codeValues is the code of one that takes more beside what DuckDB accounts for.
const codeValues = "memory_of_values"

func valuesTooLarge(cause error) *errs.Error {
	return errs.Invalid(codeValues, "The query took more memory for values that it makes than there is for it.").
		WithHint("Make shorter texts and lists, or fewer of them at a time; aggregates that keep every value, such as mode, take much with many distinct values. " +
			"Whoever runs the server can give tables more memory (--table-memory).").Wrap(cause)
}

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
	var long tooLong
	if errors.As(cause, &long) {
		return errs.New(http.StatusGatewayTimeout, "query_time_limit", "The query took longer than the %s that one may take.", shortly(long.most)).
			WithHint("Let it do less, or in several steps. Whoever runs the server can give queries more time (--table-time).").Wrap(cause)
	}
	if errors.As(cause, new(tooMuch)) {
		return valuesTooLarge(cause)
	}
	if errors.Is(cause, context.DeadlineExceeded) {
		return errs.New(http.StatusGatewayTimeout, "timeout", "The query took longer than it was given; narrow it down or raise the timeout.").Wrap(cause)
	}
	return errs.New(499, "canceled", "The query was canceled.").Wrap(cause)
}

// shortly writes 1h rather than 1h0m0s.
func shortly(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// goTypes are names of types in DuckDB's messages that no user writes.
var goTypes = pattern.Of(`\b(U?INT)(8|16|32|64|128)\b`)

var sqlTypes = map[string]string{
	"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "INT128": "HUGEINT",
	"UINT8": "UTINYINT", "UINT16": "USMALLINT", "UINT32": "UINTEGER", "UINT64": "UBIGINT", "UINT128": "UHUGEINT",
}

// sqlType writes types in a text as users do.
func sqlType(text string) string {
	return goTypes.ReplaceAllStringFunc(text, func(t string) string { return sqlTypes[t] })
}

// absolutePath finds paths of this machine in a message.
var absolutePath = pattern.Of(`(^|[\s"'(=])(?:[A-Za-z]:)?[/\\](?:[^\s"'/\\]+[/\\])+[^\s"',)]*`)

// clean makes a message of DuckDB fit for users: its first part, without paths.
func clean(message string) string {
	for _, end := range []string{"\n\tCandidate functions", "\nCandidate bindings", "\nDid you mean", "\n\nLINE ", "\n\nPossible solutions", "\n\nSee also"} {
		message, _, _ = strings.Cut(message, end)
	}
	message = sqlType(message)
	message = absolutePath.ReplaceAllString(message, "${1}a file of the server")
	return strings.TrimSpace(strings.ReplaceAll(message, "\n", " "))
}

// ownNames are those that relations and the compiler give to what no user sees, each whole.
const ownNames = `(?:_t\d+|_t_looked|unnamed_subquery\d*|__(?:row|broken|at|times\d+|parts|items|found)___*|__clean_*\d+)`

var (
	// hidden finds them in a message, with what separates them from a column.
	hidden   = pattern.Of(`"` + ownNames + `"\.?|\b` + ownNames + `\b\.?`)
	internal = pattern.Of(`^` + ownNames + `(?:\.|$)`)
	marks    = strings.NewReplacer(`"`, "", ".", "")
)

// plain is clean for messages that are told as they are. Columns that users have called as a relation would do stay.
func plain(message string, columns []string) string {
	message = hidden.ReplaceAllStringFunc(clean(message), func(name string) string {
		if slices.Contains(columns, marks.Replace(name)) {
			return name
		}
		return ""
	})
	message = strings.TrimRight(strings.TrimSpace(message), "!.")
	if message == "" {
		return "The query cannot be carried out."
	}
	return capital(message) + "."
}

// public gives the error for users, with columns as what names could be meant. The place is the caller's to add.
func (f *failure) public(columns []string) *errs.Error {
	if code, field, text, ok := sqltext.Raised(f.message); ok && f.ended == nil {
		if code == codeBound {
			return errs.Invalid(code, "%s", text).WithHint("%s", boundHint(field)).Wrap(f)
		}
		return errs.Invalid(code, "%s", text).With(errs.Detail{Code: code, Message: text, Place: errs.Place{Field: field}}).Wrap(f)
	}
	switch {
	case f.ended != nil:
		return ended(f.ended)
	case f.subtype == "COLUMN_NOT_FOUND":
		return errs.Invalid(codeSQL, "There is no column %q.", f.name).WithHint("%s", f.columnHint(columns)).Wrap(f)
	case f.kind == "Out of Memory" && strings.Contains(f.message, "temp directory"):
		return errs.Invalid("disk_limit", "The query needs more temporary space than it may use.").
			WithHint("Whoever runs the server can give tables more of the disk (--table-disk).").Wrap(f)
	case f.kind == "Out of Memory" && strings.Contains(f.message, "bad allocation"), strings.Contains(f.message, "std::bad_alloc"):
		return valuesTooLarge(f)
	case f.kind == "Out of Memory":
		return errs.Invalid(codeMemory, "The query needs more memory than it may use.").
			WithHint("Whoever runs the server can give tables more memory (--table-memory), or let fewer queries share it (--table-queries).").Wrap(f)
	case f.kind == "Permission":
		return errs.Forbidden("sql_forbidden", "The SQL may only read the inputs of its node.").Wrap(f)
	case f.kind != kindInput && strings.Contains(f.message, "No space left"):
		return errs.Unavailable("disk_full", "The disk is full; make room and try again.").Wrap(f)
	}
	if t, ok := worded(f.kind, f.message, known{columns, f.candidates}); ok && !f.fatal() {
		return errs.Invalid(t.code, "%s", t.message).WithHint("%s", t.hint).Wrap(f)
	}
	message := plain(f.message, columns)
	switch f.kind {
	case "Conversion", "Mismatch Type":
		return errs.Invalid(codeType, "%s", message).WithHint(hintTry).Wrap(f)
	case "Out of Range":
		return errs.Invalid(codeRange, "%s", message).WithHint(hintWider).Wrap(f)
	case "Parser", "Syntax", "Binder", "Catalog", "Not implemented", "Parameter Not Resolved", "Parameter Not Allowed", "Expression":
		return errs.Invalid(codeSQL, "%s", message).Wrap(f)
	case kindInput, "Constraint", "Invalid type", "Sequence":
		return errs.Invalid(codeFailed, "%s", clean(f.message)).Wrap(f) // perhaps what the user has error() say
	}
	return errs.Internal(fmt.Errorf("duckdb: %w", f))
}

// columnHint offers columns of the inputs or, where the query has made others, those.
func (f *failure) columnHint(columns []string) errs.Text {
	if len(near.Names(f.name, columns, 1)) > 0 {
		return near.Say(f.name, columns)
	}
	for _, c := range f.candidates {
		if !slices.Contains(columns, c) {
			return near.Say(f.name, f.candidates)
		}
	}
	return near.Say(f.name, columns)
}

// at gives the error for users with its place in the text of a relation, and in words that go by what stands there.
func (f *failure) at(text string, spans []table.Span, offset int, columns []string, node string) *errs.Error {
	around, whole := text, table.Span{}
	for _, s := range spans {
		if s.Start <= offset && offset <= s.End {
			around = text[s.Start:s.End]
			if s.Written {
				whole = s
			}
		}
	}
	if f.kind == "Conversion" && ofUUID(around, text[max(0, min(offset, len(text))):]) { // which are kept as such numbers
		f.message = strings.Replace(f.message, "to INT128", "to UUID", 1)
	}
	e := f.public(columns)
	switch {
	case f.ended != nil || !whole.Written:
	case f.kind == "Parser" || f.kind == "Syntax":
		e = ofSyntax(e, text[whole.Start:whole.End], offset-whole.Start, whole.Statement)
	case f.subtype == "COLUMN_NOT_FOUND" && strings.HasPrefix(text[offset:], `"`) && len(near.Names(f.name, columns, 1)) == 0:
		e = e.WithHint("Texts stand between single quotes: %s. Names of columns stand between double ones.", sqltext.Literal(f.name))
	}
	return locate(e, text, spans, offset, node)
}

// wideType finds where a text converts to one of the types that DuckDB calls by the same name.
var wideType = pattern.Of(`(?i)(?:::|\bAS)\s*"?(UUID|GUID|HUGEINT|INT128)\b`)

// ofUUID says whether a conversion that failed was to a UUID: rest begins with it, around is what stands there.
func ofUUID(around, rest string) bool {
	if m := wideType.FindStringSubmatch(rest); m != nil {
		return strings.HasSuffix(strings.ToUpper(m[1]), "UID")
	}
	return strings.Contains(strings.ToUpper(around), "UUID")
}

// ofSyntax says more of what the parser did not understand at an offset of a text.
func ofSyntax(e *errs.Error, written string, offset int, statement bool) *errs.Error {
	switch {
	case strings.TrimSpace(written) == "":
		e.Message, e.Hint = "There is no SQL here.", "Write what is to be computed."
	case statement && sqltext.Changes(written) != "":
		e.Message, e.Hint = "Only a SELECT may stand here; "+sqltext.Changes(written)+" is not possible.", "Begin with SELECT, FROM or WITH."
	case strings.TrimSpace(written[min(offset, len(written)):]) == "":
		e.Message, e.Hint = "The SQL ends too early.", "Something is missing at its end, such as a value, a column or a condition."
	}
	return e
}

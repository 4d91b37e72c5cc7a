package connector

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Tables is a Conn to a system that keeps tables.
//
// A system without transactions cannot promise that a write which fails leaves nothing behind. It says for each mode what
// it does instead, and its errors say what has become of the rows.
type Tables interface {
	Conn
	// Read prepares the reading of a table or a query.
	Read(ctx context.Context, req ReadRequest) (*Reading, error)
	// Write writes all of it or, when it gives an error, nothing.
	Write(ctx context.Context, req WriteRequest) (Written, error)
}

// ReadRequest says what to read: a table or a query.
type ReadRequest struct {
	Path    Path
	Columns []string // of a table; empty is all
	Query   table.SQL
	// Documents restricts or replaces what is read of Path, in systems of documents.
	Documents Documents
	// Since leaves out what was read before; nil reads all.
	Since *Since
	// Limit is the most rows; 0 is all.
	Limit int64
	// Bytes ends the reading of systems that take everything before the first row once that much has come; 0 is never.
	Bytes int64
	// Describe asks for the columns alone, of systems that know them without reading: no rows are fed.
	Describe bool
}

// Since asks for the rows whose value of a column is greater than Value, as text; a nil Value asks for all that have one. Again asks
// for those that have Value itself, too.
type Since struct {
	Column string
	Value  *string
	Again  bool
}

// Compare is the operator between the column and the value.
func (s Since) Compare() string {
	if s.Again {
		return ">="
	}
	return ">"
}

// Index finds the column, which has to have an order that a text of its greatest value can be compared in.
func (s Since) Index(columns []table.StreamColumn) (int, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	i, err := Index(s.Column, names)
	if err == nil && columns[i].Coding != table.Plain {
		err = errs.Invalid(CodeColumn, "The column %q holds bytes, lists or JSON, of which no order says what is new.", s.Column).
			WithHint("Choose a column of numbers, times or texts, or make one of it with a query of your own, such as the bytes as hexadecimal digits.")
	}
	return i, err
}

// Whole says whether all rows are asked for.
func (r ReadRequest) Whole() bool { return r.Limit == 0 && !r.Describe }

// Bounded adds the most rows to a query.
func (r ReadRequest) Bounded(text string) string {
	switch {
	case r.Describe:
		return text + " LIMIT 0"
	case r.Limit > 0:
		return text + " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	return text
}

// Reading is a read that has begun: Feed writes the rows as table.Streamer wants them.
type Reading struct {
	Columns []table.StreamColumn
	Feed    func(ctx context.Context, w io.Writer) error
	SQL     string // what runs, for people
	// Schema is where a table was found that was named without one; "" where it is not told.
	Schema string
	// Greatest is the greatest value of Since's column as the system writes it, where the table holds it rounded; nil where it holds
	// it as it is, and where not all rows were asked for.
	Greatest *string
	// Without is how many rows Since leaves out because its column has no value in them, where all rows were asked for.
	Without int64
	// Cut says that there was more than the Bytes that were asked for.
	Cut bool
}

// Mode is how rows are written.
type Mode string

// The modes.
const (
	Append   Mode = "append"
	Truncate Mode = "truncate"
	Upsert   Mode = "upsert"
	Mirror   Mode = "mirror" // Upsert, and rows of other keys are removed
	Delete   Mode = "delete" // rows of these keys are removed
	Replace  Mode = "replace"
)

// ByKey says whether rows are told apart by their keys.
func (m Mode) ByKey() bool { return m == Upsert || m == Mirror || m == Delete }

// Merges says whether rows take the place of those of the same key, which therefore has to be unique.
func (m Mode) Merges() bool { return m == Upsert || m == Mirror }

// WriteRequest says what to write, and how.
type WriteRequest struct {
	Path    Path
	Mode    Mode
	Keys    []string // of modes by key
	Create  bool     // make the table when there is none
	Columns []table.Column
	Rows    int64
	// Once is a key under which the system itself remembers, in the same transaction, that these rows were written; with a
	// key that is known nothing is written again. Empty is no key.
	Once string
	// Give gives the rows with the codings that the system asks for.
	Give Giver
	// IDs are columns, in systems of documents, whose texts are ids of the system's own kind.
	IDs []string
}

// Prepared is the request with the columns that its mode looks at, or the error of one that cannot be meant.
func (r WriteRequest) Prepared() (WriteRequest, error) {
	if err := NoColumns(r.Columns); err != nil {
		return r, err
	}
	if err := checkKeys(r); err != nil {
		return r, err
	}
	switch {
	case r.Mode == Mirror && r.Rows == 0:
		return r, errs.Invalid(CodeEmpty, "No rows came in, so that mirroring them would remove every row of %q.", r.Path.Table).
			WithHint("If that is meant, use the mode truncate. Nothing was written.")
	case r.Mode == Delete:
		r.Create = false
		r.Columns = slices.DeleteFunc(slices.Clone(r.Columns), func(c table.Column) bool { return !slices.Contains(r.Keys, c.Name) })
	}
	return r, nil
}

// Names are those of the columns.
func (r WriteRequest) Names() []string { return names(r.Columns) }

// Rounded gives columns of Give that may round so much, but for those of the key.
func (r WriteRequest) Rounded(columns []table.StreamColumn, rounding table.Rounding) []table.StreamColumn {
	columns = slices.Clone(columns)
	for i := range columns {
		columns[i].Room.Rounding = rounding
		columns[i].Room.Key = r.Mode.ByKey() && slices.Contains(r.Keys, columns[i].Name)
	}
	return columns
}

func names(columns []table.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// Written is what was done.
type Written struct {
	Rows    int64  `json:"rows" doc:"Rows that were written"`
	Updated int64  `json:"updated" doc:"Those among them that took the place of others"`
	Removed int64  `json:"removed" doc:"Rows that were there before and are not any more"`
	Created bool   `json:"created" doc:"The table was made"`
	Already bool   `json:"already" doc:"An earlier attempt had written the rows"`
	SQL     string `json:"-"`
	// Schema is where the table is, as far as the system tells it.
	Schema string `json:"-"`
	// Lost are the keys and unique indexes, for people, that went with columns of a table that was replaced.
	Lost []string `json:"-"`
}

// Ran adds a statement to those that were run.
func (w *Written) Ran(text string) { w.SQL = strings.TrimPrefix(w.SQL+";\n"+text, ";\n") }

// Ledger is the table in which a system remembers what was written under which key, and LedgerDays for how long.
const (
	Ledger     = "dataflow_writes"
	LedgerDays = 30
)

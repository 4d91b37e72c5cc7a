// Package table is the vocabulary of tables: schemas, relations and the contract of the engine that computes them. A
// relation says which rows it means, never how or when they are materialised. table/duck is the engine.
package table

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// MediaType is that of a table's artifact.
const MediaType = "application/vnd.apache.parquet"

// ArrowMediaType is that of a stream of Apache Arrow.
const ArrowMediaType = "application/vnd.apache.arrow.stream"

// Column is one column; Type is a DuckDB SQL type, such as BIGINT, VARCHAR, DECIMAL(18,3) or TIMESTAMP WITH TIME ZONE.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type" doc:"SQL type, such as BIGINT or VARCHAR"`
}

// Nested says whether values of a type have parts of their own: lists, structures and maps.
func Nested(typ string) bool {
	return strings.HasSuffix(typ, "]") || strings.HasPrefix(typ, "STRUCT(") || strings.HasPrefix(typ, "MAP(")
}

// Meta describes a materialised table.
type Meta struct {
	Columns []Column `json:"columns"`
	Rows    int64    `json:"rows" doc:"-1 when they are not counted, for the table is computed where it is read"`
}

// Query is one SELECT with its bound values: $1, $2, … in Text are Args[0], Args[1], ….
type Query struct {
	Text   string
	Args   []any
	Fields []Span // where users' own SQL lies in Text, so that errors can name its place
}

// Span is the part of a query's text, as byte offsets, that comes from one field of the node, such as with.where.
type Span struct {
	Field      string
	Start, End int
	Written    bool // by the user as it stands, so that lines and columns in it mean something
	Statement  bool // a whole SELECT is written, and no expression
}

// Input is a named relation that a query may read. Name is already quoted for use after FROM.
type Input struct {
	Port    string
	Name    string
	Columns []Column // nil when not known yet
}

// Relation is the meaning of a table node: a query over its inputs. It must be a pure function of configuration and
// input schemas, so that the engine may fuse, sample, preview or run it on micro-batches.
type Relation interface {
	Query(inputs map[string]Input) (Query, error)
}

// Doubting is a relation that takes columns as they are though their types are probably not meant to meet.
type Doubting interface {
	Relation
	// Doubts gives what is to be warned of, with the fields it is about. Columns that are not known leave nothing to say.
	Doubts(inputs map[string]Input) []errs.Detail
}

// Probing is a relation whose columns depend on what is in its inputs, such as a pivot of values that nobody lists. The
// engine computes what Probe asks for over the inputs, and goes on with the relation that Found makes of the answer.
type Probing interface {
	Relation
	// Probe gives a query of one VARCHAR column and few rows; false when nothing has to be looked for.
	Probe(inputs map[string]Input) (Query, bool, error)
	// Found gets what was found but for nulls, and is a pure function of it.
	Found(values []string) (Relation, error)
}

// Splitting is a relation that can be computed in shares, when all of its rows together take too much memory.
type Splitting interface {
	Relation
	// Split says how; false when it cannot be.
	Split() (Split, bool)
}

// Split says which rows have to be in one share: those of the input at Port with equal Keys. The rows of all shares, in the
// order of the columns Order, are those of the relation.
type Split struct {
	Port  string
	Keys  []string
	Order []string
}

// Source is one input as the engine finds it: a Parquet artifact or, when Plan is set, a relation still to be computed, or,
// when File is set, a file to be read in place.
type Source struct {
	Artifact artifact.Ref
	Plan     *Plan
	File     *File
}

// File is a local file of which Scan has said that it can be read in place.
type File struct {
	Path    string
	Options ImportOptions
	Node    string // what errors call it; may be empty
	// Check fails when the file is not any more what it was; it is called before and after it is read. Nil is no check.
	Check func(ctx context.Context) error
}

// Plan is a relation over sources by port; a tree of them is fused into one query.
type Plan struct {
	Relation Relation
	Inputs   map[string]Source
	Node     string // what errors call it; may be empty
}

// Table is a materialised table.
type Table struct {
	Artifact artifact.Ref
	Meta     Meta
	SQL      string // what ran, for people to read
	Rejected int64  // rows of a file that did not fit and were left out
	// ErrorCells are those of a workbook that hold an error, such as #N/A, and are empty in the table.
	ErrorCells int64
	// Rounded are columns of a file with numbers that have more digits than their type keeps. Their rows are not known, and
	// Rows counts the numbers.
	Rounded []Rounded
	// Odd are values of a CSV file, or of those that a plan reads in place, by which a column is one of texts.
	Odd []Odd
}

// Odd is a value that makes a column one of texts, behind many of another type.
type Odd struct {
	File, Column, Type, Value string
	Line                      int
	Before                    int64 // values of that type
}

// String says it to people, and what to do.
func (o Odd) String() string {
	return fmt.Sprintf("Column %q of %s is one of texts because of %q in line %d: the %s before it are of the type %s. Name that text as one that means null, or set the type of the column.",
		o.Column, o.File, o.Value, o.Line, words.Number(o.Before, "value", "values"), o.Type)
}

// PageRequest asks for rows of a table. Filter is a list of conditions that all must hold.
type PageRequest struct {
	Offset, Limit int64
	Sort          []SortKey
	Filter        []Condition
}

// SortKey orders by one column.
type SortKey struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc,omitempty"`
}

// Condition compares one column with a text, converted to the column's type.
type Condition struct {
	Column string `json:"column"`
	Op     string `json:"op" enum:"=,!=,<,<=,>,>=,contains,is_null,not_null"`
	Value  string `json:"value,omitempty"`
}

// Page is some rows as JSON, each an array in the order of Columns. Total counts the rows that pass the filter.
type Page struct {
	Columns []Column          `json:"columns"`
	Rows    []json.RawMessage `json:"rows"`
	Offset  int64             `json:"offset"`
	Total   int64             `json:"total"`
}

// PreviewOptions say how much of a plan to look at.
type PreviewOptions struct {
	Limit  int64 // rows to give
	Sample int64 // rows to read of each source; 0 is all of them
	// ColumnsOnly asks for the columns alone.
	ColumnsOnly bool
	// Profile asks for a summary of the first so many rows; 0 is none.
	Profile int64
}

// Preview is the beginning of a table that is not kept. Total of its page counts the rows that were looked at.
type Preview struct {
	Page
	SQL     string          `json:"sql" doc:"What gave the rows"`
	Sampled bool            `json:"sampled" doc:"Not all rows of the sources were read, so that rows may be missing and totals too small"`
	Whole   bool            `json:"whole" doc:"There are no more rows than were looked at"`
	Profile []ColumnProfile `json:"profile,omitempty" doc:"Of the rows that were looked at"`
}

// ColumnProfile summarises one column.
type ColumnProfile struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Nulls    int64    `json:"nulls"`
	Distinct int64    `json:"distinct" doc:"Approximate"`
	Min      *string  `json:"min,omitempty"`
	Max      *string  `json:"max,omitempty"`
	Mean     *float64 `json:"mean,omitempty"`
	// Quantiles of numbers, about.
	Quantiles []Quantile `json:"quantiles,omitempty" doc:"Of numbers, about: a share of the values is not greater"`
	Histogram []Bucket   `json:"histogram,omitempty"`
	Top       []Bucket   `json:"top,omitempty" doc:"Most frequent values"`
	MinLength *int64     `json:"min_length,omitempty" doc:"Characters of the shortest text"`
	MaxLength *int64     `json:"max_length,omitempty" doc:"Characters of the longest text"`
	Patterns  []Bucket   `json:"patterns,omitempty" doc:"Most frequent shapes of texts among the first rows: a is a small letter, A a capital, 文 any other letter, 9 a digit"`
}

// Quantile is the number that a share of the values does not exceed.
type Quantile struct {
	Share float64 `json:"share"`
	Value float64 `json:"value"`
}

// Bucket counts the rows of one range or value.
type Bucket struct {
	Label string `json:"label"`
	Count int64  `json:"count"`
}

// Profile summarises a table.
type Profile struct {
	Rows    int64           `json:"rows"`
	Columns []ColumnProfile `json:"columns"`
}

// Progress is told now and then while a query runs; Total is 0 when it is not known. Percent is 0–100, or -1.
type Progress func(rows, total int64, percent float64)

// Named is a table as SQL names it.
type Named struct{ Catalog, Schema, Table string }

// Engine computes plans. Errors are *errs.Error with a code (sql_invalid, type_mismatch, csv_invalid, memory_limit,
// canceled …) and, where known, the place. Cancelling ctx stops the query within a second.
type Engine interface {
	// Run computes the plan and keeps it as a Parquet artifact of the tenant.
	Run(ctx context.Context, tenant string, plan Plan, progress Progress) (Table, error)
	// Describe gives the columns of the plan without computing it.
	Describe(ctx context.Context, tenant string, plan Plan) ([]Column, error)
	// Trace tells where the columns of a relation come from, of its inputs' columns alone: nothing is read or computed. Past
	// are the columns that it gave at another time, for a relation that has to see data first (errs code columns_unknown when
	// there are none).
	Trace(ctx context.Context, tenant string, relation Relation, inputs map[string]Input, past []Column) (Lineage, error)
	// Parse says what is wrong with a relation's query that can be seen without the columns of its inputs, which the relation
	// is told the ports of: whether it can be read, and reads nothing but them.
	Parse(ctx context.Context, tenant string, relation Relation, ports []string) error
	// Mentioned gives the tables that a SELECT in the SQL of another system names, each with its schema, as far as it can be
	// read; ok is false when it cannot.
	Mentioned(ctx context.Context, tenant, text string) (tables []Named, ok bool, err error)
	// Preview gives the first rows of the plan.
	Preview(ctx context.Context, tenant string, plan Plan, opts PreviewOptions) (Preview, error)
	// Page gives rows of a materialised table.
	Page(ctx context.Context, tenant string, ref artifact.Ref, req PageRequest) (Page, error)
	// WriteArrow writes a page, or all rows when req is nil, as a stream of Apache Arrow's IPC format; the page that it
	// gives has no rows. What is nested is written as JSON.
	WriteArrow(ctx context.Context, tenant string, ref artifact.Ref, req *PageRequest, w io.Writer) (Page, error)
	// Profile summarises a materialised table.
	Profile(ctx context.Context, tenant string, ref artifact.Ref) (Profile, error)
	// Import reads a local file (csv, json, ndjson, parquet, xlsx) into a table.
	Import(ctx context.Context, tenant, path string, opts ImportOptions, progress Progress) (Table, error)
	// Scan says whether a query can read the file in place, without Import, and with which columns. An error is only that
	// the file cannot be looked at; what is wrong in it Import says.
	Scan(ctx context.Context, tenant string, file File) (columns []Column, ok bool, err error)
	// Export writes a materialised table to a local file, or, with a partition, to a folder of files; path must not exist yet.
	Export(ctx context.Context, tenant string, ref artifact.Ref, path string, opts ExportOptions) error
	Streamer
}

// ImportOptions say how to read a file; zero values mean "find out".
type ImportOptions struct {
	Format    string            // csv, json, ndjson, parquet, xlsx; "" goes by the name's ending
	Delimiter string            // one character; "" is sniffed
	Quote     string            // one character; "" is "
	Escape    string            // one character before a quote within quotes; "" is the quote itself
	Skip      int               // lines before the header or the first row
	Header    *bool             // nil is sniffed
	Encoding  string            // utf-8, utf-16, latin-1, windows-1252, gb18030 …; "" is found out
	NullText  []string          // texts that mean null; nil is the empty text
	Types     map[string]string // SQL type by column name, instead of the inferred one
	// Texts are columns, as far as there are such, whose type is not found out by how values of CSV are written.
	Texts []string
	// LooseTypes allows Types of columns that the file does not have: it is one of several.
	LooseTypes bool
	Sheet      string // of xlsx; "" is the first
	// BadRows is what to do with a row that does not fit: "fail" (default) or "skip".
	BadRows string
	Name    string // how to call the file in errors; "" is path's base name
}

// Checks says whether types are set that not every value is of. Each value is to be held against its column's; a query that reads the file in
// place holds those alone that it looks at.
func (o ImportOptions) Checks() bool {
	for _, typ := range o.Types {
		if !strings.EqualFold(strings.TrimSpace(typ), "VARCHAR") {
			return true
		}
	}
	return false
}

// ExportOptions say how to write a file.
type ExportOptions struct {
	Format    string // csv, json, ndjson, parquet, xlsx
	Delimiter string
	Header    *bool // nil is true
	// Partition are columns whose values become folders, as in day=2024-12-31/part0.parquet; the files are without them. Name
	// begins the names of the files; empty is part.
	Partition []string
	Name      string
}

package table

import (
	"context"
	"io"

	"dataflow/ide-go-lib/artifact"
)

// Coding says how a column's values are written in the text of a stream.
type Coding string

// The codings.
const (
	// Plain is the value as SQL writes it: 42, 3.14, 2024-12-31 08:30:00+00, any text.
	Plain Coding = ""
	// Hex is bytes as hexadecimal digits.
	Hex Coding = "hex"
	// JSON is a list or an object as JSON.
	JSON Coding = "json"
	// Braces is a list as PostgreSQL writes arrays: {"a",NULL}. For Give only.
	Braces Coding = "braces"
	// Bytea is bytes as PostgreSQL writes them: \x00ff. For Give only.
	Bytea Coding = "bytea"
	// Bit is a truth value as 1 or 0. For Give only.
	Bit Coding = "bit"
	// UTC is a time with a zone as that of UTC, without the zone. For Give only.
	UTC Coding = "utc"
)

// StreamColumn is one column of a stream.
type StreamColumn struct {
	Column
	Coding Coding
	Room   Room // of Give
}

// CodeLargeRow is the code of a row that is too large to be taken.
const CodeLargeRow = "row_too_large"

// Streamer moves rows between the engine and the world in batches, in memory that does not grow with their number. Rows
// travel as text: fields apart by commas, records ended by \n; a field without anything is null, one in double quotes is
// a text, in which a quote is written twice. There is no header.
type Streamer interface {
	// Take keeps the rows that feed writes as a table of the tenant. Feed is to give up when its ctx ends; its error ends
	// it all, and nothing is kept. A value that is not of its column's type is errs code type_mismatch with row and column.
	Take(ctx context.Context, tenant string, columns []StreamColumn, feed func(ctx context.Context, w io.Writer) error, progress Progress) (Table, error)
	// Give writes the rows of a table, in their order, for drain to read; it says how many there were. Drain is to give up
	// when its ctx ends, and its error ends it all.
	Give(ctx context.Context, tenant string, ref artifact.Ref, columns []StreamColumn, drain func(ctx context.Context, r io.Reader) error) (rows int64, err error)
	// Rounded says what Give lets through although it comes out of its room as another value.
	Rounded(ctx context.Context, tenant string, ref artifact.Ref, columns []StreamColumn) ([]Rounded, error)
}

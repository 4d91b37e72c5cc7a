package connector

import (
	"bytes"
	"context"
	"errors"
	"io"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Giver gives rows as WriteRequest's Give does.
type Giver func(ctx context.Context, columns []table.StreamColumn, drain func(ctx context.Context, r io.Reader) error) (int64, error)

// errFound ends the reading when the row is found.
var errFound = errors.New("found")

// RowAt says which row lies on a line of the text that was given, for a text may go over several lines. It reads the
// rows again: only a write that has failed needs it.
func RowAt(ctx context.Context, give Giver, columns []table.StreamColumn, line int64) (row int64, err error) {
	_, err = give(ctx, columns, func(_ context.Context, r io.Reader) error {
		reader := rowtext.NewReader(r)
		for end := int64(0); ; {
			fields, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			row++
			if end += lines(row, fields); end >= line {
				return errFound
			}
		}
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return row, err
}

// lines says over how many lines of text a row goes, as PostgreSQL counts them: before the end of the first row it does not know yet
// what ends a line.
func lines(row int64, fields []rowtext.Field) int64 {
	n := int64(1)
	if row == 1 {
		return n
	}
	for _, f := range fields {
		n += int64(bytes.Count(f.Text, []byte{'\n'}))
	}
	return n
}

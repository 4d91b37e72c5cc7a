package mysql

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// A statement takes so many rows, values and bytes; the protocol knows at most 65,535 values.
const (
	batchRows   = 1000
	batchValues = 60_000
	batchBytes  = 4 << 20
)

// batch collects rows for one statement.
type batch struct {
	w       *writing
	tx      *sql.Tx
	head    string
	columns []table.StreamColumn
	keys    []int // columns that must not be empty
	fits    []binding
	most    int // rows
	full    *sql.Stmt
	values  []any
	rows    int
	bytes   int
	written int64
}

func newBatch(w *writing, tx *sql.Tx, name string, columns []table.StreamColumn) *batch {
	b := &batch{w: w, tx: tx, columns: columns, head: "INSERT INTO " + name + " (" + columnList(w.req.Names()) + ") VALUES ", most: max(1, min(batchRows, batchValues/len(columns)))}
	b.fits = make([]binding, len(columns))
	for i, c := range columns {
		if w.target != nil {
			there, _ := w.target.Column(c.Name)
			b.fits[i] = bindingOf(there.Type)
		}
	}
	if w.req.Mode.ByKey() {
		for i, c := range columns {
			if slices.Contains(w.req.Keys, c.Name) {
				b.keys = append(b.keys, i)
			}
		}
	}
	return b
}

func (b *batch) drain(ctx context.Context, r io.Reader) (err error) {
	defer func() {
		if b.full != nil {
			err = errors.Join(err, b.full.Close())
		}
	}()
	for rows := rowtext.NewReader(r); ; {
		fields, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return b.flush(ctx)
		}
		if err != nil {
			return err
		}
		if err := b.add(fields); err != nil {
			return err
		}
		if b.rows == b.most || b.bytes >= batchBytes {
			if err := b.flush(ctx); err != nil {
				return err
			}
		}
	}
}

func (b *batch) add(fields []rowtext.Field) error {
	for _, i := range b.keys {
		if fields[i].Null {
			return errs.Invalid(connector.CodeKeys, "The key column %q is empty in row %d.", b.columns[i].Name, b.written+int64(b.rows)+1).
				WithHint("Leave such rows out or fill the key first. Nothing was written.")
		}
	}
	for i, f := range fields {
		b.bytes += len(f.Text)
		switch {
		case f.Null:
			b.values = append(b.values, nil)
		case b.columns[i].Coding == table.Hex:
			raw, err := hex.DecodeString(string(f.Text))
			if err != nil {
				return err
			}
			b.values = append(b.values, raw)
		case b.fits[i] != nil:
			value, why := b.fits[i](string(f.Text))
			if why != "" {
				return connector.Mismatch(b.written+int64(b.rows)+1, b.columns[i].Name, why, nil)
			}
			b.values = append(b.values, value)
		default:
			b.values = append(b.values, string(f.Text))
		}
	}
	b.rows++
	return nil
}

func (b *batch) flush(ctx context.Context) error {
	if b.rows == 0 {
		return nil
	}
	statement, err := b.statement(ctx)
	if err != nil {
		return b.w.fail(ctx, err)
	}
	result, err := statement.ExecContext(ctx, b.values...)
	if statement != b.full {
		err = errors.Join(err, statement.Close()) //nolint:sqlclosecheck // that of full batches is used again
	}
	if err != nil {
		return b.failed(ctx, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return b.w.fail(ctx, err)
	}
	b.written += n
	b.values, b.rows, b.bytes = b.values[:0], 0, 0
	return nil
}

// failed adds to what the server says of a value what it leaves out: the row of an empty one, and the text of one that does not fit.
func (b *batch) failed(ctx context.Context, err error) error {
	out := failedAt(ctx, err, b.w.conn.cfg, b.written)
	var e *driver.MySQLError
	if !errors.As(err, &e) {
		return out
	}
	column := columnOf(e.Message)
	at := slices.IndexFunc(b.columns, func(c table.StreamColumn) bool { return strings.EqualFold(c.Name, column) })
	if at < 0 {
		return out
	}
	value := func(row int) any { return b.values[row*len(b.columns)+at] }
	switch row := rowOf(e.Message); {
	case e.Number == codeNull:
		for i := range b.rows {
			if value(i) == nil {
				row := b.written + int64(i) + 1
				out := errs.Invalid(connector.CodeNull, "The column %q of %q takes no empty values%s.", column, b.w.req.Path.Table, fmt.Sprintf(" (row %d)", row)).WithHint(fillFirst)
				return out.With(out.At(errs.Place{Row: row})).Wrap(e)
			}
		}
	case e.Number == codeTruncated && row > 0 && row <= int64(b.rows):
		if text, ok := value(int(row) - 1).(string); ok {
			return connector.Mismatch(b.written+row, column, fmt.Sprintf("%q: %s", connector.Short(text), withoutRow(e.Message)), e)
		}
	}
	return out
}

// statement gives that for the rows there are; the one for a full batch is kept.
func (b *batch) statement(ctx context.Context) (*sql.Stmt, error) {
	if b.rows == b.most && b.full != nil {
		return b.full, nil
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(b.columns)), ", ") + ")"
	made, err := b.tx.PrepareContext(ctx, b.head+strings.TrimSuffix(strings.Repeat(row+", ", b.rows), ", "))
	if err == nil && b.rows == b.most {
		b.full = made
	}
	return made, err
}

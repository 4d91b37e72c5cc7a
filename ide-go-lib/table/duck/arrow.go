package duck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// arrowBatch is how many rows go into one record batch, and into memory at a time.
const arrowBatch = 8 << 10

// WriteArrow implements table.Engine.
func (e *Engine) WriteArrow(ctx context.Context, tenant string, ref artifact.Ref, req *table.PageRequest, w io.Writer) (table.Page, error) {
	s, path, meta, done, err := e.open(ctx, e.looks.one(), tenant, ref)
	if err != nil {
		return table.Page{}, err
	}
	defer done()
	page := table.Page{Columns: meta.Columns, Total: meta.Rows}
	q := pageQuery{rows: whole(path)}
	if req != nil {
		page.Offset = req.Offset
		if q, err = pageOf(path, meta, *req); err != nil {
			return table.Page{}, err
		}
	}
	if q.count != "" {
		if err := s.one(ctx, q.count, q.args, &page.Total); err != nil {
			return table.Page{}, filterError(err)
		}
	}
	columns := make([]arrowColumn, len(meta.Columns))
	fields, parts := make([]arrow.Field, len(columns)), make([]string, len(columns))
	for i, c := range meta.Columns {
		columns[i] = arrowOf(c)
		fields[i] = arrow.Field{Name: c.Name, Type: columns[i].typ, Nullable: true}
		parts[i] = columns[i].sql
	}
	out := &arrowWriter{columns: columns, builder: array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))}
	defer out.builder.Release()
	out.w = ipc.NewWriter(w, ipc.WithSchema(out.builder.Schema()), ipc.WithZstd())
	values, dest := textCells(len(columns))
	err = s.query(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM ("+q.rows+")", q.args, dest, func() error { return out.add(values) })
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		return table.Page{}, errors.Join(filterError(err), out.w.Close())
	}
	return page, out.w.Close()
}

// arrowWriter collects rows into record batches.
type arrowWriter struct {
	columns []arrowColumn
	builder *array.RecordBuilder
	w       *ipc.Writer
	rows    int
}

func (a *arrowWriter) add(values []textCell) error {
	for i, v := range values {
		b := a.builder.Field(i)
		if v.text == nil {
			b.AppendNull()
			continue
		}
		if err := a.columns[i].add(b, string(v.text)); err != nil {
			return errs.Internal(fmt.Errorf("%q as Arrow: %w", v.text, err))
		}
	}
	if a.rows++; a.rows == arrowBatch {
		return a.flush()
	}
	return nil
}

func (a *arrowWriter) flush() error {
	batch := a.builder.NewRecordBatch()
	defer batch.Release()
	a.rows = 0
	return a.w.Write(batch)
}

// arrowColumn is a column's type in Arrow, how DuckDB gives its values as text, and how they are read from that.
type arrowColumn struct {
	typ arrow.DataType
	sql string
	add func(b array.Builder, text string) error
}

// epoch gives whole numbers of a unit since 1970; infinity is the largest number, as DuckDB itself writes it.
func epoch(name, finite, most string) string {
	return "CASE WHEN isfinite(" + name + ") THEN " + finite + " WHEN " + name + " > DATE '1970-01-01' THEN " + most + " ELSE -" + most + " END"
}

// arrowOf gives a column's type: numbers, texts, bytes and times as such; what is nested is JSON, as a text.
func arrowOf(c table.Column) arrowColumn {
	name := sqltext.Quote(c.Name)
	text := func(typ arrow.DataType, expression string) arrowColumn {
		return arrowColumn{typ, "CAST(" + expression + " AS VARCHAR)", func(b array.Builder, text string) error { return b.AppendValueFromString(text) }}
	}
	number := func(typ arrow.DataType, expression string) arrowColumn {
		out := text(typ, expression)
		out.add = addWhole
		return out
	}
	switch c.Type {
	case "BOOLEAN":
		return text(arrow.FixedWidthTypes.Boolean, name)
	case "TINYINT":
		return text(arrow.PrimitiveTypes.Int8, name)
	case "SMALLINT":
		return text(arrow.PrimitiveTypes.Int16, name)
	case "INTEGER":
		return text(arrow.PrimitiveTypes.Int32, name)
	case "BIGINT":
		return text(arrow.PrimitiveTypes.Int64, name)
	case "UTINYINT":
		return text(arrow.PrimitiveTypes.Uint8, name)
	case "USMALLINT":
		return text(arrow.PrimitiveTypes.Uint16, name)
	case "UINTEGER":
		return text(arrow.PrimitiveTypes.Uint32, name)
	case "UBIGINT":
		return text(arrow.PrimitiveTypes.Uint64, name)
	case "FLOAT":
		return text(arrow.PrimitiveTypes.Float32, name)
	case "DOUBLE":
		return text(arrow.PrimitiveTypes.Float64, name)
	case "DATE":
		return number(arrow.FixedWidthTypes.Date32, epoch(name, "date_diff('day', DATE '1970-01-01', "+name+")", "2147483647"))
	case "TIME":
		return number(arrow.FixedWidthTypes.Time64us, "epoch_us("+name+")")
	case "TIMESTAMP":
		return number(&arrow.TimestampType{Unit: arrow.Microsecond}, epoch(name, "epoch_us("+name+")", "9223372036854775807"))
	case "TIMESTAMP WITH TIME ZONE":
		return number(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, epoch(name, "epoch_us("+name+")", "9223372036854775807"))
	case "BLOB":
		return arrowColumn{arrow.BinaryTypes.Binary, name, func(b array.Builder, text string) error {
			b.(*array.BinaryBuilder).Append([]byte(text))
			return nil
		}}
	}
	var precision, scale int32
	if n, err := fmt.Sscanf(c.Type, "DECIMAL(%d,%d)", &precision, &scale); err == nil && n == 2 {
		return arrowColumn{&arrow.Decimal128Type{Precision: precision, Scale: scale}, "CAST(" + name + " AS VARCHAR)", addDecimal}
	}
	if table.Nested(c.Type) {
		return text(arrow.BinaryTypes.String, "to_json("+name+")")
	}
	return text(arrow.BinaryTypes.String, name)
}

// addWhole adds a whole number to a column of times.
func addWhole(b array.Builder, text string) error {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || !n.IsInt64() {
		return errors.New("not a whole number")
	}
	switch b := b.(type) {
	case *array.Date32Builder:
		b.Append(arrow.Date32(n.Int64())) //nolint:gosec // days that DuckDB gives fit
	case *array.Time64Builder:
		b.Append(arrow.Time64(n.Int64()))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(n.Int64()))
	}
	return nil
}

// addDecimal adds a number of fixed digits, which is the whole number without the point.
func addDecimal(b array.Builder, text string) error {
	n, ok := new(big.Int).SetString(strings.Replace(text, ".", "", 1), 10)
	if !ok {
		return errors.New("not a decimal number")
	}
	b.(*array.Decimal128Builder).Append(decimal128.FromBigInt(n))
	return nil
}

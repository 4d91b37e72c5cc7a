package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// What a sheet of Excel holds at most.
const (
	maxSheetRows    = 1_048_576
	maxSheetColumns = 16_384
	maxCellText     = 32_767
)

// exportXLSX streams the table into the one sheet of a workbook.
func (s *session) exportXLSX(ctx context.Context, from, to string, meta table.Meta, header bool) error {
	rows := meta.Rows
	if header {
		rows++
	}
	if rows > maxSheetRows || len(meta.Columns) > maxSheetColumns {
		return errs.Invalid("xlsx_limit", "A sheet of Excel holds at most %d rows and %d columns; the table has %s and %s.", maxSheetRows, maxSheetColumns, words.Number(meta.Rows, "row", "rows"), words.Number(len(meta.Columns), "column", "columns")).
			WithHint("Write Parquet or CSV instead, or filter the rows first.")
	}
	f := excelize.NewFile(excelize.Options{TmpDir: filepath.Dir(to)})
	defer f.Close() //nolint:errcheck // saved with a check below
	sheet, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return errs.Internal(fmt.Errorf("write workbook: %w", err))
	}
	w := sheetWriter{sheet: sheet, columns: meta.Columns}
	if err := errors.Join(w.styles(f), w.header(header)); err != nil {
		return errs.Internal(fmt.Errorf("write workbook: %w", err))
	}
	values := make([]sql.NullString, len(meta.Columns))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	err = s.query(ctx, "SELECT "+strings.Join(cells(meta.Columns), ", ")+" FROM ("+whole(from)+")", nil, dest, func() error {
		return w.write(values)
	})
	var failed *failure
	if errors.As(err, &failed) {
		return failed.public(nil)
	}
	var limit *errs.Error
	if errors.As(err, &limit) {
		return limit
	}
	if err = errors.Join(err, sheet.Flush()); err == nil {
		err = f.SaveAs(to)
	}
	if err != nil {
		return errs.Internal(fmt.Errorf("write workbook: %w", err))
	}
	return nil
}

type sheetWriter struct {
	sheet          *excelize.StreamWriter
	columns        []table.Column
	date, dateTime int // styles
	row            int
}

func (w *sheetWriter) styles(f *excelize.File) (err error) {
	date, dateTime := "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
	if w.date, err = f.NewStyle(&excelize.Style{CustomNumFmt: &date}); err != nil {
		return err
	}
	w.dateTime, err = f.NewStyle(&excelize.Style{CustomNumFmt: &dateTime})
	return err
}

func (w *sheetWriter) header(wanted bool) error {
	if !wanted {
		return nil
	}
	names := make([]any, len(w.columns))
	for i, c := range w.columns {
		names[i] = c.Name
	}
	w.row++
	return w.sheet.SetRow("A1", names)
}

func (w *sheetWriter) write(values []sql.NullString) error {
	w.row++
	cells := make([]any, len(values))
	for i, v := range values {
		if !v.Valid {
			continue
		}
		if len(v.String) > maxCellText {
			return errs.Invalid("xlsx_limit", "A text in the column %q is longer than the %d characters that Excel allows (row %d of the sheet).", w.columns[i].Name, maxCellText, w.row).
				WithHint("Write Parquet or CSV instead, or shorten the text first, for example with left(text, 1000).")
		}
		cells[i] = w.cell(w.columns[i].Type, v.String)
	}
	if len(cells) > 0 && !slices.ContainsFunc(cells, func(v any) bool { return v != nil }) {
		cells[0] = "" // a row without any cell would be none to who reads it
	}
	return w.sheet.SetRow("A"+strconv.Itoa(w.row), cells)
}

// cell keeps numbers, dates and truth values as such where Excel can hold them exactly, and all else as text.
func (w *sheetWriter) cell(typ, text string) any {
	switch {
	case typ == "BOOLEAN":
		return text == "true"
	case numeric(typ):
		exact := typ == "DOUBLE" || typ == "FLOAT" || digits(text) <= 15
		if f, err := strconv.ParseFloat(text, 64); err == nil && exact && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case typ == "DATE":
		if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year() >= 1901 {
			return excelize.Cell{StyleID: w.date, Value: t}
		}
	case typ == "TIMESTAMP":
		if t, err := time.Parse("2006-01-02 15:04:05", text); err == nil && t.Year() >= 1901 && t.Nanosecond()%1_000_000 == 0 {
			return excelize.Cell{StyleID: w.dateTime, Value: t}
		}
	}
	return text
}

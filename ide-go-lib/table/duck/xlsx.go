package duck

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// xlsx streams a sheet into a CSV file of its own, whose dialect and types are then known.
func (r *reading) xlsx(ctx context.Context) (table.Table, error) {
	book, err := openWorkbook(ctx, r.path, usualLimits())
	if err != nil {
		return table.Table{}, r.workbookError(err)
	}
	defer book.close()
	sheet, err := r.chooseSheet(book)
	if err != nil {
		return table.Table{}, err
	}
	flat := filepath.Join(r.dir, "sheet.csv")
	c := &sheetCopy{r: r, book: book}
	if err := c.copy(ctx, sheet, flat); err != nil {
		return table.Table{}, r.workbookError(err)
	}
	r.path, r.opts.NullText = flat, []string{""}
	t, err := r.csvTyped(ctx, dialect{delim: ',', quote: '"', names: c.names}, c.types(), true)
	t.ErrorCells = c.wrong
	return t, r.csvFailed(ctx, err)
}

func (r *reading) chooseSheet(book *workbook) (sheetPart, error) {
	if len(book.sheets) == 0 {
		return sheetPart{}, r.invalid("xlsx_invalid", "the workbook has no sheets", 0)
	}
	if r.opts.Sheet == "" {
		return book.sheets[0], nil
	}
	names := make([]string, len(book.sheets))
	for i, s := range book.sheets {
		if names[i] = s.name; s.name == r.opts.Sheet {
			return s, nil
		}
	}
	return sheetPart{}, errs.Invalid("sheet_unknown", "%s has no sheet %q.", r.file, r.opts.Sheet).WithHint("%s", near.Say(r.opts.Sheet, names))
}

func (r *reading) workbookError(err error) error {
	var e *errs.Error
	if errors.As(err, &e) {
		return err
	}
	if errors.Is(err, errTooLarge) {
		return r.invalid("xlsx_limit", "a part of the workbook is larger than any that Excel writes", 0).
			WithHint("Open the workbook in Excel and save it anew, or save the sheet as CSV.").Wrap(err)
	}
	return r.invalid("xlsx_invalid", "it is not a valid Excel workbook", 0).
		WithHint("Save it as .xlsx, without a password; the older .xls format is not supported.").Wrap(err)
}

// sheetCopy goes once through a sheet's rows.
type sheetCopy struct {
	r     *reading
	book  *workbook
	names []string
	kinds []cellKinds
	wrong int64 // cells with an error
}

// cellKinds is the set of what a column's cells are.
type cellKinds uint8

const (
	sawText cellKinds = 1 << iota
	sawInt
	sawFloat
	sawBool
	sawDate
	sawDateTime
	sawTime
)

func (k cellKinds) sql() string {
	switch k {
	case sawInt:
		return "BIGINT"
	case sawFloat, sawInt | sawFloat:
		return "DOUBLE"
	case sawBool:
		return "BOOLEAN"
	case sawDate:
		return "DATE"
	case sawDateTime, sawDate | sawDateTime:
		return "TIMESTAMP"
	case sawTime:
		return "TIME"
	}
	return "VARCHAR"
}

func (c *sheetCopy) types() []csvType {
	types := make([]csvType, len(c.names))
	for i, k := range c.kinds {
		types[i].name = k.sql()
	}
	return types
}

func (c *sheetCopy) copy(ctx context.Context, sheet sheetPart, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return errs.Internal(err)
	}
	defer f.Close()
	buffered := bufio.NewWriterSize(f, 1<<18)
	w := csv.NewWriter(buffered)
	err = c.book.rows(ctx, sheet, func(row int, cells []sheetCell) error {
		if c.names == nil {
			if header, err := c.header(row, cells); err != nil || header {
				return err
			}
		}
		return c.write(w, buffered, row, cells)
	})
	w.Flush()
	if err = errors.Join(err, w.Error(), buffered.Flush(), f.Close()); err != nil {
		return err
	}
	if c.names == nil {
		return c.r.invalid("xlsx_invalid", fmt.Sprintf("the sheet %q is empty", sheet.name), 0)
	}
	return nil
}

// header takes the names from the first row that is not empty, if it is one of texts.
func (c *sheetCopy) header(row int, cells []sheetCell) (bool, error) {
	texts := make([]string, len(cells))
	header, given := true, 0
	for i, cell := range cells {
		texts[i] = strings.TrimSpace(cell.text)
		if cell.kind != 0 && cell.kind != sawText {
			header = false
		}
		if texts[i] != "" {
			given++
		}
	}
	if c.r.opts.Header != nil {
		header = *c.r.opts.Header
	}
	names, err := columnNames(texts, header && given > 0, c.r.file, row)
	if err != nil {
		var e *errs.Error
		if errors.As(err, &e) {
			e.Code = "xlsx_invalid"
		}
		return false, err
	}
	c.names = names
	c.kinds = make([]cellKinds, len(names))
	return header, nil
}

func (c *sheetCopy) write(w *csv.Writer, out *bufio.Writer, row int, cells []sheetCell) error {
	record := make([]string, len(c.names))
	for i, cell := range cells {
		if i >= len(c.names) {
			if cell.kind == 0 {
				continue
			}
			return c.r.invalid("xlsx_invalid", fmt.Sprintf("row %d has a value in column %d while the header has %s", row, i+1, words.Number(len(c.names), "column", "columns")), row).
				WithHint("Give the column a name in the header, or remove the value.")
		}
		c.kinds[i] |= cell.kind
		record[i] = cell.text
		if cell.wrong {
			c.wrong++
		}
	}
	if len(record) == 1 && record[0] == "" { // the CSV writer would leave an empty line, which is no row
		w.Flush()
		_, err := out.WriteString("\"\"\n")
		return errors.Join(w.Error(), err)
	}
	return w.Write(record)
}

// excelTime turns a serial number of days into ISO 8601.
func excelTime(serial float64, date1904, clockOnly bool) (string, cellKinds) {
	if serial < 0 || serial >= 2_958_466 || math.IsNaN(serial) { // beyond the year 9999
		return strconv.FormatFloat(serial, 'g', -1, 64), sawFloat
	}
	micros := int64(math.Round(serial*86_400_000)) * 1000 // Excel's own resolution is milliseconds
	days, rest := micros/86_400_000_000, micros%86_400_000_000
	if days == 0 && clockOnly {
		return clock(rest), sawTime
	}
	switch {
	case date1904:
		days += 1462
	case days < 60: // Excel believes that 1900 was a leap year
		days++
	}
	text := excelEpoch.AddDate(0, 0, int(days)).Format("2006-01-02")
	if rest == 0 {
		return text, sawDate
	}
	return text + " " + clock(rest), sawDateTime
}

func clock(micros int64) string {
	s := micros / 1_000_000
	text := fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if fraction := micros % 1_000_000; fraction != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%06d", fraction), "0")
	}
	return text
}

var errTooLarge = errors.New("a part of the workbook is too large")

// limited fails, rather than ends, where a compressed part grows beyond what is reasonable.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

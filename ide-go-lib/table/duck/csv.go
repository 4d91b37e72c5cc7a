package duck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// sampleSize is how much of a file is looked at before it is read; a wrong guess is found out and made good from the
// whole file.
const sampleSize = 4 << 20

func (r *reading) csv(ctx context.Context) (table.Table, error) {
	converted, err := r.utf8(ctx)
	if err != nil {
		return table.Table{}, err
	}
	t, err := r.csvAttempt(ctx)
	var f *failure
	if errors.As(err, &f) && f.ended == nil && !converted && strings.Contains(strings.ToLower(f.message), "unicode") && r.opts.Encoding == "" {
		coding, cerr := classifyCoding(ctx, r.path, r.file)
		if cerr != nil {
			return table.Table{}, cerr
		}
		if coding.enc != nil {
			if err := r.convert(ctx, coding); err != nil {
				return table.Table{}, err
			}
			t, err = r.csvAttempt(ctx)
		}
	}
	if r.unevenLines(ctx, err) {
		if err := r.evenLines(ctx); err != nil {
			return table.Table{}, err
		}
		t, err = r.csvAttempt(ctx)
	}
	return t, r.csvFailed(ctx, err)
}

// unevenLines says whether a file could not be read because its lines end in different ways.
func (r *reading) unevenLines(ctx context.Context, err error) bool {
	var f *failure
	return errors.As(err, &f) && f.ended == nil && !f.fatal() && !csvColumn.MatchString(f.message) && strings.Contains(f.message, "new_line") && r.diagnose(ctx) == nil
}

// evenLines goes on with a copy of the file whose lines end alike.
func (r *reading) evenLines(ctx context.Context) error {
	sample, all, err := r.sample()
	if err != nil {
		return err
	}
	d, err := sniff(sample, all, r.file, r.opts)
	if err != nil {
		return err
	}
	dst := filepath.Join(r.dir, "lines.csv")
	if err := evenLines(ctx, r.path, dst, d); err != nil {
		return err
	}
	r.path = dst
	return nil
}

// utf8 sees to it that the file is read as UTF-8, as far as its beginning tells; it says whether it was converted.
func (r *reading) utf8(ctx context.Context) (bool, error) {
	var coding textCoding
	var err error
	if r.opts.Encoding != "" {
		coding, err = namedCoding(r.opts.Encoding)
	} else {
		var sample []byte
		var whole bool
		if sample, whole, err = r.sample(); err == nil {
			guess, sure := guessCoding(sample, whole)
			sure = sure && (whole || !r.skips()) // a row in another encoding is no reason to skip it
			if coding = guess; !sure {
				coding, err = classifyCoding(ctx, r.path, r.file)
			}
		}
	}
	if err != nil || coding.enc == nil {
		return false, err
	}
	return true, r.convert(ctx, coding)
}

func (r *reading) convert(ctx context.Context, coding textCoding) error {
	dst := filepath.Join(r.dir, "utf8.csv")
	if err := transcode(ctx, r.path, dst, r.file, coding); err != nil {
		return err
	}
	r.path = dst
	return nil
}

func (r *reading) sample() (sample []byte, whole bool, err error) {
	f, err := os.Open(r.path)
	if err != nil {
		return nil, false, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	defer f.Close()
	sample, err = io.ReadAll(io.LimitReader(f, r.e.sample))
	if err != nil {
		return nil, false, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	return sample, int64(len(sample)) < r.e.sample, nil
}

// csvAttempt infers dialect and types and reads. When a value beyond the sample does not fit, or is written as no number is,
// the types are inferred from the whole file.
func (r *reading) csvAttempt(ctx context.Context) (table.Table, error) {
	sample, all, err := r.sample()
	if err != nil {
		return table.Table{}, err
	}
	d, err := sniff(sample, all, r.file, r.opts)
	if err != nil {
		return table.Table{}, err
	}
	if d.skip > 0 && endsDiffer(sample) {
		if err := r.evenLines(ctx); err != nil {
			return table.Table{}, err
		}
		if sample, all, err = r.sample(); err != nil {
			return table.Table{}, err
		}
	}
	if !all && r.skips() { // what does not fit a type that was found out is no reason to skip a row
		types, err := r.inferWhole(d)
		if err != nil {
			return table.Table{}, err
		}
		return r.csvTyped(ctx, d, types, true)
	}
	types, _, err := r.typesIn(sample, all, d)
	if err != nil {
		return table.Table{}, err
	}
	if !all {
		hidden, err := r.formsHidden(sample, d, types)
		if err != nil {
			return table.Table{}, err
		}
		if hidden {
			if types, err = r.inferWhole(d); err != nil {
				return table.Table{}, err
			}
			all = true
		}
	}
	t, err := r.csvTyped(ctx, d, types, all)
	var f *failure
	if errors.As(err, &f) && f.ended == nil && !all && strings.Contains(f.message, "converting column") {
		if types, err = r.inferWhole(d); err != nil {
			return table.Table{}, err
		}
		t, err = r.csvTyped(ctx, d, types, true)
	}
	return t, err
}

// typesOf finds dialect and columns by the beginning of the file; broken says that there is a mistake in it, or that the rest of
// the file makes others of them.
func (r *reading) typesOf(ctx context.Context, sample []byte, all bool) (d dialect, columns []csvField, broken bool, err error) {
	if d, err = sniff(sample, all, r.file, r.opts); err != nil {
		return d, nil, false, err
	}
	types, p, err := r.typesIn(sample, all, d)
	if err != nil {
		return d, nil, false, err
	}
	if !all {
		if hidden, err := r.formsHidden(sample, d, types); err != nil || hidden {
			return d, nil, hidden, err
		}
	}
	columns, err = r.columns(ctx, d, types, all)
	return d, columns, p != nil && (all || !strings.Contains(p.message, "never closed")), err
}

func (r *reading) typesIn(sample []byte, all bool, d dialect) ([]csvType, *csvProblem, error) {
	if !all { // the last record is cut
		if end := bytes.LastIndexByte(sample, '\n'); end > 0 {
			sample = sample[:end]
		}
	}
	types, p, err := r.infer(bytes.NewReader(sample), d)
	if err != nil {
		return nil, nil, errs.Internal(err)
	}
	return types, p, nil
}

func (r *reading) inferWhole(d dialect) ([]csvType, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	defer f.Close()
	types, _, err := r.infer(f, d)
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	return types, nil
}

func (r *reading) skips() bool { return r.opts.BadRows == "skip" }

func (r *reading) nulls() []string {
	if r.opts.NullText == nil {
		return []string{""}
	}
	return r.opts.NullText
}

// columns are those of the file, with the types that the user asks for; certain says that the others are found in all of it.
func (r *reading) columns(ctx context.Context, d dialect, types []csvType, certain bool) ([]csvField, error) {
	names := make([]table.Column, len(d.names))
	columns := make([]csvField, len(d.names))
	for i, name := range d.names {
		names[i] = table.Column{Name: name, Type: types[i].name}
		columns[i] = csvField{Column: names[i]}
		switch {
		case slices.ContainsFunc(r.opts.Texts, func(text string) bool { return strings.EqualFold(text, name) }):
			columns[i].Type = "VARCHAR"
		case !certain:
			columns[i].guess(types[i].long)
		}
	}
	for name, typ := range r.opts.Types {
		c, err := find(names, name)
		if err != nil && r.opts.LooseTypes {
			continue
		}
		if err != nil {
			return nil, err
		}
		checked, err := r.checkType(ctx, name, typ)
		if err != nil {
			return nil, err
		}
		for i := range columns {
			if columns[i].Name == c.Name {
				columns[i] = csvField{Column: table.Column{Name: c.Name, Type: checked}}
				columns[i].want()
			}
		}
	}
	return columns, nil
}

func (r *reading) csvTyped(ctx context.Context, d dialect, types []csvType, certain bool) (table.Table, error) {
	columns, err := r.columns(ctx, d, types, certain)
	if err != nil {
		return table.Table{}, err
	}
	text, left := r.readCSV(d, columns)
	t, err := r.keep(ctx, text)
	if err == nil {
		t.Odd = r.odd
	}
	if err != nil || !r.skips() {
		return t, err
	}
	if t.Rejected, err = r.rejected(ctx, d); err != nil || left == "" {
		return t, err
	}
	var more int64
	err = r.s.one(ctx, left, nil, &more)
	t.Rejected += more
	return t, err
}

// infer is inferTypes, and notes what has made texts of columns whose types nobody has set.
func (r *reading) infer(in io.Reader, d dialect) ([]csvType, *csvProblem, error) {
	types, p, err := inferTypes(in, d, r.nulls(), r.skips())
	r.odd = nil
	for i, t := range types {
		if t.odd != nil && !r.typeSet(d.names[i]) {
			one := *t.odd
			one.File, one.Column = r.file, d.names[i]
			r.odd = append(r.odd, one)
		}
	}
	return types, p, err
}

// maxLine bounds the bytes of one record.
const maxLine = 32 << 20

// readCSV is the query with nothing left to guess; left counts the rows that it leaves out itself, if it may.
func (r *reading) readCSV(d dialect, columns []csvField) (text, left string) {
	buffer := int64(maxLine)
	if info, err := os.Stat(r.path); err == nil { // a small file does not need, and takes time to clear, a large buffer
		buffer = min(maxLine, (info.Size()>>20+1)<<20)
	}
	return r.csvQuery(d, columns, fmt.Sprintf("auto_detect = false, max_line_size = %d, buffer_size = %d", buffer, buffer))
}

// csvFunction is the table function with our dialect and types, whatever DuckDB itself would guess.
func (r *reading) csvFunction(d dialect, columns []csvField, how string) string {
	quote, escape := string(d.quote), string(d.quote)
	if d.escape != 0 {
		escape = string(d.escape)
	}
	options := []string{
		sqltext.Literal(r.path), how, noParts, "strict_mode = true",
		"delim = " + sqltext.Literal(string(d.delim)), "quote = " + sqltext.Literal(quote), "escape = " + sqltext.Literal(escape),
		fmt.Sprintf("header = %t", d.header), fmt.Sprintf("skip = %d", d.skip), "allow_quoted_nulls = true",
	}
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = sqltext.Literal(c.Name) + ": " + sqltext.Literal(c.read())
	}
	options = append(options, "columns = {"+strings.Join(parts, ", ")+"}")
	if nulls := r.nulls(); len(nulls) > 0 {
		options = append(options, "nullstr = "+list(nulls))
	}
	if r.skips() {
		options = append(options, "ignore_errors = true", "store_rejects = true", "rejects_limit = 0")
	}
	return "read_csv(" + strings.Join(options, ", ") + ")"
}

var (
	csvLine    = pattern.Of(`CSV Error on Line: (\d+)`)
	csvColumn  = pattern.Of(`Error when converting column "(.*?)"`)
	csvConvert = pattern.Of(`(?s)Could not convert string "(.*?)" to '(.*?)'`)
)

// csvFailed finds the place of what DuckDB could not read.
func (r *reading) csvFailed(ctx context.Context, err error) error {
	var f *failure
	if !errors.As(err, &f) || errors.As(err, new(*errs.Error)) { // said already
		return err
	}
	if f.ended != nil || f.kind == "Out of Memory" || f.kind == "Permission" || strings.Contains(f.message, "No space left") || f.fatal() {
		return f.public(nil)
	}
	if m := csvColumn.FindStringSubmatch(f.message); m != nil {
		return r.conversion(f, m[1])
	}
	if e := r.diagnose(ctx); e != nil {
		return e.Wrap(f)
	}
	line := 0
	if m := csvLine.FindStringSubmatch(f.message); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	message, _, _ := strings.Cut(f.message, "\n\n")
	message = csvLine.ReplaceAllString(message, "")
	message, _, _ = strings.Cut(message, "Possible ")
	return r.invalid("csv_invalid", clean(strings.ReplaceAll(message, r.path, r.file)), line).
		WithHint(`Check the delimiter, the quote character and the encoding, or set bad rows to "skip".`).Wrap(f)
}

// conversion is the error of a value that is not of its column's type.
func (r *reading) conversion(f *failure, column string) error {
	place := errs.Place{File: r.file}
	if m := csvLine.FindStringSubmatch(f.message); m != nil {
		place.Line, _ = strconv.Atoi(m[1])
	}
	value, typ := "a value", "its type"
	if m := csvConvert.FindStringSubmatch(f.message); m != nil {
		value, typ = strconv.Quote(m[1]), m[2]
		if place.Line == 0 {
			place.Line = r.lineOf(column, m[1])
		}
	}
	message := fmt.Sprintf("%s in the column %q is not of the type %s", value, column, typ)
	return errs.Invalid("csv_invalid", "%s, line %d: %s.", r.file, place.Line, message).
		WithHint(`Set another type for the column %q, such as VARCHAR, name the text as one that means null, or set bad rows to "skip".`, column).
		With(errs.Detail{Code: "type_mismatch", Message: message, Place: place}).Wrap(f)
}

// diagnose reads the file again, slowly, to say where it is broken.
func (r *reading) diagnose(ctx context.Context) *errs.Error {
	sample, all, err := r.sample()
	if err != nil {
		return nil
	}
	d, err := sniff(sample, all, r.file, r.opts)
	var e *errs.Error
	if errors.As(err, &e) {
		return e
	}
	if coding, cerr := classifyCoding(ctx, r.path, r.file); errors.As(cerr, &e) {
		return e
	} else if coding.enc != nil {
		return r.notUTF8()
	}
	in, err := os.Open(r.path)
	if err != nil {
		return nil
	}
	defer in.Close()
	return diagnose(in, d, r.file)
}

func (r *reading) notUTF8() *errs.Error {
	return r.invalid("csv_invalid", "it is not UTF-8 throughout", 0).WithHint("Set the encoding, for example windows-1252, or leave it empty to have it found out.")
}

package duck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// reader is who reads CSV in place.
type reader byte

const (
	anyReader  reader = iota // plaincsv what is written plainly, and DuckDB the rest
	duckReader               // DuckDB
)

// scanned is how a query reads a file in place.
type scanned struct {
	text    string
	plain   bool  // by plaincsv
	size    int64 // bytes
	columns []table.Column
	rows    int64
	counted bool // else rows is about how many there are
	odd     []table.Odd
}

// Scan implements table.Engine. CSV in UTF-8 and Parquet can be read in place; what has to be converted, counted or looked
// at from end to end before, cannot.
func (e *Engine) Scan(ctx context.Context, tenant string, file table.File) ([]table.Column, bool, error) {
	s, ok, err := e.scan(ctx, tenant, file, anyReader)
	return s.columns, ok, err
}

func (e *Engine) scan(ctx context.Context, tenant string, file table.File, by reader) (scanned, bool, error) {
	key, err := stateOf(file)
	if err != nil {
		return scanned{}, false, err
	}
	key = by.of(key)
	if known, ok := e.scans.get(key); ok {
		return known, known.text != "", nil
	}
	found, err := e.findScan(ctx, tenant, file, by)
	if err != nil {
		if ctx.Err() != nil {
			return scanned{}, false, contextError(ctx)
		}
		if errs.From(err).Status >= http.StatusInternalServerError {
			return scanned{}, false, nil // nothing is known of the file; next time may be better
		}
		found = scanned{} // whatever is wrong with it, Import says it better
	}
	e.scans.put(key, found)
	return found, found.text != "", nil
}

// sessionFor checks an instance out for a plan. Its files are looked at before, for that takes an instance, too: nobody may
// wait for a second one while holding the first.
func (e *Engine) sessionFor(ctx context.Context, get getter, tenant string, plan *table.Plan, by reader) (*session, error) {
	var paths []string
	for _, file := range filesOf(plan) {
		if _, ok, err := e.scan(ctx, tenant, file, by); err != nil {
			return nil, err
		} else if ok {
			paths = append(paths, file.Path)
		}
	}
	s, err := e.sessionOf(ctx, get, tenant, access{paths: paths})
	if err != nil {
		return nil, err
	}
	if err := unchanged(ctx, plan); err != nil { // one may have waited long for the instance
		s.close()
		return nil, err
	}
	return s, nil
}

// unchanged fails when a file of the plan is not any more what it was.
func unchanged(ctx context.Context, plan *table.Plan) error {
	for _, file := range filesOf(plan) {
		if file.Check == nil {
			continue
		}
		if err := file.Check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stateOf tells a file as it is, and how it is to be read, from any other.
func stateOf(file table.File) (string, error) {
	info, err := os.Stat(file.Path)
	if err != nil {
		return "", errs.Internal(fmt.Errorf("look at a file: %w", err))
	}
	options, err := json.Marshal(file.Options)
	if err != nil {
		return "", errs.Internal(err)
	}
	return fmt.Sprintf("%s %d %d %s", file.Path, info.Size(), info.ModTime().UnixNano(), options), nil
}

func (e *Engine) findScan(ctx context.Context, tenant string, file table.File, by reader) (scanned, error) {
	none := scanned{}
	name := file.Options.Name
	if name == "" {
		name = filepath.Base(file.Path)
	}
	format, err := table.FormatOf(file.Options.Format, name)
	if err != nil || (format != "csv" && format != "parquet") || file.Options.BadRows == "skip" ||
		!filepath.IsAbs(file.Path) || strings.ContainsAny(file.Path, `*?[]{}`) {
		return none, err
	}
	r := &reading{e: e, tenant: tenant, path: file.Path, file: name, opts: file.Options}
	var found scanned
	if format == "parquet" {
		found, err = r.scanParquet(ctx)
	} else {
		found, err = r.scanCSV(ctx, by)
	}
	if err != nil || found.text == "" {
		return none, err
	}
	if err := distinctNames(found.columns); err != nil {
		return none, err
	}
	columns, fix := storable(found.columns)
	if found.columns = columns; fix != "" {
		found.text = "SELECT " + fix + " FROM (" + found.text + ")"
	}
	return found, nil
}

func (r *reading) scanParquet(ctx context.Context) (found scanned, err error) {
	if r.s, err = r.e.session(ctx, r.tenant, r.path); err != nil {
		return found, err
	}
	defer r.s.close()
	meta, err := r.s.meta(ctx, r.path)
	if err != nil {
		return found, err
	}
	found.rows, found.counted = meta.Rows, true
	if found.text, err = r.retyped(ctx, whole(r.path)); err != nil {
		return found, err
	}
	found.columns, err = r.s.describe(ctx, found.text, nil)
	return found, err
}

// scanCSV gives the query by the beginning of the file; no query when the file has to be converted. The file is not opened
// in DuckDB, which would take an instance of its own: dialect and types are known.
func (r *reading) scanCSV(ctx context.Context, by reader) (found scanned, err error) {
	defer func() { found.odd = r.odd }()
	sample, all, err := r.sample()
	if err != nil {
		return found, err
	}
	if r.opts.Encoding != "" {
		if coding, err := namedCoding(r.opts.Encoding); err != nil || coding.enc != nil {
			return found, err
		}
	} else if coding, sure := guessCoding(sample, all); !sure || coding.enc != nil {
		return found, nil
	}
	for _, typ := range r.opts.Types {
		if typ = strings.ToUpper(typ); strings.Contains(typ, "DATE") || strings.Contains(typ, "TIME") {
			return found, nil // DuckDB would detect other ways to write a date than those that Import takes
		}
	}
	if len(r.opts.Types) > 0 { // DuckDB knows their names
		if r.s, err = r.e.session(ctx, r.tenant); err != nil {
			return found, err
		}
		defer r.s.close()
	}
	if found.size, found.rows, found.counted, err = r.extent(sample, all); err != nil {
		return found, err
	}
	if by == anyReader {
		if found.text, found.columns, err = r.scanPlain(ctx, sample, all, found.rows); err != nil || found.text != "" {
			found.plain = true
			return found, err
		}
	}
	d, columns, broken, err := r.typesOf(ctx, sample, all)
	if err != nil || broken { // Import says what is wrong with it
		return found, err
	}
	if d.skip > 0 && endsDiffer(sample) {
		return found, nil // its lines have to be made even before
	}
	found.columns = tableColumns(columns)
	// Nothing is left to detect but about how many rows there are, without which a join would hash the larger table.
	found.text, _ = r.csvQuery(d, columns, "auto_detect = true, comment = '', null_padding = false")
	return found, nil
}

// extent tells how large a file is and about how many rows it has.
func (r *reading) extent(sample []byte, all bool) (size, rows int64, counted bool, err error) {
	info, err := os.Stat(r.path)
	if err != nil {
		return 0, 0, false, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	if rows, counted = r.lines(); !counted {
		rows = int64(bytes.Count(sample, []byte{'\n'}))
		if !all {
			rows = rows * info.Size() / int64(len(sample))
		}
	}
	return info.Size(), rows, counted, nil
}

// countMost is how much of a file is looked at to count its lines.
const countMost = 64 << 20

// lines counts the line ends of a file, which bound its rows; false when it is too large for that, or has others.
func (r *reading) lines() (int64, bool) {
	f, err := os.Open(r.path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > countMost {
		return 0, false
	}
	var n int64
	buffer := make([]byte, 1<<20)
	for {
		k, err := f.Read(buffer)
		n += int64(bytes.Count(buffer[:k], []byte{'\n'}))
		if errors.Is(err, io.EOF) {
			return n + 1, n > 0
		}
		if err != nil {
			return 0, false
		}
	}
}

// filesOf gives the files that a plan reads in place.
func filesOf(plan *table.Plan) (files []table.File) {
	for _, in := range plan.Inputs {
		switch {
		case in.File != nil:
			files = append(files, *in.File)
		case in.Plan != nil:
			files = append(files, filesOf(in.Plan)...)
		}
	}
	return files
}

// of is the key of what a reader does with a file in a state.
func (by reader) of(state string) string { return string(rune('0'+by)) + state }

// unreadInPlace is the failure of a query over files in place that Import can say better, or can mend.
type unreadInPlace struct{ error }

func (u unreadInPlace) Unwrap() error { return u.error }

// ofFiles marks a failure that is about a file of the plan.
func (c *compiled) ofFiles(err error, plan *table.Plan) error {
	files := filesOf(plan)
	var f *failure
	if len(files) == 0 || !errors.As(err, &f) || f.ended != nil || f.fatal() && !unsaid(f) {
		return c.explain(err)
	}
	text := strings.ToLower(f.message)
	if unsaid(f) {
		return unreadInPlace{c.explain(err)}
	}
	about := func(word string) bool { return strings.Contains(text, strings.ToLower(word)) }
	if slices.ContainsFunc([]string{"csv error", "converting column", "unicode", "parquet"}, about) || slices.ContainsFunc(files, func(f table.File) bool { return about(f.Path) }) {
		return unreadInPlace{c.explain(err)}
	}
	return c.explain(err)
}

// unsaid is the mistake that DuckDB makes when it wants to name the column of a text that is not UTF-8, and not all columns are read.
func unsaid(f *failure) bool {
	return strings.Contains(strings.ToLower(f.message), "attempted to access index")
}

// imported is the plan with its files as artifacts. An error is the file's own.
func (e *Engine) imported(ctx context.Context, tenant string, plan *table.Plan, progress table.Progress) (_ *table.Plan, odd []table.Odd, err error) {
	out := *plan
	out.Inputs = make(map[string]table.Source, len(plan.Inputs))
	for port, in := range plan.Inputs {
		switch {
		case in.File != nil:
			if key, err := stateOf(*in.File); err == nil { // next time it is not tried again
				e.scans.put(anyReader.of(key), scanned{})
				e.scans.put(duckReader.of(key), scanned{})
			}
			t, err := e.importFile(ctx, tenant, in.File, progress)
			if err != nil {
				return nil, nil, err
			}
			odd = append(odd, t.Odd...)
			in = table.Source{Artifact: t.Artifact}
		case in.Plan != nil:
			inner, more, err := e.imported(ctx, tenant, in.Plan, progress)
			if err != nil {
				return nil, nil, err
			}
			odd = append(odd, more...)
			in = table.Source{Plan: inner}
		}
		out.Inputs[port] = in
	}
	return &out, odd, nil
}

// importFile makes a table of a file that has to be still what it was.
func (e *Engine) importFile(ctx context.Context, tenant string, file *table.File, progress table.Progress) (table.Table, error) {
	t, err := e.Import(ctx, tenant, file.Path, file.Options, progress)
	if err != nil {
		return table.Table{}, inFile(err, file.Node)
	}
	if file.Check != nil {
		if err := file.Check(ctx); err != nil {
			return table.Table{}, err
		}
	}
	return t, nil
}

// inFile names the node that reads the file.
func inFile(err error, node string) error {
	var e *errs.Error
	if node == "" || !errors.As(err, &e) {
		return err
	}
	if len(e.Details) == 0 {
		return e.With(errs.Detail{Code: e.Code, Message: e.Message, Place: errs.Place{Node: node}})
	}
	return withNode(err, node)
}

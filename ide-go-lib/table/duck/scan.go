package duck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// scanned is how a query reads a file in place.
type scanned struct {
	text    string
	columns []table.Column
	rows    int64 // about
}

// Scan implements table.Engine. CSV in UTF-8 and Parquet can be read in place; what has to be converted, counted or looked
// at from end to end before, cannot.
func (e *Engine) Scan(ctx context.Context, tenant string, file table.File) ([]table.Column, bool, error) {
	s, ok, err := e.scan(ctx, tenant, file)
	return s.columns, ok, err
}

func (e *Engine) scan(ctx context.Context, tenant string, file table.File) (scanned, bool, error) {
	key, err := stateOf(file)
	if err != nil {
		return scanned{}, false, err
	}
	if known, ok := e.scans.get(key); ok {
		return known, known.text != "", nil
	}
	found, err := e.findScan(ctx, tenant, file)
	if err != nil {
		if ctx.Err() != nil {
			return scanned{}, false, contextError(ctx)
		}
		found = scanned{} // whatever is wrong with it, Import says it better
	}
	e.scans.put(key, found)
	return found, found.text != "", nil
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

func (e *Engine) findScan(ctx context.Context, tenant string, file table.File) (scanned, error) {
	none := scanned{}
	name := file.Options.Name
	if name == "" {
		name = filepath.Base(file.Path)
	}
	format, err := formatOf(file.Options.Format, name)
	if err != nil || (format != "csv" && format != "parquet") || file.Options.BadRows == "skip" ||
		!filepath.IsAbs(file.Path) || strings.ContainsAny(file.Path, `*?[]{}`) {
		return none, err
	}
	s, err := e.session(ctx, tenant, file.Path)
	if err != nil {
		return none, err
	}
	defer s.close()
	r := &reading{e: e, s: s, tenant: tenant, path: file.Path, file: name, opts: file.Options}
	var text string
	var rows int64
	if format == "parquet" {
		meta, err := s.meta(ctx, file.Path)
		if err != nil {
			return none, err
		}
		rows = meta.Rows
		text, err = r.retyped(ctx, whole(file.Path))
		if err != nil {
			return none, err
		}
	} else if text, rows, err = r.scanCSV(ctx); err != nil || text == "" {
		return none, err
	}
	raw, err := s.describe(ctx, text, nil)
	if err != nil {
		return none, err
	}
	if err := distinctNames(raw); err != nil {
		return none, err
	}
	columns, fix := storable(raw)
	if fix != "" {
		text = "SELECT " + fix + " FROM (" + text + ")"
	}
	return scanned{text, columns, rows}, nil
}

// scanCSV gives the query by the beginning of the file, and about how many rows there are; no query when the file has to
// be converted.
func (r *reading) scanCSV(ctx context.Context) (string, int64, error) {
	sample, all, err := r.sample()
	if err != nil {
		return "", 0, err
	}
	if r.opts.Encoding != "" {
		if coding, err := namedCoding(r.opts.Encoding); err != nil || coding.enc != nil {
			return "", 0, err
		}
	} else if coding, sure := guessCoding(sample); !sure || coding.enc != nil {
		return "", 0, nil
	}
	d, columns, err := r.typesOf(ctx, sample, all)
	if err != nil {
		return "", 0, err
	}
	rows := int64(strings.Count(string(sample), "\n"))
	if info, err := os.Stat(r.path); err == nil && !all {
		rows = rows * info.Size() / int64(len(sample))
	}
	for _, typ := range r.opts.Types {
		if typ = strings.ToUpper(typ); strings.Contains(typ, "DATE") || strings.Contains(typ, "TIME") {
			return "", 0, nil // DuckDB would detect other ways to write a date than those that Import takes
		}
	}
	// Nothing is left to detect but about how many rows there are, without which a join would hash the larger table.
	return r.csvFunction(d, columns, "auto_detect = true, skip = 0, comment = '', null_padding = false"), rows, nil
}

// files gives the paths of the files that a plan reads in place.
func filesOf(plan *table.Plan) (paths []string) {
	for _, in := range plan.Inputs {
		switch {
		case in.File != nil:
			paths = append(paths, in.File.Path)
		case in.Plan != nil:
			paths = append(paths, filesOf(in.Plan)...)
		}
	}
	return paths
}

// unreadInPlace is the failure of a query over files in place that Import can say better, or can mend.
type unreadInPlace struct{ error }

func (u unreadInPlace) Unwrap() error { return u.error }

// ofFiles marks a failure that is about a file of the plan.
func (c *compiled) ofFiles(err error, plan *table.Plan) error {
	paths := filesOf(plan)
	var f *failure
	if len(paths) == 0 || !errors.As(err, &f) || f.ended != nil || f.fatal() {
		return c.explain(err)
	}
	text := strings.ToLower(f.message)
	about := func(word string) bool { return strings.Contains(text, strings.ToLower(word)) }
	if slices.ContainsFunc([]string{"csv error", "converting column", "unicode", "parquet"}, about) || slices.ContainsFunc(paths, about) {
		return unreadInPlace{c.explain(err)}
	}
	return c.explain(err)
}

// imported is the plan with its files as artifacts. An error is the file's own.
func (e *Engine) imported(ctx context.Context, tenant string, plan *table.Plan, progress table.Progress) (*table.Plan, error) {
	out := *plan
	out.Inputs = make(map[string]table.Source, len(plan.Inputs))
	for port, in := range plan.Inputs {
		switch {
		case in.File != nil:
			t, err := e.Import(ctx, tenant, in.File.Path, in.File.Options, progress)
			if err != nil {
				return nil, inFile(err, in.File.Node)
			}
			in = table.Source{Artifact: t.Artifact}
		case in.Plan != nil:
			inner, err := e.imported(ctx, tenant, in.Plan, progress)
			if err != nil {
				return nil, err
			}
			in = table.Source{Plan: inner}
		}
		out.Inputs[port] = in
	}
	return &out, nil
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

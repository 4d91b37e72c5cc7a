package duck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// reading is one import under way.
type reading struct {
	e        *Engine
	s        *session
	tenant   string
	path     string // what DuckDB reads
	file     string // what errors call it
	dir      string // scratch
	opts     table.ImportOptions
	progress table.Progress
	odd      []table.Odd // by the types that were found last
}

// Import implements table.Engine.
func (e *Engine) Import(ctx context.Context, tenant, path string, opts table.ImportOptions, progress table.Progress) (table.Table, error) {
	file := opts.Name
	if file == "" {
		file = filepath.Base(path)
	}
	format, err := table.FormatOf(opts.Format, file)
	if err != nil {
		return table.Table{}, err
	}
	if opts.BadRows != "" && opts.BadRows != "fail" && opts.BadRows != "skip" {
		return table.Table{}, errs.Invalid("option_invalid", `Bad rows can be set to "fail" or "skip", not to %q.`, opts.BadRows)
	}
	dir, remove, err := e.store.Scratch(ctx, tenant)
	if err != nil {
		return table.Table{}, err
	}
	defer remove()
	if path, err = readable(path, file, dir); err != nil {
		return table.Table{}, err
	}
	var t table.Table
	err = e.withMemory(func(get getter) (err error) {
		s, err := e.sessionOf(ctx, get, tenant, access{paths: []string{path, dir}})
		if err != nil {
			return err
		}
		defer s.close()
		r := &reading{e: e, s: s, tenant: tenant, path: path, file: file, dir: dir, opts: opts, progress: progress}
		t, err = r.table(ctx, format)
		return err
	})
	return t, err
}

func (r *reading) table(ctx context.Context, format string) (table.Table, error) {
	switch format {
	case "json", "ndjson":
		return r.json(ctx, format)
	case "parquet":
		return r.parquet(ctx)
	case "xlsx":
		return r.xlsx(ctx)
	default:
		return r.csv(ctx)
	}
}

// Formats are the file formats that can be read and written.
// readable checks the file and gives a path that DuckDB does not take for a pattern.
func readable(path, file, dir string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errs.NotFound("file_not_found", "There is no file %q.", file)
	case err != nil:
		return "", errs.Internal(fmt.Errorf("read %s: %w", file, err))
	case !info.Mode().IsRegular():
		return "", errs.Invalid("path_is_folder", "%q is not a file.", file)
	}
	if !strings.ContainsAny(abs, `*?[]{}`) {
		return abs, nil
	}
	link := filepath.Join(dir, "input")
	if os.Link(abs, link) == nil {
		return link, nil
	}
	return link, copyFile(abs, link)
}

func copyFile(from, to string) error {
	in, err := os.Open(from) // #nosec G304 -- the file to import
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304 -- our own scratch directory
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// keep materialises a SELECT over the file.
func (r *reading) keep(ctx context.Context, text string) (table.Table, error) {
	raw, err := r.s.describe(ctx, text, nil)
	if err != nil {
		return table.Table{}, err
	}
	if err := distinctNames(raw); err != nil {
		return table.Table{}, err
	}
	columns, fix := storable(raw)
	if fix != "" {
		text = "SELECT " + fix + " FROM (" + text + ")"
	}
	out := filepath.Join(r.dir, "table.parquet")
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an attempt before
		return table.Table{}, fmt.Errorf("import: %w", err)
	}
	rows, err := r.s.materialise(ctx, text, nil, out, 0, r.progress)
	if err != nil {
		return table.Table{}, err
	}
	return r.e.adopt(ctx, r.tenant, out, table.Meta{Columns: columns, Rows: rows})
}

// retyped applies the types that the user asks for to a SELECT.
func (r *reading) retyped(ctx context.Context, text string) (string, error) {
	if len(r.opts.Types) == 0 {
		return text, nil
	}
	columns, err := r.s.describe(ctx, text, nil)
	if err != nil {
		return "", err
	}
	var casts []string
	for name, typ := range r.opts.Types {
		c, err := find(columns, name)
		if err != nil && r.opts.LooseTypes {
			continue
		}
		if err != nil {
			return "", err
		}
		checked, err := r.checkType(ctx, name, typ)
		if err != nil {
			return "", err
		}
		q := sqltext.Quote(c.Name)
		cast := "CAST(" + q + " AS " + checked + ")"
		if kept := exact.Kept(q, c.Type, checked); kept != "" {
			wrong := sqltext.Raising(codeType, "with.types", "concat("+sqltext.Literal("The number ")+", CAST("+q+" AS VARCHAR), "+
				sqltext.Literal(fmt.Sprintf(" in the column %q of %s is no %s, which would round it. Set a type that holds it, such as DOUBLE.", c.Name, r.file, checked))+")")
			cast = "CASE WHEN TRY_CAST(" + q + " AS " + checked + ") IS NOT NULL AND NOT (" + kept + ") THEN " + wrong + " ELSE " + cast + " END"
		}
		casts = append(casts, cast+" AS "+q)
	}
	if casts == nil {
		return text, nil
	}
	return "SELECT * REPLACE (" + strings.Join(casts, ", ") + ") FROM (" + text + ")", nil
}

// checkType gives DuckDB's own spelling of a type, so that no other text gets into the SQL.
func (r *reading) checkType(ctx context.Context, column, typ string) (string, error) {
	unknown := errs.Invalid("type_unknown", "There is no type %q, which is set for the column %q.", typ, column).
		WithHint("Use one such as VARCHAR, BIGINT, DOUBLE, DECIMAL(18,2), BOOLEAN, DATE, TIMESTAMP.")
	if sqltext.CheckExpression(typ) != nil || strings.ContainsAny(typ, `$?;-/'`) {
		return "", unknown
	}
	columns, err := r.s.describe(ctx, "SELECT CAST(NULL AS "+typ+")", nil)
	if err != nil || len(columns) != 1 {
		if ctx.Err() != nil {
			return "", contextError(ctx)
		}
		return "", unknown.Wrap(err)
	}
	return columns[0].Type, nil
}

func (r *reading) parquet(ctx context.Context) (table.Table, error) {
	text, err := r.retyped(ctx, whole(r.path))
	if err == nil {
		var t table.Table
		if t, err = r.keep(ctx, text); err == nil {
			return t, nil
		}
	}
	return table.Table{}, r.failed(err, "parquet_invalid", "Parquet")
}

// maxObject is how large one JSON object may be; DuckDB sets aside a multiple of it.
const maxObject = 32 << 20

func (r *reading) json(ctx context.Context, format string) (table.Table, error) {
	layout := "auto"
	if format == "ndjson" {
		layout = "newline_delimited"
	}
	size, err := r.size()
	if err != nil {
		return table.Table{}, err
	}
	if size == 0 {
		return table.Table{}, r.invalid("json_invalid", "the file is empty", 0)
	}
	long, err := hasLongNumber(r.path)
	if err != nil {
		return table.Table{}, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	var digits map[string]string
	var lost []table.Rounded
	if long {
		if digits, lost, err = r.keepDigits(ctx); err != nil {
			return table.Table{}, err
		}
		if size, err = r.size(); err != nil {
			return table.Table{}, err
		}
	}
	text, err := r.jsonQuery(ctx, fmt.Sprintf("%s, format = %s, records = 'auto', maximum_object_size = %d, %s",
		sqltext.Literal(r.path), sqltext.Literal(layout), min(size+1024, maxObject), noParts), long)
	if err == nil {
		text, err = r.withDigits(ctx, text, digits)
	}
	if err == nil {
		text, err = r.retyped(ctx, text)
	}
	if err == nil {
		var t table.Table
		if t, err = r.keep(ctx, text); err == nil {
			t.Rounded = lost
			return t, nil
		}
	}
	return table.Table{}, r.failed(err, "json_invalid", "JSON")
}

func (r *reading) size() (int64, error) {
	info, err := os.Stat(r.path)
	if err != nil {
		return 0, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	return info.Size(), nil
}

// failed names the file in DuckDB's error.
func (r *reading) failed(err error, code, format string) error {
	var f *failure
	if !errors.As(err, &f) || errors.As(err, new(*errs.Error)) { // said already
		return err
	}
	_, _, _, raised := sqltext.Raised(f.message)
	switch {
	case raised, f.ended != nil, f.kind == "Out of Memory", f.kind == "Permission", strings.Contains(f.message, "No space left"), f.fatal():
		return f.public(nil)
	case f.kind == "Conversion", f.kind == "Out of Range":
		e := f.public(nil)
		return e.WithHint("Set a wider type for the column, such as VARCHAR.").
			With(e.At(errs.Place{File: r.file}))
	}
	if format == "Parquet" && (strings.Contains(f.message, "Parquet file") || strings.Contains(f.message, "magic bytes")) {
		return r.invalid(code, "it is no Parquet file, or only a part of one", 0).WithHint("Write it anew, or look what kind of file it is.").Wrap(f)
	}
	if m := badJSON.FindStringSubmatch(f.message); m != nil {
		return r.badJSON(code, m[1], m[2], m[3], m[4]).Wrap(f)
	}
	message := clean(strings.ReplaceAll(f.message, r.path, r.file))
	return r.invalid(code, "it is not valid "+format+": "+message, 0).Wrap(f)
}

var badJSON = pattern.Of(`(?s)^Malformed JSON in file ".*", at byte (\d+) in (line|record/value) (\d+): (.*?)\.?\s*(?:Try setting .*)?$`)

// badJSON says where JSON cannot be read. The engine has counted the line or value once too often by then.
func (r *reading) badJSON(code, at, what, number, why string) *errs.Error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 2 {
		return r.invalid(code, "it is not valid JSON: "+why, 0)
	}
	if what == "line" {
		return r.invalid(code, fmt.Sprintf("line %d is not valid JSON: %s at byte %s", n-1, why, at), n-1)
	}
	return r.invalid(code, fmt.Sprintf("value %d is not valid JSON: %s at its byte %s", n-1, why, at), 0)
}

func (r *reading) invalid(code, message string, line int) *errs.Error {
	return errs.Invalid(code, "%s cannot be read: %s.", r.file, strings.TrimSuffix(message, ".")).
		With(errs.Detail{Code: code, Message: message, Place: errs.Place{File: r.file, Line: line}})
}

package duck

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// mostParts is how many folders a table is parted into.
const mostParts = 5000

const (
	// partsAtOnce is how many are written at a time: each has a file open, and rows in memory.
	partsAtOnce = 64
	// partRows is how many rows of them are held before they are written, and so the most of a row group of a file.
	partRows = 100_000
)

// exportParts writes a folder of files, parted by the values of columns. What takes more memory than a query's share is
// tried again with that of all queries.
func (e *Engine) exportParts(ctx context.Context, tenant string, ref artifact.Ref, format, dir string, opts table.ExportOptions) error {
	if format == "xlsx" {
		return errs.Invalid("format_unknown", "Excel files cannot be parted into folders.").WithHint("Write Parquet, CSV or JSON instead.")
	}
	options, err := exportOptions(format, opts)
	if err != nil {
		return err
	}
	name := opts.Name
	if name == "" {
		name = "part"
	}
	p := &parting{e: e, tenant: tenant, ref: ref, format: format, dir: dir, by: opts.Partition}
	// Others have been written before into the folder, and the files of this part have their names alone.
	ending := ""
	if format == "json" || format == "ndjson" {
		ending = ", FILE_EXTENSION 'json'"
	}
	p.options = func(keys string) string {
		return strings.TrimSuffix(strings.Replace(options, ", USE_TMP_FILE false", "", 1), ")") +
			fmt.Sprintf(", PARTITION_BY (%s), FILENAME_PATTERN %s%s, OVERWRITE_OR_IGNORE true)", keys, sqltext.Literal(name+"{i}"), ending)
	}
	if err = p.write(ctx, e.pool.one()); !outOfMemory(err) {
		return err
	}
	if err := emptied(dir); err != nil {
		return errs.Internal(fmt.Errorf("export: %w", err))
	}
	return p.write(ctx, e.pool.all())
}

// emptied removes what is in a folder, but not the folder, which may be the caller's.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}

// parting is one table being written in parts.
type parting struct {
	e           *Engine
	tenant, dir string
	ref         artifact.Ref
	format      string
	by          []string
	options     func(keys string) string
}

// write sorts the table by its parts first, so that they come one after the other: else rows of all of them would wait in
// memory, and each file would be made of many small groups.
func (p *parting) write(ctx context.Context, get getter) error {
	scratch, remove, err := p.e.store.Scratch(ctx, p.tenant)
	if err != nil {
		return err
	}
	defer remove()
	s, from, meta, done, err := p.e.openWith(ctx, get, p.tenant, p.ref, access{dirs: []string{p.dir, scratch}, paths: []string{p.dir}})
	if err != nil {
		return err
	}
	defer done()
	keys, err := partColumns(meta.Columns, p.by)
	if err != nil {
		return err
	}
	if err := p.few(ctx, s, from, keys); err != nil {
		return err
	}
	before, row := unlike(meta.Columns, "dataflow_before"), unlike(meta.Columns, "dataflow_row")
	sorted := filepath.Join(scratch, "sorted.parquet")
	text := fmt.Sprintf("SELECT * EXCLUDE (%[1]s), row_number() OVER () AS %[2]s FROM (SELECT *, row_number() OVER () AS %[1]s FROM %[3]s ORDER BY %[4]s, %[1]s)",
		before, row, parquet(from), keys)
	if _, err := s.materialise(ctx, text, nil, sorted, 0, nil); err != nil {
		return place(err, "", nil, nil)
	}
	ends, err := p.ends(ctx, s, sorted, keys, row)
	if err != nil {
		return err
	}
	begin := int64(1)
	for batch := range slices.Chunk(ends, partsAtOnce) {
		end := batch[len(batch)-1]
		text := fmt.Sprintf("COPY (SELECT %[7]s FROM (SELECT * EXCLUDE (%[1]s) FROM %[2]s WHERE %[1]s BETWEEN %[3]d AND %[4]d)) TO %[5]s%[6]s",
			row, parquet(sorted), begin, end, sqltext.Literal(p.dir), p.options(keys), exported(p.format, meta.Columns, p.by))
		if _, err := s.exec(ctx, text, nil); err != nil {
			return place(err, "", nil, nil)
		}
		begin = end + 1
	}
	return p.apart(len(ends))
}

// apart makes sure that each part has a folder of its own: of two in one, the later would take the place of the earlier.
func (p *parting) apart(parts int) error {
	if parts == 0 {
		return nil
	}
	folders := 0
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if below, err := filepath.Rel(p.dir, path); err != nil || strings.Count(below, string(filepath.Separator)) != len(p.by)-1 || below == "." {
			return err
		}
		folders++
		return nil
	})
	if err == nil && folders != parts {
		err = fmt.Errorf("%d parts are in %d folders", parts, folders)
	}
	if err != nil {
		return errs.Internal(fmt.Errorf("export: %w", err))
	}
	return nil
}

// noValue is how a folder says that a value is empty.
const noValue = "__HIVE_DEFAULT_PARTITION__"

// few makes sure that there are not too many parts, and that none is called as one without a value.
func (p *parting) few(ctx context.Context, s *session, from, keys string) error {
	var parts, unclear int64
	named := make([]string, 0, len(p.by))
	for _, name := range p.by {
		named = append(named, "CAST("+sqltext.Quote(name)+" AS VARCHAR) = "+sqltext.Literal(noValue))
	}
	count := "SELECT count(*), count(*) FILTER (" + strings.Join(named, " OR ") + ") FROM (SELECT DISTINCT " + keys + " FROM " + parquet(from) + ")"
	if err := s.query(ctx, count, nil, []any{&parts, &unclear}, func() error { return nil }); err != nil {
		return place(err, "", nil, nil)
	}
	if unclear > 0 {
		return errs.Invalid("part_invalid", "A value of %s is the text %s, which as a folder means that there is none.", strings.Join(p.by, ", "), noValue).
			WithHint("Make it empty or another text before the table is parted.")
	}
	if parts > mostParts {
		return errs.Invalid("too_many_parts", "The values of %s would part the table into %d folders; at most %d are written.", strings.Join(p.by, ", "), parts, mostParts).
			WithHint("Part it by columns of fewer values, such as the month in place of the time.")
	}
	return nil
}

// ends gives the number of the last row of each part.
func (p *parting) ends(ctx context.Context, s *session, sorted, keys, row string) (ends []int64, err error) {
	var end int64
	text := fmt.Sprintf("SELECT max(%s) FROM %s GROUP BY %s ORDER BY 1", row, parquet(sorted), keys)
	err = s.query(ctx, text, nil, []any{&end}, func() error { ends = append(ends, end); return nil })
	return ends, place(err, "", nil, nil)
}

// unlike gives a quoted name that no column has.
func unlike(columns []table.Column, name string) string {
	for slices.ContainsFunc(columns, func(c table.Column) bool { return strings.EqualFold(c.Name, name) }) {
		name += "_"
	}
	return sqltext.Quote(name)
}

// partColumns gives the columns to part by, quoted.
func partColumns(columns []table.Column, by []string) (string, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	quoted := make([]string, len(by))
	for i, name := range by {
		at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
		if at < 0 {
			return "", errs.Invalid("column_missing", "There is no column %q to part the table by.", name).WithHint("%s", near.Say(name, names))
		}
		quoted[i] = sqltext.Quote(names[at])
		if slices.Contains(quoted[:i], quoted[i]) {
			return "", errs.Invalid("column_twice", "The column %q is named twice.", name)
		}
	}
	if len(by) == len(columns) {
		return "", errs.Invalid("columns_all_keys", "All columns would become folders, so that nothing is left to write.").WithHint("Leave one of them out.")
	}
	return strings.Join(quoted, ", "), nil
}

package duck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// mostParts is how many folders a table is parted into: each has a file open while it is written.
const mostParts = 5000

// exportParts writes a folder of files, parted by the values of columns.
func (e *Engine) exportParts(ctx context.Context, tenant string, ref artifact.Ref, format, dir string, opts table.ExportOptions) error {
	if format == "xlsx" {
		return errs.Invalid("format_unknown", "Excel files cannot be parted into folders.").WithHint("Write Parquet, CSV or JSON instead.")
	}
	options, err := exportOptions(format, opts)
	if err != nil {
		return err
	}
	s, from, meta, done, err := e.openWith(ctx, e.pool.get, tenant, ref, access{dirs: []string{dir}, paths: []string{dir}})
	if err != nil {
		return err
	}
	defer done()
	keys, err := partColumns(meta.Columns, opts.Partition)
	if err != nil {
		return err
	}
	var parts int64
	count := "SELECT count(*) FROM (SELECT DISTINCT " + keys + " FROM read_parquet(" + sqltext.Literal(from) + "))"
	if err := s.query(ctx, count, nil, []any{&parts}, func() error { return nil }); err != nil {
		return place(err, "", nil, nil)
	}
	if parts > mostParts {
		return errs.Invalid("too_many_parts", "The values of %s would part the table into %d folders; at most %d are written.", strings.Join(opts.Partition, ", "), parts, mostParts).
			WithHint("Part it by columns of fewer values, such as the month in place of the time.")
	}
	name := opts.Name
	if name == "" {
		name = "part"
	}
	options = strings.TrimSuffix(strings.Replace(options, ", USE_TMP_FILE false", "", 1), ")") +
		fmt.Sprintf(", PARTITION_BY (%s), FILENAME_PATTERN %s)", keys, sqltext.Literal(name+"{i}"))
	if _, err := s.exec(ctx, "COPY (SELECT * FROM read_parquet("+sqltext.Literal(from)+")) TO "+sqltext.Literal(dir)+options, nil); err != nil {
		return place(err, "", nil, nil)
	}
	return nil
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
			return "", errs.Invalid("column_missing", "There is no column %q to part the table by.", name).WithHint("%s", near.Hint(name, names))
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

package duck

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/jsontext"
	"dataflow/ide-go-lib/table/sqltext"
)

// Export implements table.Engine.
func (e *Engine) Export(ctx context.Context, tenant string, ref artifact.Ref, path string, opts table.ExportOptions) error {
	format, err := table.FormatOf(opts.Format, path)
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return errs.Internal(err)
	}
	if len(opts.Partition) > 0 {
		return e.exportParts(ctx, tenant, ref, format, abs, opts)
	}
	return e.withMemory(func(get getter) error {
		if err := os.Remove(abs); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an attempt before
			return errs.Internal(err)
		}
		return e.exportFile(ctx, get, tenant, ref, format, abs, opts)
	})
}

func (e *Engine) exportFile(ctx context.Context, get getter, tenant string, ref artifact.Ref, format, abs string, opts table.ExportOptions) error {
	s, from, meta, done, err := e.open(ctx, get, tenant, ref, abs)
	if err != nil {
		return err
	}
	defer done()
	if format == "xlsx" {
		return s.exportXLSX(ctx, from, abs, meta, opts.Header == nil || *opts.Header)
	}
	options, err := exportOptions(format, opts)
	if err != nil {
		return err
	}
	if _, err := s.exec(ctx, "COPY (SELECT "+exported(format, meta.Columns, nil)+" FROM "+parquet(from)+") TO "+sqltext.Literal(abs)+options, nil); err != nil {
		return place(err, "", nil, nil)
	}
	return nil
}

// exported is what is selected of a table for a file. Columns that files are named after, keys, stay as they are.
func exported(format string, columns []table.Column, keys []string) string {
	if format != "json" && format != "ndjson" {
		return "*" + asText(format, columns, keys)
	}
	var list, members = []string{}, []table.Column{}
	for _, c := range columns {
		if isKey(keys, c) {
			list = append(list, sqltext.Quote(c.Name))
		} else {
			members = append(members, c)
		}
	}
	return strings.Join(append(list, jsontext.Object(members)+" AS "+unlike(columns, "dataflow_json")), ", ")
}

func isKey(keys []string, c table.Column) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, c.Name) })
}

// asText writes what is put in place of columns where a format has only texts: nested values as JSON, which other programs
// read, and a text within JSON as it is. Columns that files are named after stay.
func asText(format string, columns []table.Column, keys []string) string {
	if format != "csv" {
		return ""
	}
	var list []string
	for _, c := range columns {
		name := sqltext.Quote(c.Name)
		switch {
		case isKey(keys, c):
		case c.Type == "JSON":
			list = append(list, "CASE json_type("+name+") WHEN 'VARCHAR' THEN "+name+" ->> '$' ELSE CAST("+name+" AS VARCHAR) END AS "+name)
		case strings.HasSuffix(c.Type, "]"), strings.HasPrefix(c.Type, "STRUCT("), strings.HasPrefix(c.Type, "MAP("), strings.HasPrefix(c.Type, "UNION("):
			list = append(list, "CASE WHEN "+name+" IS NOT NULL THEN "+jsontext.Value(name, c.Type)+" END AS "+name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " REPLACE (" + strings.Join(list, ", ") + ")"
}

// asLines are the options by which the only column of a table is written as it is. A text of JSON has no signs below the space.
const asLines = ` (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER e'\x07', USE_TMP_FILE false`

func exportOptions(format string, opts table.ExportOptions) (string, error) {
	switch format {
	case "parquet":
		return copyOptions, nil
	case "json":
		return asLines + `, NEW_LINE e',\n\t', PREFIX e'[\n\t', SUFFIX e'\n]\n')`, nil
	case "ndjson":
		return asLines + ")", nil
	}
	delim, err := table.CSVSign("delimiter", opts.Delimiter, ',')
	if err != nil {
		return "", err
	}
	header := "true"
	if opts.Header != nil && !*opts.Header {
		header = "false"
	}
	return " (FORMAT csv, HEADER " + header + ", DELIMITER " + sqltext.Literal(string(delim)) + ", USE_TMP_FILE false)", nil
}

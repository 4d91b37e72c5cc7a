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
	if _, err := s.exec(ctx, "COPY (SELECT *"+asText(format, meta.Columns, nil)+" FROM "+parquet(from)+") TO "+sqltext.Literal(abs)+options, nil); err != nil {
		return place(err, "", nil, nil)
	}
	return nil
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
		case slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, c.Name) }):
		case c.Type == "JSON":
			list = append(list, "CASE json_type("+name+") WHEN 'VARCHAR' THEN "+name+" ->> '$' ELSE CAST("+name+" AS VARCHAR) END AS "+name)
		case strings.HasSuffix(c.Type, "]"), strings.HasPrefix(c.Type, "STRUCT("), strings.HasPrefix(c.Type, "MAP("), strings.HasPrefix(c.Type, "UNION("):
			list = append(list, "CAST(to_json("+name+") AS VARCHAR) AS "+name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " REPLACE (" + strings.Join(list, ", ") + ")"
}

func exportOptions(format string, opts table.ExportOptions) (string, error) {
	switch format {
	case "parquet":
		return copyOptions, nil
	case "json":
		return " (FORMAT json, ARRAY true, USE_TMP_FILE false)", nil
	case "ndjson":
		return " (FORMAT json, ARRAY false, USE_TMP_FILE false)", nil
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

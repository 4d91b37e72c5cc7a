package duck

import (
	"context"
	"path/filepath"

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
	s, from, meta, done, err := e.open(ctx, e.pool.get, tenant, ref, abs)
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
	if _, err := s.exec(ctx, "COPY (SELECT * FROM read_parquet("+sqltext.Literal(from)+")) TO "+sqltext.Literal(abs)+options, nil); err != nil {
		return place(err, "", nil, nil)
	}
	return nil
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

package duck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// rejected counts the rows that were left out. One whose quotes are wrong, or that has too few or too many fields, may hold
// others where it goes over several lines: the file is not read then, for nobody can tell which of them are rows.
func (r *reading) rejected(ctx context.Context, d dialect) (int64, error) {
	var rows, broken int64
	err := r.s.one(ctx, "SELECT count(DISTINCT line), count(*) FILTER (WHERE CAST(error_type AS VARCHAR) <> 'CAST') FROM reject_errors", nil, &rows, &broken)
	if err != nil || broken == 0 {
		return rows, err
	}
	in, err := os.Open(r.path)
	if err != nil {
		return 0, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	defer in.Close()
	p, err := swallowing(ctx, in, d)
	if err != nil {
		return 0, errs.Internal(fmt.Errorf("read %s: %w", r.file, err))
	}
	if p != nil {
		return 0, csvError(r.file, d.header, d.names, p,
			"Correct the file there, or set another quote or escape character. It cannot be skipped as one bad row, for it goes over several lines, which may be rows of their own.")
	}
	return rows, nil
}

// swallowing finds the first bad record that goes over several lines; nil when there is none.
func swallowing(ctx context.Context, in io.Reader, d dialect) (*csvProblem, error) {
	s := newCSVScanner(in, d)
	for n := 0; ; n++ {
		if n%10_000 == 0 && ctx.Err() != nil {
			return nil, contextError(ctx)
		}
		fields, line, err := s.next()
		var p *csvProblem
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil //nolint:nilnil // there is none
		case errors.As(err, &p):
			if severalLines(s.buf) {
				p.message += fmt.Sprintf(" in the row that begins at line %d", line)
				return p, nil
			}
			if err := s.skipLine(); err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
		case err != nil:
			return nil, err
		case len(fields) != len(d.names) && severalLines(s.buf):
			return &csvProblem{line: line, row: s.row, message: fmt.Sprintf("the row has %s where %s expected, and goes over several lines",
				words.Number(len(fields), "field", "fields"), wereExpected(len(d.names)))}, nil
		}
	}
}

// severalLines says whether there is more than one line with something in it; a quote that opens in the last line of a file
// takes nothing but the line's end.
func severalLines(record []byte) bool {
	i := bytes.IndexAny(record, "\r\n")
	return i >= 0 && len(bytes.TrimSpace(record[i:])) > 0
}

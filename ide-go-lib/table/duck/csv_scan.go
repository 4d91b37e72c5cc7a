package duck

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"dataflow/ide-go-lib/errs"
)

// csvScanner splits CSV into records and knows where it is. DuckDB reads the data; this reads samples to find out the
// dialect and the types, and the whole file to say exactly where it is broken.
type csvScanner struct {
	r            *bufio.Reader
	delim, quote byte
	escape       byte
	skip         int // lines to be left out before
	line         int // of the next byte, from 1
	row          int64
	buf          []byte
	ends         []int
	wasQuoted    []bool
	fields       [][]byte
}

// csvProblem is a mistake in the file. Column counts fields from 1; 0 is the whole row.
type csvProblem struct {
	line    int
	row     int64 // records from 1, the header counted
	column  int
	message string
}

func (p *csvProblem) Error() string { return p.message }

func newCSVScanner(r io.Reader, d dialect) *csvScanner {
	s := &csvScanner{r: bufio.NewReaderSize(r, 1<<18), delim: d.delim, quote: d.quote, escape: d.escape, skip: d.skip, line: 1}
	if s.escape == 0 {
		s.escape = s.quote
	}
	if b, err := s.r.Peek(3); err == nil && bytes.Equal(b, []byte("\xef\xbb\xbf")) {
		_, _ = s.r.Discard(3)
	}
	return s
}

// next gives the next record, valid until the call after, and the line that it begins at; io.EOF at the end. Empty
// lines are left out.
func (s *csvScanner) next() (fields [][]byte, line int, err error) {
	for ; s.skip > 0; s.skip-- {
		if err := s.skipLine(); err != nil {
			return nil, s.line, err
		}
	}
	for {
		line = s.line
		s.buf, s.ends, s.wasQuoted = s.buf[:0], s.ends[:0], s.wasQuoted[:0]
		if err := s.record(); err != nil {
			return nil, line, err
		}
		if len(s.ends) == 1 && s.ends[0] == 0 && !s.wasQuoted[0] {
			continue
		}
		s.row++
		s.fields = s.fields[:0]
		start := 0
		for _, end := range s.ends {
			s.fields = append(s.fields, s.buf[start:end])
			start = end
		}
		return s.fields, line, nil
	}
}

func (s *csvScanner) skipLine() error {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return err
		}
		if c == '\n' || c == '\r' {
			s.newLine(c)
			return nil
		}
	}
}

func (s *csvScanner) record() error {
	for first := true; ; first = false {
		c, err := s.r.ReadByte()
		if errors.Is(err, io.EOF) && first {
			return io.EOF
		}
		quoted := err == nil && c == s.quote && s.quote != 0
		if err == nil && !quoted {
			if err := s.r.UnreadByte(); err != nil {
				return err
			}
		}
		var end bool
		if quoted {
			end, err = s.quotedField()
		} else {
			end, err = s.plainField()
		}
		if err != nil {
			return err
		}
		s.ends = append(s.ends, len(s.buf))
		s.wasQuoted = append(s.wasQuoted, quoted)
		if end {
			return nil
		}
	}
}

// plainField reads up to the delimiter or the record's end.
func (s *csvScanner) plainField() (end bool, err error) {
	for {
		c, err := s.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case c == s.delim:
			return false, nil
		case c == '\n' || c == '\r':
			s.newLine(c)
			return true, nil
		}
		s.buf = append(s.buf, c)
	}
}

func (s *csvScanner) newLine(c byte) {
	s.line++
	if c == '\r' {
		if next, err := s.r.Peek(1); err == nil && next[0] == '\n' {
			_, _ = s.r.Discard(1)
		}
	}
}

func (s *csvScanner) quotedField() (end bool, err error) {
	problem := func(at int, message string) error {
		return &csvProblem{line: at, row: s.row + 1, column: len(s.ends) + 1, message: message}
	}
	opened := s.line
	for {
		c, err := s.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return false, problem(opened, fmt.Sprintf("the quote %c that opens here is never closed", s.quote))
		case err != nil:
			return false, err
		case c == '\n' || c == '\r':
			s.buf = append(s.buf, c)
			before := s.line
			s.newLine(c)
			s.line = before + 1
			continue
		case c == s.escape && s.escape != s.quote:
			if c, err = s.r.ReadByte(); err != nil {
				return false, problem(opened, fmt.Sprintf("the quote %c that opens here is never closed", s.quote))
			}
			if c == '\n' {
				s.line++
			}
			s.buf = append(s.buf, c)
			continue
		case c != s.quote:
			if s.buf = append(s.buf, c); len(s.buf) > maxLine {
				return false, problem(opened, fmt.Sprintf("the quote %c that opens here is never closed within %d MiB", s.quote, maxLine>>20))
			}
			continue
		}
		c, err = s.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case c == s.quote && s.escape == s.quote:
			s.buf = append(s.buf, c)
		case c == s.delim:
			return false, nil
		case c == '\n' || c == '\r':
			s.newLine(c)
			return true, nil
		case s.escape != s.quote:
			return false, problem(s.line, fmt.Sprintf("text follows the closing quote %c; a quote within quotes is written as %c%c", s.quote, s.escape, s.quote))
		default:
			return false, problem(s.line, fmt.Sprintf("text follows the closing quote %c; a quote within quotes is written twice", s.quote))
		}
	}
}

// csvError is the error of a broken CSV file; rows count data, without the header.
func csvError(file string, header bool, names []string, p *csvProblem, hint string) *errs.Error {
	row := p.row
	if header {
		row--
	}
	where := fmt.Sprintf("line %d", p.line)
	if p.column > 0 && p.column <= len(names) && row > 0 {
		where += fmt.Sprintf(", column %q", names[p.column-1])
	} else if p.column > 0 {
		where += fmt.Sprintf(", column %d", p.column)
	}
	e := errs.Invalid("csv_invalid", "%s cannot be read as CSV: %s: %s.", file, where, p.message).WithHint("%s", hint)
	return e.With(errs.Detail{Code: "csv_invalid", Message: p.message, Place: errs.Place{File: file, Line: p.line, Column: p.column, Row: max(0, row)}})
}

package duck

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"
)

// cellType is a set of types that a text can be read as.
type cellType uint8

const (
	isInt cellType = 1 << iota
	isDouble64
	isBool
	isDate
	isTimestamp
	isTimestampTZ
	isTime
	isText cellType = 0 // none of them
	isAny  cellType = 0xff
)

// inferTypes gives the narrowest type for each column over all records of r, up to the first mistake, which it gives, too.
// Texts that mean null say nothing.
func inferTypes(r io.Reader, d dialect, nulls []string) ([]string, *csvProblem, error) {
	possible := make([]cellType, len(d.names))
	seen := make([]bool, len(d.names))
	for i := range possible {
		possible[i] = isAny
	}
	var problem *csvProblem
	s := newCSVScanner(r, d)
	for first := true; ; first = false {
		fields, _, err := s.next()
		if errors.Is(err, io.EOF) || errors.As(err, &problem) { // DuckDB meets the same mistake and then diagnose tells
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if first && d.header {
			continue
		}
		for i, f := range fields[:min(len(fields), len(possible))] {
			if possible[i] == isText || slices.Contains(nulls, string(f)) {
				continue
			}
			seen[i] = true
			possible[i] &= classify(f)
		}
	}
	types := make([]string, len(possible))
	for i, t := range possible {
		if !seen[i] {
			t = isText
		}
		types[i] = t.sql()
	}
	return types, problem, nil
}

func (t cellType) sql() string {
	switch {
	case t&isInt != 0:
		return "BIGINT"
	case t&isDouble64 != 0:
		return "DOUBLE"
	case t&isBool != 0:
		return "BOOLEAN"
	case t&isDate != 0:
		return "DATE"
	case t&isTimestamp != 0:
		return "TIMESTAMP"
	case t&isTimestampTZ != 0:
		return "TIMESTAMP WITH TIME ZONE"
	case t&isTime != 0:
		return "TIME"
	}
	return "VARCHAR"
}

// classify is strict, so that nothing is lost: 007 and an identifier of 20 digits stay texts.
func classify(f []byte) cellType {
	f = bytes.Trim(f, " ")
	if len(f) == 0 || len(f) > 40 {
		return isText
	}
	switch c := f[0]; {
	case c >= '0' && c <= '9':
		if t := number(f); t != isText {
			return t
		}
		return moment(f)
	case c == '-' || c == '+' || c == '.':
		return number(f)
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if lower := string(bytes.ToLower(f)); lower == "true" || lower == "false" {
			return isBool
		}
	case c == 'n' || c == 'N':
		if string(f) == "NaN" || string(f) == "nan" {
			return isDouble64
		}
	}
	return isText
}

func number(f []byte) cellType {
	i := 0
	if f[0] == '-' || f[0] == '+' {
		i++
	}
	start := i
	for i < len(f) && isDigit(f[i]) {
		i++
	}
	whole := i - start
	if whole > 1 && f[start] == '0' || whole > 18 {
		return isText
	}
	if i == len(f) {
		if whole == 0 {
			return isText
		}
		return isInt | isDouble64
	}
	fraction := 0
	if f[i] == '.' {
		for i++; i < len(f) && isDigit(f[i]); i++ {
			fraction++
		}
	}
	if whole+fraction == 0 {
		return isText
	}
	if i < len(f) && (f[i] == 'e' || f[i] == 'E') {
		i++
		if i < len(f) && (f[i] == '-' || f[i] == '+') {
			i++
		}
		exponent := i
		for i < len(f) && isDigit(f[i]) {
			i++
		}
		if i == exponent || i > exponent+3 {
			return isText
		}
	}
	if i != len(f) {
		return isText
	}
	return isDouble64
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// moment knows ISO 8601 only: other orders of day and month cannot be told apart safely.
func moment(f []byte) cellType {
	if len(f) >= 3 && f[2] == ':' || len(f) >= 2 && f[1] == ':' {
		for _, layout := range []string{"15:04:05", "15:04"} {
			if _, err := time.Parse(layout, string(f)); err == nil {
				return isTime
			}
		}
		return isText
	}
	if len(f) < 10 || f[4] != '-' || f[7] != '-' {
		return isText
	}
	text := string(f)
	if _, err := time.Parse(time.DateOnly, text[:10]); err != nil {
		return isText
	}
	if len(text) == 10 {
		return isDate | isTimestamp | isTimestampTZ
	}
	if text[10] != 'T' && text[10] != ' ' {
		return isText
	}
	clock := text[11:]
	for _, layout := range []string{"15:04:05", "15:04"} { // fractions of seconds are parsed as well
		if _, err := time.Parse(layout, clock); err == nil {
			return isTimestamp | isTimestampTZ
		}
	}
	for _, layout := range []string{"15:04:05Z07:00", "15:04:05Z0700", "15:04:05Z07", "15:04Z07:00"} {
		if _, err := time.Parse(layout, clock); err == nil {
			return isTimestampTZ
		}
	}
	return isText
}

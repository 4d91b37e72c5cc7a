package duck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dataflow/ide-go-lib/table"
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
	isDecimal

	isText   cellType = 0 // none of them
	isAny    cellType = 0xff
	isNumber          = isInt | isDouble64 | isDecimal
)

// maxDecimal are the digits that DECIMAL holds; with no more than fastDecimal it is as fast as a whole number.
const (
	maxDecimal  = 38
	fastDecimal = 18
)

// columnKind is what the texts of a column have in common.
type columnKind struct {
	possible cellType
	seen     bool
	plus     bool // whole numbers have a + before
	minus    bool
	point    bool // some have a point, or a sign in their exponent
	code     bool // some are written as 12E3, which is an exponent or a code
	whole    int  // most digits before the point
	behind   int
	count    int64      // values before the first that makes it one of texts
	odd      *table.Odd // that value; or the first with a +, which does where no value has a -
}

func (k *columnKind) add(f []byte, line int) {
	t, n := classify(f)
	if k.seen && k.count >= oddAfter && (k.possible&t == isText || k.odd == nil && n.plus && !n.point && !k.plus) {
		k.odd = &table.Odd{Type: k.sql(), Value: shortened(f), Line: line, Before: k.count}
	}
	k.seen = true
	k.count++
	if k.possible &= t; t&isNumber == 0 {
		return
	}
	k.plus, k.minus, k.point, k.code = k.plus || n.plus && !n.point, k.minus || n.minus, k.point || n.point, k.code || n.code
	k.whole, k.behind = max(k.whole, n.whole), max(k.behind, n.behind)
}

// oddAfter is after how many values of another type a text is worth a word: a column of codes has its first sooner.
const oddAfter = 1000

// oddLongest is how much of such a text is told.
const oddLongest = 60

func shortened(f []byte) string {
	if r := []rune(string(f)); len(r) > oddLongest {
		return string(r[:oddLongest]) + "…"
	}
	return string(f)
}

// csvType is what was found out about a column.
type csvType struct {
	name  string
	open  bool     // more values could make another type of it though they are of this one
	long  bool     // it has whole numbers that DOUBLE may not keep
	forms csvForms // that would make something else of it
	odd   *table.Odd
}

// inferTypes gives the narrowest type for each column over all records of r, up to the first mistake, which it gives, too; or
// over all those without mistakes where bad ones are skipped. Texts that mean null say nothing.
func inferTypes(r io.Reader, d dialect, nulls []string, skip bool) ([]csvType, *csvProblem, error) {
	kinds := make([]columnKind, len(d.names))
	for i := range kinds {
		kinds[i].possible = isAny
	}
	var problem *csvProblem
	s := newCSVScanner(r, d)
	for first := true; ; first = false {
		fields, line, err := s.next()
		if errors.As(err, &problem) && skip {
			if err = s.skipLine(); err == nil {
				continue
			}
		}
		if errors.Is(err, io.EOF) || errors.As(err, &problem) { // DuckDB meets the same mistake and then diagnose tells
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if first && d.header || skip && len(fields) != len(kinds) {
			continue
		}
		for i, f := range fields[:min(len(fields), len(kinds))] {
			if kinds[i].possible != isText && !slices.Contains(nulls, string(f)) {
				kinds[i].add(f, line)
			}
		}
	}
	types := make([]csvType, len(kinds))
	for i := range kinds {
		types[i] = csvType{name: kinds[i].sql(), open: kinds[i].open(), long: kinds[i].whole > exactDigits, forms: kinds[i].forms()}
		if types[i].name == "VARCHAR" {
			types[i].odd = kinds[i].odd
		}
	}
	return types, problem, nil
}

func (k *columnKind) sql() string {
	t := k.possible
	if !k.seen {
		t = isText
	}
	if t&isNumber != 0 && (k.plus && !k.minus || k.code && !k.point) { // such as numbers of telephones or of articles
		t = isText
	}
	switch {
	case t&isInt != 0:
		return "BIGINT"
	case t&isDouble64 != 0:
		return "DOUBLE"
	case t&isDecimal != 0 && k.whole+k.behind <= fastDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", fastDecimal, k.behind)
	case t&isDecimal != 0 && k.whole+k.behind <= maxDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", maxDecimal, k.behind)
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

// open: no value says nothing, and a sign of a code that others do not have is none.
func (k *columnKind) open() bool {
	return !k.seen || k.possible&isNumber != 0 && (k.plus && !k.minus || k.code && !k.point)
}

// forms are those of the texts to come that would make a text of a column of numbers.
func (k *columnKind) forms() csvForms {
	if !k.seen || k.possible&isNumber == 0 {
		return csvForms{}
	}
	return csvForms{zero: true, plus: !k.minus, parts: true}
}

// csvNumeral is how a number is written.
type csvNumeral struct {
	plus, minus, point, code bool
	whole, behind            int
}

// classify is strict, so that nothing is lost: 007 and an identifier of 20 digits stay texts.
func classify(f []byte) (cellType, csvNumeral) {
	all := f
	f = bytes.Trim(f, " ")
	if len(f) == 0 || len(f) > 40 {
		return isText, csvNumeral{}
	}
	switch c := f[0]; {
	case c >= '0' && c <= '9':
		if t, n := number(f); t != isText {
			return t, n
		}
		return moment(f), csvNumeral{}
	case c == '-' || c == '+' || c == '.':
		return number(f)
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if lower := string(bytes.ToLower(all)); lower == "true" || lower == "false" { // DuckDB takes them without spaces only
			return isBool, csvNumeral{}
		}
	case c == 'n' || c == 'N':
		if string(f) == "NaN" || string(f) == "nan" {
			return isDouble64, csvNumeral{}
		}
	}
	return isText, csvNumeral{}
}

// number says what holds a number as it is written: DOUBLE only when all its digits come back.
func number(f []byte) (cellType, csvNumeral) {
	var n csvNumeral
	i := 0
	if f[0] == '-' || f[0] == '+' {
		n.plus, n.minus = f[0] == '+', f[0] == '-'
		i++
	}
	start := i
	for i < len(f) && isDigit(f[i]) {
		i++
	}
	n.whole = i - start
	if n.whole > 1 && f[start] == '0' || n.whole > 18 {
		return isText, n
	}
	if i == len(f) {
		if n.whole == 0 {
			return isText, n
		}
		t := isInt | isDecimal
		if n.whole <= exactDigits || comesBack(f, f[start:]) {
			t |= isDouble64
		}
		return t, n
	}
	if f[i] == '.' {
		n.point = true
		for i++; i < len(f) && isDigit(f[i]); i++ {
			n.behind++
		}
	}
	if n.whole+n.behind == 0 {
		return isText, n
	}
	if i == len(f) {
		if n.whole+n.behind <= exactDigits || comesBack(f, f[start:]) {
			return isDouble64 | isDecimal, n
		}
		return isDecimal, n
	}
	if f[i] != 'e' && f[i] != 'E' {
		return isText, n
	}
	mantissa := f[start:i]
	if i++; i < len(f) && (f[i] == '-' || f[i] == '+') {
		n.point = true
		i++
	}
	exponent := i
	for i < len(f) && isDigit(f[i]) {
		i++
	}
	if i == exponent || i > exponent+3 || i != len(f) || !comesBack(f, mantissa) {
		return isText, n
	}
	n.code = !n.point
	return isDouble64, n
}

// exactDigits are those that DOUBLE keeps of any number.
const exactDigits = 15

// comesBack says whether a number as DOUBLE has still the digits that it is written with.
func comesBack(f, mantissa []byte) bool {
	v, err := strconv.ParseFloat(string(f), 64)
	if err != nil { // beyond all numbers
		return false
	}
	var buffer [40]byte
	digits := buffer[:0]
	for _, c := range mantissa {
		if isDigit(c) && (c != '0' || len(digits) > 0) {
			digits = append(digits, c)
		}
	}
	digits = bytes.TrimRight(digits, "0")
	switch {
	case len(digits) == 0:
		return true
	case len(digits) > 17 || math.Abs(v) < smallestExact:
		return false
	case len(digits) <= exactDigits:
		return true
	}
	var text [40]byte
	have := strconv.AppendFloat(text[:0], math.Abs(v), 'e', len(digits)-1, 64)
	return have[0] == digits[0] && bytes.HasPrefix(have[2:], digits[1:])
}

// smallestExact is the smallest number of which DOUBLE keeps all its digits.
const smallestExact = 2.3e-308

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// moment knows ISO 8601 only: other orders of day and month cannot be told apart safely.
func moment(f []byte) cellType {
	if len(f) >= 3 && f[2] == ':' || len(f) >= 2 && f[1] == ':' {
		if finerThanMicros(string(f)) {
			return isText
		}
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
	if finerThanMicros(clock) {
		return isText
	}
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

// finerThanMicros says whether a time has more digits behind the second than a TIMESTAMP keeps.
func finerThanMicros(clock string) bool {
	_, fraction, _ := strings.Cut(clock, ".")
	if end := strings.IndexFunc(fraction, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		fraction = fraction[:end]
	}
	return len(fraction) > 6 && strings.Trim(fraction[6:], "0") != ""
}

package judge

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// numbers writes that a number is one of those allowed, however they are written: 1 is also the 1.0 of a column of DOUBLE.
func (r Rule) numbers(b *sqltext.Builder, column, typ string) {
	if !columns.Numeric(typ) {
		return
	}
	before := " OR coalesce("
	for _, v := range r.Values {
		written, ok := number(v.String(), typ)
		if !ok {
			continue
		}
		if before != ", " {
			b.Text(before).Name(column).Text(" IN (")
		} else {
			b.Text(before)
		}
		b.Text("TRY_CAST(").Arg(written).Text(" AS ", typ, ")")
		before = ", "
	}
	if before == ", " {
		b.Text("), false)")
	}
}

var numeral = pattern.Of(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// mostNumeral is how long a number may be written.
const mostNumeral = 400

// number writes a text that is a number as one of the type; ok is false when none of that type is the same.
func number(text, typ string) (written string, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > mostNumeral || !numeral.MatchString(text) {
		return "", false
	}
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil || rounded == 0 && strings.Trim(strings.SplitN(strings.ToLower(text), "e", 2)[0], "+-.0") != "" {
		return "", false // beyond what DOUBLE holds; exponents of any size are not worked out
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", false
	}
	if _, behind, fixed := exact.Places(typ); fixed {
		written = n.FloatString(behind)
		again, _ := new(big.Rat).SetString(written)
		return written, again.Cmp(n) == 0
	}
	// A fraction is the nearest binary one; a whole number is that or none.
	if typ == "FLOAT" {
		rounded = float64(float32(rounded))
	}
	if math.IsInf(rounded, 0) {
		return "", false
	}
	return text, !n.IsInt() || new(big.Rat).SetFloat64(rounded).Cmp(n) == 0
}

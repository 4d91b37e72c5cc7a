// Package exact says in SQL whether a value stays what it was when it gets another type of the engine (Kept, InDouble), or goes to
// a place outside, such as a column of a database, that has its own (Into): a cast alone rounds 1.7 to
// 2, and large whole numbers to what DOUBLE holds. It is pure.
package exact

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
)

// digits are those that whole numbers of a type have at most.
var digits = map[string]int{
	"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 39, "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20, "UHUGEINT": 39,
}

var decimal = pattern.Of(`^DECIMAL\((\d+),(\d+)\)$`)

// inDouble is how many digits DOUBLE keeps of any number.
const inDouble = 15

// Places gives how many digits a number of a type has before and behind the point; ok is false for other types.
func Places(typ string) (before, behind int, ok bool) {
	if n, is := digits[typ]; is {
		return n, 0, true
	}
	m := decimal.FindStringSubmatch(strings.ReplaceAll(typ, " ", ""))
	if m == nil {
		return 0, 0, false
	}
	all, err1 := strconv.Atoi(m[1])
	behind, err2 := strconv.Atoi(m[2])
	return all - behind, behind, err1 == nil && err2 == nil
}

// Inexact says whether a type holds numbers as binary fractions.
func Inexact(typ string) bool { return typ == "DOUBLE" || typ == "FLOAT" }

// Kept writes the condition that the value of an expression, which is not null and can be cast, is the same number as another
// type; "" when it always is, or when the type has no fixed number of digits. An empty from is any type.
func Kept(value, from, to string) string {
	_, behind, fixed := Places(to)
	if !fixed {
		return ""
	}
	_, had, exact := Places(from)
	switch {
	case exact && had <= behind:
		return ""
	case exact:
		return fmt.Sprintf("TRY_CAST(TRY_CAST(%s AS %s) AS %s) IS NOT DISTINCT FROM %[1]s", value, to, from)
	case Inexact(from):
		return fmt.Sprintf("TRY_CAST(TRY_CAST(%s AS %s) AS DOUBLE) IS NOT DISTINCT FROM CAST(%[1]s AS DOUBLE)", value, to)
	case from != "" && from != "VARCHAR" && from != "JSON":
		return ""
	}
	if from != "VARCHAR" {
		value = "CAST(" + value + " AS VARCHAR)"
	}
	// The digits behind the point are counted; with an exponent, the numbers are compared.
	return fmt.Sprintf("CASE WHEN contains(lower(%[1]s), 'e') THEN CAST(TRY_CAST(%[1]s AS %[2]s) AS DOUBLE) IS NOT DISTINCT FROM TRY_CAST(%[1]s AS DOUBLE)"+
		" WHEN contains(%[1]s, '.') THEN length(rtrim(split_part(trim(%[1]s), '.', 2), '0')) <= %[3]d ELSE true END", value, to, behind)
}

// inFloat is how many digits FLOAT keeps of any number.
const inFloat = 6

// InDouble writes the condition that a number of a type, which is not null, is the same as a DOUBLE; "" when it always is.
func InDouble(value, from string) string { return inBinary(value, from, "DOUBLE", inDouble) }

// InFloat does the same for FLOAT.
func InFloat(value, from string) string { return inBinary(value, from, "FLOAT", inFloat) }

func inBinary(value, from, to string, most int) string {
	before, behind, ok := Places(from)
	if !ok || before+behind <= most {
		return ""
	}
	return fmt.Sprintf("TRY_CAST(CAST(%s AS %s) AS %s) IS NOT DISTINCT FROM %[1]s", value, to, from)
}

// LostInDouble writes the condition that a text is a whole number of so many digits that it is another one as DOUBLE.
func LostInDouble(text string) string {
	return fmt.Sprintf("strlen(%[1]s) > %[2]d AND regexp_full_match(%[1]s, '-?[0-9]+') AND (strlen(%[1]s) > %[3]d OR TRY_CAST(TRY_CAST(%[1]s AS DOUBLE) AS DECIMAL(%[3]d,0)) IS DISTINCT FROM TRY_CAST(%[1]s AS DECIMAL(%[3]d,0)))",
		text, inDouble, mostDigits)
}

// signed are the types of whole numbers that hold what has no sign, too.
var signed = map[string]string{"UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT"}

// mostDigits is what a DECIMAL holds.
const mostDigits = 38

// Common gives the type that holds the numbers of both exactly; ok is false when there is none, as DOUBLE does not hold all
// whole numbers.
func Common(a, b string) (typ string, ok bool) {
	if a == b {
		return a, true
	}
	beforeA, behindA, exactA := Places(a)
	beforeB, behindB, exactB := Places(b)
	switch {
	case exactA && exactB && digits[a] > 0 && digits[b] > 0:
		return wholeNumber(a, b), true
	case exactA && exactB:
		if before, behind := max(beforeA, beforeB), max(behindA, behindB); before+behind <= mostDigits {
			return fmt.Sprintf("DECIMAL(%d,%d)", before+behind, behind), true
		}
		return "", false
	case Inexact(a) && Inexact(b):
		return "DOUBLE", true
	case exactA && beforeA+behindA <= inDouble && Inexact(b), exactB && beforeB+behindB <= inDouble && Inexact(a):
		return "DOUBLE", true
	}
	return "", false
}

func wholeNumber(a, b string) string {
	large := []string{"UBIGINT", "HUGEINT", "UHUGEINT"}
	if slices.Contains(large, a) || slices.Contains(large, b) {
		return "DECIMAL(38,0)"
	}
	with := func(typ string) string {
		if s, ok := signed[typ]; ok {
			return s
		}
		return typ
	}
	if a, b = with(a), with(b); digits[a] > digits[b] {
		return a
	}
	return b
}

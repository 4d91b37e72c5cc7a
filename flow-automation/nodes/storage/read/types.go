package read

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
)

// digits are those that whole numbers of a type have at most.
var digits = map[string]int{
	"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20,
}

// signed are the types of whole numbers that one that has no sign fits into.
var signed = map[string]string{"UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT"}

var decimal = pattern.Of(`^DECIMAL\((\d+),(\d+)\)$`)

// mostDigits is what a DECIMAL holds.
const mostDigits = 38

// places gives how many digits a number of a type has before and behind the point; ok is false for others.
func places(typ string) (before, behind int, ok bool) {
	if n, is := digits[typ]; is {
		return n, 0, true
	}
	m := decimal.FindStringSubmatch(typ)
	if m == nil {
		return 0, 0, false
	}
	all, err1 := strconv.Atoi(m[1])
	behind, err2 := strconv.Atoi(m[2])
	return all - behind, behind, err1 == nil && err2 == nil
}

func nested(typ string) bool {
	return typ == "JSON" || strings.HasSuffix(typ, "]") || strings.HasPrefix(typ, "STRUCT(") || strings.HasPrefix(typ, "MAP(")
}

// moments are the types of points in time, each of which holds those before it, but for nanoseconds with a zone.
var moments = []string{"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}

func moment(typ string) int {
	for i, m := range moments {
		if m == typ {
			return i
		}
	}
	return -1
}

// common gives the type that holds the values of both.
func common(a, b string) string {
	if a == b {
		return a
	}
	if nested(a) || nested(b) {
		return "JSON"
	}
	if x, y := moment(a), moment(b); x >= 0 && y >= 0 {
		if zoned := "TIMESTAMP WITH TIME ZONE"; max(x, y) == moment(zoned) && min(x, y) == moment("TIMESTAMP_NS") {
			return "VARCHAR" // with a zone there are no nanoseconds
		}
		return moments[max(x, y)]
	}
	inexact := func(typ string) bool { return typ == "DOUBLE" || typ == "FLOAT" }
	beforeA, behindA, exactA := places(a)
	beforeB, behindB, exactB := places(b)
	switch {
	case exactA && exactB && behindA == 0 && behindB == 0 && digits[a] > 0 && digits[b] > 0:
		return wholeNumber(a, b)
	case exactA && exactB:
		if before, behind := max(beforeA, beforeB), max(behindA, behindB); before+behind <= mostDigits {
			return fmt.Sprintf("DECIMAL(%d,%d)", before+behind, behind)
		}
		return "DOUBLE"
	case (exactA || inexact(a)) && (exactB || inexact(b)):
		return "DOUBLE"
	}
	return "VARCHAR"
}

// wholeNumber gives the type of both whole numbers.
func wholeNumber(a, b string) string {
	if a == "UBIGINT" || b == "UBIGINT" {
		return "DECIMAL(20,0)"
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

// inexactFrom says whether numbers of a type may lose digits as DOUBLE.
func inexactFrom(typ string) bool {
	before, behind, ok := places(typ)
	return ok && before+behind > exactDigits
}

// exactDigits are those that DOUBLE keeps of any number.
const exactDigits = 15

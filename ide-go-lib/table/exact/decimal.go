package exact

import "fmt"

const (
	// fastDecimal are the digits of a DECIMAL to which the engine casts texts as fast as to whole numbers. To those of more it takes a hundred
	// times as long, for it divides numbers of 128 bits for each digit.
	fastDecimal = 18
	// halves are the digits of two whole numbers that are read apart.
	halves = 36
)

// Tried writes the cast of a text to a type, null where it cannot be. The value is a column's name.
func Tried(value, to string) string {
	cast := fmt.Sprintf("TRY_CAST(%s AS %s)", value, to)
	before, behind, ok := Places(to)
	if !decimal.MatchString(to) || !ok || before+behind <= fastDecimal || behind >= halves {
		return cast
	}
	// All digits are read as one whole number, in two halves, whose last ones are then put behind the point.
	plain, digits := fmt.Sprintf(`-?[0-9]{1,%d}`, halves-behind), fmt.Sprintf("ltrim(%s, '-')", value)
	if behind > 0 {
		plain += fmt.Sprintf(`(\.[0-9]{1,%d})?`, behind)
		digits = fmt.Sprintf("ltrim(split_part(%[1]s, '.', 1), '-') || rpad(split_part(%[1]s, '.', 2), %[2]d, '0')", value, behind)
	}
	half := func(from int) string {
		return fmt.Sprintf("CAST(substring(lpad(%s, %d, '0'), %d, %d) AS BIGINT)", digits, halves, from, halves/2)
	}
	number := fmt.Sprintf("CAST(CAST(%s AS HUGEINT) * 1000000000000000000 + %s AS DECIMAL(38,0))", half(1), half(1+halves/2))
	if behind > 0 {
		number += fmt.Sprintf(" * CAST('0.%0*d' AS DECIMAL(%d,%d))", behind, 1, behind, behind)
	}
	return fmt.Sprintf("CASE WHEN regexp_full_match(%s, '%s') THEN TRY_CAST(CASE WHEN starts_with(%[1]s, '-') THEN -(%[3]s) ELSE %[3]s END AS %[4]s) ELSE %[5]s END", value, plain, number, to, cast)
}

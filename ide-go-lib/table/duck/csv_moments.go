package duck

import "fmt"

// guessAs is for types of which DuckDB takes texts that mean something else: it drops the zone of a TIMESTAMP, the date of a TIME, and
// digits behind microseconds. The texts have to be written as in the beginning of the file, more or less. Those that come most often are
// known at next to no cost: the cast that they have passed takes digits where digits belong.
func (c *csvField) guessAs() {
	var often, written string
	switch c.Type {
	case "TIMESTAMP":
		often = "strlen(%[1]s) IN (16, 19) AND strpos(%[1]s, ':') = 14 AND NOT contains(%[1]s, 'Z')" +
			" OR strlen(%[1]s) BETWEEN 21 AND 26 AND strpos(%[1]s, '.') = 20 AND NOT contains(%[1]s, '+') AND TRY_CAST(substring(%[1]s, 21) AS UINTEGER) IS NOT NULL"
		written = `regexp_full_match(%[1]s, ' *[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?)? *')`
	case "TIMESTAMP WITH TIME ZONE":
		often = "strpos(%[1]s, '.') = 0"
		written = `NOT regexp_matches(%[1]s, '\.[0-9]{6}[0-9]*[1-9]')`
	case "TIME":
		often = "strlen(%[1]s) = 8 AND strpos(%[1]s, ':') = 3 AND NOT contains(%[1]s, '+') AND TRY_CAST(substring(%[1]s, 7) AS UTINYINT) IS NOT NULL"
		written = `regexp_full_match(%[1]s, ' *[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)? *')`
	case "BOOLEAN":
		often, written = "%[1]s IN ('true', 'false')", "lower(%[1]s) IN ('true', 'false')"
	default:
		return
	}
	c.as = "VARCHAR"
	c.often = func(text string) string { return fmt.Sprintf(often, text) }
	c.kept = func(text, value string) string { return value + " IS NOT NULL AND " + fmt.Sprintf(written, text) }
}

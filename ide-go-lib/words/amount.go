package words

import (
	"math"
	"strconv"
)

// The units of amounts.
const (
	Rows    = "rows"
	Seconds = "seconds"
	Percent = "percent"
	Plain   = "number"
)

// Amount writes a number with its unit; seconds in the unit that people would take.
func Amount(v float64, unit string) string {
	switch unit {
	case Rows:
		return Number(int64(v), "row", "rows")
	case Seconds:
		return age(v)
	case Percent:
		const hundredths = 100
		return plain(math.Round(v*hundredths)/hundredths) + " %"
	}
	return plain(v)
}

// plain writes a number with as many digits as mean something.
func plain(v float64) string {
	const digits = 10
	if short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64); err == nil {
		v = short
	}
	if size := math.Abs(v); size >= 1e15 || size > 0 && size < 1e-6 {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func age(seconds float64) string {
	const few = 2 // of a unit, below which the smaller one is taken
	unit, of := "s", 1.
	for _, next := range []struct {
		name    string
		seconds float64
	}{{"min", 60}, {"h", 3600}, {"days", 86_400}} {
		if seconds >= few*next.seconds {
			unit, of = next.name, next.seconds
		}
	}
	return plain(math.Round(seconds/of*10)/10) + " " + unit
}

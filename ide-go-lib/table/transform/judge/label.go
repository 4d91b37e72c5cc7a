package judge

import (
	"strconv"
	"strings"
)

// Label says what the rule expects, for people.
func (r Rule) Label() string {
	of := strings.Join(r.Columns, ", ")
	switch r.Check {
	case Unique:
		return of + " is unique"
	case InSet:
		return of + " is one of " + r.set(", ")
	case InRange:
		return of + " is " + r.bounds()
	case Pattern:
		return of + " looks like " + r.Pattern
	case OfType:
		return of + " is a " + r.Type
	case Condition:
		return r.Where.Text
	case Reference:
		return of + " is in the reference"
	case RowCount:
		return "rows: " + strings.Join(r.rowsLabel(), ", ")
	case Freshness:
		return of + " is not older than " + r.Within
	case Distribution:
		return r.measureLabel(of) + " is " + r.bounds()
	}
	return of + " is not empty"
}

// Against says what is wrong with a row that breaks the rule. It is empty of rules about the whole table, which no row breaks.
func (r Rule) Against() string {
	of := strings.Join(r.Columns, ", ")
	switch r.Check {
	case Unique:
		return of + " is not unique"
	case InSet:
		return of + " is none of " + r.set(", ")
	case InRange:
		switch {
		case r.Max.IsZero():
			return of + " is below " + r.Min.String()
		case r.Min.IsZero():
			return of + " is above " + r.Max.String()
		}
		return of + " is not " + r.bounds()
	case Pattern:
		return of + " does not look like " + r.Pattern
	case OfType:
		return of + " is not a " + r.Type
	case Condition:
		return "it does not hold that " + r.Where.Text
	case Reference:
		return of + " is not in the reference"
	case RowCount, Freshness, Distribution:
		return ""
	}
	return strings.Join(r.Columns, " or ") + " is empty"
}

// bounds says which numbers or times are allowed; empty when all are.
func (r Rule) bounds() string {
	switch {
	case r.Min.IsZero() && r.Max.IsZero():
		return ""
	case r.Max.IsZero():
		return "at least " + r.Min.String()
	case r.Min.IsZero():
		return "at most " + r.Max.String()
	}
	return "from " + r.Min.String() + " to " + r.Max.String()
}

func (r Rule) rowsLabel() (parts []string) {
	if bounds := r.bounds(); bounds != "" {
		parts = append(parts, bounds)
	}
	if r.Change > 0 {
		parts = append(parts, "at most "+short(r.Change)+" % more or fewer than in the last run")
	}
	return parts
}

func (r Rule) measureLabel(of string) string {
	switch r.Measure {
	case Quantile:
		return percent(r.Quantile) + " % quantile of " + of
	case NullPercent:
		return "% of rows without " + of
	case ValuePercent:
		return "% of rows where " + of + " is " + r.Value.String()
	case Distinct:
		return "number of different values of " + of
	case Deviation:
		return "standard deviation of " + of
	}
	return r.Measure + " of " + of
}

func short(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// percent writes a share without what binary fractions add to it.
func percent(share float64) string { return strconv.FormatFloat(share*100, 'g', 6, 64) }

// set writes the values that are allowed.
func (r Rule) set(between string) string {
	texts := make([]string, len(r.Values))
	for i, v := range r.Values {
		texts[i] = v.String()
	}
	return strings.Join(texts, between)
}

package judge

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Measures is what rules about the whole table are about: a row of two numbers for each of them, which Read understands.
// Began is what ages are counted from where a rule does not say.
type Measures struct {
	Config
	Began time.Time
}

// ahead is by how many microseconds times may be later than now: those without a zone may be of another zone. What is still
// later says nothing about how new a table is.
const ahead = "86400000000"

// Measured is what was found for one rule. Value is nil when there was nothing to measure: rows, a share in per cent, a
// number, or, for freshness, the age of the newest value in seconds.
type Measured struct {
	Value  *float64
	Newest time.Time // for freshness
}

// Any says whether there is something to measure.
func (m Measures) Any() bool {
	for _, r := range m.Rules {
		if r.Whole() {
			return true
		}
	}
	return false
}

// Query implements table.Relation.
func (m Measures) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(m.Check())
	var b sqltext.Builder
	b.Text("SELECT ")
	for i, r := range m.Rules {
		at := fmt.Sprintf("with.rules[%d]", i)
		check.Columns(in, at+".columns", r.Columns)
		value, beside := func() { b.Text("NULL") }, func() { b.Text("NULL") }
		switch r.Check {
		case RowCount:
			value = func() { b.Text("count(*)") }
		case Distribution:
			value = func() { r.measure(&b, in, at) }
		case Freshness:
			value, beside = func() { r.newest(&b, in, m.Began, at) }, func() { r.asOf(&b, m.Began, at) }
		}
		if wrong := r.unfit(in); wrong != "" {
			value = func() { r.empty(&b, at, wrong) }
		}
		if i > 0 {
			b.Text(", ")
		}
		b.Text("CAST(")
		b.From(at, value)
		b.Text(fmt.Sprintf(" AS DOUBLE) AS m%d, CAST(", i))
		b.From(at, beside)
		b.Text(fmt.Sprintf(" AS DOUBLE) AS n%d", i))
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	b.Text(" FROM ", in.Name)
	return b.Query()
}

// unfit says when the type of the column has not what is measured.
func (r Rule) unfit(in table.Input) string {
	if len(r.Columns) != 1 {
		return "" // which is noted already
	}
	typ := columns.Type(in, r.Columns[0])
	switch {
	case typ == "":
	case r.Check == Freshness && !columns.Temporal(typ):
		return fmt.Sprintf("%s is a %s, and only a DATE or a TIMESTAMP has an age; read it as dates with quality.clean before.", r.Columns[0], typ)
	case r.OfNumbers() && !columns.Numeric(typ):
		return fmt.Sprintf("%s is a %s, and only numbers have a %s; measure null_percent, value_percent or distinct, or convert it before.", r.Columns[0], typ, r.Measure)
	}
	return ""
}

// empty measures nothing of a column that has no value, for then its type says nothing either; any value ends the query.
func (r Rule) empty(b *sqltext.Builder, at, wrong string) {
	b.Text("CASE WHEN count(").Name(r.Columns[0]).Text(") > 0 THEN ")
	b.Raise("type_mismatch", at+".columns[0]", func() { b.Text(sqltext.Literal(wrong)) })
	b.Text(" END")
}

func (r Rule) measure(b *sqltext.Builder, in table.Input, at string) {
	column := sqltext.Quote(r.Columns[0])
	number := "CASE WHEN isfinite(CAST(" + column + " AS DOUBLE)) THEN CAST(" + column + " AS DOUBLE) END"
	switch r.Measure {
	case Mean:
		b.Text(finite("avg(" + number + ")"))
	case Median:
		b.Text(finite("quantile_cont(" + number + ", 0.5)"))
	case Deviation:
		few := "abs(" + number + ") < 1e150" // of greater ones the squares are beyond all numbers, which is an error
		b.Text("CASE WHEN bool_and(", few, ") THEN stddev_samp(", number, ") FILTER (WHERE ", few, ") END")
	case Least:
		b.Text("min(", number, ")")
	case Greatest:
		b.Text("max(", number, ")")
	case Quantile:
		b.Text(finite("quantile_cont(" + number + ", " + strconv.FormatFloat(r.Quantile, 'f', -1, 64) + ")"))
	case NullPercent:
		b.Text("100.0 * (count(*) - count(", column, ")) / nullif(count(*), 0)")
	case ValuePercent:
		b.Text("100.0 * count(*) FILTER (WHERE ", column, " = ")
		r.Value.Write(b, at+".value", columns.Type(in, r.Columns[0]))
		b.Text(") / nullif(count(*), 0)")
	case Distinct:
		b.Text("CASE WHEN count(*) > 0 THEN count(DISTINCT ", column, ") END")
	}
}

// finite makes nothing of what is beyond all numbers, as the mean of very large ones can be.
func finite(number string) string { return "list_filter([" + number + "], lambda x: isfinite(x))[1]" }

// newest writes the newest value that is not far in the future, in microseconds since 1970.
func (r Rule) newest(b *sqltext.Builder, in table.Input, began time.Time, at string) {
	moment := "TRY_CAST(" + sqltext.Quote(r.Columns[0]) + " AS TIMESTAMP)"
	if columns.Type(in, r.Columns[0]) == zoned {
		moment = sqltext.Quote(r.Columns[0])
	}
	b.Text("epoch_us(max(", moment, ") FILTER (WHERE isfinite(", moment, ") AND epoch_us(", moment, ") <= ")
	r.asOf(b, began, at)
	b.Text(" + ", ahead, "))")
}

const zoned = "TIMESTAMP WITH TIME ZONE"

// asOf writes the time that ages are counted from, in microseconds since 1970.
func (r Rule) asOf(b *sqltext.Builder, began time.Time, at string) {
	if r.AsOf.IsZero() {
		b.Text(strconv.FormatInt(began.UnixMicro(), 10))
		return
	}
	b.Text("epoch_us(")
	r.AsOf.Write(b, at+".as_of", zoned)
	b.Text(")")
}

// Read gives what was measured, by rule, of the row that the query gives.
func (m Measures) Read(row json.RawMessage) ([]Measured, error) {
	var cells []*float64
	if err := json.Unmarshal(row, &cells); err != nil {
		return nil, fmt.Errorf("what was measured: %w", err)
	}
	if len(cells) != 2*len(m.Rules) {
		return nil, fmt.Errorf("what was measured: %d numbers for %d rules", len(cells), len(m.Rules))
	}
	out := make([]Measured, len(m.Rules))
	for i, r := range m.Rules {
		value, asOf := cells[2*i], cells[2*i+1]
		if r.Check == Freshness && value != nil && asOf != nil {
			age := (*asOf - *value) / 1e6
			out[i] = Measured{&age, time.UnixMicro(int64(*value)).UTC()}
			continue
		}
		out[i].Value = value
	}
	return out, nil
}

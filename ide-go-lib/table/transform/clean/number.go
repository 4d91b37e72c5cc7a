package clean

import (
	"slices"
	"strings"

	currencies "golang.org/x/text/currency"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

var numberTypes = pattern.Of(`(?i)^\s*(DOUBLE|FLOAT|(U?(TINY|SMALL|BIG)INT)|U?INTEGER|HUGEINT|DECIMAL\(\s*\d{1,2}\s*(,\s*\d{1,2}\s*)?\))\s*$`)

// codes is a pattern for those of the currencies that are in use: other letters before a number make it a name, such as INV1001.
var codes = func() string {
	var all []string
	for it := currencies.Query(); it.Next(); {
		if code := it.Unit().String(); !slices.Contains(all, code) {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "|")
}()

// Parts of a number as people write it: signs, brackets around what is negative, a currency before or behind, per cent.
var (
	currency = `(?:[A-Z]{0,3}\p{Sc}|` + codes + `|kr\.?|Fr\.?|zł|Kč|元|円|원)`
	written  = `^(\(?)([+-]?) ?` + currency + `? ?([+-]?)((?:\d|[.,]\d)[\d., ']*?)([eE][+-]?\d{1,3})? ?` + currency + `?( ?%)?(\)?)(-?)$`
)

// grouped is a pattern of a whole number with groups, which the given characters may set apart.
func grouped(separators ...string) string {
	var ways []string
	for _, sep := range separators {
		ways = append(ways, `[1-9]\d{0,2}(?:`+sep+`\d{2,3})*`+sep+`\d{3}`)
	}
	return `(?:` + strings.Join(append(ways, `\d+`), "|") + `)`
}

var (
	byPoint = grouped(",", " ", "'") + `(?:\.\d*)?|\.\d+`
	byComma = grouped(`\.`, " ", "'") + `(?:,\d*)?|,\d+`
)

// number reads texts in four stages: one way of writing blanks and signs, the parts, the digits with a decimal point, and
// the value.
func (s Step) number() treatment {
	typ := s.result("DOUBLE")
	body := func(at places) string { return part(at.s(1), 4) }
	point := func(at places) string { return "regexp_full_match(" + body(at) + ", " + sqltext.Literal(byPoint) + ")" }
	comma := func(at places) string { return "regexp_full_match(" + body(at) + ", " + sqltext.Literal(byComma) + ")" }
	asPoint := func(at places) string { return "translate(" + body(at) + ", ', ''', '')" }
	asComma := func(at places) string { return "replace(translate(" + body(at) + ", '. ''', ''), ',', '.')" }
	either := func(at places) string {
		return point(at) + " AND " + comma(at) + " AND regexp_matches(" + body(at) + ", '[.,]')"
	}
	return treatment{
		typ: typ,
		stages: []stage{
			func(b *sqltext.Builder, at places) {
				b.Text("trim(regexp_replace(translate(", at.v(), ", '−﹣－–’′`', '----'''''''), ", sqltext.Literal(blank+"+"), ", ' ', 'g'))")
			},
			func(b *sqltext.Builder, at places) {
				taken(b, at.s(0), written, 8)
			},
			func(b *sqltext.Builder, at places) {
				switch s.Decimal {
				case "point":
					b.Text("CASE WHEN ", point(at), " THEN ", asPoint(at), " END")
				case "comma":
					b.Text("CASE WHEN ", comma(at), " THEN ", asComma(at), " END")
				default:
					b.Text("CASE WHEN ", either(at), " THEN NULL WHEN ", point(at), " THEN ", asPoint(at), " WHEN ", comma(at), " THEN ", asComma(at), " END")
				}
			},
			func(b *sqltext.Builder, at places) { s.digits(b, at.s(1), at.s(2), typ) },
		},
		unread: lost(3),
		why: func(b *sqltext.Builder, at places) {
			if s.Decimal != "auto" {
				b.Text(sqltext.Literal(" is no number"))
				return
			}
			b.Text("CASE WHEN ", either(at), " THEN ' may be read in two ways' ELSE ' is no number' END")
		},
	}
}

// digits writes the value of what was taken apart.
func (s Step) digits(b *sqltext.Builder, parts, digits, typ string) {
	sign := part(parts, 2) + ", " + part(parts, 3) + ", " + part(parts, 8)
	open, percent := part(parts, 1), part(parts, 6)
	b.Text("CASE WHEN (", open, " = '') = (", part(parts, 7), " = '') AND length(concat(", open, ", ", sign, ")) <= 1")
	power := part(parts, 5)
	switch whole := columns.Integer(typ); {
	case whole && s.Percent == "number":
		b.Text(" AND ", power, " = '' AND regexp_full_match(", digits, `, '\d+(?:\.0*)?')`)
	case whole:
		b.Text(" AND ", power, " = '' AND ", percent, " = '' AND regexp_full_match(", digits, `, '\d+(?:\.0*)?')`)
	case s.Percent != "number":
		b.Text(" AND (", power, " = '' OR ", percent, " = '')")
		power += " || CASE WHEN " + percent + " <> '' THEN 'e-2' ELSE '' END"
	}
	value := "(CASE WHEN " + open + " <> '' OR '-' IN (" + sign + ") THEN '-' ELSE '' END || " + digits + " || " + power + ")"
	if kept := exact.Kept(value, "VARCHAR", typ); kept != "" && !columns.Integer(typ) {
		b.Text(" AND ", kept)
	}
	if exact.Inexact(typ) {
		b.Text(" AND NOT (", exact.LostInDouble(value), ")")
	}
	b.Text(" THEN TRY_CAST(", value, " AS ", typ, ") END")
}

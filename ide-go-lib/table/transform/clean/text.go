package clean

import (
	"slices"
	"strconv"

	"dataflow/ide-go-lib/table/sqltext"
)

// Characters that show nothing at all. Those that join letters in some scripts are only taken away at the ends.
const (
	invisible = `[\x{200b}\x{2060}\x{feff}\x{00ad}]`
	blank     = `[\s\p{Z}]`
	edge      = `[\s\p{Z}\x{200b}-\x{200f}\x{2060}\x{feff}]+`
)

func (s Step) trim() treatment {
	return same(func(b *sqltext.Builder, v string) {
		v = "regexp_replace(" + v + ", " + sqltext.Literal("^"+edge+"|"+edge+"$") + ", '', 'g')"
		if s.Inner != Keep {
			v = "regexp_replace(regexp_replace(" + v + ", " + sqltext.Literal(invisible) + ", '', 'g'), " + sqltext.Literal(blank+"+") + ", ' ', 'g')"
		}
		b.Text(v)
	})
}

// usualMissing are texts that mean that there is nothing, in small letters.
var usualMissing = []string{
	"", "-", "--", "---", "–", "—", "?", ".", "...", "n/a", "na", "n.a.", "n.a", "#n/a", "#na", "<na>", "nan", "null", "(null)", "#null!", "none", "nil",
	`\n`, "nat", "missing", "(missing)", "(blank)", "无", "空", "缺失",
}

// UsualMissing are the texts that mean that there is nothing, unless somebody names others, but for some of them.
func UsualMissing(but ...string) []string {
	return slices.DeleteFunc(slices.Clone(usualMissing), func(word string) bool { return slices.Contains(but, word) })
}

func (s Step) missing() treatment {
	return same(func(b *sqltext.Builder, v string) {
		b.Text("CASE WHEN ", folded(v), " NOT IN (")
		list(b, s.Markers, usualMissing)
		b.Text(") THEN ", v, " END")
	})
}

// folded writes a text without what does not count when texts are compared.
func folded(v string) string {
	return "lower(trim(regexp_replace(" + v + ", " + sqltext.Literal(blank+"+") + ", ' ', 'g')))"
}

// list writes own texts in small letters or, when there are none, the usual ones.
func list(b *sqltext.Builder, own, usual []string) {
	for i, word := range own {
		if i > 0 {
			b.Text(", ")
		}
		b.Text("lower(trim(").Arg(word).Text("))")
	}
	if len(own) > 0 {
		return
	}
	for i, word := range usual {
		if i > 0 {
			b.Text(", ")
		}
		b.Text(sqltext.Literal(word))
	}
}

var (
	usualTrue  = []string{"true", "t", "yes", "y", "on", "1", "x", "✓", "✔", "wahr", "ja", "j", "oui", "o", "vrai", "sí", "si", "s", "sim", "是", "真", "对"}
	usualFalse = []string{"false", "f", "no", "n", "off", "0", "✗", "✘", "falsch", "nein", "non", "faux", "não", "nee", "否", "假", "错"}
)

func (s Step) truth() treatment {
	return treatment{
		typ: "BOOLEAN",
		stages: []stage{
			func(b *sqltext.Builder, at places) { b.Text(folded(at.v())) },
			func(b *sqltext.Builder, at places) {
				b.Text("CASE WHEN ", at.s(0), " IN (")
				list(b, s.True, usualTrue)
				b.Text(") THEN true WHEN ", at.s(0), " IN (")
				list(b, s.False, usualFalse)
				b.Text(") THEN false END")
			},
		},
		unread: lost(1), why: says(" is neither true nor false"),
	}
}

func (s Step) letters() treatment {
	return same(func(b *sqltext.Builder, v string) {
		switch s.Case {
		case "upper":
			b.Text("upper(", v, ")")
		case "title":
			b.Text("array_to_string(list_transform(regexp_extract_all(lower(", v, "), ", sqltext.Literal(`\p{L}[\p{L}\p{M}'’]*|[^\p{L}]+`), "), lambda w: upper(w[1]) || w[2:]), '')")
		case "sentence":
			b.Text("upper(", v, "[1]) || lower(", v, "[2:])")
		default:
			b.Text("lower(", v, ")")
		}
	})
}

// values puts other values in place of those listed.
func (s Step) values(field string) treatment {
	fits := func(b *sqltext.Builder, at places, i int) {
		switch v := s.Values[i]; s.Match {
		case "folded":
			b.Text(folded(at.v()), " = ").Text("lower(trim(regexp_replace(").Arg(v.From).Text(", ", sqltext.Literal(blank+"+"), ", ' ', 'g')))")
		case "pattern":
			b.From(field+".values["+strconv.Itoa(i)+"].from", func() { b.Text("regexp_full_match(", at.v(), ", ").Arg(v.From).Text(")") })
		default:
			b.Text(at.v(), " = ").Arg(v.From)
		}
	}
	t := treatment{typ: text, stages: []stage{func(b *sqltext.Builder, at places) {
		b.Text("CASE")
		for i, v := range s.Values {
			b.Text(" WHEN ")
			fits(b, at, i)
			b.Text(" THEN ")
			switch {
			case v.To == "":
				b.Text("NULL")
			case s.Match == "pattern":
				b.Text("regexp_replace(", at.v(), ", ").Arg("^(?:" + v.From + ")$").Text(", ").Arg(v.To).Text(")")
			default:
				b.Arg(v.To)
			}
		}
		if s.Unlisted == Keep {
			b.Text(" ELSE ", at.v())
		}
		b.Text(" END")
	}}}
	if s.Unlisted == Keep {
		return t
	}
	t.why = says(" is none of the values that are listed")
	t.unread = func(b *sqltext.Builder, at places) {
		b.Text("(", at.v(), " IS NOT NULL AND NOT (")
		for i := range s.Values {
			if i > 0 {
				b.Text(" OR ")
			}
			fits(b, at, i)
		}
		b.Text("))")
	}
	return t
}

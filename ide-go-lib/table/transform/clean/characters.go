package clean

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"dataflow/ide-go-lib/table/sqltext"
)

func (s Step) unicode() treatment {
	if s.Form != "NFKC" {
		return same(func(b *sqltext.Builder, v string) { b.Text("nfc_normalize(", v, ")") })
	}
	c := compatible()
	// Making ready to replace so many characters takes longer than to look whether any of them is there, so it is done only then. The
	// wide ones are common where Chinese is written, and few.
	only := func(b *sqltext.Builder, v string, of replacing, replace func()) {
		b.Text("CASE WHEN regexp_matches(", v, ", ").Arg(of.class).Text(") THEN ")
		replace()
		b.Text(" ELSE ", v, " END")
	}
	one := func(b *sqltext.Builder, v string, of replacing) {
		only(b, v, of, func() { b.Text("translate(", v, ", ").Arg(of.from).Text(", ").Arg(of.to).Text(")") })
	}
	return treatment{typ: text, stages: []stage{
		func(b *sqltext.Builder, at places) { one(b, at.v(), c.wide) },
		func(b *sqltext.Builder, at places) { one(b, at.s(0), c.one) },
		func(b *sqltext.Builder, at places) {
			b.Text("nfc_normalize(")
			only(b, at.s(1), c.many, func() {
				b.Text("array_to_string(list_transform(string_split(", at.s(1), ", ''), lambda c: CASE WHEN strpos(").Arg(c.many.from).Text(", c) = 0 THEN c ELSE string_split(").
					Arg(c.many.to).Text(", '|')[strpos(").Arg(c.many.from).Text(", c)] END), '')")
			})
			b.Text(")")
		},
	}}
}

// replacing puts other characters in place of some. Class is a pattern for one of those.
type replacing struct{ from, to, class string }

// compatibility says what characters become in the form NFKC, which SQL does not know: the wide ones, others that become one,
// and those that become several, which are set apart by |.
type compatibility struct{ wide, one, many replacing }

var compatible = sync.OnceValue(func() compatibility {
	var wide, one, many replacement
	for r := rune(0xa0); r <= 0x2fa1d; r++ {
		if r >= 0xac00 && r <= 0xd7a3 || !utf8.ValidRune(r) {
			continue // of Hangul, and no characters at all
		}
		to := norm.NFKC.String(string(r))
		switch {
		case to == norm.NFC.String(string(r)) || strings.Contains(to, "|"):
		case utf8.RuneCountInString(to) > 1:
			if many.to.Len() > 0 {
				many.to.WriteByte('|')
			}
			many.add(r, to)
		case r == 0x3000 || r > 0xff00 && r < 0xff5f:
			wide.add(r, to)
		default:
			one.add(r, to)
		}
	}
	return compatibility{wide.done(), one.done(), many.done()}
})

// replacement collects what becomes of characters, which come in their order.
type replacement struct {
	from, to, class strings.Builder
	first, last     rune
}

func (p *replacement) add(r rune, to string) {
	p.from.WriteRune(r)
	p.to.WriteString(to)
	if r != p.last+1 {
		p.end()
		p.first = r
	}
	p.last = r
}

// end writes the characters that follow one another as a range.
func (p *replacement) end() {
	if p.first != 0 {
		fmt.Fprintf(&p.class, `\x{%x}-\x{%x}`, p.first, p.last)
	}
}

func (p *replacement) done() replacing {
	p.end()
	return replacing{p.from.String(), p.to.String(), "[" + p.class.String() + "]"}
}

func mend(b *sqltext.Builder, at places)      { repair(b, at.v()) }
func mendAgain(b *sqltext.Builder, at places) { repair(b, at.s(0)) } // what was garbled twice

// repair writes the text as what it was, when all of it can be meant so and some of it can hardly be meant otherwise.
func repair(b *sqltext.Builder, v string) {
	g := garbling()
	b.Text("CASE WHEN regexp_matches(", v, ", ", sqltext.Literal(g.sure), ") AND regexp_full_match(", v, ", ", sqltext.Literal(g.whole),
		") THEN coalesce(TRY(decode(unhex(array_to_string(list_transform(string_split(translate(", v, ", ",
		sqltext.Literal(g.shown), ", ", sqltext.Literal(g.bytes), "), ''), lambda c: printf('%02x', ord(c))), '')))), ", v, ") ELSE ", v, " END")
}

// garbled1252 are texts in UTF-8 that were read as Windows-1252: each byte of a character is shown as one of its own. Shown are the
// characters that are not what their bytes are, whole is a pattern for texts of which each character is a byte. A text is only
// mended as a whole: where letters, quotes and dots stand side by side they often look like one garbled character. Sure is a pattern
// for what people do not write.
type garbled1252 struct{ shown, bytes, whole, sure string }

const (
	quiet = "\u00a0«»‚„…‘’“”•–—‹›" // follow letters in any text
	marks = "ªº®™°²³¹†‡"           // follow names and units
)

var garbling = sync.OnceValue(func() garbled1252 {
	var shown, bytes, clear, plain strings.Builder
	for c := 0x80; c <= 0xbf; c++ {
		r := charmap.Windows1252.DecodeByte(byte(c))
		if r == utf8.RuneError {
			r = rune(c)
		}
		if r != rune(c) {
			shown.WriteRune(r)
			bytes.WriteRune(rune(c))
		}
		if strings.ContainsRune(quiet, r) {
			continue
		}
		fmt.Fprintf(&clear, `\x{%x}`, r)
		if !strings.ContainsRune(marks, r) {
			fmt.Fprintf(&plain, `\x{%x}`, r)
		}
	}
	tail := `[\x{80}-\x{bf}` + shown.String() + "]"
	some, most := "["+clear.String()+"]", "["+plain.String()+"]"
	return garbled1252{shown.String(), bytes.String(), `[\x{0}-\x{ff}` + shown.String() + `]*`, strings.Join([]string{
		`Ã` + most, `Â` + some, `[ÃÄ]` + some + `\p{Ll}`, `Å` + most + `\p{Ll}`, `Ã[„–…]\p{Ll}`, `\p{Ll}[ÂÃÄÅ]` + tail, `\dÂ` + tail,
		`[Æ-ß]` + some + `[Æ-ß]` + tail, `[Æ-ß]` + tail + `[Æ-ß]` + some, // Greek, Cyrillic and such, of several letters
		`â€` + tail, `â‚¬`, `â„¢`, `ï»¿`, `(?:[à-ï]` + tail + tail + `){2}`, `ðŸ` + tail + tail,
	}, "|")}
})

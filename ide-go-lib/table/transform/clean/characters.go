package clean

import (
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
	return treatment{typ: text, stages: []stage{
		func(b *sqltext.Builder, at places) {
			c := compatible()
			b.Text("translate(nfc_normalize(", at.v(), "), ").Arg(c.one).Text(", ").Arg(c.becomes).Text(")")
		},
		func(b *sqltext.Builder, at places) {
			c := compatible()
			b.Text("nfc_normalize(CASE WHEN regexp_matches(", at.s(0), ", ").Arg("["+c.many+"]").Text(") THEN array_to_string(list_transform(string_split(", at.s(0), ", ''), lambda c: CASE WHEN strpos(").
				Arg(c.many).Text(", c) = 0 THEN c ELSE string_split(").Arg(c.become).Text(", '|')[strpos(").Arg(c.many).Text(", c)] END), '') ELSE ", at.s(0), " END)")
		},
	}}
}

// compatibility says what characters become in the form NFKC, which SQL does not know: those that become one other, and those
// that become several, which are set apart by |.
type compatibility struct{ one, becomes, many, become string }

var compatible = sync.OnceValue(func() compatibility {
	var one, becomes, many, become strings.Builder
	for r := rune(0xa0); r <= 0x2fa1d; r++ {
		if r >= 0xac00 && r <= 0xd7a3 || !utf8.ValidRune(r) {
			continue // of Hangul, and no characters at all
		}
		plain := norm.NFC.String(string(r))
		to := norm.NFKC.String(string(r))
		switch {
		case to == plain || strings.Contains(to, "|"):
		case utf8.RuneCountInString(to) == 1:
			one.WriteRune(r)
			becomes.WriteString(to)
		default:
			if many.Len() > 0 {
				become.WriteByte('|')
			}
			many.WriteRune(r)
			become.WriteString(to)
		}
	}
	return compatibility{one.String(), becomes.String(), many.String(), become.String()}
})

func mend(b *sqltext.Builder, at places)      { repair(b, at.v()) }
func mendAgain(b *sqltext.Builder, at places) { repair(b, at.s(0)) } // what was garbled twice

// repair writes the text with each run of such characters read as what it was.
func repair(b *sqltext.Builder, v string) {
	g := garbling()
	b.Text("CASE WHEN regexp_matches(", v, ", ", sqltext.Literal(g.run), ") THEN array_to_string(list_transform(regexp_extract_all(", v, ", ", sqltext.Literal("(?:"+g.run+`)+|[^Â-ô]+|[Â-ô]`),
		"), lambda w: CASE WHEN regexp_full_match(w, ", sqltext.Literal("(?:"+g.run+")+"), ") THEN coalesce(TRY(decode(unhex(array_to_string(list_transform(string_split(translate(w, ",
		sqltext.Literal(g.shown), ", ", sqltext.Literal(g.bytes), "), ''), lambda c: printf('%02x', ord(c))), '')))), w) ELSE w END), '') ELSE ", v, " END")
}

// garbled1252 are texts in UTF-8 that were read as Windows-1252: each byte of a character is shown as one of its own. Shown are the
// characters that are not what their bytes are, run is a pattern for one character in this state.
type garbled1252 struct{ shown, bytes, run string }

var garbling = sync.OnceValue(func() garbled1252 {
	var shown, bytes strings.Builder
	for c := 0x80; c <= 0x9f; c++ {
		if r := charmap.Windows1252.DecodeByte(byte(c)); r != utf8.RuneError && r != rune(c) {
			shown.WriteRune(r)
			bytes.WriteRune(rune(c))
		}
	}
	tail := `[\x{80}-\x{bf}` + shown.String() + "]"
	return garbled1252{shown.String(), bytes.String(), `[Â-ß]` + tail + `|[à-ï]` + tail + tail + `|[ð-ô]` + tail + tail + tail}
})

// Package trim has the node that takes off what hangs on a text.
package trim

import (
	"context"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
)

// Config is the configuration of text.trim.
type Config struct {
	Sides      string `json:"sides,omitempty" title:"Sides" zh:"两端" enum:"both,start,end,none" default:"both" doc:"Where it is trimmed" doc_zh:"修剪哪一端"`
	Characters string `json:"characters,omitempty" title:"Characters" zh:"字符" doc:"What is taken off; empty is white space of every kind, and marks that cannot be seen" doc_zh:"要去除的字符；留空则为各种空白和不可见标记" example:"\"'"`
	Prefix     string `json:"prefix,omitempty" title:"Prefix" zh:"前缀" doc:"Taken off once when the text begins with it" doc_zh:"若以此开头则去除一次" example:"https://"`
	Suffix     string `json:"suffix,omitempty" title:"Suffix" zh:"后缀" doc:"Taken off once when the text ends with it" doc_zh:"若以此结尾则去除一次" example:".csv"`
	Collapse   bool   `json:"collapse,omitempty" title:"Collapse white space" zh:"合并空白" default:"false" doc:"Makes one space of every run of white space within" doc_zh:"把中间连续的空白合并为一个空格"`
	Normalize  string `json:"normalize,omitempty" title:"Normalise" zh:"规范化" enum:"none,NFC,NFKC" default:"none" doc:"NFC: letters and their accents in one, so that equal texts are equal. NFKC: also full-width letters and ligatures as plain ones" doc_zh:"NFC：字母与音标合为一体，使相同文本相等；NFKC：还会把全角字母和连字变为普通形式"`
	MaxLength  int    `json:"max_length,omitempty" title:"At most" zh:"最长" minimum:"0" doc:"Characters, as people see them; a longer text is cut and ends with …. 0 is any length" doc_zh:"字符数（人眼所见）；超出则截断并以…结尾；0 表示不限"`
	incoming.Field
}

// Type is text.trim.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.trim",
		Doc: node.Doc{
			Title:   node.Text{EN: "Trim text", ZH: "修剪文本"},
			Summary: node.Text{EN: "Takes white space, prefixes and suffixes off, and tidies what is within.", ZH: "去除首尾空白、前缀和后缀，并整理内部空白。"},
			Details: node.Text{
				EN: "Done in this order: normalise, trim, prefix and suffix, collapse, cut. White space is that of Unicode, the wide space of Chinese texts and the no-break space among it. Of a list of texts every one is trimmed; null stays null.",
				ZH: "按此顺序进行：规范化、修剪、前后缀、合并空白、截断。空白按 Unicode 判断，包括中文全角空格和不换行空格。若输入是文本列表则逐项处理；null 保持 null。",
			},
			Family: "text", Icon: "scissors", Keywords: []string{"strip", "whitespace", "truncate", "prefix", "suffix", "normalize", "unicode"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "White space of every kind", With: map[string]any{"collapse": true},
				Inputs: incoming.Example(`["\ufeff a\u00a0\t b\u3000", "   ", "", null]`), Want: incoming.Example(`["a b", "", "", null]`),
			},
			{
				Title: "A file's bare name", With: map[string]any{"prefix": "out/", "suffix": ".csv"},
				Inputs: incoming.Example(`["out/report.csv", "report.csv.csv", "out/"]`), Want: incoming.Example(`["report", "report.csv", ""]`),
			},
			{
				Title: "Full width to plain, and not too long", With: map[string]any{"normalize": "NFKC", "max_length": 4},
				Inputs: incoming.Example(`["ＡＢＣ", "ﬁne day", "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧"]`), Want: incoming.Example(`["ABC", "fin…", "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧"]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) { return c.trim(text), nil })
}

func (c Config) trim(s string) string {
	switch c.Normalize {
	case "NFC":
		s = norm.NFC.String(s)
	case "NFKC":
		s = norm.NFKC.String(s)
	}
	off := blank
	if c.Characters != "" {
		off = func(r rune) bool { return strings.ContainsRune(c.Characters, r) }
	}
	if c.Sides == "both" || c.Sides == "start" {
		s = strings.TrimLeftFunc(s, off)
	}
	if c.Sides == "both" || c.Sides == "end" {
		s = strings.TrimRightFunc(s, off)
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, c.Prefix), c.Suffix)
	if c.Collapse {
		s = collapse(s)
	}
	if c.MaxLength > 0 {
		s = cut(s, c.MaxLength)
	}
	return s
}

// blank says that a character cannot be seen at the end of a text.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u2060'
}

func collapse(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	within := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			within = true
			continue
		}
		if within {
			b.WriteByte(' ')
			within = false
		}
		b.WriteRune(r)
	}
	if within {
		b.WriteByte(' ')
	}
	return b.String()
}

// cut keeps at most n characters as people see them, the last of which says that there was more.
func cut(s string, n int) string {
	if len(s) <= n { // as many bytes are at least as many characters
		return s
	}
	kept, count := 0, 0
	rest, state := s, -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		count++
		if count > n {
			return s[:kept] + "…"
		}
		if count < n {
			kept += len(cluster)
		}
	}
	return s
}

// Package textcase has the node that changes letters between upper and lower case.
package textcase

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of text.case.
type Config struct {
	To       string `json:"to" required:"true" title:"Case" zh:"形式" enum:"lower,upper,title,capital,fold,snake,kebab,camel,pascal,constant" doc:"title: every word with a capital. capital: only the first letter, the rest as it is. fold: for comparing, so that ß and SS are the same. Names for programs: snake_case, kebab-case, camelCase, PascalCase, CONSTANT_CASE" doc_zh:"title：每个单词首字母大写；capital：仅首字母大写，其余不变；fold：用于比较，ß 与 SS 视为相同。程序命名：snake_case、kebab-case、camelCase、PascalCase、CONSTANT_CASE"`
	Language string `json:"language,omitempty" title:"Language" zh:"语言" doc:"Whose rules apply, such as tr, where the capital of i is İ; empty is any" doc_zh:"采用哪种语言的规则，如 tr 中 i 的大写为 İ；留空则通用" example:"tr"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if strings.Contains(c.Language, "{{") {
		return nil
	}
	if _, err := c.tag(); err != nil {
		return err.Details
	}
	return nil
}

func (c Config) tag() (language.Tag, *errs.Error) {
	if c.Language == "" {
		return language.Und, nil
	}
	tag, err := language.Parse(c.Language)
	if err != nil {
		return tag, node.FieldError(node.CodeConfigInvalid, "with.language", "%q is not a language; write one such as en, tr or zh-CN", c.Language)
	}
	return tag, nil
}

// Type is text.case.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.case",
		Doc: node.Doc{
			Title:   node.Text{EN: "Change case", ZH: "转换大小写"},
			Summary: node.Text{EN: "Writes a text in upper or lower case, or as a name for programs.", ZH: "把文本转换为大写、小写或程序命名形式。"},
			Details: node.Text{
				EN: "Letters are those of all scripts; scripts without capitals stay as they are. For names, words end at anything that is neither letter nor digit, and where a small letter meets a capital. Of a list of texts every one is changed; null stays null.",
				ZH: "适用于各种文字；没有大小写之分的文字保持不变。转换为命名形式时，单词在非字母数字处及小写字母后接大写字母处断开。若输入是文本列表则逐项转换；null 保持 null。",
			},
			Family: "text", Icon: "letter-case", Keywords: []string{"uppercase", "lowercase", "title", "snake", "camel", "kebab", "capitalize"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Upper case of several scripts", With: map[string]any{"to": "upper"},
				Inputs: incoming.Example(`["straße", "ｆｕｌｌ", "中文", "", null]`), Want: incoming.Example(`["STRASSE", "ＦＵＬＬ", "中文", "", null]`),
			},
			{
				Title: "Column names", With: map[string]any{"to": "snake"},
				Inputs: incoming.Example(`["Cost Total $", "HTTPStatus", "version2Beta", "Größe (cm)"]`), Want: incoming.Example(`["cost_total", "http_status", "version2_beta", "größe_cm"]`),
			},
			{
				Title: "In Turkish", With: map[string]any{"to": "title", "language": "tr"},
				Inputs: incoming.Example(`"istanbul ve ığdır"`), Want: incoming.Example(`"İstanbul Ve Iğdır"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	tag, e := c.tag()
	if e != nil {
		return nil, e
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	change := c.change(tag)
	return in.EachText(ctx, func(text string) (any, error) { return change(text), nil })
}

// change gives the function that does it; it serves one goroutine at a time.
func (c Config) change(tag language.Tag) func(string) string {
	lower, upper, title := cases.Lower(tag), cases.Upper(tag), cases.Title(tag)
	capital := func(s string) string {
		_, size := utf8.DecodeRuneInString(s)
		return cases.Title(tag, cases.NoLower).String(s[:size]) + s[size:]
	}
	named := func(separator string, word func(i int, w string) string) func(string) string {
		return func(s string) string {
			all := words(s)
			for i, w := range all {
				all[i] = word(i, w)
			}
			return strings.Join(all, separator)
		}
	}
	low := func(_ int, w string) string { return lower.String(w) }
	switch c.To {
	case "upper":
		return upper.String
	case "title":
		return title.String
	case "capital":
		return capital
	case "fold":
		return cases.Fold().String
	case "snake":
		return named("_", low)
	case "kebab":
		return named("-", low)
	case "constant":
		return named("_", func(_ int, w string) string { return upper.String(w) })
	case "pascal":
		return named("", func(_ int, w string) string { return capital(lower.String(w)) })
	case "camel":
		return named("", func(i int, w string) string {
			if i == 0 {
				return lower.String(w)
			}
			return capital(lower.String(w))
		})
	}
	return lower.String
}

// words cuts at what is neither letter nor digit, between aB, and before the last capital of ABc.
func words(s string) []string {
	runes := []rune(s)
	var all []string
	start := -1
	end := func(i int) {
		if start >= 0 {
			all = append(all, string(runes[start:i]))
		}
		start = -1
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			end(i)
			continue
		}
		if start >= 0 && unicode.IsUpper(r) {
			afterLower := !unicode.IsUpper(runes[i-1])
			beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterLower || beforeLower {
				end(i)
			}
		}
		if start < 0 {
			start = i
		}
	}
	end(len(runes))
	return all
}

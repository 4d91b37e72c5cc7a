// Package split has the node that cuts a text.
package split

import (
	"context"
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/text/internal/pattern"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of text.split.
type Config struct {
	By        string `json:"by,omitempty" title:"Split at" zh:"分割方式" enum:"separator,pattern,lines,words,characters" default:"separator" doc:"separator: at every occurrence of a text. pattern: at every match of a regular expression. lines, words and characters: as people see them, in any language" doc_zh:"separator：在每个分隔符处；pattern：在正则表达式的每个匹配处；lines、words、characters：按行、单词或人眼所见的字符分割，适用于各种语言"`
	Separator string `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:"," doc:"For separator: the text between the parts" doc_zh:"用于 separator：各部分之间的文本" widget:"literal"`
	Pattern   string `json:"pattern,omitempty" title:"Pattern" zh:"正则表达式" doc:"For pattern: a regular expression (RE2)" doc_zh:"用于 pattern：正则表达式（RE2 语法）" example:"\\s*[,;]\\s*"`
	Limit     int    `json:"limit,omitempty" title:"At most" zh:"最多" minimum:"0" doc:"Number of parts; the last one keeps the rest. 0 is all" doc_zh:"最多几部分，最后一部分保留剩余内容；0 表示不限"`
	Trim      bool   `json:"trim,omitempty" title:"Trim parts" zh:"去除空白" default:"false" doc:"Takes white space off both ends of each part" doc_zh:"去除每部分首尾的空白"`
	DropEmpty bool   `json:"drop_empty,omitempty" title:"Drop empty parts" zh:"去掉空项" default:"false" doc:"Leaves out parts without a character" doc_zh:"去掉没有字符的部分"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	switch {
	case c.By == "separator" && c.Separator == "":
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "A separator is needed; use characters to cut between all of them", Place: errs.Place{Field: "with.separator"}}}
	case c.By == "pattern" && c.Pattern == "":
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "A pattern is needed", Place: errs.Place{Field: "with.pattern"}}}
	}
	return pattern.Check("with.pattern", c.Pattern)
}

// Type is text.split.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.split",
		Doc: node.Doc{
			Title:   node.Text{EN: "Split text", ZH: "分割文本"},
			Summary: node.Text{EN: "Cuts a text into a list.", ZH: "把文本切成列表。"},
			Details: node.Text{
				EN: "The result is a list of texts. Of a list of texts every one is split, which gives a list of lists; null stays null. Words and characters are those of Unicode: a family emoji or a letter with its accent is one character, and what stands between words is left out.",
				ZH: "结果是文本列表。若输入是文本列表，则逐项分割，得到列表的列表；null 保持 null。单词与字符按 Unicode 划分：一个家庭表情或带音标的字母算一个字符；单词之间的内容会被去掉。",
			},
			Family: "text", Icon: "cut", Keywords: []string{"separator", "delimiter", "tokens", "lines", "words", "explode"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title:  "A list in a field",
				With:   map[string]any{"separator": ",", "trim": true, "drop_empty": true},
				Inputs: incoming.Example(`"red, green,, blue "`), Want: incoming.Example(`["red", "green", "blue"]`),
			},
			{
				Title:  "By a pattern, two parts",
				With:   map[string]any{"by": "pattern", "pattern": `\s*=\s*`, "limit": 2},
				Inputs: incoming.Example(`["a = 1 = x", "", null]`), Want: incoming.Example(`[["a", "1 = x"], [""], null]`),
			},
			{
				Title:  "Characters as people see them",
				With:   map[string]any{"by": "characters"},
				Inputs: incoming.Example(`"né👨‍👩‍👧"`), Want: incoming.Example(`["n", "é", "👨‍👩‍👧"]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	var re *regexp.Regexp
	if c.By == "pattern" {
		var err error
		if re, err = pattern.Compile("with.pattern", c.Pattern, pattern.Options{}); err != nil {
			return nil, err
		}
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) {
		parts, err := c.split(text, re)
		if err != nil {
			return nil, err
		}
		return c.tidy(parts), nil
	})
}

// most is one more than the number of parts that are kept, so that a text with more of them is noticed.
const most = pattern.MaxMatches + 1

func (c Config) split(text string, re *regexp.Regexp) (parts []string, err error) {
	n := most
	if c.Limit > 0 {
		n = min(c.Limit, most)
	}
	switch c.By {
	case "pattern":
		parts = re.Split(text, n)
	case "lines":
		parts = strings.SplitN(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n", n)
		if last := len(parts) - 1; last >= 0 && parts[last] == "" {
			parts = parts[:last] // a line break ends a line, it does not begin another
		}
	case "words":
		parts = words(text, n)
	case "characters":
		parts = characters(text, n)
	default:
		parts = strings.SplitN(text, c.Separator, n)
	}
	if len(parts) >= most {
		return nil, node.FieldError("too_many_parts", "with.limit", "The text has more than %d parts; set a limit, or write it to a file and read that as a table", pattern.MaxMatches)
	}
	return parts, nil
}

// characters cuts at the borders of what people see as one character.
func characters(text string, n int) []string {
	var parts []string
	for state := -1; text != ""; {
		if len(parts) == n-1 {
			return append(parts, text)
		}
		var character string
		character, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		parts = append(parts, character)
	}
	return parts
}

// words gives what has a letter, a digit or a symbol in it; spaces and punctuation stand between words.
func words(text string, n int) []string {
	var parts []string
	for state := -1; text != ""; {
		before := text
		var word string
		word, text, state = uniseg.FirstWordInString(text, state)
		if strings.IndexFunc(word, wordly) < 0 {
			continue
		}
		if len(parts) == n-1 {
			return append(parts, before)
		}
		parts = append(parts, word)
	}
	return parts
}

func (c Config) tidy(parts []string) []any {
	list := make([]any, 0, len(parts))
	for _, p := range parts {
		if c.Trim {
			p = strings.TrimSpace(p)
		}
		if p != "" || !c.DropEmpty {
			list = append(list, p)
		}
	}
	return list
}

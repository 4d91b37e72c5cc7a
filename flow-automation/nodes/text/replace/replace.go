// Package replace has the node that puts texts in place of others.
package replace

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	textpattern "dataflow/flow-automation/nodes/text/internal/pattern"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// Config is the configuration of text.replace.
type Config struct {
	Replace    []Rule `json:"replace" required:"true" title:"Replacements" zh:"替换" doc:"Made one after the other, each on what the one before gave" doc_zh:"依次执行，每条在前一条的结果上进行"`
	Pattern    bool   `json:"pattern,omitempty" title:"Find patterns" zh:"使用正则表达式" default:"false" doc:"Takes what is found as regular expressions (RE2); $1 or ${name} in a replacement stands for what a group matched, $$ for a dollar sign" doc_zh:"把查找内容当作正则表达式（RE2）；替换内容中的 $1 或 ${name} 代表分组匹配到的文本，$$ 代表美元符号"`
	IgnoreCase bool   `json:"ignore_case,omitempty" title:"Ignore case" zh:"忽略大小写" default:"false" doc:"A matches a" doc_zh:"A 与 a 视为相同"`
	FirstOnly  bool   `json:"first_only,omitempty" title:"First only" zh:"只替换第一个" default:"false" doc:"Each rule replaces what it finds first, and not the rest" doc_zh:"每条规则只替换第一个匹配"`
	incoming.Field
}

// Rule is one replacement.
type Rule struct {
	Find string `json:"find" required:"true" title:"Find" zh:"查找" doc:"A text or, with find patterns, a regular expression" doc_zh:"文本，或正则表达式" example:"colour"`
	With string `json:"with,omitempty" title:"Replace with" zh:"替换为" doc:"Empty takes away what is found" doc_zh:"留空则删除找到的内容" example:"color"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	if !c.Pattern {
		return nil
	}
	for i, r := range c.Replace {
		details = append(details, textpattern.Check(find(i), r.Find)...)
	}
	if len(details) > 0 {
		return details
	}
	for i, r := range c.Replace {
		if strings.Contains(r.Find+r.With, "{{") {
			continue
		}
		if re, err := textpattern.Compile(find(i), r.Find, textpattern.Options{}); err == nil {
			details = append(details, unknownGroups(re, i, r.With)...)
		}
	}
	return details
}

func find(i int) string { return fmt.Sprintf("with.replace[%d].find", i) }

// Type is text.replace.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.replace",
		Doc: node.Doc{
			Title:   node.Text{EN: "Replace text", ZH: "替换文本"},
			Summary: node.Text{EN: "Puts other texts in place of what is found.", ZH: "把找到的内容替换为其他文本。"},
			Details: node.Text{
				EN: "Of a list of texts every one is worked on; null stays null. With patterns, `(…)` and `(?P<name>…)` are groups whose text a replacement may use.",
				ZH: "若输入是文本列表则逐项处理；null 保持 null。使用正则表达式时，`(…)` 和 `(?P<name>…)` 为分组，替换内容可以引用其文本。",
			},
			Family: "text", Icon: "replace", Keywords: []string{"substitute", "regex", "regexp", "remove", "redact"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title:  "Several, one after the other",
				With:   map[string]any{"replace": []any{map[string]any{"find": "½", "with": ".5"}, map[string]any{"find": "€"}}},
				Inputs: incoming.Example(`["3½ €", "½", "", null]`), Want: incoming.Example(`["3.5 ", ".5", "", null]`),
			},
			{
				Title: "Turn names round",
				With: map[string]any{
					"pattern": true, "replace": []any{map[string]any{"find": `(?P<last>\pL+),\s*(?P<first>\pL+)`, "with": "${first} ${last}"}},
				},
				Inputs: incoming.Example(`"Gödel, Kurt; Noether, Emmy"`), Want: incoming.Example(`"Kurt Gödel; Emmy Noether"`),
			},
			{
				Title:  "Hide all but the last digits",
				With:   map[string]any{"pattern": true, "replace": []any{map[string]any{"find": `\d+(\d{4})\b`, "with": "…$1"}}},
				Inputs: incoming.Example(`"4929 1234567890123456"`), Want: incoming.Example(`"4929 …3456"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	rules := make([]func(string) (string, error), len(c.Replace))
	for i, r := range c.Replace {
		var err error
		if rules[i], err = c.compile(ctx, i, r); err != nil {
			return nil, err
		}
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) {
		var err error
		for _, rule := range rules {
			if text, err = rule(text); err != nil {
				return nil, err
			}
		}
		return text, nil
	})
}

// maxText is the most bytes that a text may grow to.
const maxText = 64 << 20

func tooLarge(i int) *errs.Error {
	return node.FieldError("value_too_large", fmt.Sprintf("with.replace[%d].with", i), "The text grows beyond %d MiB", maxText>>20)
}

func (c Config) compile(ctx context.Context, i int, r Rule) (func(string) (string, error), error) {
	if !c.Pattern && !c.IgnoreCase {
		n := -1
		if c.FirstOnly {
			n = 1
		}
		return func(text string) (string, error) {
			if more := len(r.With) - len(r.Find); more > 0 && n < 0 && len(text)+more*strings.Count(text, r.Find) > maxText {
				return "", tooLarge(i)
			}
			return strings.Replace(text, r.Find, r.With, n), nil
		}, nil
	}
	expression := r.Find
	if !c.Pattern {
		expression = regexp.QuoteMeta(r.Find)
	}
	re, err := textpattern.Compile(find(i), expression, textpattern.Options{IgnoreCase: c.IgnoreCase})
	if err != nil {
		return nil, err
	}
	if c.Pattern {
		if details := unknownGroups(re, i, r.With); len(details) > 0 {
			return nil, node.Invalid(details)
		}
	}
	s := substitution{index: i, re: re, with: r.With, literal: !c.Pattern || !strings.Contains(r.With, "$"), first: c.FirstOnly}
	if !s.literal {
		s.groups = referred(re, r.With)
	}
	return func(text string) (string, error) { return s.apply(ctx, text) }, nil
}

// substitution replaces what a pattern matches.
type substitution struct {
	index   int
	re      *regexp.Regexp
	with    string
	literal bool
	groups  []int // that the replacement refers to
	first   bool
}

func (s substitution) apply(ctx context.Context, text string) (string, error) {
	if s.literal && !s.first {
		return s.everywhere(ctx, text)
	}
	n := textpattern.MaxMatches + 1
	if s.first {
		n = 1
	}
	found := s.re.FindAllStringSubmatchIndex(text, n)
	if len(found) > textpattern.MaxMatches {
		return "", node.FieldError("too_many_matches", find(s.index), "The pattern matches more than %d times in one text; split the text before", textpattern.MaxMatches)
	}
	out := make([]byte, 0, len(text))
	at := 0
	for i, m := range found {
		if i%4096 == 4095 && ctx.Err() != nil {
			return "", ctx.Err()
		}
		size := len(out) + m[0] - at + len(s.with)
		for _, g := range s.groups {
			size += m[2*g+1] - m[2*g]
		}
		if size > maxText { // before it is made: a short replacement may stand for very much
			return "", tooLarge(s.index)
		}
		out = append(out, text[at:m[0]]...)
		if s.literal {
			out = append(out, s.with...)
		} else {
			out = s.re.ExpandString(out, s.with, text, m)
		}
		at = m[1]
	}
	return string(append(out, text[at:]...)), nil
}

// everywhere keeps no list of matches, of which a large text may have very many.
func (s substitution) everywhere(ctx context.Context, text string) (string, error) {
	size, matches := len(text), 0
	result := s.re.ReplaceAllStringFunc(text, func(match string) string {
		matches++
		if size += len(s.with) - len(match); size > maxText || matches%4096 == 0 && ctx.Err() != nil {
			size = maxText + 1
			return ""
		}
		return s.with
	})
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if size > maxText {
		return "", tooLarge(s.index)
	}
	return result, nil
}

// reference is a dollar sign with what it stands for: a group in braces, a group, or itself.
var reference = pattern.Of(`\$(?:\$|\{(\w+)\}|(\w+))`)

// referred gives the groups that a replacement refers to, each as often as it does.
func referred(re *regexp.Regexp, with string) []int {
	var groups []int
	for _, m := range reference.Regexp().FindAllStringSubmatch(with, -1) {
		name := m[1] + m[2]
		if g := re.SubexpIndex(name); g >= 0 {
			groups = append(groups, g)
		} else if isNumber(name) && number(name) <= re.NumSubexp() {
			groups = append(groups, number(name))
		}
	}
	return groups
}

// unknownGroups finds references to groups that the pattern does not have; they would silently stand for nothing.
func unknownGroups(re *regexp.Regexp, i int, with string) []errs.Detail {
	var details []errs.Detail
	for _, m := range reference.Regexp().FindAllStringSubmatch(with, -1) {
		name := m[1] + m[2]
		if name == "" || slices.Contains(re.SubexpNames(), name) || isNumber(name) && number(name) <= re.NumSubexp() {
			continue
		}
		message := fmt.Sprintf("The pattern has no group %s", name)
		if digits := strings.TrimRight(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"); m[2] != "" && digits != "" && digits != name && isNumber(digits) {
			message += fmt.Sprintf("; for group %s with text behind it write ${%s}%s", digits, digits, strings.TrimPrefix(name, digits))
		} else {
			message += "; write $$ for a dollar sign"
		}
		details = append(details, errs.Detail{Code: "unknown_group", Message: message, Place: errs.Place{Field: fmt.Sprintf("with.replace[%d].with", i)}})
	}
	return details
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" && len(s) < 9 }

func number(s string) (n int) {
	for _, digit := range s {
		n = n*10 + int(digit-'0')
	}
	return n
}

// Package match has the node that looks for a pattern.
package match

import (
	"context"
	"regexp"
	"strconv"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/text/internal/pattern"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of text.match.
type Config struct {
	Pattern    string `json:"pattern" required:"true" title:"Pattern" zh:"正则表达式" doc:"A regular expression (RE2): it takes time in proportion to the text, and knows neither look-around nor back-references" doc_zh:"正则表达式（RE2 语法）：耗时与文本长度成正比，不支持环视和反向引用" example:"(?P<year>\\d{4})-(?P<month>\\d{2})"`
	Find       string `json:"find,omitempty" title:"Find" zh:"查找" enum:"first,all,test" default:"first" doc:"first: the first match, null for none. all: a list of them. test: true or false" doc_zh:"first：第一个匹配，没有则为 null；all：全部匹配的列表；test：true 或 false"`
	Give       string `json:"give,omitempty" title:"Give" zh:"输出" enum:"text,groups,details" default:"text" doc:"text: what matched. groups: an object of what the groups matched, by their names or numbers. details: text, groups, start and end, counted in characters from 0" doc_zh:"text：匹配到的文本；groups：各分组匹配内容的对象，按名称或编号；details：text、groups、start 和 end，按字符从 0 计数"`
	IgnoreCase bool   `json:"ignore_case,omitempty" title:"Ignore case" zh:"忽略大小写" default:"false" doc:"A matches a" doc_zh:"A 与 a 视为相同"`
	Lines      bool   `json:"lines,omitempty" title:"Line by line" zh:"逐行" default:"false" doc:"^ and $ match at every line" doc_zh:"^ 和 $ 在每一行匹配"`
	Required   bool   `json:"must_match,omitempty" title:"Must match" zh:"必须匹配" default:"false" doc:"Fails the step where nothing matches" doc_zh:"没有匹配时步骤失败"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return pattern.Check("with.pattern", c.Pattern) }

// Type is text.match.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.match",
		Doc: node.Doc{
			Title:   node.Text{EN: "Match pattern", ZH: "匹配模式"},
			Summary: node.Text{EN: "Finds what matches a regular expression.", ZH: "查找与正则表达式匹配的内容。"},
			Details: node.Text{
				EN: "Groups are `(…)` or, with a name, `(?P<name>…)`; a group that took no part is null. Of a list of texts every one is looked at; null stays null.",
				ZH: "分组写作 `(…)`，带名称的写作 `(?P<name>…)`；未参与匹配的分组为 null。若输入是文本列表则逐项处理；null 保持 null。",
			},
			Family: "text", Icon: "regex", Keywords: []string{"regex", "regexp", "regular expression", "extract", "search", "find"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "The parts of a date", With: map[string]any{"pattern": `(?P<year>\d{4})-(?P<month>\d{2})(-(?P<day>\d{2}))?`, "give": "groups"},
				Inputs: incoming.Example(`["due 2026-11", "no date", null]`),
				Want:   incoming.Example(`[{"year": "2026", "month": "11", "3": null, "day": null}, null, null]`),
			},
			{
				Title: "All hash tags, in any script", With: map[string]any{"pattern": `#[\p{L}\d_]+`, "find": "all"},
				Inputs: incoming.Example(`"#data 和 #数据, not # alone"`), Want: incoming.Example(`["#data", "#数据"]`),
			},
			{
				Title: "Where it is", With: map[string]any{"pattern": "b+", "give": "details", "ignore_case": true},
				Inputs: incoming.Example(`"äBb"`), Want: incoming.Example(`{"text": "Bb", "groups": {}, "start": 1, "end": 3}`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	re, err := pattern.Compile("with.pattern", c.Pattern, pattern.Options{IgnoreCase: c.IgnoreCase, Lines: c.Lines})
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) {
		found, err := c.find(re, text)
		if err == nil && c.Required && (found == nil || found == false) {
			return nil, node.FieldError("no_match", "with.pattern", "Nothing matches the pattern %s", c.Pattern)
		}
		return found, err
	})
}

func (c Config) find(re *regexp.Regexp, text string) (any, error) {
	p := places{text: text}
	switch c.Find {
	case "test":
		return re.MatchString(text), nil
	case "all":
		found := re.FindAllStringSubmatchIndex(text, pattern.MaxMatches+1)
		if len(found) > pattern.MaxMatches {
			return nil, node.FieldError("too_many_matches", "with.pattern", "The pattern matches more than %d times in one text; split the text before", pattern.MaxMatches)
		}
		if c.Required && len(found) == 0 {
			return nil, nil
		}
		list := make([]any, len(found))
		for i, at := range found {
			list[i] = c.give(re, &p, at)
		}
		return list, nil
	}
	at := re.FindStringSubmatchIndex(text)
	if at == nil {
		return nil, nil
	}
	return c.give(re, &p, at), nil
}

func (c Config) give(re *regexp.Regexp, p *places, at []int) any {
	switch c.Give {
	case "groups":
		return groups(re, p.text, at)
	case "details":
		start := p.character(at[0])
		return map[string]any{"text": p.text[at[0]:at[1]], "groups": groups(re, p.text, at), "start": start, "end": p.character(at[1])}
	}
	return p.text[at[0]:at[1]]
}

func groups(re *regexp.Regexp, text string, at []int) map[string]any {
	all := make(map[string]any, len(at)/2)
	for i, name := range re.SubexpNames() {
		if i == 0 {
			continue
		}
		if name == "" {
			name = strconv.Itoa(i)
		}
		all[name] = nil
		if at[2*i] >= 0 {
			all[name] = text[at[2*i]:at[2*i+1]]
		}
	}
	return all
}

// places turns offsets in bytes, asked for in ascending order, into offsets in characters.
type places struct {
	text         string
	bytes, runes int
}

func (p *places) character(offset int) int {
	p.runes += utf8.RuneCountInString(p.text[p.bytes:offset])
	p.bytes = offset
	return p.runes
}

// Package sort has the node that orders a list.
package sort

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/text/language"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/json/internal/path"
	"dataflow/flow-automation/nodes/json/internal/tree"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of json.sort.
type Config struct {
	By       []By   `json:"by,omitempty" title:"By" zh:"排序依据" doc:"The first of them counts most; left out, items are ordered by themselves" doc_zh:"靠前的优先；不填则按各项本身排序"`
	Language string `json:"language,omitempty" title:"Language" zh:"语言" doc:"Orders texts as people do in that language, such as de or zh (by Pinyin), capitals beside small letters; empty is by code point" doc_zh:"按该语言的习惯排序文本，如 de 或 zh（按拼音）；留空则按码位" example:"zh"`
	Natural  bool   `json:"natural,omitempty" title:"Numbers within texts" zh:"识别文本中的数字" default:"false" doc:"file2 comes before file10" doc_zh:"file2 排在 file10 之前"`
	incoming.Field
}

// By is one thing to order by.
type By struct {
	Path  string `json:"path" required:"true" title:"Path" zh:"路径" doc:"Within an item, such as address.city" doc_zh:"项内的路径，如 address.city" example:"price"`
	Order string `json:"order,omitempty" title:"Order" zh:"顺序" enum:"asc,desc" default:"asc" doc:"asc: lowest first. desc: highest first" doc_zh:"asc：从低到高；desc：从高到低"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	details := path.CheckEach(field, c.paths())
	if c.Language != "" {
		if _, err := language.Parse(c.Language); err != nil && !open(c.Language) {
			details = append(details, errs.At(errs.Place{Field: "with.language"}, node.CodeConfigInvalid, "%q is not a language; write one such as de, tr or zh", c.Language))
		}
	}
	return details
}

func (c Config) paths() []string {
	paths := make([]string, len(c.By))
	for i, by := range c.By {
		paths[i] = by.Path
	}
	return paths
}

func field(i int) string { return fmt.Sprintf("with.by[%d].path", i) }

// Type is json.sort.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "json.sort",
		Doc: node.Doc{
			Title:   node.Text{EN: "Sort list", ZH: "排序列表"},
			Summary: node.Text{EN: "Orders the items of a list.", ZH: "对列表的各项排序。"},
			Details: node.Text{
				EN: "Items that are equal keep their order. Numbers come before texts, texts before true and false, those before lists and objects; null and what is not there come last, also in descending order.",
				ZH: "相等的项保持原有顺序。数字在文本之前，文本在 true、false 之前，其后是列表和对象；null 和缺失的值总在最后，降序时也是如此。",
			},
			Family: "json", Icon: "sort-ascending", Keywords: []string{"order", "array", "collation", "natural"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Dearest first", With: map[string]any{"by": []any{map[string]any{"path": "price", "order": "desc"}, map[string]any{"path": "name"}}},
				Inputs: incoming.Example(`[{"name": "b", "price": 2}, {"name": "?"}, {"name": "a", "price": 2.0}, {"name": "c", "price": 10}]`),
				Want:   incoming.Example(`[{"name": "c", "price": 10}, {"name": "a", "price": 2.0}, {"name": "b", "price": 2}, {"name": "?"}]`),
			},
			{
				Title: "As people do", With: map[string]any{"language": "de", "natural": true},
				Inputs: incoming.Example(`["Zoë", "Ärger2", "Ärger10", "apfel", "Apfel"]`), Want: incoming.Example(`["apfel", "Apfel", "Ärger2", "Ärger10", "Zoë"]`),
			},
			{
				Title: "Of several types", With: map[string]any{},
				Inputs: incoming.Example(`[null, true, "a", 12345678901234567891, 12345678901234567890, -0.5, []]`), Want: incoming.Example(`[-0.5, 12345678901234567890, 12345678901234567891, "a", true, [], null]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	_, items, err := incoming.TakeItems(ctx, call)
	if err != nil {
		return nil, err
	}
	paths, err := path.ParseEach(field, c.paths())
	if err != nil {
		return nil, err
	}
	order, err := newOrder(c)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(items))
	for i, raw := range items {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rows[i] = row{item: raw, keys: order.keys(tree.Parse(raw), paths)}
	}
	slices.SortStableFunc(rows, order.compare)
	sorted := make([]any, len(rows))
	for i, r := range rows {
		sorted[i] = r.item
	}
	return incoming.Give(sorted)
}

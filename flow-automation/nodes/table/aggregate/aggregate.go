// Package aggregate has the node that summarises groups.
package aggregate

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/aggregate"
)

// Type is table.aggregate.
func Type() node.Type {
	sales := `[{"city": "Utrecht", "amount": 5}, {"city": "Amsterdam", "amount": 2}, {"city": "Utrecht", "amount": 1}, {"city": "Utrecht", "amount": null}]`
	return relation.Define[transform.Config]("table.aggregate", node.Doc{
		Title:   node.Text{EN: "Aggregate", ZH: "汇总"},
		Summary: node.Text{EN: "Groups rows and computes counts, sums, averages and more.", ZH: "分组并计算计数、求和、平均等。"},
		Details: node.Text{
			EN: "Gives one row for each combination of the grouping columns, in their order. Empty values are left out of sums, averages and counts of a column; a count without a column counts rows. Sums and averages of DOUBLE may differ in their last digits from run to run and from machine to machine, for they are added up in parts, as many as there are processors; where every digit counts, as with money, cast the column to DECIMAL(18,2) or the like before.",
			ZH: "分组列的每种组合得到一行，并按其排序。对列求和、平均、计数时忽略空值；不填列的计数统计行数。DOUBLE 的求和与平均按处理器数量分段相加，因此不同运行或不同机器的末位数字可能不同；若每一位都重要（如金额），请先将列转换为 DECIMAL(18,2) 等类型。",
		},
		Icon: "sum", Keywords: []string{"group by", "sum", "count", "average", "summarise", "pivot"},
	}, []node.Example{
		{
			Title:  "Rows and amount of each city",
			With:   relation.With{"by": relation.List{"city"}, "values": relation.List{relation.With{"function": "count", "as": "sales"}, relation.With{"function": "sum", "column": "amount"}}},
			Inputs: relation.Rows(sales),
			Want:   relation.Rows(`[{"city": "Amsterdam", "sales": 1, "sum_amount": 2}, {"city": "Utrecht", "sales": 3, "sum_amount": 6}]`),
		},
		{
			Title:  "The whole table",
			With:   relation.With{"values": relation.List{relation.With{"function": "avg", "column": "amount", "as": "mean"}, relation.With{"function": "count_distinct", "column": "city", "as": "cities"}, relation.With{"function": "count", "column": "amount", "as": "known"}}},
			Inputs: relation.Rows(`[{"city": "Utrecht", "amount": 5}, {"city": "Amsterdam", "amount": 2}, {"city": "Utrecht", "amount": null}]`),
			Want:   relation.Rows(`[{"mean": 3.5, "cities": 2, "known": 2}]`),
		},
	})
}

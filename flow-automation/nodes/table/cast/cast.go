// Package cast has the node that converts types.
package cast

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/internal/relation"
	transform "dataflow/ide-go-lib/table/transform/cast"
)

// Type is table.cast.
func Type() node.Type {
	return relation.Strict(relation.Define[transform.Config]("table.cast", node.Doc{
		Title:   node.Text{EN: "Convert types", ZH: "转换类型"},
		Summary: node.Text{EN: "Gives columns another type.", ZH: "将列转换为其他类型。"},
		Details: node.Text{
			EN: "Converts the listed columns and leaves the others alone. A value that does not fit stops the run and is named in the error, or becomes empty when you choose so; so does a number that would be rounded, such as 1.7 as BIGINT: round it before if you want that. DOUBLE keeps about 15 digits and FLOAT 7; ask for them only where that is enough. " +
				"Texts with dates in another form than 2024-12-31 need a format: %d day, %m month, %Y year, %H hour, %M minute, %S second.",
			ZH: "转换所列的列，其他列保持不变。不符合的值会使运行停止并在错误中指出，也可选择置为空；会被舍入的数字（如将 1.7 转为 BIGINT）同样视为不符合，如需舍入请先自行处理。DOUBLE 约保留 15 位，FLOAT 约 7 位，仅在足够时选用。日期文本若不是 2024-12-31 的形式，需要填写格式：%d 日、%m 月、%Y 年、%H 时、%M 分、%S 秒。",
		},
		Icon: "transform", Keywords: []string{"type", "convert", "parse", "date", "number"},
	}, []node.Example{
		{
			Title:  "Texts to numbers and dates; what does not fit becomes empty",
			With:   relation.With{"columns": relation.List{relation.With{"name": "amount", "type": "DOUBLE"}, relation.With{"name": "day", "type": "DATE", "format": "%d/%m/%Y"}}, "on_error": "null"},
			Inputs: relation.Rows(`[{"amount": "12.5", "day": "31/12/2024"}, {"amount": "n/a", "day": "soon"}]`),
			Want:   relation.Rows(`[{"amount": 12.5, "day": "2024-12-31"}, {"amount": null, "day": null}]`),
		},
		{
			Title:  "Numbers to texts",
			With:   relation.With{"columns": relation.List{relation.With{"name": "zip", "type": "varchar"}}},
			Inputs: relation.Rows(`[{"zip": 1012, "city": "Amsterdam"}]`),
			Want:   relation.Rows(`[{"zip": "1012", "city": "Amsterdam"}]`),
		},
	}))
}

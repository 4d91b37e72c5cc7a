// Package add has the node that moves points in time.
package add

import (
	"context"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
)

// Config is the configuration of time.add.
type Config struct {
	Amount int    `json:"amount" required:"true" title:"Amount" zh:"数量" minimum:"-1000000000" maximum:"1000000000" doc:"How many units later; a negative number is earlier" doc_zh:"向后推移的单位数；负数为向前" example:"-1"`
	Unit   string `json:"unit,omitempty" title:"Unit" zh:"单位" enum:"milliseconds,seconds,minutes,hours,days,workdays,weeks,months,quarters,years" default:"days" doc:"Hours and smaller units are as long as they say; days and larger ones go by the calendar, so that the time of day stays. Workdays are Monday to Friday" doc_zh:"小时及更小的单位按实际时长；天及更大的单位按日历，钟点保持不变。workdays 为周一至周五"`
	when.Clocks
}

// Type is time.add.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.add",
		Doc: node.Doc{
			Title:   node.Text{EN: "Add or subtract time", ZH: "加减时间"},
			Summary: node.Text{EN: "Moves a point in time by hours, days, months and other units.", ZH: "把时间前后推移若干小时、天、月等。"},
			Details: node.Text{
				EN: "One month after January 31 is the last day of February. With a zone, one day after 8:30 is 8:30, also when clocks have changed between; a time of day that is not there then is moved on by the hour. From a weekend, the next workday is Monday and the one before is Friday. Of a list every item is moved; null stays null.",
				ZH: "1 月 31 日加一个月为 2 月最后一天。指定时区时，8:30 加一天仍为 8:30，即使其间切换了夏令时；若该时刻不存在则顺延一小时。从周末起，下一个工作日为周一，上一个为周五。若输入是列表则逐项处理；null 保持 null。",
			},
			Family: "time", Icon: "clock-plus", Keywords: []string{"date", "plus", "minus", "subtract", "offset", "later", "earlier", "workday", "business day"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "A month later, at its end", With: map[string]any{"amount": 1, "unit": "months"},
				Inputs: incoming.Example(`["2026-01-31", "2028-01-31T08:30:00+08:00", null]`), Want: incoming.Example(`["2026-02-28T00:00:00Z", "2028-02-29T08:30:00+08:00", null]`),
			},
			{
				Title: "A day and 24 hours are not the same", With: map[string]any{"amount": "{{ params.n }}", "zone": "Europe/Berlin"}, Params: map[string]any{"n": 1},
				Inputs: incoming.Example(`"2026-03-28T08:30:00+01:00"`), Want: incoming.Example(`"2026-03-29T08:30:00+02:00"`),
			},
			{
				Title: "Three workdays before", With: map[string]any{"amount": -3, "unit": "workdays"},
				Inputs: incoming.Example(`["2026-11-24", "2026-11-22"]`), Want: incoming.Example(`["2026-11-19T00:00:00Z", "2026-11-18T00:00:00Z"]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	return when.Each(ctx, call, c.Zone, func(_ incoming.Taken, t time.Time) (any, error) {
		moved, err := when.Add(t, c.Amount, when.Unit(c.Unit))
		if err != nil {
			return nil, node.FieldError("time_out_of_range", "with.amount", "%d %s from %s: %v", c.Amount, c.Unit, when.Text(t), err)
		}
		return when.Text(moved), nil
	})
}

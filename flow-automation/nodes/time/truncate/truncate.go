// Package truncate has the node that goes to the beginning of an hour, a day, a month.
package truncate

import (
	"context"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
)

// Config is the configuration of time.truncate.
type Config struct {
	To        string `json:"to" required:"true" title:"Unit" zh:"单位" enum:"second,minute,hour,day,week,month,quarter,year" doc:"The unit whose beginning is given" doc_zh:"取哪个单位的起点"`
	Edge      string `json:"edge,omitempty" title:"Edge" zh:"边界" enum:"start,next" default:"start" doc:"start: the beginning of the unit that the time lies in. next: the beginning of the one after" doc_zh:"start：时间所在单位的起点；next：下一个单位的起点"`
	WeekStart string `json:"week_start,omitempty" title:"Weeks begin on" zh:"每周始于" enum:"monday,sunday,saturday" default:"monday" doc:"For weeks" doc_zh:"用于周"`
	when.Clocks
}

// Type is time.truncate.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.truncate",
		Doc: node.Doc{
			Title:   node.Text{EN: "Truncate time", ZH: "截断时间"},
			Summary: node.Text{EN: "Goes back to the beginning of the hour, day, week, month or year.", ZH: "回到所在小时、日、周、月或年的起点。"},
			Details: node.Text{
				EN: "A day begins at its first moment in the zone, which is not midnight where clocks are put forward then. `start` and `next` together are the bounds of a period: from the first, up to but without the second. Of a list every item is worked on; null stays null.",
				ZH: "一天始于该时区当日的第一刻；若午夜正逢时钟拨快，则不是零点。`start` 与 `next` 合起来就是一个周期的边界：包含前者，不含后者。若输入是列表则逐项处理；null 保持 null。",
			},
			Family: "time", Icon: "calendar-minus", Keywords: []string{"date", "floor", "round", "start of", "beginning", "day", "week", "month", "period"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "The day in New York", With: map[string]any{"to": "day", "zone": "America/New_York"},
				Inputs: incoming.Example(`["2026-11-24T03:00:00Z", "2026-11-01T12:00:00-05:00", null]`), Want: incoming.Example(`["2026-11-23T00:00:00-05:00", "2026-11-01T00:00:00-04:00", null]`),
			},
			{
				Title: "The week after, from Sunday", With: map[string]any{"to": "week", "edge": "next", "week_start": "sunday"},
				Inputs: incoming.Example(`"2026-11-24T08:30:00Z"`), Want: incoming.Example(`"2026-11-29T00:00:00Z"`),
			},
			{
				Title: "A day that does not begin at midnight", With: map[string]any{"to": "day", "zone": "America/Sao_Paulo"},
				Inputs: incoming.Example(`"2018-11-04T12:00:00-02:00"`), Want: incoming.Example(`"2018-11-04T01:00:00-02:00"`),
			},
		},
	}, run)
}

var (
	units = map[string]when.Unit{
		"second": when.Seconds, "minute": when.Minutes, "hour": when.Hours, "day": when.Days, "week": when.Weeks,
		"month": when.Months, "quarter": when.Quarters, "year": when.Years,
	}
	weekdays = map[string]time.Weekday{"monday": time.Monday, "sunday": time.Sunday, "saturday": time.Saturday}
)

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	unit, first := units[c.To], weekdays[c.WeekStart]
	return when.Each(ctx, call, c.Zone, func(in incoming.Taken, t time.Time) (any, error) {
		start := when.Start(t, unit, first)
		if c.Edge == "start" {
			return when.Text(start), nil
		}
		next, err := when.Add(start, 1, unit)
		if err != nil {
			return nil, node.FieldError("time_out_of_range", in.Field, "The %s after %s: %v", c.To, when.Text(t), err)
		}
		// Where midnight is missing, a day begins later than at the same time as the one before.
		return when.Text(when.Start(next, unit, first)), nil
	})
}

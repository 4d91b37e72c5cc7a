// Package parts has the node that takes points in time apart.
package parts

import (
	"context"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
)

// Config is the configuration of time.parts.
type Config struct {
	when.Clocks
}

// Type is time.parts.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.parts",
		Doc: node.Doc{
			Title:   node.Text{EN: "Parts of time", ZH: "时间各部分"},
			Summary: node.Text{EN: "Gives year, month, day, weekday, hour and more of a point in time.", ZH: "给出时间的年、月、日、星期、时等。"},
			Details: node.Text{
				EN: "`weekday` is 1 for Monday to 7 for Sunday; `iso_year` and `iso_week` are those of ISO 8601, whose first week has the first Thursday; `offset` is in seconds; `dst` says whether clocks are put forward. Of a list every item is taken apart; null stays null.",
				ZH: "`weekday` 从周一的 1 到周日的 7；`iso_year` 和 `iso_week` 按 ISO 8601，第一周包含首个周四；`offset` 以秒计；`dst` 表示是否为夏令时。若输入是列表则逐项处理；null 保持 null。",
			},
			Family: "time", Icon: "calendar-stats", Keywords: []string{"date", "year", "month", "day", "weekday", "week", "quarter", "hour", "extract", "components"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "In summer, in Berlin", With: map[string]any{"zone": "Europe/Berlin"},
				Inputs: incoming.Example(`"2026-07-05T22:30:15.25Z"`),
				Want: incoming.Example(`{
					"year": 2026, "quarter": 3, "month": 7, "day": 6, "hour": 0, "minute": 30, "second": 15, "millisecond": 250,
					"weekday": 1, "yearday": 187, "iso_year": 2026, "iso_week": 28, "days_in_month": 31, "leap_year": false,
					"offset": 7200, "dst": true, "unix": 1783290615
				}`),
			},
			{
				Title: "The week that belongs to the year before", With: map[string]any{},
				Inputs: incoming.Example(`["2027-01-01", null]`),
				Want: incoming.Example(`[{
					"year": 2027, "quarter": 1, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "millisecond": 0,
					"weekday": 5, "yearday": 1, "iso_year": 2026, "iso_week": 53, "days_in_month": 31, "leap_year": false,
					"offset": 0, "dst": false, "unix": 1798761600
				}, null]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	return when.Each(ctx, call, c.Zone, func(_ incoming.Taken, t time.Time) (any, error) {
		return parts(t), nil
	})
}

func parts(t time.Time) map[string]any {
	isoYear, isoWeek := t.ISOWeek()
	_, offset := t.Zone()
	leap := time.Date(t.Year(), time.February, 1, 0, 0, 0, 0, time.UTC)
	return map[string]any{
		"year": t.Year(), "quarter": (int(t.Month()) + 2) / 3, "month": int(t.Month()), "day": t.Day(),
		"hour": t.Hour(), "minute": t.Minute(), "second": t.Second(), "millisecond": t.Nanosecond() / int(time.Millisecond),
		"weekday": (int(t.Weekday())+6)%7 + 1, "yearday": t.YearDay(), "iso_year": isoYear, "iso_week": isoWeek,
		"days_in_month": when.DaysIn(t), "leap_year": when.DaysIn(leap) == 29,
		"offset": offset, "dst": t.IsDST(), "unix": t.Unix(),
	}
}

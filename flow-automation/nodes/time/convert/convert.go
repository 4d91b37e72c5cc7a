// Package convert has the node that shows points in time in another zone.
package convert

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of time.convert.
type Config struct {
	Zone string `json:"zone" required:"true" title:"To zone" zh:"目标时区" doc:"A name such as Asia/Tokyo, UTC, or an offset such as +05:30" doc_zh:"如 Asia/Tokyo、UTC，或偏移量如 +05:30" example:"Asia/Tokyo"`
	From string `json:"from,omitempty" title:"From zone" zh:"源时区" doc:"Of times without an offset; empty is UTC" doc_zh:"没有偏移量的时间所在的时区；留空为 UTC" example:"Europe/Berlin"`
	Keep string `json:"keep,omitempty" title:"Keep" zh:"保持" enum:"instant,clock" default:"instant" doc:"instant: the same moment, as the other zone's clocks show it. clock: the same time of day, which is another moment" doc_zh:"instant：同一时刻，按目标时区的时钟显示；clock：同样的钟点，但为另一时刻"`
	DST  string `json:"dst,omitempty" title:"When clocks change" zh:"夏令时切换" enum:"compatible,earlier,later,reject" default:"compatible" doc:"For clock, and a time of day that is there twice or not at all. compatible: the earlier of two, and one that is not there moved on by the hour. reject: fails" doc_zh:"用于 clock 且时刻重复或不存在时。compatible：重复时取较早者，不存在时顺延一小时；reject：失败"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	return append(when.CheckZone("with.zone", c.Zone), when.CheckZone("with.from", c.From)...)
}

// Type is time.convert.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.convert",
		Doc: node.Doc{
			Title:   node.Text{EN: "Convert time zone", ZH: "转换时区"},
			Summary: node.Text{EN: "Shows a point in time as the clocks of another zone do.", ZH: "按另一时区的时钟显示时间。"},
			Details: node.Text{
				EN: "The rules of all zones, with their changes in the past, are part of the program. Of a list every item is converted; null stays null.",
				ZH: "程序内置各时区的规则及其历史变更。若输入是列表则逐项转换；null 保持 null。",
			},
			Family: "time", Icon: "world", Keywords: []string{"timezone", "utc", "local", "offset", "daylight saving"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Summer and winter", With: map[string]any{"zone": "America/New_York"},
				Inputs: incoming.Example(`["2026-07-01T12:00:00Z", "2026-12-01T12:00:00Z", null]`), Want: incoming.Example(`["2026-07-01T08:00:00-04:00", "2026-12-01T07:00:00-05:00", null]`),
			},
			{
				Title: "Local times without an offset", With: map[string]any{"zone": "UTC", "from": "Asia/Shanghai"},
				Inputs: incoming.Example(`"2026-01-01 00:00"`), Want: incoming.Example(`"2025-12-31T16:00:00Z"`),
			},
			{
				Title: "Nine o'clock there too", With: map[string]any{"zone": "Asia/Tokyo", "keep": "clock"},
				Inputs: incoming.Example(`"2026-01-01T09:00:00+01:00"`), Want: incoming.Example(`"2026-01-01T09:00:00+09:00"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	zone, err := when.Zone("with.zone", c.Zone)
	if err != nil {
		return nil, err
	}
	from, err := when.Zone("with.from", c.From)
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.Each(ctx, func(raw json.RawMessage) (any, error) {
		t, err := when.Read(in.Field, raw, from)
		if err != nil {
			return nil, err
		}
		if t, err = c.convert(t, zone); err != nil {
			return nil, node.FieldError(when.CodeInvalid, in.Field, "%v", err)
		}
		return when.Text(t), nil
	})
}

func (c Config) convert(t time.Time, zone *time.Location) (time.Time, error) {
	if c.Keep == "clock" {
		return when.At(when.Wall(t), zone, when.Disambiguation(c.DST))
	}
	return t.In(zone), nil
}

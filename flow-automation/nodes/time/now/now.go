// Package now has the node that tells the time.
package now

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

// Config is the configuration of time.now.
type Config struct {
	Zone      string `json:"zone,omitempty" title:"Time zone" zh:"时区" doc:"Such as Europe/Berlin or +05:30; empty is UTC" doc_zh:"如 Asia/Shanghai 或 +08:00；留空为 UTC" example:"Europe/Berlin"`
	Precision string `json:"precision,omitempty" title:"Precision" zh:"精度" enum:"millisecond,second,minute,hour,day" default:"millisecond" doc:"What is smaller is cut off" doc_zh:"更小的单位会被舍去"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return when.CheckZone("with.zone", c.Zone) }

// Type is time.now.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.now",
		Doc: node.Doc{
			Title:   node.Text{EN: "Now", ZH: "当前时间"},
			Summary: node.Text{EN: "Gives the time at which the run comes to this node.", ZH: "给出运行到此节点时的时间。"},
			Details: node.Text{
				EN: "The time is read once, when the step runs, and kept with the run: whoever reads it later, also after a restart of the server, sees the same. In expressions `now()` is when the run began. The input only says what comes before.",
				ZH: "时间在步骤运行时读取一次并随运行保存：之后（包括服务器重启后）读取到的都相同。表达式中的 `now()` 是运行开始的时间。输入仅表示先后顺序。",
			},
			Family: "time", Icon: "clock", Keywords: []string{"date", "today", "timestamp", "current"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: incoming.Outputs(),
		// It may be repeated, but what it gives does not follow from what it is given.
		Effect: node.Idempotent, Pool: node.Go,
		Examples: []node.Example{
			{
				Title: "In UTC", With: map[string]any{},
				Want: incoming.Example(`"2026-11-24T08:30:00Z"`),
			},
			{
				Title: "The day in Shanghai, after another node", With: map[string]any{"zone": "Asia/Shanghai", "precision": "day"},
				Inputs: map[string]json.RawMessage{"input": json.RawMessage(`1`)}, Want: incoming.Example(`"2026-11-24T00:00:00+08:00"`),
			},
		},
	}, run)
}

var units = map[string]when.Unit{
	"millisecond": when.Milliseconds, "second": when.Seconds, "minute": when.Minutes, "hour": when.Hours, "day": when.Days,
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	zone, err := when.Zone("with.zone", c.Zone)
	if err != nil {
		return nil, err
	}
	now := when.In(call.Now.UTC(), zone)
	return incoming.Give(when.Text(when.Start(now, units[c.Precision], time.Monday)))
}

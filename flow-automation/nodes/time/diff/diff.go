// Package diff has the node that measures the time between two points.
package diff

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of time.diff.
type Config struct {
	From  json.RawMessage `json:"from,omitempty" title:"From" zh:"起始" doc:"A point in time; left out, it is what comes in" doc_zh:"起始时间；不填则为输入" widget:"expression" example:"{{ run.started_at }}"`
	To    json.RawMessage `json:"to,omitempty" title:"To" zh:"结束" doc:"A point in time; left out, it is what comes in" doc_zh:"结束时间；不填则为输入" widget:"expression" example:"{{ now() }}"`
	Unit  string          `json:"unit,omitempty" title:"Unit" zh:"单位" enum:"milliseconds,seconds,minutes,hours,days,weeks,months,quarters,years,parts" default:"seconds" doc:"Up to hours a number with its fraction; days and larger ones whole units of the calendar. parts: an object of years, months, days, hours, minutes, seconds, and whether it is negative" doc_zh:"小时及以下为含小数的数字；天及以上为日历上的整数单位。parts：含 years、months、days、hours、minutes、seconds 及是否为负的对象"`
	Whole bool            `json:"whole,omitempty" title:"Whole units" zh:"取整" default:"false" doc:"Cuts the fraction off" doc_zh:"舍去小数部分"`
	Zone  string          `json:"zone,omitempty" title:"Time zone" zh:"时区" doc:"Whose calendar counts; empty is the offset that the first time has" doc_zh:"按哪个时区的日历；留空则用起始时间自带的偏移量" example:"Europe/Berlin"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	details := when.CheckZone("with.zone", c.Zone)
	if len(c.From) == 0 && len(c.To) == 0 {
		details = append(details, neither)
	}
	return details
}

// Needs implements node.Needing: what is not written down comes in.
func (c Config) Needs(connected func(port string) bool) []node.Need {
	if (c.From == nil) == (c.To == nil) || connected("value") {
		return nil // Check says that one has to be written down
	}
	missing, zh := "from", "起始"
	if c.To == nil {
		missing, zh = "to", "结束"
	}
	return []node.Need{{Field: "in.value", Message: node.Text{
		EN: fmt.Sprintf("There is no other point in time: connect the input value, or write down %s, too", missing),
		ZH: fmt.Sprintf("缺少另一个时间：请连接输入“值”，或同时填写“%s”", zh),
	}}}
}

var neither = errs.Detail{Code: node.CodeConfigInvalid, Message: "Write down at least one of from and to; the other is what comes in", Place: errs.Place{Field: "with.from"}}

// Type is time.diff.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.diff",
		Doc: node.Doc{
			Title:   node.Text{EN: "Time between", ZH: "时间差"},
			Summary: node.Text{EN: "Gives how long it is from one point in time to another.", ZH: "计算两个时间之间的时长。"},
			Details: node.Text{
				EN: "The result is negative when the second comes first. Days of the calendar may have 23 or 25 hours in a zone whose clocks change. A list that comes in is measured item by item; null gives null.",
				ZH: "若结束早于起始，则结果为负。在有夏令时的时区，日历上的一天可能为 23 或 25 小时。输入是列表则逐项计算；null 得到 null。",
			},
			Family: "time", Icon: "stopwatch", Keywords: []string{"duration", "difference", "between", "age", "elapsed", "subtract"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Seconds since", With: map[string]any{"from": "2026-11-24T08:00:00Z"},
				Inputs: incoming.Example(`["2026-11-24T08:00:01.5Z", "2026-11-24", null]`), Want: incoming.Example(`[1.5, -28800, null]`),
			},
			{
				Title: "Days across a change of clocks", With: map[string]any{"from": "2026-03-28T12:00:00", "to": "{{ params.to }}", "unit": "days", "zone": "Europe/Berlin"},
				Params: map[string]any{"to": "2026-03-29T12:00:00"}, Want: incoming.Example(`1`),
			},
			{
				Title: "In its parts", With: map[string]any{"from": "2024-02-29", "unit": "parts"},
				Inputs: incoming.Example(`"2026-03-01T01:00:00Z"`), Want: incoming.Example(`{"negative": false, "years": 2, "months": 0, "days": 1, "hours": 1, "minutes": 0, "seconds": 0}`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	zone, err := when.Zone("with.zone", c.Zone)
	if err != nil {
		return nil, err
	}
	// Read again: only here null, which an expression may have given, can be told from what was left out.
	var written struct{ From, To json.RawMessage }
	if err := json.Unmarshal(call.Config, &written); err != nil {
		return nil, errs.Internal(err)
	}
	if written.From == nil && written.To == nil {
		return nil, node.Invalid([]errs.Detail{neither})
	}
	from, to := incoming.Taken{JSON: written.From, Field: "with.from"}, incoming.Taken{JSON: written.To, Field: "with.to"}
	open, other := &from, to
	if written.From != nil {
		open, other = &to, from
	}
	if open.JSON == nil {
		if *open, err = incoming.Take(ctx, call); err != nil {
			return nil, err
		}
	}
	return open.Each(ctx, func(raw json.RawMessage) (any, error) {
		if string(other.JSON) == "null" {
			return nil, nil
		}
		here, err := when.Read(open.Field, raw, zone)
		if err != nil {
			return nil, err
		}
		there, err := when.Read(other.Field, other.JSON, zone)
		if err != nil {
			return nil, err
		}
		if open == &from {
			return c.between(here, there), nil
		}
		return c.between(there, here), nil
	})
}

func (c Config) between(from, to time.Time) any {
	unit := when.Unit(c.Unit)
	if unit == "parts" {
		return parts(from, to)
	}
	length := unit.Length()
	if length == 0 {
		return when.Whole(from, to, unit)
	}
	seconds, rest := to.Unix()-from.Unix(), int64(to.Nanosecond()-from.Nanosecond())
	// In two steps, for a duration in nanoseconds ends after 292 years.
	var whole, remainder int64
	if length < time.Second {
		whole, remainder = seconds*1000+rest/int64(length), rest%int64(length)
	} else {
		per := int64(length / time.Second)
		whole, remainder = seconds/per, seconds%per*int64(time.Second)+rest
	}
	exact := float64(whole) + float64(remainder)/float64(length)
	if c.Whole || exact == float64(int64(exact)) {
		return int64(exact)
	}
	return exact
}

func parts(from, to time.Time) map[string]any {
	negative := to.Before(from)
	if negative {
		from, to = to.In(from.Location()), from
	}
	result := map[string]any{"negative": negative}
	for _, step := range []struct {
		name string
		unit when.Unit
	}{{"years", when.Years}, {"months", when.Months}, {"days", when.Days}} {
		n := when.Whole(from, to, step.unit)
		result[step.name] = n
		if moved, err := when.Add(from, n, step.unit); err == nil {
			from = moved
		}
	}
	rest := to.Sub(from) // less than a day
	result["hours"] = int(rest / time.Hour)
	result["minutes"] = int(rest % time.Hour / time.Minute)
	seconds := rest % time.Minute
	if seconds%time.Second == 0 {
		result["seconds"] = int(seconds / time.Second)
	} else {
		result["seconds"] = seconds.Seconds()
	}
	return result
}

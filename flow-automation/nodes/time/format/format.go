// Package format has the node that writes points in time.
package format

import (
	"context"
	"net/http"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of time.format.
type Config struct {
	Format string `json:"format" required:"true" title:"Format" zh:"格式" doc:"iso, date, time, mail, http, unix, unix_ms, or a pattern as of strftime, such as %d.%m.%Y %H:%M" doc_zh:"iso、date、time、mail、http、unix、unix_ms，或 strftime 格式，如 %Y年%m月%d日 %H:%M" example:"%Y-%m-%d %H:%M"`
	Zone   string `json:"zone,omitempty" title:"Time zone" zh:"时区" doc:"Whose clocks are shown; empty is the offset that the time has" doc_zh:"按哪个时区显示；留空则用时间自带的偏移量" example:"America/New_York"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	details := when.CheckZone("with.zone", c.Zone)
	if problem := c.problem(); problem != "" && !strings.Contains(c.Format, "{{") {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: "The format " + c.Format + " cannot be written: " + problem, Place: errs.Place{Field: "with.format"}})
	}
	return details
}

func (c Config) problem() string {
	switch c.Format {
	case "iso", "date", "time", "mail", "http", "unix", "unix_ms":
		return ""
	}
	if !strings.Contains(c.Format, "%") {
		return "write iso, date, time, mail, http, unix, unix_ms or a pattern such as %Y-%m-%d %H:%M:%S"
	}
	return when.CheckWrite(c.Format)
}

// Type is time.format.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.format",
		Doc: node.Doc{
			Title:   node.Text{EN: "Format time", ZH: "格式化时间"},
			Summary: node.Text{EN: "Writes a point in time as people or other systems want it.", ZH: "按所需形式写出时间。"},
			Details: node.Text{
				EN: "iso is RFC 3339; mail is RFC 5322; http is always in GMT; unix and unix_ms give numbers. Names of days and months are English. A time without an offset is taken as one of the zone. Of a list every item is written; null stays null.",
				ZH: "iso 为 RFC 3339；mail 为 RFC 5322；http 总是 GMT；unix 和 unix_ms 输出数字。星期和月份名称为英文。没有偏移量的时间视为该时区的时间。若输入是列表则逐项处理；null 保持 null。",
			},
			Family: "time", Icon: "calendar-event", Keywords: []string{"date", "write", "strftime", "timestamp", "unix", "epoch"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "By a pattern, in another zone", With: map[string]any{"format": "%Y年%-m月%-d日 %H:%M %z", "zone": "Asia/Shanghai"},
				Inputs: incoming.Example(`["2026-01-31T20:05:00Z", null]`), Want: incoming.Example(`["2026年2月1日 04:05 +0800", null]`),
			},
			{
				Title: "For a mail", With: map[string]any{"format": "mail"},
				Inputs: incoming.Example(`"2026-01-31T08:30:00+01:00"`), Want: incoming.Example(`"Sat, 31 Jan 2026 08:30:00 +0100"`),
			},
			{
				Title: "As a number", With: map[string]any{"format": "unix_ms"},
				Inputs: incoming.Example(`["1970-01-01", "1969-12-31T23:59:59.999Z"]`), Want: incoming.Example(`[0, -1]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	return when.Each(ctx, call, c.Zone, func(_ incoming.Taken, t time.Time) (any, error) {
		return c.write(t), nil
	})
}

func (c Config) write(t time.Time) any {
	switch c.Format {
	case "iso":
		return when.Text(t)
	case "date":
		return t.Format(time.DateOnly)
	case "time":
		return t.Format(time.TimeOnly)
	case "mail":
		return t.Format(time.RFC1123Z)
	case "http":
		return t.UTC().Format(http.TimeFormat)
	case "unix":
		return t.Unix()
	case "unix_ms":
		return t.UnixMilli()
	}
	return when.Write(t, c.Format)
}

// Package parse has the node that reads points in time.
package parse

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/time/internal/when"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of time.parse.
type Config struct {
	Format  string `json:"format,omitempty" title:"Format" zh:"格式" default:"auto" doc:"auto: any of the usual forms. unix, unix_ms: seconds or milliseconds since 1970, as number or text. Anything else is a pattern as of strptime, such as %d.%m.%Y %H:%M" doc_zh:"auto：各种常见形式；unix、unix_ms：自 1970 年起的秒数或毫秒数（数字或文本）；其他则为 strptime 格式，如 %Y年%m月%d日 %H:%M" example:"%d.%m.%Y %H:%M"`
	Zone    string `json:"zone,omitempty" title:"Time zone" zh:"时区" doc:"Of times without an offset, and of the result; empty is UTC, or the offset that the text has" doc_zh:"无偏移量的时间所在的时区，也是结果的时区；留空则为 UTC 或文本自带的偏移量" example:"Europe/Berlin"`
	DST     string `json:"dst,omitempty" title:"When clocks change" zh:"夏令时切换" enum:"compatible,earlier,later,reject" default:"compatible" doc:"For a time of day that is there twice or not at all. compatible: the earlier of two, and one that is not there moved on by the hour. reject: fails" doc_zh:"用于重复或不存在的时刻。compatible：重复时取较早者，不存在时顺延一小时；reject：失败"`
	Invalid string `json:"invalid,omitempty" title:"When it is no time" zh:"无法识别时" enum:"fail,null" default:"fail" doc:"fail: fails the step. null: gives null" doc_zh:"fail：步骤失败；null：输出 null"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	details := when.CheckZone("with.zone", c.Zone)
	if problem := c.format(); problem != "" && !strings.Contains(c.Format, "{{") {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: "The format " + c.Format + " cannot be read: " + problem, Place: errs.Place{Field: "with.format"}})
	}
	return details
}

func (c Config) format() string {
	switch {
	case c.Format == "auto" || c.Format == "unix" || c.Format == "unix_ms":
		return ""
	case !strings.Contains(c.Format, "%"):
		return "write auto, unix, unix_ms or a pattern such as %Y-%m-%d %H:%M:%S"
	}
	return when.CheckRead(c.Format)
}

// Type is time.parse.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "time.parse",
		Doc: node.Doc{
			Title:   node.Text{EN: "Parse time", ZH: "解析时间"},
			Summary: node.Text{EN: "Reads a point in time from a text or a number.", ZH: "从文本或数字读取时间。"},
			Details: node.Text{
				EN: "The result is RFC 3339, such as `2026-01-31T08:30:00+01:00`, which the other time nodes, expressions and tables read. Days that a month does not have are refused, never carried over. Of a list every item is read; null stays null.",
				ZH: "结果为 RFC 3339 形式，如 `2026-01-31T08:30:00+01:00`，其他时间节点、表达式和表都能读取。月份中不存在的日期会被拒绝，不会顺延。若输入是列表则逐项解析；null 保持 null。",
			},
			Family: "time", Icon: "calendar-search", Keywords: []string{"date", "read", "strptime", "timestamp", "unix", "epoch"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "The usual forms", With: map[string]any{},
				Inputs: incoming.Example(`["2026-01-31", "2026-01-31 08:30:00.25", "Sat, 31 Jan 2026 08:30:00 +0100", "20260131T083000Z", null]`),
				Want:   incoming.Example(`["2026-01-31T00:00:00Z", "2026-01-31T08:30:00.25Z", "2026-01-31T08:30:00+01:00", "2026-01-31T08:30:00Z", null]`),
			},
			{
				Title: "When clocks are put forward and back", With: map[string]any{"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
				Inputs: incoming.Example(`["29.03.2026 01:59", "29.03.2026 02:30", "25.10.2026 02:30"]`),
				Want:   incoming.Example(`["2026-03-29T01:59:00+01:00", "2026-03-29T03:30:00+02:00", "2026-10-25T02:30:00+02:00"]`),
			},
			{
				Title: "Milliseconds since 1970", With: map[string]any{"format": "unix_ms", "zone": "Asia/Kolkata"},
				Inputs: incoming.Example(`[1769848200125, "0", -1]`), Want: incoming.Example(`["2026-01-31T14:00:00.125+05:30", "1970-01-01T05:30:00+05:30", "1970-01-01T05:29:59.999+05:30"]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	zone, err := when.Zone("with.zone", c.Zone)
	if err != nil {
		return nil, err
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.Each(ctx, func(raw json.RawMessage) (any, error) {
		t, err := c.parse(in.Field, raw, zone)
		var own *errs.Error
		switch {
		case err == nil:
			return when.Text(t), nil
		case c.Invalid == "null" && errors.As(err, &own):
			return nil, nil
		}
		return nil, err
	})
}

func (c Config) parse(field string, raw json.RawMessage, zone *time.Location) (time.Time, error) {
	if c.Format == "unix" || c.Format == "unix_ms" {
		return c.unix(field, raw, zone)
	}
	text, ok, err := incoming.Text(raw)
	switch {
	case err != nil:
		return time.Time{}, err
	case !ok && c.Format == "auto":
		return when.Read(field, raw, zone) // says what is wrong
	case !ok:
		return time.Time{}, node.FieldError(incoming.CodeWrongType, field, "A text is needed, but %s came in", incoming.Describe(raw))
	}
	var t time.Time
	if c.Format == "auto" {
		t, err = when.Auto(text, zone, when.Disambiguation(c.DST))
	} else {
		t, err = when.ByPattern(text, c.Format, zone, when.Disambiguation(c.DST))
	}
	if err != nil {
		return time.Time{}, node.FieldError(when.CodeInvalid, field, "%v", err)
	}
	return t, nil
}

// unix reads a number, exactly, whatever digits it has behind the point.
func (c Config) unix(field string, raw json.RawMessage, zone *time.Location) (time.Time, error) {
	digits := string(raw)
	if text, ok, err := incoming.Text(raw); err != nil {
		return time.Time{}, err
	} else if ok {
		digits = strings.TrimSpace(text)
	}
	number, _, err := big.ParseFloat(digits, 10, 256, big.ToNearestEven)
	if err != nil || number.IsInf() {
		return time.Time{}, node.FieldError(when.CodeInvalid, field, "A number of seconds or milliseconds is needed, but %s came in", incoming.Describe(raw))
	}
	nanoseconds := int64(time.Second)
	if c.Format == "unix_ms" {
		nanoseconds = int64(time.Millisecond)
	}
	number.Mul(number, new(big.Float).SetInt64(nanoseconds))
	half := big.NewFloat(0.5)
	if number.Sign() < 0 {
		half.Neg(half)
	}
	total, _ := number.Add(number, half).Int(nil)
	seconds, rest := new(big.Int).DivMod(total, big.NewInt(int64(time.Second)), new(big.Int))
	t := time.Unix(0, 0)
	if seconds.IsInt64() && seconds.BitLen() < 40 {
		t = time.Unix(seconds.Int64(), rest.Int64())
	}
	if seconds.BitLen() >= 40 || !when.InRange(t.UTC()) {
		return time.Time{}, node.FieldError(when.CodeInvalid, field, "%s lies outside of the years 0 to 9999; are these other units than %s?", digits, c.Format)
	}
	return when.In(t.UTC(), zone), nil
}

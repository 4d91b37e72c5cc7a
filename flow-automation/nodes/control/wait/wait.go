// Package wait has the node that waits for a moment or for a call.
package wait

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Config is the configuration of control.wait.
type Config struct {
	For      string `json:"for,omitempty" title:"For" zh:"时长" doc:"How long, such as 90s, 10m, 2h or 3d" doc_zh:"等待多久，如 90s、10m、2h 或 3d" example:"10m"`
	Until    string `json:"until,omitempty" title:"Until" zh:"直到" doc:"A moment, such as 2026-12-24T18:00:00+01:00" doc_zh:"某一时刻，如 2026-12-24T18:00:00+08:00" example:"2026-12-24T18:00:00Z"`
	Callback bool   `json:"callback,omitempty" title:"For a call" zh:"等待回调" default:"false" doc:"Until somebody calls the step's address, {{ run.callback_url }}/ and the node's id; value is what was sent" doc_zh:"直到有人调用该步骤的地址：{{ run.callback_url }}/ 加节点 ID；value 为发送的内容"`
	Timeout  string `json:"timeout,omitempty" title:"At most" zh:"最长" doc:"With a call: how long to wait before the step fails; left out, for ever" doc_zh:"等待回调时：超过则步骤失败；留空则一直等待" example:"1d"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	refuse := func(field, message string) {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: message, Place: errs.Place{Field: "with." + field}})
	}
	chosen := 0
	for _, set := range []bool{c.For != "", c.Until != "", c.Callback} {
		if set {
			chosen++
		}
	}
	switch {
	case chosen == 0:
		refuse("for", "Say what to wait for: a time, a moment or a call")
	case chosen > 1:
		refuse("for", "Choose one: a time, a moment or a call")
	case c.Timeout != "" && !c.Callback:
		refuse("timeout", "At most is for waiting for a call")
	}
	open := func(text string) bool { return strings.Contains(text, "{{") }
	for field, text := range map[string]string{"for": c.For, "timeout": c.Timeout} {
		if _, err := flow.Duration(text).Parse(); err != nil && !open(text) {
			refuse(field, err.Error())
		}
	}
	if c.Until != "" && !open(c.Until) {
		if _, err := moment(c.Until); err != nil {
			refuse("until", err.Error())
		}
	}
	return details
}

func moment(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errs.Invalid("moment", "%q is not a moment; write one such as 2026-12-24T18:00:00Z", text)
	}
	return t, nil
}

// Type is control.wait.
func Type() node.Type {
	t := node.DefineSuspended(node.Type{
		Name: "control.wait",
		Doc: node.Doc{
			Title:   node.Text{EN: "Wait", ZH: "等待"},
			Summary: node.Text{EN: "Waits for some time, for a moment, or for a call from outside.", ZH: "等待一段时间、某一时刻或外部回调。"},
			Details: node.Text{
				EN: "Waiting holds no worker and outlasts a restart of the server. After a time or a moment `value` is what came in; after a call it is what was sent: `body`, `query` and `method`. A POST calls, or a PUT, PATCH or DELETE; a GET only shows a page with a button that does. Send the address before the step begins, if you like: a call that comes early is kept.",
				ZH: "等待不占用工作线程，服务器重启后继续。等待时间或时刻之后 `value` 为输入；回调之后为发送的 `body`、`query` 和 `method`。POST（或 PUT、PATCH、DELETE）会触发回调；GET 只显示带按钮的确认页面。可以在步骤开始之前发出地址：提前到达的回调会被保留。",
			},
			Family: "control", Icon: "hourglass", Keywords: []string{"sleep", "delay", "pause", "callback", "webhook", "until"},
		},
		Inputs:  []node.Port{{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}},
		Outputs: []node.Port{{Name: "value", Title: node.Text{EN: "Value", ZH: "值"}}},
		Answer:  true,
		Effect:  node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "A moment that is over", With: map[string]any{"until": "2020-01-01T00:00:00Z"},
				Inputs: map[string]json.RawMessage{"value": json.RawMessage(`7`)},
				Want:   map[string]json.RawMessage{"value": json.RawMessage(`7`)},
			},
			{
				Title: "A short time", With: map[string]any{"for": "10ms"},
				Want: map[string]json.RawMessage{"value": json.RawMessage(`null`)},
			},
		},
	}, suspend)
	return node.AlikeOf(t, func(c Config) map[string]table.Relation {
		if c.Callback {
			return nil
		}
		return map[string]table.Relation{"value": node.Handed("value")}
	})
}

func suspend(_ context.Context, call *node.Call, c Config) (node.Suspension, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return node.Suspension{}, node.Invalid(problems)
	}
	through := value.Value{Kind: value.JSON, Data: json.RawMessage("null")}
	if in := call.Inputs["value"]; len(in) > 0 {
		through = in[0]
	}
	s := node.Suspension{Kind: "time", Outputs: value.Outputs{"value": through}}
	switch {
	case c.For != "":
		s.Until = call.Now.Add(flow.Duration(c.For).Std(0))
	case c.Until != "":
		until, err := moment(c.Until)
		if err != nil {
			return s, err
		}
		s.Until = until
	default:
		s.Kind, s.Outputs = "callback", nil
		if most := flow.Duration(c.Timeout).Std(0); most > 0 {
			s.Until = call.Now.Add(most)
			s.Late = errs.New(408, "callback_timeout", "Nobody called within %s.", c.Timeout)
		}
	}
	return s, nil
}

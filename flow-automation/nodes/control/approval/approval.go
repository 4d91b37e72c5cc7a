// Package approval has the node that asks people.
package approval

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// Config is the configuration of control.approval.
type Config struct {
	Title         string         `json:"title" required:"true" title:"Title" zh:"标题" doc:"What is asked, in a few words" doc_zh:"简短说明所请求的内容" example:"Publish the report?"`
	Message       string         `json:"message,omitempty" title:"Message" zh:"说明" doc:"More about it, as Markdown" doc_zh:"详细说明（Markdown）" widget:"textarea"`
	Assignees     []string       `json:"assignees,omitempty" title:"Who may decide" zh:"审批人" doc:"User names, or role: and a role; left out, everybody who may approve" doc_zh:"用户名，或 role: 加角色名；留空则为所有有审批权限的人" example:"[\"role:operator\"]"`
	Form          []Field        `json:"form,omitempty" title:"Form" zh:"表单" doc:"What is filled in with the decision" doc_zh:"审批时填写的内容"`
	Deadline      string         `json:"deadline,omitempty" title:"Deadline" zh:"期限" doc:"How long the decision may take, such as 2d; left out, for ever" doc_zh:"决定的期限，如 2d；留空则不限" example:"2d"`
	OnDeadline    string         `json:"on_deadline,omitempty" title:"At the deadline" zh:"到期时" enum:"fail,approve,reject" default:"fail" doc:"What happens when nobody has decided" doc_zh:"无人决定时如何处理"`
	EscalateAfter string         `json:"escalate_after,omitempty" title:"Escalate after" zh:"升级时间" doc:"When further people are asked" doc_zh:"何时通知更多人" example:"1d"`
	EscalateTo    []string       `json:"escalate_to,omitempty" title:"Escalate to" zh:"升级给" doc:"Who may decide then, too" doc_zh:"届时也可以审批的人" example:"[\"role:administrator\"]"`
	Data          map[string]any `json:"data,omitempty" title:"Shown" zh:"显示的数据" doc:"Facts that are shown with the question, by name" doc_zh:"随问题显示的数据" widget:"keyvalue"`
}

// Field is one thing to fill in.
type Field struct {
	Name     string `json:"name" required:"true" title:"Name" zh:"名称" doc:"Letters, digits and _" doc_zh:"字母、数字和 _" pattern:"[A-Za-z_][A-Za-z0-9_]{0,63}" example:"amount"`
	Type     string `json:"type,omitempty" title:"Type" zh:"类型" enum:"string,number,integer,boolean,date" default:"string" doc:"What may be filled in" doc_zh:"可填写的类型"`
	Title    string `json:"title,omitempty" title:"Label" zh:"标签" doc:"What people read" doc_zh:"显示的标签"`
	Required bool   `json:"required,omitempty" title:"Required" zh:"必填" default:"false" doc:"Must be filled in to approve" doc_zh:"批准时必须填写"`
}

var fieldName = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	refuse := func(field, message string) {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: message, Place: errs.Place{Field: "with." + field}})
	}
	for _, d := range [][2]string{{"deadline", c.Deadline}, {"escalate_after", c.EscalateAfter}} {
		if _, err := flow.Duration(d[1]).Parse(); err != nil && !strings.Contains(d[1], "{{") {
			refuse(d[0], err.Error())
		}
	}
	if c.EscalateAfter != "" && len(c.EscalateTo) == 0 {
		refuse("escalate_to", "Say who is asked then")
	}
	seen := map[string]bool{}
	for i, f := range c.Form {
		at := fmt.Sprintf("form[%d].name", i)
		switch {
		case !fieldName.MatchString(f.Name):
			refuse(at, "A name has letters, digits and _, and does not begin with a digit")
		case seen[f.Name]:
			refuse(at, "There are two fields with this name")
		}
		seen[f.Name] = true
	}
	return details
}

// Type is control.approval.
func Type() node.Type {
	return node.DefineSuspended(node.Type{
		Name: "control.approval",
		Doc: node.Doc{
			Title:   node.Text{EN: "Approval", ZH: "审批"},
			Summary: node.Text{EN: "Asks people, and goes on at approved or at rejected.", ZH: "请求人工审批，从 approved 或 rejected 继续。"},
			Details: node.Text{
				EN: "The question is in the inbox of those who may decide. What comes out says who decided (`by`), when (`at`), the `comment` and what was filled in (`form`). Waiting holds no worker and outlasts a restart of the server.",
				ZH: "问题显示在审批人的收件箱中。输出包含决定者（`by`）、时间（`at`）、`comment` 和填写的内容（`form`）。等待不占用工作线程，服务器重启后继续。",
			},
			Family: "control", Icon: "user-check", Keywords: []string{"human", "review", "confirm", "manual", "decision"},
		},
		Inputs: []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{
			{Name: "approved", Kind: value.JSON, Title: node.Text{EN: "Approved", ZH: "批准"}},
			{Name: "rejected", Kind: value.JSON, Title: node.Text{EN: "Rejected", ZH: "拒绝"}},
		},
		Exclusive: true, Answer: true, Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Nobody decides", With: map[string]any{"title": "Publish?", "deadline": "10ms", "on_deadline": "approve"},
				Want: map[string]json.RawMessage{"approved": json.RawMessage(`{"by": "deadline"}`)},
			},
			{
				Title: "Silence is a no", With: map[string]any{"title": "Delete {{ params.n }} rows?", "deadline": "10ms", "on_deadline": "reject", "assignees": []any{"role:operator"}},
				Params: map[string]any{"n": 3},
				Want:   map[string]json.RawMessage{"rejected": json.RawMessage(`{"by": "deadline"}`)},
			},
		},
	}, suspend)
}

func suspend(_ context.Context, call *node.Call, c Config) (node.Suspension, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return node.Suspension{}, node.Invalid(problems)
	}
	data, err := json.Marshal(struct {
		Title      string         `json:"title"`
		Message    string         `json:"message,omitempty"`
		Assignees  []string       `json:"assignees,omitempty"`
		EscalateTo []string       `json:"escalate_to,omitempty"`
		Form       []Field        `json:"form,omitempty"`
		Data       map[string]any `json:"data,omitempty"`
	}{c.Title, c.Message, c.Assignees, c.EscalateTo, c.Form, c.Data})
	if err != nil {
		return node.Suspension{}, errs.Internal(err)
	}
	s := node.Suspension{Kind: "approval", Data: data}
	if after := flow.Duration(c.EscalateAfter).Std(0); after > 0 {
		s.Escalate = call.Now.Add(after)
	}
	most := flow.Duration(c.Deadline).Std(0)
	if most == 0 {
		return s, nil
	}
	s.Until = call.Now.Add(most)
	switch c.OnDeadline {
	case "approve", "reject":
		port := map[string]string{"approve": "approved", "reject": "rejected"}[c.OnDeadline]
		decided, err := json.Marshal(map[string]any{"by": "deadline", "at": s.Until.UTC().Format(time.RFC3339)})
		if err != nil {
			return s, errs.Internal(err)
		}
		s.Outputs = value.Outputs{port: {Kind: value.JSON, Data: decided}}
	default:
		s.Late = errs.New(408, "approval_timeout", "Nobody decided within %s.", c.Deadline)
	}
	return s, nil
}

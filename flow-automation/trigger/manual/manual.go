// Package manual is the trigger of a person who starts a run, with a form for the flow's parameters.
package manual

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/trigger"
	"dataflow/ide-go-lib/spec"
)

// Name is that of the type.
const Name = "manual"

// Config is what can be set.
type Config struct {
	Confirm string `json:"confirm,omitempty" title:"Ask first" zh:"先确认" doc:"A question that a person must say yes to before the run starts" doc_zh:"运行开始前须由操作者确认的问题" widget:"text" example:"Really send the report?"`
}

// Type is the trigger's type.
func Type() trigger.Type {
	return trigger.Type{
		Name: Name, Version: 1, Config: spec.For[Config](),
		Doc: node.Doc{
			Title:   node.Text{EN: "Started by hand", ZH: "手动启动"},
			Summary: node.Text{EN: "A person starts the run and fills in the flow's parameters.", ZH: "由人启动运行，并填写流程的参数。"},
			Details: node.Text{
				EN: "Every flow can be started by hand; add this trigger to ask a question first. The form comes from the flow's parameters.",
				ZH: "每个流程都可以手动启动；添加此触发器可在启动前先提问确认。表单由流程的参数生成。",
			},
			Family: "trigger", Icon: "hand-click", Keywords: []string{"form", "button"},
		},
		Examples: []node.Example{
			{Title: "Without a question", With: map[string]any{}},
			{Title: "With a question", With: map[string]any{"confirm": "Really send the report?"}},
		},
	}
}

package nodes_test

import (
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
)

func TestRegistryRefusesWhatIsIncomplete(t *testing.T) {
	good := *nodes.All().Get("value.set")
	for name, spoil := range map[string]func(*node.Type){
		"name": func(n *node.Type) { n.Name = "" }, "title": func(n *node.Type) { n.Doc.Title.ZH = "" }, "config": func(n *node.Type) { n.Config = nil },
		"run": func(n *node.Type) { n.Run = nil }, "effect": func(n *node.Type) { n.Effect = "odd" }, "icon": func(n *node.Type) { n.Doc.Icon = "" },
	} {
		bad := good
		spoil(&bad)
		if !panics(func() { node.NewRegistry([]node.Type{bad}) }) {
			t.Errorf("a type with a wrong %s was taken", name)
		}
	}
	if !panics(func() { node.NewRegistry([]node.Type{good}, []node.Type{good}) }) {
		t.Error("a type was taken twice")
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

package message

import (
	"strings"

	"dataflow/flow-automation/node"
)

// marked says what a mark of reading is of: of the messages of a topic, or of the columns that they had.
func marked(subject, value string) (node.Marked, bool) {
	s := node.SubjectOf(subject, 2)
	switch {
	case s == nil:
		return node.Marked{}, false
	case len(s) > 2 && s[0] == columnsOf:
		return node.Marked{Kind: node.MarkedColumns, Connection: s[1], Name: s[2]}, true
	}
	position, leads, _ := strings.Cut(value, "\n")
	return node.Marked{Kind: node.MarkedTopic, Connection: s[0], Name: s[1], Leads: leads, Value: position}, true
}

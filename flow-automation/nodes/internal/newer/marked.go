package newer

import (
	"strings"

	"dataflow/flow-automation/node"
)

// Marked says what a mark is of whose subject begins with that many parts, which what tells of. Others may stand between them and
// where the connection leads to: they narrow down what is read.
func Marked(subject, value string, parts int, what func(parts []string) node.Marked) (node.Marked, bool) {
	s := node.SubjectOf(subject, parts+3)
	k, err := keptOf(value)
	if s == nil || err != nil {
		return node.Marked{}, false
	}
	m := what(s[:parts])
	end := len(s) - 3
	m.Connection, m.Leads, m.Column = s[end], s[end+1], s[end+2]
	for _, more := range s[parts:end] {
		if more != "" && more != "[]" && more != "{}" {
			m.Only = strings.TrimSpace(m.Only + " " + more)
		}
	}
	if k.Value != nil {
		m.Value = *k.Value
	}
	return m, true
}

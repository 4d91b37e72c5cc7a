package mail

import (
	"strings"

	"dataflow/flow-automation/node"
)

// marked says what a mark of reading is of.
func marked(subject, value string) (node.Marked, bool) {
	s := node.SubjectOf(subject, 6)
	_, uid, told := strings.Cut(value, ":") // before it is which making of the folder that was
	if s == nil || !told {
		return node.Marked{}, false
	}
	m := node.Marked{Kind: node.MarkedFolder, Connection: s[0], Leads: s[1], Name: s[2], Column: "uid", Value: uid}
	for i, of := range []string{"from", "subject"} {
		if s[3+i] != "" {
			m.Only = strings.TrimSpace(m.Only + " " + of + ": " + s[3+i])
		}
	}
	if s[5] == "true" {
		m.Only = strings.TrimSpace(m.Only + " unseen")
	}
	return m, true
}

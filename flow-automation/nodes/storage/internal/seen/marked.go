package seen

import (
	"encoding/base64"
	"path"
	"strings"

	"dataflow/flow-automation/node"
)

// Marked says what a mark of things that were seen is of.
func Marked(subject, value string) (node.Marked, bool) {
	s := node.SubjectOf(subject, 5) // the node, where it begins and what fits; the connection, and where that leads to
	objects, _, _ := strings.Cut(value, " ")
	if s == nil {
		return node.Marked{}, false
	}
	raw, err := base64.RawStdEncoding.DecodeString(objects)
	if err != nil || len(raw)%8 != 0 {
		return node.Marked{}, false
	}
	end := len(s) - 2
	return node.Marked{Kind: node.MarkedObjects, Connection: s[end], Leads: s[end+1], Name: path.Join(s[1], s[2]), Seen: int64(len(raw) / 8)}, true
}

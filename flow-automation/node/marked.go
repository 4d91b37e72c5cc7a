package node

import "encoding/json"

// Marked is what a mark says to people: what was read, and how far.
type Marked struct {
	Kind       string `json:"kind" enum:"table,query,collection,objects,topic,folder,columns" doc:"What the name is of; columns are those that the messages of a topic had"`
	Connection string `json:"connection"`
	Leads      string `json:"leads,omitempty" doc:"Where the connection led to"`
	Name       string `json:"name" doc:"Of what is read, or the text of a query; empty is all that there is"`
	Only       string `json:"only,omitempty" doc:"What of it is read, such as a filter or the values bound in a query"`
	Column     string `json:"column,omitempty" doc:"That the rows were compared by"`
	Value      string `json:"value,omitempty" doc:"How far it has come; empty where that is which things were seen"`
	Seen       int64  `json:"seen,omitempty" doc:"How many things are remembered as seen"`
}

// The kinds of what marks are of.
const (
	MarkedTable      = "table"
	MarkedQuery      = "query"
	MarkedCollection = "collection"
	MarkedObjects    = "objects"
	MarkedTopic      = "topic"
	MarkedFolder     = "folder" // of mails
	MarkedColumns    = "columns"
)

// SubjectOf takes a subject apart that is a JSON array; what is no text is given as JSON, and what is nothing as "". Nil is no
// such array, or a shorter one: those who read it must not take it for theirs.
func SubjectOf(subject string, least int) []string {
	var parts []json.RawMessage
	if json.Unmarshal([]byte(subject), &parts) != nil || len(parts) < least {
		return nil
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		if string(p) != "null" && json.Unmarshal(p, &out[i]) != nil {
			out[i] = string(p)
		}
	}
	return out
}

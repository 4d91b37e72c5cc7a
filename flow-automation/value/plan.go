package value

import "encoding/json"

// Uncounted is the number of rows of a table that nobody has computed yet.
const Uncounted = -1

// Plan is what a table is before anybody computes it: what a table node makes of its inputs. It travels in the Data of a
// table without an artifact.
type Plan struct {
	Node    string           `json:"node"` // what errors in it are placed at
	Type    string           `json:"type"`
	Config  json.RawMessage  `json:"config"` // with all expressions resolved
	Sources map[string]Value `json:"sources,omitempty"`
	State   string           `json:"state,omitempty"` // of the file that it is in
}

// Deferred says whether the value is a table that is still to be computed.
func (v Value) Deferred() bool {
	return v.Kind == Table && v.Artifact == nil && (len(v.Data) > 0 || v.Ready != nil)
}

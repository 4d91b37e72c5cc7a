package api

import (
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/table"
)

// List is one page of anything.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Cursor of the next page; empty when this is the last"`
}

// FlowSummary is a flow as lists show it.
type FlowSummary struct {
	ID               string            `json:"id"`
	Name             string            `json:"name" doc:"Unique in the tenant"`
	Title            string            `json:"title"`
	Description      string            `json:"description"`
	Labels           map[string]string `json:"labels"`
	NodeCount        int               `json:"node_count"`
	CreatedAt        time.Time         `json:"created_at"`
	UpdatedAt        time.Time         `json:"updated_at"`
	UpdatedBy        string            `json:"updated_by"`
	PublishedVersion int               `json:"published_version" doc:"0 while nothing is published"`
	DraftChanged     bool              `json:"draft_changed" doc:"The draft differs from the published version"`
	LastRun          *RunRef           `json:"last_run,omitempty" doc:"Absent when the flow has never run"`
}

// RunRef names a run and says how it stands.
type RunRef struct {
	ID        string        `json:"id"`
	Status    engine.Status `json:"status" enum:"queued,running,succeeded,failed,skipped,canceled"`
	CreatedAt time.Time     `json:"created_at"`
	EndedAt   *time.Time    `json:"ended_at,omitempty"`
}

// Flow is a flow with its draft.
type Flow struct {
	FlowSummary
	Draft Draft `json:"draft"`
}

// Draft is the document as it is being edited.
type Draft struct {
	Revision int64          `json:"revision" doc:"Raised by every change; give it as If-Match when saving"`
	Document *flow.Document `json:"document"`
	YAML     string         `json:"yaml" doc:"The same document as text, with its comments"`
	Analysis Analysis       `json:"analysis"`
}

// FlowVersion is one published, immutable state of a flow.
type FlowVersion struct {
	Version   int       `json:"version"`
	Note      string    `json:"note"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
}

// FlowVersionDetail is a version with its document.
type FlowVersionDetail struct {
	FlowVersion
	Document *flow.Document `json:"document"`
	YAML     string         `json:"yaml"`
}

// DocumentBody carries a flow document. The same operation also takes the document as application/yaml.
type DocumentBody struct {
	Document RawDocument `json:"document"`
}

// DuplicateBody names the copy of a flow.
type DuplicateBody struct {
	Name  string `json:"name,omitempty" doc:"Absent: the name of the original with a number"`
	Title string `json:"title,omitempty"`
}

// PublishBody says what a new version is about.
type PublishBody struct {
	Note  string `json:"note,omitempty" maxLength:"2000"`
	Force bool   `json:"force,omitempty" doc:"Publish although connections are not there yet, or cannot do what is asked of them; errors of the flow itself still refuse it"`
	// Revision keeps what is published, by force above all, what people have seen.
	Revision int64 `json:"revision,omitempty" minimum:"0" doc:"Revision that the draft must still be at; absent is whatever it is by then"`
}

// Analysis is what is known of a document without running it.
type Analysis struct {
	Problems []flow.Problem          `json:"problems"`
	Nodes    map[string]NodeAnalysis `json:"nodes" doc:"By node id"`
}

// NodeAnalysis is what is known of one node.
type NodeAnalysis struct {
	Inputs  []node.Port               `json:"inputs"`
	Outputs []node.Port               `json:"outputs"`
	Columns map[string][]table.Column `json:"columns,omitempty" doc:"Columns by output port, where they can be known before a run"`
}

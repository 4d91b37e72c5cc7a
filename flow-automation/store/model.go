// Package store keeps flows, their drafts, their published versions and the webhooks that are active. Every method is
// scoped by a tenant; what belongs to another tenant is answered as if it did not exist.
package store

import (
	"encoding/json"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// Content is what a flow says: the document in both its forms, and what lists show of it.
type Content struct {
	Name        string
	Title       string
	Description string
	Labels      map[string]string
	NodeCount   int
	Document    json.RawMessage
	YAML        string
}

// ContentOf takes the content out of a document and its text.
func ContentOf(doc *flow.Document, yaml string) (Content, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return Content{}, err
	}
	return Content{
		Name: doc.Metadata.Name, Title: doc.Metadata.Title, Description: doc.Metadata.Description, Labels: doc.Metadata.Labels,
		NodeCount: countNodes(doc.Spec.Nodes), Document: raw, YAML: yaml,
	}, nil
}

func countNodes(nodes []flow.Node) int {
	n := len(nodes)
	for _, child := range nodes {
		n += countNodes(child.Nodes)
	}
	return n
}

// Flow is a stored flow. Lists leave Document and YAML empty.
type Flow struct {
	ID string
	Content
	Revision         int64 // raised by every change of the draft
	PublishedVersion int   // 0 is none
	DraftChanged     bool  // the draft differs from the published version, or there is none
	CreatedAt        time.Time
	CreatedBy        string
	UpdatedAt        time.Time
	UpdatedBy        string
}

// Version is one published state of a flow. Lists leave Document and YAML empty.
type Version struct {
	Version   int
	Note      string
	Document  json.RawMessage
	YAML      string
	CreatedAt time.Time
	CreatedBy string
}

// Webhook is an active path and the trigger behind it.
type Webhook struct {
	Path      string
	Tenant    string
	FlowID    string
	Version   int
	TriggerID string
	Config    json.RawMessage
}

// Filter selects flows; zero values do not restrict.
type Filter struct {
	Query  string // part of name, title or description
	Sort   string // name, title, created_at, updated_at, with - in front for descending; "" is -updated_at
	Cursor string
	Limit  int
}

// Change says who changes something, and when.
type Change struct {
	By string
	At time.Time
}

// ErrFlowNotFound is what errors.Is finds in the answer for a flow that the tenant does not have.
var ErrFlowNotFound = &errs.Error{Code: codeFlowNotFound}

const codeFlowNotFound = "flow_not_found"

func notFound(id string) *errs.Error {
	return errs.NotFound(codeFlowNotFound, "There is no flow %q.", id)
}

func nameTaken(name string) *errs.Error {
	return errs.Conflict("flow_name_taken", "Another flow is called %q already; choose another name.", name).
		With(errs.Detail{Code: "flow_name_taken", Message: "This name is taken.", Place: errs.Place{Field: "metadata.name"}})
}

// UnseenDraft says that the draft that was to be published has moved on since it was seen.
func UnseenDraft(now int64) *errs.Error {
	return errs.Conflict("draft_conflict", "Somebody else has changed the draft since you saw it; it is at revision %d now. Nothing was published.", now).
		WithHint("Look at the draft as it is now, and publish it then.")
}

// DraftConflict says that the draft has moved on since it was read.
func DraftConflict(now int64) *errs.Error {
	return errs.Conflict("draft_conflict", "Somebody else has changed the draft since you opened it; it is at revision %d now.", now).
		WithHint("Load the draft again and repeat your change, or save yours as a copy.")
}

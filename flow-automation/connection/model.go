// Package connection keeps connections: named ways into other systems, whose secrets are sealed and given to nobody. It
// opens them for steps, and knows how far incremental reads have come.
package connection

import (
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
)

// Connection is a way into another system. Sealed fields are not in it; Secrets says which of them are set.
type Connection struct {
	Name        string         `json:"name"`
	Kind        string         `json:"kind" doc:"Such as postgres"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Config      map[string]any `json:"config" doc:"Without sealed fields, which nobody is given"`
	Secrets     []string       `json:"secrets" doc:"Names of the sealed fields that are set"`
	Target      string         `json:"target" doc:"Where it leads to, for people"`
	LastTest    *Test          `json:"last_test,omitempty"`
	Revision    int64          `json:"revision" doc:"Raised by every change"`
	CreatedAt   time.Time      `json:"created_at"`
	CreatedBy   string         `json:"created_by"`
	UpdatedAt   time.Time      `json:"updated_at"`
	UpdatedBy   string         `json:"updated_by"`
}

// Test is what became of trying a connection.
type Test struct {
	OK      bool   `json:"ok"`
	Message string `json:"message" doc:"What answers, or what is wrong and what to do"`
	Code    string `json:"code,omitempty" doc:"Of the error"`
	TestSaid
	Hint  string    `json:"hint,omitempty"`
	Field string    `json:"field,omitempty" doc:"The field that is wrong, such as config.host"`
	At    time.Time `json:"at"`
	// Outdated is of one that was made before the configuration was changed.
	Outdated bool `json:"outdated,omitempty" doc:"The configuration was changed after the test, which says nothing of what it is now"`
}

// TestSaid is how the message and the hint of a test were put together.
type TestSaid struct {
	errs.Said
	HintForm string   `json:"hint_form,omitempty" doc:"As form, of the hint"`
	HintArgs []string `json:"hint_args,omitempty" doc:"As args, of the hint"`
}

// Draft is what a person can say of a connection.
type Draft struct {
	Title       string         `json:"title,omitempty" maxLength:"200"`
	Description string         `json:"description,omitempty" maxLength:"2000"`
	Config      map[string]any `json:"config" doc:"As the schema of the kind says. A sealed field that is left out stays as it is; an empty text takes it away"`
}

// Use is a flow that names a connection.
type Use struct {
	FlowID    string   `json:"flow_id"`
	FlowName  string   `json:"flow_name"`
	FlowTitle string   `json:"flow_title"`
	Nodes     []string `json:"nodes" doc:"Their ids"`
}

// Change says who changes something, and when.
type Change struct {
	By string
	At time.Time
}

var namePattern = pattern.Of(`^[a-z][a-z0-9-]{0,62}$`)

func checkName(name string) error {
	if namePattern.MatchString(name) {
		return nil
	}
	return field(errs.Invalid("name_invalid", "%q cannot be the name of a connection.", name).
		WithHint("Use lower-case letters, digits and -, beginning with a letter, at most 63 of them."), "name")
}

func field(e *errs.Error, name string) *errs.Error {
	return e.With(e.At(errs.Place{Field: name}))
}

// CodeNotFound is the code of a connection that is not there.
const CodeNotFound = "connection_not_found"

func notFound(name string, have []string) *errs.Error {
	return errs.NotFound(CodeNotFound, "There is no connection %q.", name).WithHint("%s", near.Say(name, have))
}

func kindUnknown(kind string, types *connector.Registry) *errs.Error {
	return field(errs.Invalid("kind_unknown", "There is no kind of connection %q.", kind).WithHint("%s", near.Say(kind, types.Names())), "kind")
}

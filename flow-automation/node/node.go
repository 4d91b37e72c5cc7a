// Package node is what a node is: a type with its configuration, ports, effect and either an action or a relation. It
// is all that a node's own folder needs to know.
package node

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
)

// Effect says what a repetition of a step may do to the outside world.
type Effect string

// The effects. After a crash in flight a pure step is computed again, an idempotent one is repeated with the same key,
// and an unsafe one is not repeated blindly.
const (
	Pure       Effect = "pure"
	Idempotent Effect = "idempotent"
	Unsafe     Effect = "unsafe"
)

// Pool names the workers a step needs.
type Pool string

// The pools. Inline steps are cheap and pure and run on the run's own goroutine.
const (
	Inline Pool = "inline"
	Go     Pool = "go"
	SQL    Pool = "sql"
	Python Pool = "python"
	IO     Pool = "io"
)

// Text is a text in the languages of the product.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// Doc is what the palette, the inspector and the node reference say of a type.
type Doc struct {
	Title    Text     `json:"title"`
	Summary  Text     `json:"summary" doc:"One sentence"`
	Details  Text     `json:"details" doc:"Markdown"`
	Family   string   `json:"family" doc:"Palette group, such as table"`
	Icon     string   `json:"icon" doc:"Tabler icon name, such as filter"`
	Keywords []string `json:"keywords,omitempty"`
}

// Port is a typed connection point.
type Port struct {
	Name     string     `json:"name"`
	Kind     value.Kind `json:"kind" doc:"value, table, file, or empty for any"`
	Title    Text       `json:"title"`
	Required bool       `json:"required,omitempty"`
	Many     bool       `json:"many,omitempty" doc:"Takes several sources"`
	Object   bool       `json:"object,omitempty" doc:"Gives a value that is one object, which no table can be made of"`
}

// Example is executed by the tests and shown in the documentation. Inputs are tables given as arrays of objects, or any
// other JSON for value ports.
type Example struct {
	Title  string                     `json:"title"`
	With   map[string]any             `json:"with"`
	Inputs map[string]json.RawMessage `json:"inputs,omitempty"`
	Want   map[string]json.RawMessage `json:"want"`
	Files  map[string]string          `json:"files,omitempty"` // content of files that must exist, by path
	Params map[string]any             `json:"params,omitempty"`
	// WantError is the code that the node fails with, in place of Want.
	WantError string `json:"want_error,omitempty"`
	// What a container holds.
	Nodes   []flow.Node `json:"nodes,omitempty"`
	Catch   []flow.Node `json:"catch,omitempty"`
	Finally []flow.Node `json:"finally,omitempty"`
}

// Program is code in a configuration.
type Program struct {
	Code        string
	Field       string // where it is, such as with.code
	Environment string // as in PythonRequest; it may hold expressions
}

// Type is one kind of node. Exactly one of Run, Relation, Suspend and Container is set.
type Type struct {
	Name    string // family.verb, such as table.filter
	Version int    // raised when the meaning of a configuration changes
	Doc     Doc
	Config  *spec.Schema
	Inputs  []Port
	Outputs []Port
	// NamedInputs allows further inputs under names that the user chooses; they become relations or arguments.
	NamedInputs bool
	// Exclusive says that only one of several outputs is taken in a run, so that a source must name it.
	Exclusive bool
	// OpenOutputs says that a run may give further outputs, under names that are not known before.
	OpenOutputs bool
	// OutputsOf gives the ports when they depend on the configuration (which may still hold expressions); nil is Outputs.
	OutputsOf func(config json.RawMessage) []Port
	Effect    Effect
	// EffectOf gives the effect when it depends on the configuration (which may still hold expressions); nil is Effect.
	EffectOf func(config json.RawMessage) Effect
	// EffectIn gives the effect when it depends on what a tenant's steps may reach, too: as a question that is asked before
	// each attempt, or as nil when the configuration says it all. Nil is EffectOf.
	EffectIn func(config json.RawMessage) func(env *Env, tenant string) Effect
	Pool     Pool
	// Key tells apart states of the world outside on which the outcome depends beyond the configuration and what comes in,
	// such as the content of a file. It is asked before the work, and again before an outcome is taken over; nil is none.
	Key func(ctx context.Context, call *Call) (string, error)
	// Once says that nobody is given the outcome a second time, such as messages that are shared among those who read them: it
	// may be taken over by who repeats its run, and is never kept for other runs.
	Once bool
	// Scan gives the file that the table called table is in, for a query to read in place; Key must tell its states apart.
	// Nil is none.
	Scan func(ctx context.Context, call *Call) (table.File, error)
	// Look gives the beginning of what an action would give to who looks before any run, where that takes asking others over the
	// network: little, and with fixed settings alone. Whoever calls it bounds its time. Nil is none.
	Look func(ctx context.Context, call *Call) (value.Outputs, Looked, error)
	// Fixed gives the columns that the table of an action has whatever is found, by a configuration that may still hold
	// expressions; nil where they depend on what is found. Nil is none.
	Fixed func(config json.RawMessage) []table.Column
	// Answer says that the outcome is somebody's answer to all that came before, wired to the node or not: it is taken
	// over only when all of that is, too.
	Answer bool
	// Check finds what the schema cannot: Field is relative to the node, such as with.where. Expressions are unresolved.
	Check func(config json.RawMessage) []errs.Detail
	// Needs finds what must come in besides the required inputs, when the ports of which connected is true have a source.
	// Expressions are unresolved. Nil is nothing.
	Needs func(config json.RawMessage, connected func(port string) bool) []Need
	// Code gives the program that the configuration holds, for the sandbox to check before it runs; the zero value when
	// there is none, or when it still holds expressions. Nil is none.
	Code func(config json.RawMessage) Program
	// Datasets gives the data outside of flows that a node with this configuration reads and writes. Expressions may be
	// unresolved. Nil is none.
	Datasets func(config json.RawMessage) []Dataset
	// Marked says to people what a mark is of, and how far it has come; false is a mark of something else. Nil is no marks.
	Marked func(subject, value string) (Marked, bool)
	// Alike gives, for outputs of a type that is no relation, relations over the inputs whose columns come from there in the
	// same way; of an output that is not among them every column may come from all that comes in. It is told a configuration
	// that is resolved. Nil is none.
	Alike func(config json.RawMessage) (map[string]table.Relation, error)
	// Upgrade turns a configuration of an older version into one of this version.
	Upgrade  func(version int, config map[string]any) (map[string]any, error)
	Examples []Example

	// Strict says that rows which do not fit stop the run: such a relation is computed by itself, for within a query rows that
	// nobody needs are not looked at.
	Strict bool
	// Plans says that an action takes tables that are still to be computed, as sources of its own queries; it asks the call for
	// them. The rows of such a table are not counted.
	Plans bool
	// Probes says that the relation has to look at its inputs before it can be told, so that they should be computed once.
	Probes bool

	Run      func(ctx context.Context, call *Call) (value.Outputs, error)
	Relation func(config json.RawMessage) (table.Relation, error)
	// Shows gives, for an action over tables, by output the relations whose rows a preview shows in its place.
	Shows map[string]func(config json.RawMessage) (table.Relation, error)
	// Suspend says what the step then waits for without holding anything.
	Suspend   func(ctx context.Context, call *Call) (Suspension, error)
	Container *Container
}

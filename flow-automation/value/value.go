// Package value is what travels along an edge: JSON, a table or a file. Large content travels as a reference to an
// artifact. The package is pure.
package value

import (
	"encoding/json"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/table"
)

// Kind is the kind of a port and of what leaves it.
type Kind string

// The kinds of things that travel along an edge.
const (
	JSON  Kind = "value"
	Table Kind = "table"
	File  Kind = "file"
)

// InlineMax is the size in bytes up to which JSON is kept in the journal itself; larger JSON is kept as an artifact.
const InlineMax = 16 << 10

// MediaQuality marks a JSON value that the user interface shows as a report of rules.
const MediaQuality = "application/vnd.dataflow.quality+json"

// MediaCleaning marks a JSON value that the user interface shows as what was changed.
const MediaCleaning = "application/vnd.dataflow.cleaning+json"

// MediaChart marks a JSON value that the user interface draws.
const MediaChart = "application/vnd.dataflow.chart+json"

// FileMeta is a file's name and type.
type FileMeta struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
}

// Value is one thing on an edge. Exactly one of Data and Artifact is set.
type Value struct {
	Kind      Kind            `json:"kind"`
	MediaType string          `json:"media_type,omitempty" doc:"What a value means to the user interface, such as a chart"`
	Data      json.RawMessage `json:"data,omitempty" doc:"The JSON itself, when it is small; of a table, how to compute it when it is read"`
	Artifact  *artifact.Ref   `json:"artifact,omitempty" doc:"Where the content is"`
	Table     *table.Meta     `json:"table,omitempty"`
	File      *FileMeta       `json:"file,omitempty"`
	// Ready is what Data of a table says, for those in the same process: many may share it.
	Ready *table.Plan `json:"-"`
}

// Outputs are a step's results by port. A port that is absent was not taken, and what hangs on it is skipped.
type Outputs map[string]Value

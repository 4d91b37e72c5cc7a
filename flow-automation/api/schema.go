package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/quality"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// RawDocument is a flow document as it came in. It is described as a document and read by package flow, which finds
// more, and says it better, than a schema can.
type RawDocument json.RawMessage

// Schema describes the document.
func (RawDocument) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[flow.Document](), true, "Document")
}

// MarshalJSON gives the bytes as they are.
func (d RawDocument) MarshalJSON() ([]byte, error) { return json.RawMessage(d).MarshalJSON() }

// UnmarshalJSON keeps the bytes as they are.
func (d *RawDocument) UnmarshalJSON(b []byte) error {
	*d = append((*d)[:0], b...)
	return nil
}

// The names under which the types of other packages are published. Their own names are short because a package name
// stands in front of them in Go; in the document none does.
type (
	diagnostic      flow.Problem
	fileInfo        files.Info
	flowMetadata    flow.Metadata
	flowSpec        flow.Spec
	flowNode        flow.Node
	flowTrigger     flow.Trigger
	flowParam       flow.Param
	flowRetry       flow.Retry
	flowBackoff     flow.Backoff
	lineageGraph    lineage.Graph
	lineageNode     lineage.Node
	lineagePort     lineage.Port
	lineageColumn   lineage.Column
	lineageOrigin   lineage.Origin
	lineageEdge     lineage.Edge
	lineageDataset  lineage.Dataset
	lineageInput    lineage.Input
	lineageGap      lineage.Gap
	runTrigger      engine.Trigger
	runEvent        engine.Event
	stepProgress    engine.Progress
	failure         errs.Error
	tablePage       table.Page
	tableMeta       table.Meta
	tableProfile    table.Profile
	tableColumn     table.Column
	tableSortKey    table.SortKey
	tableCond       table.Condition
	artifactRef     artifact.Ref
	nodePort        node.Port
	nodeDoc         node.Doc
	nodeExample     node.Example
	localizedText   node.Text
	connectionTest  connection.Test
	connectionUse   connection.Use
	connectionEntry connector.Entry
	qualityTrend    quality.Trend
	qualityRule     quality.Rule
	qualityPoint    quality.Point
	qualityColumn   quality.Column
	qualityNulls    quality.ColumnPoint
)

// oneOrMany describes flow.Sources, which is a text or a list of texts.
type oneOrMany struct{}

func (oneOrMany) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{text, {Type: huma.TypeArray, Items: text}}}
}

// describeForeignTypes makes the schema registry publish the types of other packages under telling names.
func describeForeignTypes(r huma.Registry) {
	alias[flow.Problem, diagnostic](r)
	alias[files.Info, fileInfo](r)
	alias[flow.Metadata, flowMetadata](r)
	alias[flow.Spec, flowSpec](r)
	alias[flow.Node, flowNode](r)
	alias[flow.Trigger, flowTrigger](r)
	alias[flow.Param, flowParam](r)
	alias[flow.Retry, flowRetry](r)
	alias[flow.Backoff, flowBackoff](r)
	alias[flow.Params, map[string]flow.Param](r)
	alias[flow.Sources, oneOrMany](r)
	alias[flow.Duration, string](r)
	alias[engine.Trigger, runTrigger](r)
	alias[engine.Event, runEvent](r)
	alias[engine.Progress, stepProgress](r)
	alias[errs.Error, failure](r)
	alias[table.Page, tablePage](r)
	alias[table.Meta, tableMeta](r)
	alias[table.Profile, tableProfile](r)
	alias[table.Column, tableColumn](r)
	alias[table.SortKey, tableSortKey](r)
	alias[table.Condition, tableCond](r)
	alias[artifact.Ref, artifactRef](r)
	alias[node.Port, nodePort](r)
	alias[node.Doc, nodeDoc](r)
	alias[node.Example, nodeExample](r)
	alias[node.Text, localizedText](r)
	alias[connector.Text, localizedText](r)
	alias[connection.Test, connectionTest](r)
	alias[connection.Use, connectionUse](r)
	alias[lineage.Graph, lineageGraph](r)
	alias[lineage.Node, lineageNode](r)
	alias[lineage.Port, lineagePort](r)
	alias[lineage.Column, lineageColumn](r)
	alias[lineage.Origin, lineageOrigin](r)
	alias[lineage.Edge, lineageEdge](r)
	alias[lineage.Dataset, lineageDataset](r)
	alias[lineage.Input, lineageInput](r)
	alias[lineage.Gap, lineageGap](r)
	alias[connector.Entry, connectionEntry](r)
	alias[quality.Trend, qualityTrend](r)
	alias[quality.Rule, qualityRule](r)
	alias[quality.Point, qualityPoint](r)
	alias[quality.Column, qualityColumn](r)
	alias[quality.ColumnPoint, qualityNulls](r)
}

func alias[T, As any](r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[T](), reflect.TypeFor[As]())
}

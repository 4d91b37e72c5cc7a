package openlineage

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/expr"
)

// maker makes events of what is known of a run. It is pure.
type maker struct {
	namespace, producer, version string
	messages                     bool // errors are told with their texts
}

// made is what an event is made of. Graph is nil where nothing is known of the flow.
type made struct {
	run    engine.Run
	doc    *flow.Document
	graph  *lineage.Graph
	steps  []engine.Step
	parent *engine.Run // whose step waits for the run
	// columns keeps what has been told of datasets: the start and the end of a run say the same. Nil keeps nothing.
	columns map[string]columnFacet
	tooMany func() // is told that columns are left out; may be nil
}

// uuidOf makes a UUID of any text, always the same.
func uuidOf(text string) string {
	h := sha256.Sum256([]byte("dataflow run " + text))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // version 8, for what is made in a way of one's own
	return dashed(h[:16])
}

// typeOf is the type of the event of an end; empty for a run that its flow let not begin.
func typeOf(s engine.Status) string {
	switch s {
	case engine.Succeeded:
		return complete
	case engine.Failed:
		return fail
	case engine.Canceled:
		return abort
	}
	return ""
}

// job names a flow: those of other tenants than the first have a namespace of their own.
func (m *maker) job(r *engine.Run) Job {
	return Job{Namespace: Namespace(m.namespace, r.Tenant), Name: r.FlowName}
}

// Namespace is that of a tenant's jobs in the given one.
func Namespace(of, tenant string) string {
	if of == "" {
		of = "dataflow"
	}
	if tenant != "default" {
		of += "/" + tenant
	}
	return of
}

// messageOf says which error it was, and where. Its text may quote what is in the data, and so stays here unless it is
// asked for.
func (m *maker) messageOf(of made) string {
	e := of.run.Error
	if m.messages {
		return e.Message
	}
	for i := range of.steps {
		if s := &of.steps[i]; s.Status == engine.Failed {
			return e.Code + " at " + s.NodeID
		}
	}
	return e.Code
}

// event makes the event of the given type.
func (m *maker) event(kind string, of made) Event {
	r := &of.run
	e := Event{
		Type: kind, Time: r.CreatedAt, Producer: m.producer, SchemaURL: schemaURL, Inputs: []Dataset{}, Outputs: []Dataset{},
		Run: Run{ID: runID(r.ID), Facets: map[string]any{
			"processing_engine": engineFacet{m.facet("1-1-1", "ProcessingEngineRunFacet"), "Dataflow", m.version},
		}},
		Job: m.job(r),
	}
	switch {
	case kind == start && r.StartedAt != nil:
		e.Time = *r.StartedAt
	case kind != start && r.EndedAt != nil:
		e.Time = *r.EndedAt
	}
	e.Job.Facets = map[string]any{"jobType": jobTypeFacet{m.facet("2-0-3", "JobTypeJobFacet"), "BATCH", "DATAFLOW", "FLOW"}}
	if of.doc != nil && of.doc.Metadata.Description != "" {
		e.Job.Facets["documentation"] = documentationFacet{m.facet("1-0-1", "DocumentationJobFacet"), of.doc.Metadata.Description}
	}
	if of.parent != nil {
		e.Run.Facets["parent"] = parentFacet{m.facet("1-0-1", "ParentRunFacet"), Run{ID: runID(of.parent.ID)}, m.job(of.parent)}
	}
	if kind == fail && r.Error != nil {
		e.Run.Facets["errorMessage"] = errorFacet{m.facet("1-0-1", "ErrorMessageRunFacet"), m.messageOf(of), "Dataflow"}
	}
	if of.graph != nil {
		m.datasets(&e, of)
	}
	return e
}

func (m *maker) datasets(e *Event, of made) {
	for i := range of.graph.Datasets {
		d := &of.graph.Datasets[i]
		if !named(d) {
			continue
		}
		set := Dataset{Namespace: d.Namespace, Name: d.Name, Facets: map[string]any{}}
		if len(d.Columns) > 0 {
			s := schemaFacet{facet: m.facet("1-1-1", "SchemaDatasetFacet")}
			for _, c := range d.Columns {
				s.Fields = append(s.Fields, field{c.Name, c.Type})
			}
			set.Facets["schema"] = s
		}
		if len(d.Reads) > 0 {
			in := set
			if rows, ok := of.read(d.Reads); ok && e.Type != start {
				in.InputFacets = map[string]any{"inputStatistics": statisticsFacet{m.facet("1-0-0", "InputStatisticsInputDatasetFacet"), rows, nil}}
			}
			e.Inputs = append(e.Inputs, in)
		}
		if len(d.Writes) > 0 && (e.Type == start || of.wrote(d.Writes)) {
			out := set
			out.Facets = map[string]any{}
			for name, f := range set.Facets {
				out.Facets[name] = f
			}
			if columns, ok := m.columns(of, d); ok {
				out.Facets["columnLineage"] = columns
			}
			if rows, size := of.written(d.Writes); e.Type != start && (rows != nil || size != nil) {
				out.OutputFacets = map[string]any{"outputStatistics": statisticsFacet{m.facet("1-0-2", "OutputStatisticsOutputDatasetFacet"), rows, size}}
			}
			e.Outputs = append(e.Outputs, out)
		}
	}
}

// named says whether it is known what a dataset is called: what an expression is yet to give would be a name of nothing.
func named(d *lineage.Dataset) bool { return !expr.Has(d.Namespace) && !expr.Has(d.Name) }

// columns tells the columns of a dataset in terms of those that are read; false when there is nothing to tell, or more than
// an event may hold, which is counted before any of it is made.
func (m *maker) columns(of made, d *lineage.Dataset) (columnFacet, bool) {
	if f, done := of.columns[d.ID]; done {
		return f, len(f.Fields)+len(f.Dataset) > 0
	}
	g := of.graph
	values, whole := g.ValuesOf(d)
	whole = append(whole, g.Decides(d.ID)...) // what is the same for all columns is told once
	size := sizeOf(g, whole)
	for name, from := range values {
		size += len(name) + sizeOf(g, from)
	}
	f := columnFacet{facet: m.facet("1-2-0", "ColumnLineageDatasetFacet")}
	if size <= mostBytes {
		f.Fields = map[string]inputFields{}
		f.Dataset = m.inputs(g, lineage.Combine(whole))
		for name, from := range values {
			f.Fields[name] = inputFields{m.inputs(g, from)}
		}
	} else if of.tooMany != nil {
		of.tooMany()
	}
	if of.columns != nil {
		of.columns[d.ID] = f
	}
	return f, len(f.Fields)+len(f.Dataset) > 0
}

// sizeOf is about how many bytes the origins take at least.
func sizeOf(g *lineage.Graph, from []lineage.Origin) (size int) {
	wide := map[string]int{}
	for _, o := range from {
		if o.Column != "" {
			size += len(o.Dataset) + len(o.Column)
			continue
		}
		if _, done := wide[o.Dataset]; !done {
			if d := g.Dataset(o.Dataset); d != nil {
				for _, c := range d.Columns {
					wide[o.Dataset] += len(o.Dataset) + len(c.Name)
				}
			}
		}
		size += wide[o.Dataset]
	}
	return size
}

// inputs are columns of datasets; all of one are each of those that are known.
func (m *maker) inputs(g *lineage.Graph, from []lineage.Origin) []inputField {
	out := []inputField{}
	for _, o := range from {
		d := g.Dataset(o.Dataset)
		if d == nil || !named(d) {
			continue
		}
		var kinds []transformation
		for _, h := range o.How {
			kind := "INDIRECT"
			if h.Direct() {
				kind = "DIRECT"
			}
			kinds = append(kinds, transformation{kind, string(h)})
		}
		if o.Column != "" {
			out = append(out, inputField{d.Namespace, d.Name, o.Column, kinds})
			continue
		}
		for _, c := range d.Columns {
			out = append(out, inputField{d.Namespace, d.Name, c.Name, kinds})
		}
	}
	return out
}

// each visits the steps of nodes that have succeeded, in containers too.
func (of made) each(nodes []string, f func(s *engine.Step)) {
	for i := range of.steps {
		s := &of.steps[i]
		id := s.NodeID[strings.LastIndexByte(s.NodeID, '/')+1:]
		if s.Status == engine.Succeeded && slices.Contains(nodes, id) {
			f(s)
		}
	}
}

// wrote says whether any of the nodes has.
func (of made) wrote(nodes []string) (did bool) {
	of.each(nodes, func(*engine.Step) { did = true })
	return did
}

// read counts the rows that the nodes have given, where they are counted.
func (of made) read(nodes []string) (*int64, bool) {
	var sum int64
	counted := false
	of.each(nodes, func(s *engine.Step) {
		for _, v := range s.Outputs {
			if v.Table != nil && v.Table.Rows >= 0 {
				sum, counted = sum+v.Table.Rows, true
			}
		}
	})
	return &sum, counted
}

// written counts what the nodes have written: rows that came in or that the database has told, and bytes of files.
func (of made) written(nodes []string) (rows, size *int64) {
	add := func(to **int64, n int64) {
		if *to == nil {
			*to = new(int64)
		}
		**to += n
	}
	of.each(nodes, func(s *engine.Step) {
		for _, v := range s.Outputs {
			if v.Kind == value.File && v.Artifact != nil {
				add(&size, v.Artifact.Size)
			}
			var told struct {
				Rows *int64 `json:"rows"`
			}
			if v.Kind == value.JSON && len(v.Data) > 0 && json.Unmarshal(v.Data, &told) == nil && told.Rows != nil {
				add(&rows, *told.Rows)
				return
			}
		}
		for _, sources := range s.Inputs {
			for _, source := range sources {
				if n, ok := of.rowsOf(source); ok {
					add(&rows, n)
				}
			}
		}
	})
	return rows, size
}

// rowsOf counts the rows of a table that a node gave.
func (of made) rowsOf(source string) (int64, bool) {
	id, port := flow.SplitSource(source)
	for i := range of.steps {
		s := &of.steps[i]
		if s.NodeID != id {
			continue
		}
		for name, v := range s.Outputs {
			if (port == "" || name == port) && v.Table != nil && v.Table.Rows >= 0 {
				return v.Table.Rows, true
			}
		}
	}
	return 0, false
}

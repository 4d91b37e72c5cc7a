// Package lineage tells of a flow, without running it, which data it reads and writes, and for each column of each table
// on the way where it comes from. It is pure: what it has to know of the world it asks a World.
package lineage

import "dataflow/ide-go-lib/table"

// Graph is the lineage of one flow.
type Graph struct {
	Nodes    []Node    `json:"nodes" doc:"In the order of the document, those in containers behind their container"`
	Edges    []Edge    `json:"edges"`
	Datasets []Dataset `json:"datasets" doc:"Data outside of the flow"`
	Inputs   []Input   `json:"inputs" doc:"What a run is given: its parameters and its trigger"`
	Gaps     []Gap     `json:"gaps" doc:"What could not be told, and why"`
	Complete bool      `json:"complete" doc:"There are no gaps, so that all of it is told"`

	byID    map[string]int // places in Nodes, of as many as indexed
	indexed int
	columns map[spot]index // places in the columns of wide outputs
}

// Node is one node with what goes out of it.
type Node struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Title  string `json:"title,omitempty"`
	Parent string `json:"parent,omitempty" doc:"The container that it is in"`
	Ports  []Port `json:"ports"`
}

// Port is one output.
type Port struct {
	Name    string   `json:"name" doc:"Of a container, item is what it hands to its body"`
	Columns []Column `json:"columns,omitempty" doc:"Absent when they are not known, or there are none"`
	// All is where the whole of it comes from, when columns are not told apart.
	All    []Origin `json:"all,omitempty" doc:"Where all of it comes from, when its columns are not told apart"`
	Rows   []Origin `json:"rows,omitempty" doc:"What decides which rows there are, and so touches every column"`
	Opaque bool     `json:"opaque,omitempty" doc:"Each column may come from all that comes in"`
	Known  string   `json:"known,omitempty" enum:"told,read,last_run" doc:"How the columns are known: told by the configuration, read from the source, or seen in the last run"`
}

// How columns are known.
const (
	Told    = "told"
	Read    = "read"
	LastRun = "last_run"
)

// Column is one column and where it comes from.
type Column struct {
	Name string   `json:"name"`
	Type string   `json:"type,omitempty"`
	From []Origin `json:"from"`
}

// Origin is a column of a node's output or of a dataset; without a column it is all of it.
type Origin struct {
	Node    string      `json:"node,omitempty"`
	Port    string      `json:"port,omitempty"`
	Dataset string      `json:"dataset,omitempty" doc:"Id of a dataset, in place of node and port"`
	Column  string      `json:"column,omitempty"`
	How     []table.How `json:"how" enum:"IDENTITY,TRANSFORMATION,AGGREGATION,JOIN,GROUP_BY,FILTER,SORT,WINDOW,CONDITIONAL" doc:"In the words of OpenLineage: IDENTITY, TRANSFORMATION and AGGREGATION are direct; JOIN, GROUP_BY, FILTER, SORT, WINDOW and CONDITIONAL only decide"`
}

// Edge says that a node stands on another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Port string `json:"port,omitempty" doc:"The input"`
	Kind string `json:"kind" enum:"data,after,expression"`
}

// Dataset is data outside of the flow, named as OpenLineage names it.
type Dataset struct {
	ID         string   `json:"id"`
	Namespace  string   `json:"namespace" doc:"As postgres://db.example.org:5432, or file"`
	Name       string   `json:"name"`
	Kind       string   `json:"kind" enum:"file,table,query,url"`
	Connection string   `json:"connection,omitempty"`
	Reads      []string `json:"reads,omitempty" doc:"Nodes that read it"`
	Writes     []string `json:"writes,omitempty" doc:"Nodes that write it"`
	Columns    []Column `json:"columns,omitempty" doc:"Those that are read or written; from is there for those that are written"`
	Rows       []Origin `json:"rows,omitempty" doc:"What decides which rows are written"`
	All        []Origin `json:"all,omitempty" doc:"What is written as a whole"`
}

// Input is something that a run is given.
type Input struct {
	Kind  string   `json:"kind" enum:"param,trigger"`
	Name  string   `json:"name,omitempty"`
	Nodes []string `json:"nodes" doc:"Those whose configuration uses it"`
}

// Gap is something that could not be told.
type Gap struct {
	Node    string `json:"node" doc:"Empty for what concerns the whole flow"`
	Port    string `json:"port,omitempty"`
	Code    string `json:"code" enum:"broken,source_missing,columns_unknown,inputs_unknown,config_unknown,opaque,query_unread,flow_unknown"`
	Message string `json:"message"`
	// Wrong is what the columns that come in do not fit, with its fields; nil is nothing of the kind.
	Wrong error `json:"-"`
}

// Codes of gaps.
const (
	Broken         = "broken"          // the node, or the flow, has a mistake that it cannot run with
	SourceMissing  = "source_missing"  // what is read or written, or the way there, is not there
	ColumnsUnknown = "columns_unknown" // nobody knows them before a run
	InputsUnknown  = "inputs_unknown"  // those of what comes in are not known
	ConfigUnknown  = "config_unknown"  // the configuration is wrong, or only a run knows it
	Opaque         = "opaque"          // code of which nobody can say what it does
	QueryUnread    = "query_unread"    // SQL of another system that cannot be read here
	FlowUnknown    = "flow_unknown"    // another flow that is not there
)

// Node gives a node; nil when there is none. It is for one goroutine at a time, as everything that follows columns is.
func (g *Graph) Node(id string) *Node {
	if g.byID == nil {
		g.byID = map[string]int{}
	}
	for ; g.indexed < len(g.Nodes); g.indexed++ {
		if _, twice := g.byID[g.Nodes[g.indexed].ID]; !twice {
			g.byID[g.Nodes[g.indexed].ID] = g.indexed
		}
	}
	if i, ok := g.byID[id]; ok {
		return &g.Nodes[i]
	}
	return nil
}

// Port gives an output; nil when there is none. No name is the first.
func (n *Node) Port(name string) *Port {
	for i := range n.Ports {
		if name == "" || n.Ports[i].Name == name {
			return &n.Ports[i]
		}
	}
	return nil
}

// Dataset gives a dataset; nil when there is none.
func (g *Graph) Dataset(id string) *Dataset {
	for i := range g.Datasets {
		if g.Datasets[i].ID == id {
			return &g.Datasets[i]
		}
	}
	return nil
}

func find(columns []Column, name string) *Column {
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	return nil
}

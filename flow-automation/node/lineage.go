package node

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Dataset is data outside of flows that a node reads or writes.
type Dataset struct {
	Kind       string // DatasetFile, …
	Connection string // of a table, a query, an object or a path; empty for files of the files folder and whole addresses
	Schema     string
	Name       string // of a file or a table; the text of a query; the address of a URL
	Template   string // of a URL: its address as it is written, with the expressions in it
	Writes     bool
	// Made says that what is read is made of it, or that it is made of what is written: none of the columns is one of the other.
	Made bool
	// Adds has the columns of the output that the node makes of nothing that is in it, such as the name of the file.
	Adds []string
	// Unknown says what it is that a run alone knows the name of; such data is told as a gap.
	Unknown string
	// Filter has the columns that say which rows are removed, where nothing else of what comes in is written.
	Filter []string
	Port   string // the output that has what is read, or the input that has what is written; empty where there is none
}

// The kinds of datasets.
const (
	DatasetFile  = "file"
	DatasetTable = "table"
	DatasetQuery = "query" // tables that are named in the SQL of the connection
	DatasetURL   = "url"
)

// DetailFound is the detail of a step that says where a table was found which is named without a schema.
const DetailFound = "found"

// Found is that detail.
type Found struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
}

// DatasetsOf completes the type with what it reads and writes, told by a configuration in which expressions that stand for
// texts may be unresolved.
func DatasetsOf[C any](t Type, datasets func(c C) []Dataset) Type {
	schema := t.Config
	t.Datasets = func(config json.RawMessage) []Dataset {
		c, ok := Loose[C](schema, config)
		if !ok {
			return nil
		}
		return datasets(c)
	}
	return t
}

// AlikeOf completes the type with what its table outputs are like, told by a configuration that is resolved.
func AlikeOf[C any](t Type, alike func(c C) map[string]table.Relation) Type {
	schema := t.Config
	t.Alike = func(config json.RawMessage) (map[string]table.Relation, error) {
		c, problems := spec.Decode[C](schema, config)
		if len(problems) > 0 {
			return nil, Invalid(problems)
		}
		return alike(c), nil
	}
	return t
}

// Handing completes a type that hands on what comes in at a port: any of several sources.
func Handing(t Type, port string) Type {
	t.Alike = func(config json.RawMessage) (map[string]table.Relation, error) {
		out := map[string]table.Relation{}
		for _, p := range t.OutputPorts(config, false) {
			out[p.Name] = Handed(port)
		}
		return out, nil
	}
	return t
}

// Handed is the relation of tables that are handed on as they come in.
type Handed string

// Query implements table.Relation.
func (h Handed) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if port, _, _ := strings.Cut(name, "["); port != string(h) {
			continue
		}
		if q, err := b.Query(); err == nil && q.Text != "" {
			b.Text(" UNION ALL BY NAME ")
		}
		b.Text("SELECT * FROM ", inputs[name].Name)
	}
	if q, err := b.Query(); err != nil || q.Text != "" {
		return q, err
	}
	return table.Query{}, InputMissing(string(h))
}

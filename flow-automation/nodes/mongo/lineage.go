package mongo

import (
	"encoding/json"
	"regexp"
	"slices"

	"dataflow/flow-automation/node"
)

// dataset is the collection; its columns go through port.
func (t Target) dataset(port string) node.Dataset {
	return node.Dataset{Kind: node.DatasetTable, Connection: t.Connection, Schema: t.Database, Name: t.Collection, Port: port}
}

// datasets are the collection, and those that the stages of a pipeline bring in.
func (r Read) datasets() []node.Dataset {
	of := r.dataset("table")
	of.Made = r.Pipeline+r.Projection != ""
	all := []node.Dataset{of}
	for _, name := range brought(r.Pipeline) {
		of.Name = name
		if !slices.ContainsFunc(all, func(d node.Dataset) bool { return d.Name == name }) {
			all = append(all, of)
		}
	}
	return all
}

var expressions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// bringing are the stages that read a further collection, with the field that names it.
var bringing = map[string]string{"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}

// brought gives the names of the collections that a pipeline reads besides its own; of one that is no JSON, none.
func brought(pipeline string) (names []string) {
	var stages any
	if json.Unmarshal([]byte(expressions.ReplaceAllString(pipeline, "null")), &stages) != nil {
		return nil
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for key, inner := range v {
				if field, brings := bringing[key]; brings {
					name := inner
					if of, ok := inner.(map[string]any); ok {
						name = of[field]
					}
					if text, ok := name.(string); ok && text != "" {
						names = append(names, text)
					}
				}
				walk(inner)
			}
		}
	}
	walk(stages)
	slices.Sort(names)
	return slices.Compact(names)
}

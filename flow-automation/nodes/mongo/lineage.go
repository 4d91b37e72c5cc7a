package mongo

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/pattern"
)

// dataset is the collection; its columns go through port.
func (t Target) dataset(port string) node.Dataset {
	return node.Dataset{Kind: node.DatasetTable, Connection: t.Connection, Schema: t.Database, Name: t.Collection, Port: port}
}

// datasets are the collection, and those that the stages of a pipeline bring in.
func (c Read) datasets() []node.Dataset {
	of := c.dataset("table")
	of.Made = c.Pipeline+c.Projection != ""
	all := []node.Dataset{of}
	for _, b := range brought(c.Pipeline) {
		of.Name, of.Unknown = b.name, ""
		if b.name == "" {
			of.Unknown = "Which collection " + b.stage + " brings in"
		}
		if !slices.ContainsFunc(all, func(d node.Dataset) bool { return d.Name == of.Name && d.Unknown == of.Unknown }) {
			all = append(all, of)
		}
	}
	return all
}

// bringing are the stages that read a further collection, with the field that names it.
var bringing = map[string]string{"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}

// bring is a collection that a stage brings in; its name is empty where an expression is to give it.
type bring struct{ name, stage string }

// brought gives the collections that a pipeline reads besides its own; of one that is no JSON, none.
func brought(pipeline string) (all []bring) {
	var stages any
	if json.Unmarshal([]byte(unresolved(pipeline)), &stages) != nil {
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
					name, named := inner, true
					if of, ok := inner.(map[string]any); ok {
						name, named = of[field] // a pipeline that begins with $documents has none
					}
					if text, ok := name.(string); named && (ok || name == nil) {
						if strings.Contains(text, unknown) {
							text = ""
						}
						all = append(all, bring{text, key})
					}
				}
				walk(inner)
			}
		}
	}
	walk(stages)
	slices.SortFunc(all, func(a, b bring) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.stage, b.stage)) })
	return all
}

var expressions = pattern.Of(`(?s)\{\{.*?\}\}`)

// unknown stands for what an expression is to give.
const unknown = "\uFFFF"

// unresolved puts that in the place of expressions, which stand for whole values, or are within texts.
func unresolved(pipeline string) string {
	var out strings.Builder
	quoted := false
	rest := pipeline
	for _, at := range expressions.Regexp().FindAllStringIndex(pipeline, -1) {
		before := rest[:at[0]-(len(pipeline)-len(rest))]
		for i := 0; i < len(before); i++ {
			switch {
			case before[i] == '\\' && quoted:
				i++
			case before[i] == '"':
				quoted = !quoted
			}
		}
		out.WriteString(before)
		if quoted {
			out.WriteString(unknown)
		} else {
			out.WriteString(`"` + unknown + `"`)
		}
		rest = pipeline[at[1]:]
	}
	return out.String() + rest
}

package check

import (
	"encoding/json"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
)

// shown is what a preview shows at an output: the rows that break a rule, with the reasons in front, or those that pass.
type shown struct {
	Config
	passed bool
}

func shows(schema *spec.Schema) map[string]func(json.RawMessage) (table.Relation, error) {
	at := func(passed bool) func(json.RawMessage) (table.Relation, error) {
		return func(config json.RawMessage) (table.Relation, error) {
			c, problems := spec.Decode[Config](schema, config)
			if len(problems) > 0 {
				return nil, node.Invalid(problems)
			}
			return shown{c, passed}, nil
		}
	}
	return map[string]func(json.RawMessage) (table.Relation, error){"passed": at(true), "failed": at(false)}
}

// Query implements table.Relation.
func (s shown) Query(inputs map[string]table.Input) (table.Query, error) {
	q, err := s.rules().Query(inputs)
	if err != nil {
		return table.Query{}, err
	}
	in := inputs["table"]
	broken := sqltext.Quote(columns.Free(judge.Broken, in))
	if s.passed {
		return sqltext.Around("SELECT * EXCLUDE ("+broken+") FROM (\n", q, "\n)"+s.keeping(broken)), nil
	}
	labels := make([]string, len(s.Rules))
	for i, r := range s.Rules {
		labels[i] = sqltext.Literal(r.reason())
	}
	head := "SELECT array_to_string(list_select([" + strings.Join(labels, ", ") + "], " + broken + "), '; ') AS " + sqltext.Quote(columns.Free("reasons", in)) +
		", * EXCLUDE (" + broken + ") FROM (\n"
	return sqltext.Around(head, q, "\n) WHERE len("+broken+") > 0"), nil
}

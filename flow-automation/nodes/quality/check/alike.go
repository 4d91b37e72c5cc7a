package check

import (
	"fmt"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
)

// alike gives the outputs as one query each, as which they are never computed: the rows are judged once for both.
func alike(c Config) map[string]table.Relation {
	return map[string]table.Relation{"passed": output{c, (*judged).passed}, "failed": output{c, (*judged).failed}}
}

type output struct {
	config Config
	part   func(j *judged, b *sqltext.Builder, from string)
}

// Query implements table.Relation.
func (o output) Query(inputs map[string]table.Input) (table.Query, error) {
	all, err := o.config.rules().Query(inputs)
	if err != nil {
		return table.Query{}, err
	}
	j := judged{rules: o.config.Rules, broken: columns.Free(judge.Broken, inputs["table"])}
	var b sqltext.Builder
	o.part(&j, &b, "judged")
	part, err := b.Query()
	if err != nil {
		return table.Query{}, err
	}
	text, err := sqltext.Params(part.Text, len(part.Args), func(n int) string { return fmt.Sprintf("$%d", n+len(all.Args)) })
	return table.Query{Text: "WITH judged AS (" + all.Text + ") " + text, Args: append(all.Args, part.Args...)}, err
}

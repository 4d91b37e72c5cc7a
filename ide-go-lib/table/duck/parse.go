package duck

import (
	"context"
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Parse implements table.Engine. Nothing is bound, so that no column has to be known.
func (e *Engine) Parse(ctx context.Context, tenant string, relation table.Relation, ports []string) error {
	inputs := make(map[string]table.Input, len(ports))
	names := make([]string, len(ports))
	for i, port := range ports {
		names[i] = internalPrefix + strconv.Itoa(i+1)
		inputs[port] = table.Input{Port: port, Name: sqltext.Quote(names[i])}
	}
	q, err := relation.Query(inputs)
	if err != nil {
		return err
	}
	s, err := e.sessionOf(ctx, e.looks.one(), tenant, access{})
	if err != nil {
		return err
	}
	defer s.close()
	return e.check(ctx, s, q, names)
}

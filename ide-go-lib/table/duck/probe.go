package duck

import (
	"context"
	"strconv"

	"dataflow/ide-go-lib/table"
)

// settle gives the relation of a plan; of one that has to look at its inputs first, what it makes of what is found there.
func (c *compiler) settle(ctx context.Context, p *table.Plan, inputs map[string]table.Input, names []string) (table.Relation, error) {
	probing, ok := p.Relation.(table.Probing)
	if !ok {
		return p.Relation, nil
	}
	q, needed, err := probing.Probe(inputs)
	if err != nil || !needed {
		return p.Relation, err
	}
	if q, err = bindable(q); err != nil {
		return nil, err
	}
	if err := c.engine.check(ctx, c.s, q, names); err != nil {
		return nil, err
	}
	shift := len(c.out.args)
	text, fields, err := renumber(q, func(n int) string { return "$" + strconv.Itoa(n+shift) })
	if err != nil {
		return nil, err
	}
	probe := compiled{args: append(c.out.args[:shift:shift], q.Args...), parts: c.out.parts[:len(c.out.parts):len(c.out.parts)]}
	probe.text = "WITH " + c.body.String() + "\n"
	probe.parts = append(probe.parts, part{p.Node, len(probe.text), len(probe.text) + len(text), fields, nil})
	probe.text += text
	var found []string
	var one *string
	err = c.s.query(ctx, probe.text, probe.args, []any{&one}, func() error {
		if one != nil {
			found = append(found, *one)
		}
		return nil
	})
	if err != nil {
		return nil, probe.ofFiles(err, p)
	}
	return probing.Found(found)
}

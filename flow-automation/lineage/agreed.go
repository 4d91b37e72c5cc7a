package lineage

import (
	"slices"
	"strings"

	"dataflow/flow-automation/contract"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/table"
)

// agreed brings the columns of a port to what its contract lets through, as a run does. What fails the run stays as it is.
func agreed(p Port, c flow.Contract) Port {
	if p.Columns == nil {
		return p
	}
	have := make([]table.Column, len(p.Columns))
	for i, col := range p.Columns {
		have[i] = table.Column{Name: col.Name, Type: col.Type}
	}
	drift := contract.Compare(p.Name, c, have)
	contract.Doubtful(c, drift).Likely(drift)
	if contract.Err(drift) != nil {
		return p
	}
	p.Columns = slices.Clone(p.Columns)
	for _, d := range drift {
		i := slices.IndexFunc(p.Columns, func(col Column) bool { return strings.EqualFold(col.Name, d.Column) })
		switch {
		case d.Done == contract.Filled:
			p.Columns = append(p.Columns, Column{Name: d.Column, Type: d.Expected, From: []Origin{}})
		case i < 0:
		case d.Done == contract.Dropped:
			p.Columns = slices.Delete(p.Columns, i, i+1)
		case d.Retypes():
			p.Columns[i].Type = d.Expected
			p.Columns[i].From = slices.Clone(p.Columns[i].From)
			for k, from := range p.Columns[i].From {
				from.How = slices.Clone(from.How)
				for h, how := range from.How {
					if how == table.Identity {
						from.How[h] = table.Transformation
					}
				}
				p.Columns[i].From[k] = from
			}
		}
	}
	return p
}

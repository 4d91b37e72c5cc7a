package read

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// columnsMet are the columns of all objects, in the order in which they are met.
type columnsMet struct {
	list []columnMet
	at   map[string]int // by the name in small letters
}

// columnMet is one column with the types that it has in objects.
type columnMet struct {
	name  string
	first string          // its type in the first object
	sure  map[string]bool // by values, or as the object itself says
	// doubtful are those that an empty column is read as, too: whether any object has a value of them is looked at where it
	// matters.
	doubtful map[string]bool
	differs  bool
}

// doubtful are the types that an empty column is read as.
var doubtful = map[string]bool{"VARCHAR": true, "JSON": true, "INTEGER": true}

// meet takes a column of an object into account; one without rows says nothing of types.
func (m *columnsMet) meet(c table.Column, rows bool) {
	key := strings.ToLower(c.Name)
	i, known := m.at[key]
	if !known {
		if m.at == nil {
			m.at = map[string]int{}
		}
		i = len(m.list)
		m.at[key] = i
		m.list = append(m.list, columnMet{name: c.Name, first: c.Type, sure: map[string]bool{}, doubtful: map[string]bool{}})
	}
	at := &m.list[i]
	at.differs = at.differs || at.first != c.Type
	switch {
	case !rows:
	case doubtful[c.Type]:
		at.doubtful[c.Type] = true
	default:
		at.sure[c.Type] = true
	}
}

// of gives a column of an object; nil when there is none of that name.
func (m *columnsMet) of(name string) *columnMet {
	if i, known := m.at[strings.ToLower(name)]; known {
		return &m.list[i]
	}
	return nil
}

// holding gives the type that holds the values of all those; none is "". It does not depend on the order of objects.
func holding(types map[string]bool) string {
	all := ""
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		if all == "" {
			all = typ
			continue
		}
		all = common(all, typ)
	}
	return all
}

// open says whether it has to be looked at whether any object has a value of that type in the column.
func (c *columnMet) open(typ string) bool {
	if !c.differs || !c.doubtful[typ] || c.sure[typ] {
		return false
	}
	all := holding(c.sure)
	return all == "" || common(all, typ) != all
}

// columns gives those of all objects, each with a type that holds its values in all of them.
func (s *stack) columns(ctx context.Context) ([]table.Column, error) {
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	out := make([]table.Column, len(s.met.list))
	for i := range out {
		c := &s.met.list[i]
		out[i] = table.Column{Name: c.name, Type: c.first}
		if c.differs {
			out[i].Type = holding(c.sure)
		}
		if out[i].Type == "" { // it is empty everywhere
			out[i].Type = "VARCHAR"
		}
	}
	return out, nil
}

// settle looks at the values of columns whose types say little and would change the outcome.
func (s *stack) settle(ctx context.Context) error {
	var asked asking
	for i, p := range s.pieces {
		if p.table.Meta.Rows == 0 {
			continue
		}
		var columns []table.Column
		for _, c := range p.table.Meta.Columns {
			if met := s.met.of(c.Name); met != nil && met.open(c.Type) {
				columns = append(columns, c)
			}
		}
		if len(columns) > 0 {
			asked = append(asked, question{p, columns})
		}
		if len(asked) == width || i == len(s.pieces)-1 {
			if err := s.ask(ctx, asked); err != nil {
				return err
			}
			asked = nil
		}
	}
	return s.ask(ctx, asked)
}

// question is which of the columns of a table have any value.
type question struct {
	of      piece
	columns []table.Column
}

// asking is the relation of the answers to several questions.
type asking []question

// Query implements table.Relation.
func (a asking) Query(inputs map[string]table.Input) (table.Query, error) {
	var b strings.Builder
	for i, q := range a {
		if i > 0 {
			b.WriteString("\nUNION ALL ")
		}
		list := make([]string, len(q.columns))
		for k, c := range q.columns {
			list[k] = "count(" + sqltext.Quote(c.Name) + ") > 0"
		}
		fmt.Fprintf(&b, "SELECT %d AS i, [%s] AS has FROM %s", i, strings.Join(list, ", "), inputs[node.SourceName("object", i)].Name)
	}
	return table.Query{Text: b.String()}, nil
}

// ask has the types of columns that have any value be sure.
func (s *stack) ask(ctx context.Context, questions asking) error {
	if len(questions) == 0 {
		return nil
	}
	plan := table.Plan{Relation: questions, Inputs: map[string]table.Source{}}
	for i, q := range questions {
		plan.Inputs[node.SourceName("object", i)] = table.Source{Artifact: q.of.table.Artifact}
	}
	page, err := s.call.Env.Tables.Preview(ctx, s.call.Tenant, plan, table.PreviewOptions{Limit: width})
	if err != nil {
		return err
	}
	if len(page.Rows) != len(questions) {
		return errs.Internal(errors.New("a question without an answer"))
	}
	for _, row := range page.Rows {
		var i int
		var has []bool
		if err := json.Unmarshal(row, &[]any{&i, &has}); err != nil || len(has) != len(questions[i].columns) {
			return errs.Internal(fmt.Errorf("the answer %s: %w", row, err))
		}
		for k, c := range questions[i].columns {
			if has[k] {
				s.met.of(c.Name).sure[c.Type] = true
			}
		}
	}
	return nil
}

package step

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// widgetSQL is that of fields of SQL.
const widgetSQL = "sql"

// WrongSQL gives what is wrong with the SQL in the nodes of a document that the table engine would refuse whatever the
// columns are. The SQL of other systems is not looked at. What keeps SQL from being looked at is a warning.
func (x *Executor) WrongSQL(ctx context.Context, tenant string, doc *flow.Document) (problems []flow.Problem) {
	eachNode(doc.Spec.Nodes, func(n *flow.Node) {
		c := x.compiled(n)
		if c.err != nil || !asksTables(c.typ) {
			return // what is wrong with its expressions is said already
		}
		wrong, err := x.unparsed(ctx, tenant, n, c)
		if err != nil {
			problems = append(problems, unchecked(n, err))
		} else if wrong != nil {
			problems = append(problems, sqlProblems(n, c.typ, wrong)...)
		}
	})
	return problems
}

// eachNode visits nodes and those in them.
func eachNode(nodes []flow.Node, visit func(n *flow.Node)) {
	for i := range nodes {
		visit(&nodes[i])
		for _, body := range nodes[i].Bodies() {
			eachNode(body.Nodes, visit)
		}
	}
}

// asksTables says whether a node has SQL for the table engine.
func asksTables(t *node.Type) bool {
	for _, f := range t.Config.Fields() {
		if f.Widget == widgetSQL {
			return t.Relation != nil || len(t.Shows) > 0
		}
	}
	return false
}

// unparsed gives why the node's queries cannot be read. The error says why they could not be looked at.
func (x *Executor) unparsed(ctx context.Context, tenant string, n *flow.Node, c *compiled) (*errs.Error, error) {
	config, err := c.tree.Open(func(path string) bool { // of what is no text yet, its default is good enough
		f, ok := c.typ.Config.Field(path)
		return ok && f.Type == "string"
	})
	if err != nil {
		return nil, err
	}
	ports := portsOf(n, c.typ)
	return x.parsed.get(strings.Join(append(ports, n.Type, string(config)), "\x00"), func() (*errs.Error, error) {
		for _, relation := range relationsOf(c.typ) {
			r, err := relation(config)
			if err != nil {
				continue // the schema says what is wrong, or an expression decides
			}
			err = x.env.Tables.Parse(ctx, tenant, r, ports)
			if e := errs.From(err); err == nil || ctx.Err() == nil && len(inSQL(c.typ, e)) > 0 {
				return e, nil // outputs have their SQL in common
			}
			if unanswered(ctx, err) {
				return nil, err
			}
		}
		if c.typ.NamedInputs { // a whole query cannot be told from the inputs
			return nil, nil
		}
		return x.unparsedAlone(ctx, tenant, c.typ, config)
	})
}

// unanswered says whether an error is about the engine and not about the query.
func unanswered(ctx context.Context, err error) bool {
	return errs.From(err).Status >= http.StatusInternalServerError || ctx.Err() != nil
}

// unparsedAlone looks at each expression by itself: what stands around them is not known before a run.
func (x *Executor) unparsedAlone(ctx context.Context, tenant string, t *node.Type, config json.RawMessage) (*errs.Error, error) {
	var with any
	if err := json.Unmarshal(config, &with); err != nil {
		return nil, errs.Internal(err)
	}
	found := errs.Invalid("sql_invalid", "The SQL is not valid")
	for _, alone := range expressions(t, with, "with") {
		err := x.env.Tables.Parse(ctx, tenant, alone, nil)
		switch {
		case err == nil:
		case unanswered(ctx, err):
			return nil, err
		default:
			e := errs.From(err)
			for _, d := range inSQL(t, e) {
				d.Message = told(d.Message, e.Hint)
				found = found.With(d)
			}
		}
	}
	if len(found.Details) == 0 {
		return nil, nil
	}
	return found, nil
}

// expressions finds the SQL in a configuration.
func expressions(t *node.Type, v any, path string) (found []lone) {
	if t.Config.Widget(path) == widgetSQL {
		raw, err := json.Marshal(v)
		var sql table.SQL
		if err != nil || json.Unmarshal(raw, &sql) != nil || strings.TrimSpace(sql.Text) == "" {
			return nil // the schema says what it is instead
		}
		return []lone{{path, sql}}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, expressions(t, v[key], path+"."+key)...)
		}
	case []any:
		for i, item := range v {
			found = append(found, expressions(t, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return found
}

// lone is an expression as a query of its own.
type lone struct {
	field string
	sql   table.SQL
}

// Query implements table.Relation.
func (l lone) Query(map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT ").Expression(l.field, l.sql)
	return b.Query()
}

// unchecked says that the engine did not answer, which keeps nobody from saving a flow.
func unchecked(n *flow.Node, err error) flow.Problem {
	why := strings.TrimRight(errs.From(err).Message, ".") + "."
	return flow.Warnf("sql_unchecked", n.ID, "with", "The SQL was not checked: %s It is when it runs.", why).
		In(fmt.Sprintf("SQL 未经检查（%s），运行时会检查。", why))
}

// relationsOf gives those of a type by the order of their outputs.
func relationsOf(t *node.Type) []func(json.RawMessage) (table.Relation, error) {
	if t.Relation != nil {
		return []func(json.RawMessage) (table.Relation, error){t.Relation}
	}
	all := make([]func(json.RawMessage) (table.Relation, error), 0, len(t.Shows))
	for _, port := range slices.Sorted(maps.Keys(t.Shows)) {
		all = append(all, t.Shows[port])
	}
	return all
}

// portsOf gives the inputs as relations know them. Those that are not connected are among them where that is said already,
// but not for who chooses the names of inputs, and may have chosen another one than the SQL.
func portsOf(n *flow.Node, t *node.Type) []string {
	var ports []string
	for _, port := range slices.Sorted(maps.Keys(n.In)) {
		for i := range n.In[port] {
			ports = append(ports, node.SourceName(port, i))
		}
	}
	for _, p := range t.Inputs {
		if (p.Required || !t.NamedInputs) && len(n.In[p.Name]) == 0 {
			ports = append(ports, node.SourceName(p.Name, 0))
		}
	}
	return ports
}

// sqlProblems are those in the fields of SQL: what else a query lacks is for others to say.
func sqlProblems(n *flow.Node, t *node.Type, e *errs.Error) (problems []flow.Problem) {
	for _, d := range inSQL(t, e) {
		at, _ := inText(d.Place)
		problems = append(problems, flow.Errorf(cmp.Or(d.Code, e.Code), n.ID, d.Field, "%s%s", at, told(d.Message, e.Hint)))
	}
	return problems
}

// inSQL gives what of an error is about fields of SQL.
func inSQL(t *node.Type, e *errs.Error) (details []errs.Detail) {
	if e == nil {
		return nil
	}
	for _, d := range e.Details {
		if t.Config.Widget(d.Field) == widgetSQL {
			details = append(details, d)
		}
	}
	return details
}

// told puts a hint behind a message.
func told(message, hint string) string {
	if hint == "" || strings.Contains(message, hint) {
		return message
	}
	return strings.TrimRight(message, ".") + ". " + hint
}

// inText says where in a text something is.
func inText(p errs.Place) (en, zh string) {
	if p.Line == 0 {
		return "", ""
	}
	return fmt.Sprintf("Line %d, column %d: ", p.Line, p.Column), fmt.Sprintf("第 %d 行第 %d 列：", p.Line, p.Column)
}

package automation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// missingConnections warns of connections that nodes name and that the tenant does not have, or that lead to a system which
// cannot do what the node asks of it. They may be made later, but publishing has to be forced until then, unless the version that
// is published, which may be nil, has the same.
func (s *Service) missingConnections(ctx context.Context, tenant string, doc, published *flow.Document) (problems []flow.Problem) {
	if s.connections == nil {
		return nil
	}
	before := map[mention]bool{}
	if published != nil {
		s.eachMention(published.Spec.Nodes, func(_ *flow.Node, n mention) { before[n] = true })
	}
	asked := map[string]connection.Connection{}
	failed := map[string]error{}
	s.eachMention(doc.Spec.Nodes, func(n *flow.Node, by mention) {
		name := by.connection
		if _, known := asked[name]; !known {
			asked[name], failed[name] = s.connections.Get(ctx, tenant, name)
		}
		p := s.missing(n, s.types.Get(n.Type), by.field, asked[name], name, failed[name])
		if p == nil {
			return
		}
		if p.Unpublishable = p.Unpublishable && !before[by]; p.Unpublishable {
			p.Message += ", and publishing has to be forced"
			p.MessageZH += "，且只能选择“仍然发布”"
		}
		problems = append(problems, *p)
	})
	return problems
}

// mention is that a node names a connection.
type mention struct{ node, typ, field, connection string }

func (s *Service) eachMention(nodes []flow.Node, f func(*flow.Node, mention)) {
	for i := range nodes {
		n := &nodes[i]
		names := connectionsOf(s.types, n)
		for _, field := range slices.Sorted(maps.Keys(names)) {
			f(n, mention{n.ID, n.Type, field, names[field]})
		}
		for _, body := range n.Bodies() {
			s.eachMention(body.Nodes, f)
		}
	}
}

// connectionsOf gives the connections that a node names itself, by field.
func connectionsOf(types *node.Registry, n *flow.Node) map[string]string {
	t := types.Get(n.Type)
	if t == nil {
		return nil
	}
	var out map[string]string
	for _, f := range t.Config.Fields() {
		name, ok := n.With[f.Path].(string)
		if f.Widget != widgetConnection || !ok || name == "" || expr.Has(name) {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[f.Path] = name
	}
	return out
}

// missing says what is wrong with one connection; nil is nothing.
func (s *Service) missing(n *flow.Node, t *node.Type, field string, c connection.Connection, name string, err error) *flow.Problem {
	at := "with." + field
	var e *errs.Error
	switch {
	case errors.As(err, &e) && e.Code == connection.CodeNotFound:
		hint, zh := e.Hint, ""
		if hint != "" {
			hint, zh = " "+hint, "（"+strings.TrimRight(strings.NewReplacer("Did you mean ", "您是指 ", "There are ", "现有 ", "There is ", "现有 ", " or ", " 或 ", " and more", " 等", "?", "？").Replace(hint), ".")+"）"
		}
		p := flow.Warnf(e.Code, n.ID, at, "There is no connection %q.%s Make it under Connections, or name another one; until then this step fails", name, hint).
			In(fmt.Sprintf("没有名为“%s”的连接%s。请在“连接”页面新建，或改用其他连接；在此之前该步骤会失败", name, zh))
		p.Unpublishable = true
		return &p
	case err != nil:
		p := flow.Warnf("connection_unchecked", n.ID, at, "Whether there is a connection %q could not be found out: %s", name, errs.From(err).Message).
			In(fmt.Sprintf("无法查明是否存在连接“%s”", name))
		return &p
	}
	offer := connector.Offer(t.Config.Of(field))
	kind := s.connections.Types().Get(c.Kind)
	if offer == "" || kind != nil && kind.Offered(offer) {
		return nil
	}
	title := node.Text{EN: c.Kind, ZH: c.Kind}
	if kind != nil {
		title = node.Text{EN: kind.Title.EN, ZH: kind.Title.ZH}
	}
	fit := s.fitting(offer)
	p := flow.Warnf(connector.CodeUnfit, n.ID, at, "The connection %q leads to %s, which cannot do what this step asks of it. Choose one to %s; until then this step fails", name, title.EN, fit.EN).
		In(fmt.Sprintf("连接“%s”指向 %s，无法满足此步骤的要求。请选择连接到 %s 的连接；在此之前该步骤会失败", name, title.ZH, fit.ZH))
	p.Unpublishable = true
	return &p
}

// fitting lists the systems that can do something.
func (s *Service) fitting(offer connector.Offer) node.Text {
	var en, zh []string
	for _, t := range s.connections.Types().All() {
		if t.Offered(offer) {
			en, zh = append(en, t.Title.EN), append(zh, t.Title.ZH)
		}
	}
	slices.Sort(en)
	text := strings.Join(en, ", ")
	if i := strings.LastIndex(text, ", "); i >= 0 {
		text = text[:i] + " or " + text[i+2:]
	}
	return node.Text{EN: text, ZH: strings.Join(zh, "、")}
}

package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table/sqltype"
)

var (
	flowName = pattern.Of(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	nodeID   = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
)

// reserved are words of the expression language, which could not be written as nodes.<id> or params.<name>.
var reserved = strings.Fields("true false nil null not and or in let if else matches contains startsWith endsWith item index")

const (
	maxNodes   = 10000
	maxNesting = 8
)

// Validate finds what is wrong with a document by itself, without knowing any node type. Problems have places when the
// document came from YAML and places is given.
func Validate(doc *Document, places *Places) []Problem {
	v := &validator{}
	v.header(doc)
	v.params(doc.Spec.Params)
	v.triggers(doc.Spec.Triggers)
	v.nodes(doc.Spec.Nodes)
	v.limits(&doc.Spec)
	v.layout(doc)
	places.Put(v.problems)
	SortProblems(v.problems)
	return v.problems
}

type validator struct{ problems []Problem }

func (v *validator) err(code, node, field, format string, args ...any) {
	v.problems = append(v.problems, Errorf(code, node, field, format, args...))
}

func (v *validator) header(doc *Document) {
	if doc.APIVersion != APIVersion {
		v.err("api_version", "", "apiVersion", "apiVersion must be %s, not %q", APIVersion, doc.APIVersion)
	}
	if doc.Kind != Kind {
		v.err("kind", "", "kind", "kind must be %s, not %q", Kind, doc.Kind)
	}
	switch name := doc.Metadata.Name; {
	case name == "":
		v.err("name_missing", "", "metadata.name", "The flow needs a name in metadata.name")
	case !flowName.MatchString(name):
		v.err("name_invalid", "", "metadata.name", "The name %q must be 1 to 63 lower-case letters, digits, - or _, and begin with a letter or digit", name)
	}
}

func (v *validator) params(params Params) {
	for i := range params {
		p := &params[i]
		field := "spec.params." + p.Name
		v.identifier("", field, "The parameter", p.Name)
		if !slices.Contains(ParamTypes, p.Type) {
			v.err("param_type", "", field+".type", "The type of the parameter %s must be one of %s, not %q", p.Name, strings.Join(ParamTypes, ", "), p.Type)
			continue
		}
		v.paramValues(p, field)
	}
}

func (v *validator) paramValues(p *Param, field string) {
	if (p.Minimum != nil || p.Maximum != nil) && p.Type != "number" && p.Type != "integer" {
		v.err("param_range", "", field, "minimum and maximum are only for numbers; the parameter %s is of type %s", p.Name, p.Type)
	} else if p.Minimum != nil && p.Maximum != nil && *p.Minimum > *p.Maximum {
		v.err("param_range", "", field+".minimum", "The minimum of the parameter %s is above its maximum", p.Name)
	}
	for i, choice := range p.Enum {
		if _, problem := p.typed(choice, false); problem != "" {
			v.err("param_enum", "", fmt.Sprintf("%s.enum[%d]", field, i), "A choice of the parameter %s does not fit: %s", p.Name, problem)
		}
	}
	if value, ok := p.DefaultValue(); ok && value != nil {
		if _, problem := p.check(value, false); problem != "" {
			v.err("param_default", "", field+".default", "The default of the parameter %s does not fit: %s", p.Name, problem)
		}
	}
}

func (v *validator) triggers(triggers []Trigger) {
	seen := map[string]bool{}
	for i, t := range triggers {
		field := fmt.Sprintf("spec.triggers[%d]", i)
		switch {
		case !v.identifier("", field+".id", "The trigger", t.ID):
		case seen[t.ID]:
			v.err("trigger_duplicate", "", field+".id", "There are two triggers with the id %s", t.ID)
		}
		seen[t.ID] = true
		if t.Type == "" {
			v.err("trigger_type", "", field+".type", "The trigger %s needs a type", t.ID)
		}
	}
}

func (v *validator) nodes(nodes []Node) {
	if len(nodes) > maxNodes {
		v.err("too_many_nodes", "", "spec.nodes", "A flow has at most %d nodes; this one has %d", maxNodes, len(nodes))
		return
	}
	seen := map[string]bool{}
	v.level(nodes, "spec.nodes", seen, map[string]bool{}, 0)
}

// level checks the nodes of the document or of one body of a container; seen holds the ids of the whole document, outer
// those that lie around the container and may be taken from.
func (v *validator) level(nodes []Node, path string, seen, outer map[string]bool, depth int) {
	ids := maps.Clone(outer)
	for i := range nodes {
		ids[nodes[i].ID] = true
	}
	if depth > 0 {
		ids[Item] = true
	}
	names := slices.Sorted(maps.Keys(ids))
	for i := range nodes {
		n := &nodes[i]
		mine := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case n.ID == "":
			v.err("node_id", "", mine+".id", "The node needs an id")
		case seen[n.ID]:
			v.err("node_duplicate", n.ID, mine+".id", "There are two nodes with the id %s; give one of them another", n.ID)
		default:
			v.identifier(n.ID, "id", "The node", n.ID)
		}
		seen[n.ID] = true
		if n.Type == "" {
			v.err("node_type_missing", n.ID, fieldOf(n, mine, "type"), "The node needs a type")
		}
		v.edges(n, mine, ids, names)
		v.policy(n, mine)
		for _, body := range n.Bodies() {
			if depth >= maxNesting {
				v.err("too_deep", n.ID, fieldOf(n, mine, body.Field), "Containers lie within each other at most %d deep", maxNesting)
				continue
			}
			around := maps.Clone(ids)
			delete(around, n.ID) // a container has ended only when its body has
			v.level(body.Nodes, mine+"."+body.Field, seen, around, depth+1)
		}
	}
	if _, cycle := Order(nodes); len(cycle) > 2 {
		v.err("cycle", cycle[0], "in", "The nodes wait for each other in a loop: %s; remove one of the edges", strings.Join(cycle, " → "))
	}
}

// fieldOf is a field relative to its node, or from the document's top when the node has no id to be found by.
func fieldOf(n *Node, path, field string) string {
	if n.ID == "" {
		return path + "." + field
	}
	return field
}

func (v *validator) edges(n *Node, path string, ids map[string]bool, names []string) {
	check := func(id, field string) {
		switch {
		case id == n.ID && id != "":
			v.err("self_edge", n.ID, field, "The node %s takes from itself; take from another node", n.ID)
		case !ids[id]:
			v.err("unknown_source", n.ID, field, "There is no node %q to take from%s", id, DidYouMean(id, names))
		}
	}
	for _, port := range slices.Sorted(maps.Keys(n.In)) {
		sources := n.In[port]
		if len(sources) == 0 {
			v.err("source_missing", n.ID, fieldOf(n, path, "in."+port), "The input %s names no node", port)
		}
		for _, source := range sources {
			id, _ := SplitSource(source)
			check(id, fieldOf(n, path, "in."+port))
		}
	}
	for i, id := range n.After {
		check(id, fieldOf(n, path, fmt.Sprintf("after[%d]", i)))
	}
}

func (v *validator) policy(n *Node, path string) {
	one := func(field, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			v.err("not_allowed", n.ID, fieldOf(n, path, field), "%s must be one of %s, not %q", field, strings.Join(allowed, ", "), value)
		}
	}
	one("join", n.Join, "all", "any", "settled")
	one("onError", n.OnError, "fail", "continue", "port")
	if n.Version < 0 {
		v.err("version", n.ID, fieldOf(n, path, "version"), "The version must be 1 or more")
	}
	v.duration(n.ID, fieldOf(n, path, "timeout"), n.Timeout)
	v.duration(n.ID, fieldOf(n, path, "deadline"), n.Deadline)
	v.contracts(n, path)
	if n.Cache != nil {
		v.duration(n.ID, fieldOf(n, path, "cache.for"), n.Cache.For)
	}
	if n.Retry == nil {
		return
	}
	if n.Retry.Attempts < 1 || n.Retry.Attempts > 100 {
		v.err("retry_attempts", n.ID, fieldOf(n, path, "retry.attempts"), "retry.attempts must be from 1 to 100, not %d", n.Retry.Attempts)
	}
	if b := n.Retry.Backoff; b != nil {
		v.duration(n.ID, fieldOf(n, path, "retry.backoff.initial"), b.Initial)
		v.duration(n.ID, fieldOf(n, path, "retry.backoff.max"), b.Max)
		if b.Factor != 0 && (b.Factor < 1 || b.Factor > 100) {
			v.err("retry_factor", n.ID, fieldOf(n, path, "retry.backoff.factor"), "retry.backoff.factor must be from 1 to 100, not %v", b.Factor)
		}
	}
}

// contracts checks what the tables of a node are expected to be.
func (v *validator) contracts(n *Node, path string) {
	for _, port := range slices.Sorted(maps.Keys(n.Contract)) {
		c, at := n.Contract[port], "contract."+port
		for _, p := range [][2]string{{"new", c.New}, {"missing", c.Missing}, {"retyped", c.Retyped}} {
			if p[1] != "" && !slices.Contains([]string{DriftFail, DriftAdd, DriftIgnore}, p[1]) {
				v.err("not_allowed", n.ID, fieldOf(n, path, at+"."+p[0]), "%s must be one of fail, add, ignore, not %q", p[0], p[1])
			}
		}
		if len(c.Columns) == 0 {
			v.err("contract_empty", n.ID, fieldOf(n, path, at+".columns"), "Name the columns that the table is expected to have, or remove the contract")
		}
		seen := map[string]bool{}
		for i, col := range c.Columns {
			field := fieldOf(n, path, fmt.Sprintf("%s.columns[%d]", at, i))
			switch key := strings.ToLower(col.Name); {
			case col.Name == "":
				v.err("contract_column", n.ID, field+".name", "The column needs a name")
			case seen[key]:
				v.err("contract_column", n.ID, field+".name", "The column %s is there twice", col.Name)
			case !isType(col.Type):
				v.err("contract_column", n.ID, field+".type", "Name the type of the column %s, such as BIGINT, DOUBLE, VARCHAR or DATE", col.Name)
			default:
				seen[key] = true
			}
		}
	}
}

func isType(text string) bool {
	_, ok := sqltype.Parse(text)
	return ok
}

// limits checks what bounds the runs of the flow as a whole.
func (v *validator) limits(s *Spec) {
	v.duration("", "spec.timeout", s.Timeout)
	v.duration("", "spec.sla", s.SLA)
	if s.Priority < -100 || s.Priority > 100 {
		v.err("priority", "", "spec.priority", "The priority must be from -100 to 100, not %d", s.Priority)
	}
	if c := s.Concurrency; c != nil {
		if c.Limit < 1 {
			v.err("concurrency", "", "spec.concurrency.limit", "The limit must be at least 1, not %d", c.Limit)
		}
		if c.OnLimit != "" && !slices.Contains([]string{"queue", "skip", "cancel_older"}, c.OnLimit) {
			v.err("not_allowed", "", "spec.concurrency.onLimit", "onLimit must be one of queue, skip, cancel_older, not %q", c.OnLimit)
		}
	}
	if r := s.Rate; r != nil {
		if r.Limit < 1 {
			v.err("rate", "", "spec.rate.limit", "The limit must be at least 1, not %d", r.Limit)
		}
		if d, err := r.Per.Parse(); err != nil || d <= 0 {
			v.err("rate", "", "spec.rate.per", "per must be a time such as 1m, not %q", r.Per)
		}
	}
	if r := s.Retention; r != nil {
		v.duration("", "spec.retention.age", r.Age)
		if r.Runs < 0 {
			v.err("retention", "", "spec.retention.runs", "The number of runs must be at least 1, not %d", r.Runs)
		}
		if r.MiB < 0 {
			v.err("retention", "", "spec.retention.mib", "The size must be at least 1 MiB, not %d", r.MiB)
		}
	}
}

func (v *validator) layout(doc *Document) {
	for _, id := range slices.Sorted(maps.Keys(doc.Spec.Layout)) {
		if n := len(doc.Spec.Layout[id]); n != 2 && n != 4 {
			v.err("layout", "", "spec.layout."+id, "The place of %s must be two numbers, [x, y], or four of a container, [x, y, width, height]", id)
		}
	}
}

func (v *validator) duration(node, field string, d Duration) {
	if _, err := d.Parse(); err != nil {
		v.err("duration", node, field, "%v", err)
	}
}

// identifier checks a name that expressions use.
func (v *validator) identifier(node, field, what, name string) bool {
	switch {
	case name == "":
		v.err("id_missing", node, field, "%s needs an id", what)
	case slices.Contains(reserved, name):
		v.err("id_reserved", node, field, "%s cannot be called %s, which is a word of the expression language", what, name)
	case !nodeID.MatchString(name):
		v.err("id_invalid", node, field, "%s is called %q; letters, digits and _ are allowed, at most 64, not a digit first", what, name)
	default:
		return true
	}
	return false
}

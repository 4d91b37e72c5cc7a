package step

import (
	"maps"
	"net/http"
	"slices"
	"sync"

	"dataflow/flow-automation/check"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// compiled is a node made ready to run often: its type, and its configuration with the expressions compiled.
type compiled struct {
	typ    *node.Type
	effect node.Effect
	// effectIn asks for the effect where it depends on the tenant, too.
	effectIn func(env *node.Env, tenant string) node.Effect
	tree     *expr.Tree
	refs     []expr.Ref
	round    *expr.Tree // of a loop: what is evaluated in each round
	rounds   []expr.Ref
	// perItem are the fields that the node evaluates itself, once for each item.
	perItem map[string]*expr.Tree
	// ways are the fields that name connections.
	ways []string
	// fixed are the columns that its table has whatever is found; nil where that is not known.
	fixed []table.Column
	err   *errs.Error
}

// cache finds what is compiled by node, and, since every run may have a document of its own, by content. Documents that
// are being run never change. When a map is full it begins anew, which costs a few microseconds a node.
type cache struct {
	mu      sync.RWMutex
	nodes   map[*flow.Node]*compiled
	content map[string]*compiled
}

const cacheMax = 4096

func (c *cache) byNode(n *flow.Node) *compiled {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.nodes[n]
}

func (c *cache) byContent(key string) *compiled {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.content[key]
}

func (c *cache) put(n *flow.Node, key string, done *compiled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes == nil || len(c.nodes) >= cacheMax {
		c.nodes = map[*flow.Node]*compiled{}
	}
	if c.content == nil || len(c.content) >= cacheMax {
		c.content = map[string]*compiled{}
	}
	c.nodes[n] = done
	c.content[key] = done
}

func (x *Executor) compiled(n *flow.Node) *compiled {
	if c := x.cache.byNode(n); c != nil {
		return c
	}
	key := append([]byte(n.Type), 0, byte(n.Version)) //nolint:gosec // part of a key; equal versions stay equal, and types have few
	key, err := expr.AppendJSON(key, n.With)
	if err != nil {
		return &compiled{err: errs.Invalid(node.CodeConfigInvalid, "The configuration cannot be read: %v", err)}
	}
	c := x.cache.byContent(string(key))
	if c == nil {
		c = x.compile(n)
	}
	x.cache.put(n, string(key), c)
	return c
}

func (x *Executor) compile(n *flow.Node) *compiled {
	t := x.registry.Get(n.Type)
	if t == nil {
		return &compiled{err: errs.Invalid("unknown_type", "There is no node type %q%s", n.Type, flow.DidYouMean(n.Type, x.registry.Names()))}
	}
	config, err := t.Upgraded(n.Version, n.With)
	if err != nil {
		return &compiled{err: errs.Invalid("version", "%v", err)}
	}
	once, round := config, map[string]any(nil)
	if t.Container != nil && len(t.Container.EachRound) > 0 {
		once, round = apart(config, t.Container.EachRound)
	}
	tree, problems := expr.CompileTree(once, check.Mode(t.Config))
	rounds, more := expr.CompileTree(round, check.Mode(t.Config))
	if problems = append(problems, more...); len(problems) > 0 {
		for i := range problems {
			problems[i].Field = "with." + problems[i].Field
		}
		return &compiled{err: node.Invalid(problems)}
	}
	c := &compiled{typ: t, tree: tree, round: rounds, effect: t.Effect}
	if t.EffectOf != nil || t.EffectIn != nil || t.Fixed != nil {
		raw, err := expr.AppendJSON(nil, config)
		if err != nil {
			return &compiled{err: errs.New(http.StatusUnprocessableEntity, node.CodeConfigInvalid, "The configuration cannot be read: %v", err)}
		}
		c.effect = t.EffectFor(raw)
		if t.EffectIn != nil {
			c.effectIn = t.EffectIn(raw)
		}
		if t.Fixed != nil {
			c.fixed = t.Fixed(raw)
		}
	}
	tree.Walk(func(_ string, text *expr.Template) { c.refs = append(c.refs, text.Refs()...) })
	rounds.Walk(func(_ string, text *expr.Template) { c.rounds = append(c.rounds, text.Refs()...) })
	for _, f := range t.Config.Fields() {
		if f.Widget == widgetConnection {
			c.ways = append(c.ways, f.Path)
		}
		if v, there := config[f.Path]; there && v != nil && f.Widget == check.WidgetItem {
			if c.perItem == nil {
				c.perItem = map[string]*expr.Tree{}
			}
			// What is wrong with its expressions has been found above.
			c.perItem[f.Path], _ = expr.CompileTree(map[string]any{f.Path: v}, func(string) expr.Mode { return expr.Text })
		}
	}
	return c
}

// apart gives the configuration without the fields that are evaluated in each round, and those fields. What stays
// whatever the round is in both.
func apart(config map[string]any, fields []string) (once, round map[string]any) {
	once, round = maps.Clone(config), maps.Clone(config)
	for _, f := range fields {
		if text, is := config[f].(string); is && expr.Has(text) {
			delete(once, f)
		}
	}
	for k := range config {
		if !slices.Contains(fields, k) {
			delete(round, k)
		}
	}
	return once, round
}

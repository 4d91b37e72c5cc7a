package expr

import (
	"context"
	"time"
)

// Scope is what expressions see. Values are what encoding/json gives, with integers as int, int64 or json.Number. A
// scope serves one goroutine at a time.
type Scope struct {
	Params  map[string]any
	Vars    map[string]any
	Trigger any
	Run     map[string]any
	Nodes   map[string]any // by id: the ports, by name
	Item    any
	Index   int
	Now     time.Time // what now() answers
	// Escape is applied to whatever an expression writes into a text, even where it is the whole text; nil leaves it as it is.
	Escape func(string) string

	env    map[string]any
	budget *budget
}

// begin makes the scope ready for an evaluation within fresh limits.
func (s *Scope) begin(ctx context.Context) {
	if s.env == nil {
		s.budget = &budget{}
		s.env = map[string]any{
			"params": s.Params, "vars": s.Vars, "trigger": s.Trigger, "run": s.Run, "nodes": s.Nodes, "index": s.Index, nowName: s.Now, budgetName: s.budget,
		}
		if s.Item != nil { // absent is null; a map of up to eight names is much the smaller
			s.env["item"] = s.Item
		}
	}
	*s.budget = budget{ctx: ctx}
}

// Next puts another item in place of the one before; everything else of the scope stays.
func (s *Scope) Next(item any, index int) {
	s.Item, s.Index = item, index
	if s.env != nil {
		s.env["item"], s.env["index"] = item, index
	}
}

// budget bounds one evaluation.
type budget struct {
	ctx   context.Context //nolint:containedctx // lives for one evaluation; the language has no other way to it
	steps int
	bytes int
}

const (
	maxSteps = 2_000_000
	maxBytes = 64 << 20
)

type limitError string

func (e limitError) Error() string { return string(e) }

// step counts n units of work.
func (b *budget) step(n int) error {
	before := b.steps >> 10
	b.steps += n
	if b.steps > maxSteps {
		return limitError("it takes too many steps; work on large data with a table or Python node")
	}
	if b.steps>>10 != before && b.ctx != nil {
		return b.ctx.Err()
	}
	return nil
}

// grow counts memory that a result takes.
func (b *budget) grow(n int) error {
	b.bytes += n
	if n < 0 || b.bytes > maxBytes {
		return limitError("it takes too much memory; work on large data with a table or Python node")
	}
	return nil
}

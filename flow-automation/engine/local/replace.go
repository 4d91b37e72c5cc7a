package local

import (
	"cmp"
	"slices"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
)

// cancelOlder says that of the runs of a group the newest count.
const cancelOlder = "cancel_older"

// older is a run that a newer one replaces.
type older struct {
	no int64
	id string
}

// replace cancels those runs of groups of which the newest count that are too many, now that another run is durable.
func (e *Engine) replace(tenant string, groups []engine.Group) {
	for _, g := range groups {
		if g.OnLimit != cancelOlder {
			continue
		}
		e.mu.Lock()
		if runs := e.adm.replaced(tenant, g); len(runs) > 0 && e.open {
			e.actors.Add(1)
			go e.cancelReplaced(tenant, g, runs)
		}
		e.mu.Unlock()
	}
}

// replaced gives the runs of a group that are too many, oldest first: of those with a place, and of those without that
// ask for nothing else than to be among the newest. Those that are kept leave fewer places for the others, of which the
// newest stays in any case.
func (a *admission) replaced(tenant string, g engine.Group) (runs []older) {
	known := a.groups[groupKey(tenant, g)]
	if known == nil {
		return nil
	}
	for _, of := range []map[int64]string{known.members, known.replaceable} {
		for no, id := range of {
			if !known.kept[no] {
				runs = append(runs, older{no, id})
			}
		}
	}
	slices.SortFunc(runs, func(a, b older) int { return cmp.Compare(a.no, b.no) })
	return runs[:max(0, len(runs)-max(1, known.limit-len(known.kept)))]
}

func (e *Engine) cancelReplaced(tenant string, g engine.Group, runs []older) {
	defer e.actors.Done()
	for _, o := range runs {
		err := e.Cancel(e.soft, tenant, o.id, "a newer run")
		// One that is about to begin has its place before it is durable, and only then can it be canceled.
		for err != nil && errs.From(err).Code == codeNotFound && e.inGroup(tenant, g, o.no) && e.settle(e.soft) == nil {
			err = e.Cancel(e.soft, tenant, o.id, "a newer run")
		}
		if err == nil || e.soft.Err() != nil {
			continue
		}
		if code := errs.From(err).Code; code != codeFinished && code != codeNotFound && code != codeStopping {
			e.logger.Error("an older run cannot be canceled for a newer one", "run", o.id, "error", err)
		}
	}
}

func (e *Engine) inGroup(tenant string, g engine.Group, no int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.adm.groups[groupKey(tenant, g)]
	return known != nil && (known.members[no] != "" || known.replaceable[no] != "")
}

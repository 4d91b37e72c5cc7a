package local

// fair is a queue that serves tenants in turn, so that the many runs of one do not hold up another's few; of each tenant
// a higher priority goes first, and otherwise who came first. It is not safe for concurrent use.
type fair[T any] struct {
	byTenant map[string]*line[T]
	turn     []*line[T] // those that have something, in order of their turn
	size     int
}

type line[T any] struct {
	tenant string
	items  []ranked[T]
}

type ranked[T any] struct {
	priority int
	item     T
}

func (f *fair[T]) push(tenant string, priority int, item T) {
	if f.byTenant == nil {
		f.byTenant = map[string]*line[T]{}
	}
	l := f.byTenant[tenant]
	if l == nil {
		l = &line[T]{tenant: tenant}
		f.byTenant[tenant] = l
		f.turn = append(f.turn, l)
	}
	l.items = append(l.items, ranked[T]{priority, item})
	for i := len(l.items) - 1; i > 0 && l.items[i-1].priority < priority; i-- {
		l.items[i-1], l.items[i] = l.items[i], l.items[i-1]
	}
	f.size++
}

func (f *fair[T]) pop() (item T, ok bool) {
	if f.size == 0 {
		return item, false
	}
	l := f.turn[0]
	f.turn = f.turn[1:]
	item, l.items = l.items[0].item, l.items[1:]
	f.size--
	if len(l.items) == 0 {
		delete(f.byTenant, l.tenant)
	} else {
		f.turn = append(f.turn, l)
	}
	return item, true
}

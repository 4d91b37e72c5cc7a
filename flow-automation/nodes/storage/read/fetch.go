package read

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// ahead is how many objects lie on the disk at a time, and how many are fetched at once.
const ahead = 3

// fetch gives each object as a file to do, in their order; the file is removed when do has returned.
func (c Config) fetch(ctx context.Context, call *node.Call, conn connector.Objects, found *found, do func(listed, o connector.Object, path string) error) error {
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return err
	}
	defer remove()
	f := &fetching{list: found.objects, field: c.field(), next: make(chan int), room: make(chan struct{}, ahead)}
	for i := range f.here {
		f.here[i] = make(chan connector.Object, 1)
	}
	f.path = func(i int) string { return filepath.Join(dir, fmt.Sprint(i%ahead)) }
	var done atomic.Int64
	progress := make(chan int64, 1)
	f.told = func(n int) {
		latest := done.Add(int64(n))
		select { // whoever tells it may be slower than what comes
		case progress <- latest:
		default:
		}
	}
	all, ctx := errgroup.WithContext(ctx)
	helping, stop := context.WithCancel(ctx)
	defer stop()
	all.Go(func() error { return f.hand(ctx, conn) })
	for range min(ahead, len(f.list)) - 1 {
		all.Go(func() error {
			// While it waits, the step itself is at work: its worker is not to be lent.
			other, err := c.Open(table.WithPlaces(helping, nil), call)
			if err != nil {
				return nil // one connection does the work alone, and says what is wrong with it
			}
			defer func() { _ = other.Close() }() // it has only read
			return f.hand(ctx, other)
		})
	}
	all.Go(func() error {
		defer stop() // nobody has to wait for a place any more
		return f.deal(ctx)
	})
	all.Go(func() error {
		for i := range f.list {
			o, err := f.wait(ctx, i, func(n int64) { call.Progress(n, found.bytes, "bytes") }, progress)
			if err != nil {
				return err
			}
			if err := do(f.list[i], o, f.path(i)); err != nil {
				return err
			}
			if err := os.Remove(f.path(i)); err != nil {
				return errs.Internal(err)
			}
			<-f.room
		}
		call.Progress(found.bytes, found.bytes, "bytes")
		return nil
	})
	return all.Wait()
}

// fetching is several hands that fetch.
type fetching struct {
	list  []connector.Object
	field string
	next  chan int      // places in list
	room  chan struct{} // what lies on the disk, or is to
	here  [ahead]chan connector.Object
	path  func(i int) string
	told  func(bytes int)
}

// deal hands out places, as there is room.
func (f *fetching) deal(ctx context.Context) error {
	defer close(f.next)
	for i := range f.list {
		select {
		case f.room <- struct{}{}:
		case <-ctx.Done():
			return connector.Ended(ctx)
		}
		select {
		case f.next <- i:
		case <-ctx.Done():
			return connector.Ended(ctx)
		}
	}
	return nil
}

// hand fetches by one connection.
func (f *fetching) hand(ctx context.Context, conn connector.Objects) error {
	for i := range f.next {
		o, err := objects.Fetch(ctx, conn, f.list[i].Name, f.path(i), f.told)
		if err != nil {
			return objects.Placed(err, f.field)
		}
		f.here[i%ahead] <- o
	}
	return nil
}

// wait gives an object when it is there.
func (f *fetching) wait(ctx context.Context, i int, tell func(bytes int64), progress <-chan int64) (connector.Object, error) {
	for {
		select {
		case o := <-f.here[i%ahead]:
			return o, nil
		case n := <-progress:
			tell(n)
		case <-ctx.Done():
			return connector.Object{}, connector.Ended(ctx)
		}
	}
}

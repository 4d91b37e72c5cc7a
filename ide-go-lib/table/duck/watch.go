package duck

import (
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dataflow/ide-go-lib/table"
)

const watchEvery = 200 * time.Millisecond

// watch tells progress until the function it gives is called. Short queries tell nothing.
func (s *session) watch(total int64, progress table.Progress) func() {
	if progress == nil {
		return func() {}
	}
	handle, found := handleOf(s.conn)
	if !found {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			p := mapping.QueryProgress(handle)
			percent, _, _ := mapping.QueryProgressTypeMembers(&p)
			if percent >= 0 {
				progress(int64(float64(total)*percent/100), total, percent)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

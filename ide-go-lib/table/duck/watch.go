package duck

import (
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
	s.inst.reach.Begin()
	done, ended := make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(watchEvery, func() {
		defer close(ended)
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			p := mapping.QueryProgress(handle)
			percent, _, _ := mapping.QueryProgressTypeMembers(&p)
			if s.reads > 0 { // DuckDB does not know of it; what comes after the files is not told
				percent = min(99, 100*float64(s.inst.reach.Read())/float64(s.reads))
			}
			if percent >= 0 {
				progress(int64(float64(total)*percent/100), total, percent)
			}
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(done)
		if !timer.Stop() {
			<-ended
		}
	}
}

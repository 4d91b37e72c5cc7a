package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const most = 100 // milliseconds

// page is what is needed of a list of runs.
type page struct {
	Items []struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"created_at"`
	} `json:"items"`
	Next string `json:"next"`
}

// kind is one way to ask. query gives the parameters of the i-th request.
type kind struct {
	name  string
	path  string
	query func(i int) url.Values
}

func with(pairs ...string) url.Values {
	v := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		v.Set(pair[0], pair[len(pair)-1])
	}
	return v
}

// ask measures every kind of question on the server.
func ask(ctx context.Context, s *program.Server, runs, flows, samples int, r *figure.Report) error {
	c, err := s.Login(ctx, 4)
	if err != nil {
		return err
	}
	counts, err := c.Counts(ctx)
	if err != nil {
		return err
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != runs {
		return fmt.Errorf("%d runs were made, and the server counts %d: %v", runs, sum, counts)
	}
	known, err := some(ctx, c)
	if err != nil {
		return err
	}
	kinds := kinds(known, flows)
	worst := map[string]float64{}
	for _, k := range kinds {
		times := make([]float64, samples)
		for i := range times {
			began := time.Now()
			var answer page
			target := "/api/automation/v1" + k.path + "?" + k.query(i).Encode()
			if k.path == "/runs/counts" {
				err = c.Do(ctx, http.MethodGet, target, "", nil, nil)
			} else {
				err = c.Do(ctx, http.MethodGet, target, "", nil, &answer)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			times[i] = float64(time.Since(began).Microseconds()) / 1000
		}
		slices.Sort(times)
		p95 := times[min(len(times)*95/100, len(times)-1)]
		group := "list_p95_ms"
		if k.path == "/runs/counts" {
			group = "count_p95_ms"
		}
		worst[group] = max(worst[group], p95)
		r.Add(figure.Figure{Name: k.name, Value: p95, Unit: "ms", AtMost: most, Note: fmt.Sprintf("p95 of %d; median %.1f", samples, times[len(times)/2])})
	}
	r.Add(figure.Figure{Name: "list_p95_ms", Value: worst["list_p95_ms"], Unit: "ms", AtMost: most, Note: "the slowest of the lists above"})
	r.Add(figure.Figure{Name: "count_p95_ms", Value: worst["count_p95_ms"], Unit: "ms", AtMost: most, Note: "the slowest of the counts above"})
	if rss, err := s.Memory("VmRSS"); err == nil {
		r.Add(figure.Figure{Name: "rss_mib", Value: rss, Unit: "MiB", Note: "of the server after all these"})
	}
	return nil
}

// some gives runs from all over the list, with the cursors that led to them.
func some(ctx context.Context, c *program.Client) (known []page, err error) {
	cursor := ""
	for range 40 {
		var p page
		if err := c.Do(ctx, http.MethodGet, "/api/automation/v1/runs?"+with("limit", "500", "cursor", cursor).Encode(), "", nil, &p); err != nil {
			return nil, err
		}
		known, cursor = append(known, p), p.Next
		if cursor == "" {
			break
		}
	}
	return known, nil
}

func kinds(known []page, flows int) []kind {
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same each time
	any := func() page { return known[random.IntN(len(known))] }
	aFlow := func(i int) string { return flowID([]int{0, 1, 5, flows / 2, flows - 1}[i%5]) }
	list := func(name string, query func(i int) url.Values) kind { return kind{name, "/runs", query} }
	newest, oldest := known[0].Items[0].CreatedAt, known[len(known)-1].Items[0].CreatedAt
	moment := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	return []kind{
		{"counts", "/runs/counts", func(int) url.Values { return with() }},
		{"counts_of_flow", "/runs/counts", func(i int) url.Values { return with("flow_id", aFlow(i)) }},
		list("first_page", func(int) url.Values { return with() }),
		list("oldest_first", func(int) url.Values { return with("sort", "created_at") }),
		list("deep_page", func(int) url.Values { return with("cursor", any().Next, "limit", "500") }),
		list("by_status", func(i int) url.Values {
			return with("status", []string{"failed", "succeeded", "canceled", "failed,canceled", "running"}[i%5])
		}),
		list("by_flow", func(i int) url.Values { return with("flow_id", aFlow(i)) }),
		list("by_flow_and_status", func(i int) url.Values { return with("flow_id", aFlow(i), "status", "failed") }),
		list("by_time", func(i int) url.Values {
			return with("since", moment(oldest), "until", moment(oldest.Add(newest.Sub(oldest)*time.Duration(i%10+1)/20)))
		}),
		list("slowest", func(int) url.Values { return with("sort", "-duration") }),
		list("slowest_of_flow", func(i int) url.Values { return with("sort", "-duration", "flow_id", aFlow(i)) }),
		list("slowest_failed_of_a_time", func(i int) url.Values {
			return with("sort", "-duration", "status", "failed", "since", moment(newest.Add(-time.Duration(i%20+1)*time.Second)))
		}),
		list("quickest_of_a_time", func(i int) url.Values {
			return with("sort", "duration", "since", moment(oldest.Add(time.Duration(i%20)*time.Second)))
		}),
		list("name_of_many", func(i int) url.Values { return with("q", []string{"orders", "import", "no.", "o"}[i%4]) }),
		list("name_of_few", func(i int) url.Values { return with("q", fmt.Sprintf("-%d", flows-1-i%20)) }),
		list("name_of_none", func(i int) url.Values { return with("q", fmt.Sprintf("nothing of that name %d", i)) }),
		list("name_and_status", func(int) url.Values { return with("q", "stock", "status", "failed") }),
		list("slowest_by_name", func(int) url.Values { return with("q", "sensors", "sort", "-duration") }),
		list("id", func(int) url.Values { return with("q", any().Items[7].ID) }),
		list("end_of_id", func(int) url.Values { return with("q", any().Items[3].ID[18:]) }),
		list("beginning_of_id", func(i int) url.Values { return with("q", any().Items[5].ID[:6+i%6]) }),
		list("two_letters", func(int) url.Values { return with("q", "k-") }),
	}
}

package read_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/read"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestExamples(t *testing.T) {
	node.NewRegistry([]node.Type{read.Type()}) // panics when it is incomplete
	for _, ex := range read.Type().Examples {
		t.Run(ex.Title, func(t *testing.T) { exampletest.New(t).Example(read.Type(), ex) })
	}
}

// world is a bench with a web service that has five items, in every way of paging.
type world struct {
	*exampletest.Bench
	t   *testing.T
	url string

	mu    sync.Mutex
	asked []string
}

func newWorld(t *testing.T) *world {
	w := &world{Bench: exampletest.New(t), t: t}
	mux := http.NewServeMux()
	page := func(q func(string) string, from, size int) ([]int, int) {
		if s, err := strconv.Atoi(q("size")); err == nil {
			size = s
		}
		list := []int{}
		for i := from; i < min(from+size, 5); i++ {
			list = append(list, i)
		}
		return list, from + size
	}
	items := func(list []int) (out []map[string]any) {
		out = []map[string]any{}
		for _, i := range list {
			out = append(out, map[string]any{"id": i})
		}
		return out
	}
	number := func(text string) int { n, _ := strconv.Atoi(text); return n }
	mux.HandleFunc("/page", func(rw http.ResponseWriter, r *http.Request) {
		list, _ := page(r.URL.Query().Get, number(r.URL.Query().Get("page"))*2, 2)
		answer(rw, items(list))
	})
	mux.HandleFunc("/offset", func(rw http.ResponseWriter, r *http.Request) {
		list, _ := page(r.URL.Query().Get, number(r.URL.Query().Get("skip")), 2)
		answer(rw, map[string]any{"data": map[string]any{"list": items(list)}})
	})
	mux.HandleFunc("/cursor", func(rw http.ResponseWriter, r *http.Request) {
		list, next := page(r.URL.Query().Get, number(r.URL.Query().Get("after")), 2)
		out := map[string]any{"data": items(list), "meta": map[string]any{"next": next, "more": next < 5}}
		if r.URL.Query().Get("nulls") != "" && next >= 5 {
			out["meta"] = map[string]any{"next": nil}
		}
		answer(rw, out)
	})
	mux.HandleFunc("/link", func(rw http.ResponseWriter, r *http.Request) {
		list, next := page(r.URL.Query().Get, number(r.URL.Query().Get("p")), 2)
		if next < 5 {
			rw.Header().Set("Link", fmt.Sprintf(`<http://x/?a=1,2>; title="a, b"; rel="prev", <?p=%d&size=2>; rel="last next"`, next))
		}
		answer(rw, items(list))
	})
	mux.HandleFunc("/next", func(rw http.ResponseWriter, r *http.Request) {
		list, next := page(r.URL.Query().Get, number(r.URL.Query().Get("p")), 2)
		out := map[string]any{"items": items(list), "next": ""}
		if next < 5 {
			out["next"] = fmt.Sprintf("%s/next?p=%d&a=1", w.url, next)
		}
		answer(rw, out)
	})
	mux.HandleFunc("/loop", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, map[string]any{"data": items([]int{1}), "next": "/loop", "cursor": "c"})
	})
	mux.HandleFunc("/away", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, map[string]any{"data": items([]int{1}), "next": "http://other.example/x"})
	})
	cut := func(pages ...[]int) func(*http.Request) ([]map[string]any, int) {
		return func(r *http.Request) ([]map[string]any, int) {
			n := number(r.URL.Query().Get("page"))
			return items(append(pages, nil)[min(n, len(pages)+1)-1]), n
		}
	}
	uneven := cut([]int{0, 1}, []int{2}, []int{3, 4}) // one was left out after the pages had been cut
	mux.HandleFunc("/uneven", func(rw http.ResponseWriter, r *http.Request) {
		list, _ := uneven(r)
		answer(rw, map[string]any{"data": list, "total": 5})
	})
	holes := cut([]int{0, 1, 2}, nil, []int{3, 4})
	mux.HandleFunc("/holes", func(rw http.ResponseWriter, r *http.Request) {
		list, n := holes(r)
		answer(rw, map[string]any{"data": list, "more": n < 3, "total": 9})
	})
	whole := cut([]int{0, 1, 2}, []int{3, 4})
	mux.HandleFunc("/strict", func(rw http.ResponseWriter, r *http.Request) {
		list, n := whole(r)
		if n > 2 {
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		answer(rw, list)
	})
	mux.HandleFunc("/picky", func(rw http.ResponseWriter, r *http.Request) { // answers as it is told behind its last page
		list, n := whole(r)
		if n > 2 {
			rw.WriteHeader(number(r.URL.Query().Get("status")))
			return
		}
		answer(rw, map[string]any{"data": list, "more": true, "total": 9})
	})
	mux.HandleFunc("/one", func(rw http.ResponseWriter, r *http.Request) { // the only page
		if r.URL.Query().Get("page") == "2" {
			rw.WriteHeader(http.StatusBadRequest)
			return
		}
		answer(rw, map[string]any{"data": items([]int{0, 1}), "nextSyncToken": "x"})
	})
	mux.HandleFunc("/omitted", func(rw http.ResponseWriter, r *http.Request) { // leaves out what is false
		list, n := whole(r)
		out := map[string]any{"data": list}
		if n < 2 {
			out["more"] = true
		}
		answer(rw, out)
	})
	mux.HandleFunc("/clamped", func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(min(2, number(q.Get("page")))))
		r.URL.RawQuery = q.Encode()
		list, _ := whole(r)
		answer(rw, list)
	})
	mux.HandleFunc("/left-out", func(rw http.ResponseWriter, r *http.Request) {
		list, next := page(r.URL.Query().Get, number(r.URL.Query().Get("cursor")), 2)
		out := map[string]any{"data": items(list)}
		if next < 5 {
			out["next_token"] = next
		}
		answer(rw, out)
	})
	one := items([]int{0, 1})
	for path, has := range map[string]map[string]any{ // first pages
		"/counted": {"data": one, "meta": map[string]any{"total_count": 25}},
		"/ended":   {"data": one, "has_more": false, "next": "x"},
		"/self":    {"data": one, "url": "/self", "page": "1"},
		"/flag":    {"data": one, "has_more": true},
		"/after":   {"data": one, "none": []int{}, "paging": map[string]any{"before": "a", "after": "b"}},
	} {
		mux.HandleFunc(path, func(rw http.ResponseWriter, _ *http.Request) { answer(rw, has) })
	}
	mux.HandleFunc("/dotted", func(rw http.ResponseWriter, r *http.Request) {
		list, next := page(r.URL.Query().Get, number(r.URL.Query().Get("p")), 2)
		out := map[string]any{"value": items(list)}
		if next < 5 {
			out["@odata.nextLink"] = fmt.Sprintf("/dotted?p=%d", next)
		}
		answer(rw, out)
	})
	mux.HandleFunc("/filtered", func(rw http.ResponseWriter, r *http.Request) { // 0, 1 is left out, 2, 3, 4
		from := number(r.URL.Query().Get("offset"))
		list, _ := page(r.URL.Query().Get, from, 3)
		answer(rw, items(slices.DeleteFunc(list, func(i int) bool { return i == 1 })))
	})
	mux.HandleFunc("/lost", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, map[string]any{"data": items([]int{1, 2}), "meta": map[string]any{"next": nil, "more": true}, "paging": nil})
	})
	mux.HandleFunc("/empty", func(rw http.ResponseWriter, _ *http.Request) { answer(rw, []int{}) })
	mux.HandleFunc("/odd", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, `[{"a": 1, "b": {"c": [1, 2]}}, {"a": 1234567890123456789, "b": null, "d": "x"}]`)
	})
	mux.HandleFunc("/huge", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, `["`+strings.Repeat("x", 33<<20)+`"]`)
	})
	mux.HandleFunc("/broken", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/html", func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "<p>Hello") })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.URL.RequestURI())
		w.mu.Unlock()
		mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (w *world) run(with map[string]any) (any, *errs.Error) {
	w.t.Helper()
	w.mu.Lock()
	w.asked = nil
	w.mu.Unlock()
	out, err := read.Type().Run(w.t.Context(), w.call(with))
	if err != nil {
		return nil, errs.From(err)
	}
	return w.Rows(*out["table"].Artifact), nil
}

func (w *world) call(with map[string]any) *node.Call {
	if _, named := with["connection"]; !named {
		with["url"] = w.url + with["url"].(string)
	}
	call := w.Call(with, nil)
	client := egress.Client(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	w.t.Cleanup(client.CloseIdleConnections)
	call.Env.HTTP = client
	return call
}

// Before a run the first page alone is asked for, and what is wrong is told as in a run.
func TestLook(t *testing.T) {
	w := newWorld(t)
	looking := func(with map[string]any) (value.Outputs, node.Looked, *errs.Error) {
		t.Helper()
		w.mu.Lock()
		w.asked = nil
		w.mu.Unlock()
		out, looked, err := read.Type().Look(t.Context(), w.call(with))
		if err != nil {
			return nil, looked, errs.From(err)
		}
		return out, looked, nil
	}
	out, looked, e := looking(map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "data", "next": "meta.next"})
	require.Nil(t, e)
	require.Equal(t, node.Looked{Unit: "rows", Objects: 2, Of: 2, More: true, Source: w.url + "/cursor"}, looked)
	require.Equal(t, []table.Column{{Name: "id", Type: "BIGINT"}}, out["table"].Table.Columns)
	require.Equal(t, []string{"/cursor"}, w.asked)
	require.NotContains(t, w.Details, "http", "there is no step")
	for field, v := range map[string]any{"headers": map[string]any{"Authorization": "x"}, "query": map[string]any{"key": "x"}, "url": "/odd?key=x"} {
		with := map[string]any{"url": "/odd"}
		with[field] = v
		_, _, e = looking(with)
		require.Equal(t, "preview_unavailable", e.Code, "it is meant for one host alone")
		require.Empty(t, w.asked)
	}
	out, _, e = looking(map[string]any{"connection": "api", "url": "people", "items": "data", "query": map[string]any{"limit": 2}, "headers": map[string]any{"X-Key": "x"}})
	require.Nil(t, e)
	require.Len(t, out["table"].Table.Columns, 2)
	_, looked, e = looking(map[string]any{"url": "/odd"})
	require.Nil(t, e)
	require.False(t, looked.More)
	_, _, e = looking(map[string]any{"url": "/cursor", "paging": "cursor", "items": "dat", "next": "meta.next"})
	require.Equal(t, "with.items", e.Details[0].Field)
	_, _, e = looking(map[string]any{"url": "/odd", "max_bytes": 10})
	require.Equal(t, "response_too_large", e.Code)
	_, _, e = looking(map[string]any{"url": "/huge", "max_bytes": 200 << 20})
	require.Equal(t, "preview_unavailable", e.Code)
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	all := []any{map[string]any{"id": 0.0}, map[string]any{"id": 1.0}, map[string]any{"id": 2.0}, map[string]any{"id": 3.0}, map[string]any{"id": 4.0}}
	for name, c := range map[string]struct {
		with  map[string]any
		asked []string
	}{
		"page until it is empty": {map[string]any{"url": "/page", "paging": "page", "first": 0, "size": 0}, []string{"/page?page=0", "/page?page=1", "/page?page=2", "/page?page=3"}},
		"page until it is short": {map[string]any{"url": "/page?a=1", "paging": "page", "first": 0, "size": 2, "short": "end", "query": map[string]any{"b": []any{1, 2}}}, []string{"/page?a=1&b=1&b=2&page=0", "/page?a=1&b=1&b=2&page=1", "/page?a=1&b=1&b=2&page=2"}},
		"offset":                 {map[string]any{"url": "/offset", "paging": "offset", "parameter": "skip", "size_parameter": "size", "size": 3, "items": "data.list"}, []string{"/offset?size=3&skip=0", "/offset?size=3&skip=3", "/offset?size=3&skip=5"}},
		"page until the total":   {map[string]any{"url": "/uneven", "paging": "page", "size": 2, "items": "data", "total": "total"}, []string{"/uneven?page=1", "/uneven?page=2", "/uneven?page=3"}},
		"a shorter page":         {map[string]any{"url": "/uneven", "paging": "page", "size": 2, "items": "data"}, []string{"/uneven?page=1", "/uneven?page=2", "/uneven?page=3", "/uneven?page=4"}},
		"an empty page of more":  {map[string]any{"url": "/holes", "paging": "page", "items": "data", "more": "more"}, []string{"/holes?page=1", "/holes?page=2", "/holes?page=3"}},
		"not found at the end":   {map[string]any{"url": "/strict", "paging": "page", "size": 3}, []string{"/strict?page=1", "/strict?page=2", "/strict?page=3"}},
		"another way of that":    {map[string]any{"url": "/picky?status=422", "paging": "page", "items": "data", "size": 3}, []string{"/picky?page=1&status=422", "/picky?page=2&status=422", "/picky?page=3&status=422"}},
		"no flag at the end":     {map[string]any{"url": "/omitted", "paging": "page", "items": "data", "more": "more"}, []string{"/omitted?page=1", "/omitted?page=2"}},
		"the last page again":    {map[string]any{"url": "/clamped", "paging": "page", "size": 3}, []string{"/clamped?page=1", "/clamped?page=2", "/clamped?page=3"}},
		"no cursor at the end":   {map[string]any{"url": "/left-out", "paging": "cursor", "items": "data", "next": "next_token"}, []string{"/left-out", "/left-out?cursor=2", "/left-out?cursor=4"}},
		"cursor until no more":   {map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "$.data", "next": "meta.next", "more": "meta.more"}, []string{"/cursor", "/cursor?after=2", "/cursor?after=4"}},
		"cursor until null":      {map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "data", "next": "meta.next", "query": map[string]any{"nulls": 1}}, []string{"/cursor?nulls=1", "/cursor?after=2&nulls=1", "/cursor?after=4&nulls=1"}},
		"link":                   {map[string]any{"url": "/link", "paging": "link"}, []string{"/link", "/link?p=2&size=2", "/link?p=4&size=2"}},
		"next":                   {map[string]any{"url": "/next", "paging": "next", "next": "next", "items": "items", "query": map[string]any{"a": 1}}, []string{"/next?a=1", "/next?p=2&a=1", "/next?p=4&a=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := w.run(c.with)
			require.Nil(t, err)
			require.Equal(t, all, rows)
			require.Equal(t, c.asked, w.asked)
		})
	}
	require.Equal(t, int64(5), w.Details["http"].(map[string]any)["items"])
}

func TestOutcomes(t *testing.T) {
	w := newWorld(t)
	rows, err := w.run(map[string]any{"url": "/empty"})
	require.Nil(t, err)
	require.Empty(t, rows)
	rows, err = w.run(map[string]any{"url": "/empty", "types": []any{map[string]any{"column": "id", "type": "BIGINT"}}})
	require.Nil(t, err)
	require.Empty(t, rows)
	rows, err = w.run(map[string]any{"url": "/odd"})
	require.Nil(t, err)
	require.Len(t, rows, 2)
	rows, err = w.run(map[string]any{"url": "/page", "paging": "page", "first": 0, "max_pages": 2, "at_limit": "stop"})
	require.Nil(t, err)
	require.Len(t, rows, 4)
	require.Contains(t, strings.Join(w.Logs, "\n"), "warn: There are more pages than 2")
}

func TestWhatMayBeMissingIsTold(t *testing.T) {
	w := newWorld(t)
	warned := func() string {
		list, _ := w.Details["http"].(map[string]any)["warnings"].([]string)
		for _, text := range list {
			require.Contains(t, w.Logs, "warn: "+text)
		}
		return strings.Join(list, "\n")
	}
	for name, c := range map[string]struct {
		with map[string]any
		rows int
		want string
	}{
		"no header Link":       {map[string]any{"url": "/ended", "paging": "link", "items": "data"}, 2, "The first page came without a header Link, and was taken for all there is; it has has_more, next."},
		"no header, and known": {map[string]any{"url": "/cursor", "paging": "link", "items": "data", "at_missing": "end"}, 2, ""},
		"no header, a part":    {map[string]any{"url": "/cursor", "paging": "link", "items": "data", "size": 3, "size_parameter": "limit"}, 2, ""},
		"the header at last":   {map[string]any{"url": "/link", "paging": "link"}, 5, ""},
		"a header not read":    {map[string]any{"url": "/link"}, 2, "The service names a next page in the header Link, which is not read"},
		"a path not followed":  {map[string]any{"url": "/cursor", "items": "data"}, 2, `leads on at "`},
		"a total not read":     {map[string]any{"url": "/counted", "items": "data"}, 2, `says at "meta.total_count" that there are 25: choose what pages are read by.`},
		"offsets that count":   {map[string]any{"url": "/filtered", "paging": "offset", "size": 3}, 5, "Page 2 begins with an item of the page before"},
		"fewer than the total": {map[string]any{"url": "/holes", "paging": "page", "items": "data", "total": "total"}, 3, "The service says that there are 9 items, and its pages had 3."},
		"nothing on the way":   {map[string]any{"url": "/lost", "paging": "cursor", "items": "data", "next": "paging.next"}, 2, ""},
		"refused at the end":   {map[string]any{"url": "/picky?status=400", "paging": "page", "items": "data", "size": 3}, 5, "Page 3 was answered by 400 Bad Request, which was taken for the end: page 2 was a shorter one."},
		"out of range":         {map[string]any{"url": "/picky?status=416", "paging": "page", "items": "data", "size": 3}, 5, "Page 3 was answered by 416"},
		"the only page":        {map[string]any{"url": "/one", "paging": "cursor", "items": "data", "next": "nextPageToken"}, 2, `Page 1 has nothing at "nextPageToken" (with.next): it was taken for all there is. Did you mean "nextSyncToken"? There: data, nextSyncToken. Where`},
		"a part of a page":     {map[string]any{"url": "/one", "paging": "next", "items": "data", "next": "next", "size": 3, "size_parameter": "limit"}, 2, `Page 1 has nothing at "next"`},
		"no more, it says":     {map[string]any{"url": "/ended", "paging": "cursor", "items": "data", "next": "nxt"}, 2, `Did you mean "next"? There: data, has_more, next. Where`},
		"its own address":      {map[string]any{"url": "/self", "paging": "next", "items": "data", "next": "next_url"}, 2, "it was taken for all there is"},
		"a name with a dot":    {map[string]any{"url": "/dotted", "paging": "next", "items": "value", "next": "@odata.nextLink"}, 5, ""},
		"no flag":              {map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "data", "next": "meta.next", "more": "meta.mor", "query": map[string]any{"nulls": 1}}, 5, `Page 1 has nothing at "meta.mor" (with.more): what follows was read until there was nothing. Did you mean "meta.more"?`},
		"no flag, one page":    {map[string]any{"url": "/one", "paging": "page", "items": "data", "more": "more", "size": 3}, 2, "Page 2 was answered by 400"},
		"left out and known":   {map[string]any{"url": "/loop", "paging": "cursor", "items": "data", "next": "token", "at_missing": "end"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := w.run(c.with)
			require.Nil(t, err)
			require.Len(t, rows, c.rows)
			if c.want == "" {
				require.Empty(t, warned())
			}
			require.Contains(t, warned(), c.want)
		})
	}
}

func TestErrorsNameTheField(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		with        map[string]any
		code, field string
		hint        string
	}{
		"more pages":     {map[string]any{"url": "/page", "paging": "page", "first": 0, "max_pages": 2}, "too_many_pages", "with.max_pages", "Raise"},
		"same page":      {map[string]any{"url": "/loop", "paging": "page", "items": "data"}, "paging_loop", "with.paging", "does not know the parameter"},
		"same link":      {map[string]any{"url": "/loop", "paging": "next", "next": "next", "items": "none"}, "answer_unexpected", "with.items", "cursor"},
		"loop of links":  {map[string]any{"url": "/loop", "paging": "next", "next": "next", "items": "data"}, "paging_loop", "with.paging", ""},
		"loop of cursor": {map[string]any{"url": "/loop", "paging": "cursor", "next": "cursor", "items": "data"}, "paging_loop", "with.paging", ""},
		"away":           {map[string]any{"url": "/away", "paging": "next", "next": "next", "items": "data"}, "address_elsewhere", "with.paging", ""},
		"elsewhere":      {map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "data", "next": "next"}, "answer_unexpected", "with.next", `Did you mean "meta.next"?`},
		"misspelt":       {map[string]any{"url": "/cursor", "paging": "cursor", "parameter": "after", "items": "data", "next": "meta.nxt"}, "answer_unexpected", "with.next", `Did you mean "meta.next"?`},
		"a flag alone":   {map[string]any{"url": "/flag", "paging": "cursor", "items": "data", "next": "token"}, "answer_unexpected", "with.next", `Did you mean "has_more"?`},
		"another name":   {map[string]any{"url": "/left-out", "paging": "cursor", "items": "data", "next": "page.after"}, "answer_unexpected", "with.next", `Did you mean "next_token"?`},
		"like a text":    {map[string]any{"url": "/after", "paging": "cursor", "items": "data", "next": "paging.aftr"}, "answer_unexpected", "with.next", `Did you mean "paging.after"?`},
		"empty at first": {map[string]any{"url": "/after", "paging": "cursor", "items": "none", "next": "paging.aftr"}, "answer_unexpected", "with.next", `Did you mean "paging.after"?`},
		"another way":    {map[string]any{"url": "/cursor", "paging": "link", "items": "data"}, "answer_unexpected", "with.paging", "it has meta.more, meta.next"},
		"of no size":     {map[string]any{"url": "/picky?status=422", "paging": "page", "items": "data"}, "http_status", "with.url", "Where page 2 was the last one, say how that is known"},
		"no flag, one":   {map[string]any{"url": "/one", "paging": "page", "items": "data", "more": "more"}, "http_status", "with.url", "Where page 1 was the last one, set *When it is not there* to end."},
		"a method":       {map[string]any{"url": "/picky?status=405", "paging": "page", "items": "data", "size": 3}, "http_status", "with.url", ""},
		"legal":          {map[string]any{"url": "/picky?status=451", "paging": "page", "items": "data", "size": 3}, "http_status", "with.url", ""},
		"refused, fail":  {map[string]any{"url": "/picky?status=400", "paging": "page", "items": "data", "size": 3, "at_missing": "fail"}, "http_status", "with.url", ""},
		"not all yet":    {map[string]any{"url": "/picky?status=404", "paging": "page", "items": "data", "size": 3, "total": "total"}, "http_status", "with.url", ""},
		"a full page":    {map[string]any{"url": "/one", "paging": "cursor", "items": "data", "next": "nextPageToken", "size": 2, "size_parameter": "limit"}, "answer_unexpected", "with.next", "Did you mean"},
		"not to be":      {map[string]any{"url": "/one", "paging": "cursor", "items": "data", "next": "nextPageToken", "at_missing": "fail"}, "answer_unexpected", "with.next", "Did you mean"},
		"no flag":        {map[string]any{"url": "/cursor", "paging": "page", "items": "data", "more": "meta.mor", "at_missing": "fail"}, "answer_unexpected", "with.more", `Did you mean "meta.more"?`},
		"refused":        {map[string]any{"url": "/picky?status=403", "paging": "page", "items": "data", "size": 3}, "http_status", "with.url", ""},
		"too many":       {map[string]any{"url": "/picky?status=429", "paging": "page", "items": "data", "size": 3}, "http_status", "with.url", ""},
		"broken later":   {map[string]any{"url": "/picky?status=500", "paging": "page", "items": "data", "size": 3}, "http_status", "with.url", ""},
		"behind full":    {map[string]any{"url": "/picky?status=400", "paging": "page", "items": "data", "size": 2, "first": 2}, "http_status", "with.url", ""},
		"more, refused":  {map[string]any{"url": "/picky?status=400", "paging": "page", "items": "data", "size": 3, "more": "more"}, "http_status", "with.url", ""},
		"an object":      {map[string]any{"url": "/cursor", "paging": "cursor", "items": "data", "next": "meta"}, "answer_unexpected", "with.next", "more, next"},
		"no total":       {map[string]any{"url": "/uneven", "paging": "page", "items": "data", "total": "totl"}, "answer_unexpected", "with.total", `Did you mean "total"?`},
		"total is none":  {map[string]any{"url": "/next", "paging": "page", "items": "items", "total": "items"}, "answer_unexpected", "with.total", ""},
		"more, nowhere":  {map[string]any{"url": "/lost", "paging": "cursor", "items": "data", "next": "meta.next", "more": "meta.more"}, "answer_unexpected", "with.more", "documentation"},
		"no Link":        {map[string]any{"url": "/cursor", "paging": "link", "items": "data", "at_missing": "fail"}, "answer_unexpected", "with.paging", "meta.next"},
		"no page at all": {map[string]any{"url": "/nothing", "paging": "page"}, "http_status", "with.url", ""},
		"no list":        {map[string]any{"url": "/loop"}, "answer_unexpected", "with.items", "cursor, data, next"},
		"status":         {map[string]any{"url": "/broken"}, "http_status", "with.url", ""},
		"no JSON":        {map[string]any{"url": "/html"}, "answer_unexpected", "with.url", "<p>Hello"},
		"large":          {map[string]any{"url": "/odd", "max_bytes": 10}, "response_too_large", "with.max_bytes", ""},
		"slow":           {map[string]any{"url": "/slow", "timeout": "20ms"}, "http_timeout", "with.timeout", ""},
		"no cursor":      {map[string]any{"url": "/page", "paging": "cursor"}, "config_invalid", "with.next", ""},
		"no size":        {map[string]any{"url": "/page", "size_parameter": "n"}, "config_invalid", "with.size", ""},
		"a whole one":    {map[string]any{"connection": "api", "url": "https://x/y"}, "config_invalid", "with.url", ""},
		"out of it":      {map[string]any{"connection": "api", "url": "../admin"}, "address_elsewhere", "with.url", ""},
		"connection":     {map[string]any{"connection": "aip", "url": "x"}, "connection_not_found", "with.connection", ""},
		"unfit":          {map[string]any{"connection": "bucket", "url": "x"}, "connection_unfit", "with.connection", ""},
		"type":           {map[string]any{"url": "/odd", "types": []any{map[string]any{"column": "d", "type": "BIGINT"}}}, "type_mismatch", "with.items", ""},
	} {
		_, e := w.run(c.with)
		require.NotNil(t, e, name)
		require.Equal(t, c.code, e.Code, "%s: %v", name, e)
		require.NotEmpty(t, e.Details, name)
		require.Equal(t, c.field, e.Details[0].Field, "%s: %v", name, e)
		require.Contains(t, e.Hint, c.hint, name)
	}
}

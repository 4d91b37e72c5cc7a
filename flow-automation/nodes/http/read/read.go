package read

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Type is the type http.read.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	all := out(`[{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": null}]`)
	t := node.Define(node.Type{
		Name: "http.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read from web service", ZH: "读取 Web 服务"},
			Summary: node.Text{EN: "Reads all pages of a JSON API as a table.", ZH: "将 JSON API 的所有页面读取为表。"},
			Details: node.Text{
				EN: "Each item of the list becomes a row; types are found out over all of them, and what is nested keeps its form. Pages are read one after the other, and only one is held in memory. The last page is the one that has no items, fewer than *Items on a page*, nothing at *Next at*, or false at *More at*. " +
					"A service that gives the same page again, or a cursor that it gave before, fails the step. The next page must lie at the same host.",
				ZH: "列表中的每一项成为一行；类型根据全部数据识别，嵌套内容保持原样。逐页读取，内存中只保留一页。没有数据、数量少于“每页数量”、“下一页位置”没有内容或“更多标志位置”为 false 的页即为最后一页。" +
					"服务重复给出同一页或先前的游标时，步骤失败。下一页必须位于同一主机。",
			},
			Family: "http", Icon: "world-share", Keywords: []string{"api", "rest", "json", "pages", "pagination", "cursor", "get", "url", "import"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{Title: "Numbered pages", With: map[string]any{"connection": "api", "url": "people", "items": "data", "paging": "page", "size_parameter": "limit", "size": 2}, Want: all},
			{Title: "An address of the next page in the answer", With: map[string]any{"connection": "api", "url": "people", "query": map[string]any{"limit": 2}, "items": "data", "paging": "next", "next": "links.next"}, Want: all},
			{Title: "The answer is the list", With: map[string]any{"connection": "api", "url": "names"}, Want: out(`[{"value": "Ada"}, {"value": "Bob"}]`)},
		},
	}, run)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetURL, Connection: c.Connection, Name: c.URL, Port: "table"}}
	})
}

// reader goes from page to page.
type reader struct {
	cfg    Config
	ask    asker
	call   *node.Call
	pages  int64
	items  int64
	bytes  int64
	host   string
	seen   map[string]bool   // cursors and addresses
	before [sha256.Size]byte // of the items of the last page
	widest int               // most items on a page
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	ask, done, err := c.asker(ctx, call)
	if err != nil {
		return nil, err
	}
	defer done()
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	defer remove()
	path := filepath.Join(dir, "items.ndjson")
	r := &reader{cfg: c, ask: ask, call: call, seen: map[string]bool{}}
	if err := r.into(ctx, path); err != nil {
		return nil, err
	}
	call.Detail("http", map[string]any{"host": r.host, "pages": r.pages, "items": r.items, "bytes": r.bytes})
	call.Log("info", fmt.Sprintf("%s on %s.", words.Number(r.items, "item", "items"), words.Number(r.pages, "page", "pages")))
	t, err := c.table(ctx, call, path, r.items)
	if err != nil {
		return nil, node.At("with.items", err)
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

// into writes the items of all pages to a file.
func (r *reader) into(ctx context.Context, path string) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in our own scratch directory
	if err != nil {
		return errs.Internal(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriter(f)
	target, number := r.cfg.URL, r.cfg.first()
	query := r.query(strconv.FormatInt(number, 10))
	for more := true; more; {
		p, err := r.cfg.fetch(ctx, r.ask, target, query)
		if err != nil {
			return err
		}
		items, err := r.keep(out, p)
		if err != nil {
			return err
		}
		if target, query, more, err = r.next(p, items, target, &number); err != nil {
			return err
		}
		if more && r.pages == r.cfg.MaxPages {
			if r.cfg.AtLimit == "fail" {
				return web.Invalid("too_many_pages", "max_pages", "After %s there are more", words.Number(r.pages, "page", "pages")).
					WithHint("Raise the number of pages, ask for less, or choose to stop there.")
			}
			r.call.Log("warn", fmt.Sprintf("There are more pages than %d, which were not read.", r.pages))
			break
		}
	}
	return out.Flush()
}

// query gives the parameters of a page, with the one that leads on.
func (r *reader) query(on string) url.Values {
	query := web.Query(r.cfg.Query)
	if r.cfg.SizeName != "" {
		query.Set(r.cfg.SizeName, strconv.FormatInt(r.cfg.Size, 10))
	}
	if r.cfg.Paging == "page" || r.cfg.Paging == "offset" || r.cfg.Paging == "cursor" && r.pages > 0 {
		query.Set(r.cfg.parameter(), on)
	}
	return query
}

// keep writes the items of a page, and says how many there were.
func (r *reader) keep(out io.Writer, p page) (int, error) {
	r.pages++
	r.bytes += int64(len(p.body))
	r.host = p.from.Host
	items, err := r.cfg.items(p.body)
	if err != nil {
		return 0, err
	}
	var line bytes.Buffer
	digest := sha256.New()
	for _, item := range items {
		if err := row(&line, item); err != nil {
			return 0, errs.Internal(err)
		}
		_, _ = digest.Write(line.Bytes()) // it never fails
		if _, err := out.Write(line.Bytes()); err != nil {
			return 0, errs.Internal(err)
		}
	}
	sum := [sha256.Size]byte(digest.Sum(nil))
	if len(items) > 0 && sum == r.before {
		return 0, web.Invalid("paging_loop", "paging", "Page %d is the same as the one before", r.pages).WithHint("The service does not know the parameter, or there is another one; look into its documentation.")
	}
	r.before = sum
	r.items += int64(len(items))
	r.call.Progress(r.items, 0, "items")
	return len(items), nil
}

// next says where the next page is, and whether there is one.
func (r *reader) next(p page, items int, target string, number *int64) (string, url.Values, bool, error) {
	c := r.cfg
	if c.ended(p.body) {
		return "", nil, false, nil
	}
	switch c.Paging {
	case "page", "offset":
		if items == 0 || int64(items) < c.Size && items < r.widest {
			return "", nil, false, nil
		}
		r.widest = max(r.widest, items) // a service may give fewer than it is asked for, on every page
		if c.Paging == "offset" {
			*number += int64(items)
		} else {
			*number++
		}
		return target, r.query(strconv.FormatInt(*number, 10)), true, nil
	case "cursor":
		cursor := text(p.body, c.Next)
		if cursor == "" {
			return "", nil, false, nil
		}
		return target, r.query(cursor), true, r.once(cursor)
	case "next", "link":
		link := nextLink(p.header)
		if c.Paging == "next" {
			link = text(p.body, c.Next)
		}
		if link == "" {
			return "", nil, false, nil
		}
		u, err := p.from.Parse(link)
		if err != nil {
			return "", nil, false, web.Invalid(connector.CodeAnswer, "next", "%.200q is not the address of a page", link)
		}
		if home := r.home(p); u.Scheme != home.Scheme || u.Host != home.Host {
			return "", nil, false, web.Invalid(connector.CodeElsewhere, "paging", "The next page lies elsewhere, at %s; it is not followed, for the headers are for %s alone", u.Host, home.Host)
		}
		return u.String(), nil, true, r.once(u.String())
	}
	return "", nil, false, nil
}

// home is where the headers may be sent to: the address that a person has written, or the host of the connection, which no
// redirect leaves.
func (r *reader) home(p page) *url.URL {
	if u, err := url.Parse(r.cfg.URL); err == nil && u.Host != "" {
		return u
	}
	return p.from
}

// once makes sure that pages do not go round.
func (r *reader) once(on string) error {
	if r.seen[on] {
		return web.Invalid("paging_loop", "paging", "After page %d the service leads back to a page that was read", r.pages)
	}
	r.seen[on] = true
	return nil
}

// table makes one of the items.
func (c Config) table(ctx context.Context, call *node.Call, path string, items int64) (table.Table, error) {
	if items == 0 {
		columns := make([]table.StreamColumn, len(c.Types))
		for i, t := range c.Types {
			columns[i].Column = table.Column{Name: t.Column, Type: t.Type}
		}
		if len(columns) == 0 {
			columns = []table.StreamColumn{{Column: table.Column{Name: "value", Type: "VARCHAR"}}}
		}
		return call.Env.Tables.Take(ctx, call.Tenant, columns, func(context.Context, io.Writer) error { return nil }, nil)
	}
	opts := table.ImportOptions{Format: "ndjson", Name: "the answer"}
	if len(c.Types) > 0 {
		opts.Types = map[string]string{}
		for _, t := range c.Types {
			opts.Types[t.Column] = t.Type
		}
	}
	return call.Env.Tables.Import(ctx, call.Tenant, path, opts, nil)
}

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
				EN: "Each item of the list becomes a row; types are found out over all of them, and what is nested keeps its form. Pages are read one after the other, and only one is held in memory. The last page is the one that has no items, nothing at *Next at*, or false at *More at*, or with which as many were read as *Total at* says. A page with fewer items than were asked for is not taken for the last one, unless *A shorter page* says so. A first page without *Next at* may be all there is, and is taken for that with a warning; when it has as many items as were asked for, or something else in it leads on, the step fails, for everything behind it would be missing (*When it is not there*). What a service answers by 400, 404, 410, 416 or 422 behind a page with fewer items than *Items on a page* is behind the end, unless more were announced. " +
					"A service that gives the same page again, or a cursor that it gave before, fails the step. The next page must lie at the same host." +
					"\n\nBefore the first run, a preview asks for the first page alone, so that the columns are known while the flow is drawn; later pages may bring further columns and other types. Without a connection it does so only where there are neither headers nor parameters, for whoever types an address has not written it to its end.",
				ZH: "列表中的每一项成为一行；类型根据全部数据识别，嵌套内容保持原样。逐页读取，内存中只保留一页。没有数据、“下一页位置”没有内容、“更多标志位置”为 false，或已读数量达到“总数位置”所示的页即为最后一页。数量少于所请求的页不视为最后一页，除非“较短的页”如此设定。首页缺少“下一页位置”时可能只有一页，步骤以此为全部并给出警告；若该页数量达到所请求的数量，或其中另有指向下一页的内容，则步骤失败，以免遗漏其后的全部数据（见“不存在时”）。若某页数量少于“每页数量”，其后一页被服务以 400、404、410、416 或 422 拒绝，且没有声明还有更多，则视为已到末尾。" +
					"服务重复给出同一页或先前的游标时，步骤失败。下一页必须位于同一主机。" +
					"\n\n首次运行前，预览只请求第一页，因此绘制流程时即可知道列；之后的页可能带来更多列和其他类型。未使用连接时，仅在没有请求头和参数的情况下如此，因为正在输入的地址可能尚不完整。",
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
	t = node.LookOf(t, look)
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

	short     bool                       // the last page had fewer items than were asked for
	fewer     bool                       // it had, or fewer than others
	cut       bool                       // pages were left
	promised  bool                       // it said that there are more
	flagged   bool                       // one had something at More at
	had       map[[sha256.Size]byte]bool // the items of such a page, by offset
	announced int64                      // items that there are, as the service says
	warnings  []string
	told      map[string]bool // fields whose paths were warned of
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	_, t, err := c.read(ctx, call, (*reader).report)
	if err != nil {
		return nil, err
	}
	return tableOf(t), nil
}

// report keeps with the step what was read.
func (r *reader) report() {
	r.finish()
	detail := map[string]any{"host": r.host, "pages": r.pages, "items": r.items, "bytes": r.bytes}
	if len(r.warnings) > 0 {
		detail["warnings"] = r.warnings
	}
	r.call.Detail("http", detail)
	r.call.Log("info", fmt.Sprintf("%s on %s.", words.Number(r.items, "item", "items"), words.Number(r.pages, "page", "pages")))
}

func tableOf(t table.Table) value.Outputs {
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}
}

// read makes a table of the items of all pages that may be read, which are reported before.
func (c Config) read(ctx context.Context, call *node.Call, report func(*reader)) (*reader, table.Table, error) {
	ask, done, err := c.asker(ctx, call)
	if err != nil {
		return nil, table.Table{}, err
	}
	defer done()
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, table.Table{}, err
	}
	defer remove()
	path := filepath.Join(dir, "items.ndjson")
	r := &reader{cfg: c, ask: ask, call: call, seen: map[string]bool{}, told: map[string]bool{}}
	if err := r.into(ctx, path); err != nil {
		return nil, table.Table{}, err
	}
	report(r)
	t, err := c.table(ctx, call, path, r.items)
	return r, t, node.At("with.items", err)
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
	for goes := true; goes; {
		p, err := r.cfg.fetch(ctx, r.ask, target, query)
		if err != nil && r.beyond(p) {
			break
		}
		if err != nil {
			return r.refused(p, err)
		}
		items, again, err := r.keep(out, p)
		if err != nil || again {
			return errors.Join(err, out.Flush())
		}
		if target, query, goes, err = r.next(p, items, target, &number); err != nil {
			return err
		}
		if goes && r.pages == r.cfg.MaxPages {
			if r.cfg.AtLimit == "fail" {
				return web.Invalid("too_many_pages", "max_pages", "After %s there are more", words.Number(r.pages, "page", "pages")).
					WithHint("Raise the number of pages, ask for less, or choose to stop there.")
			}
			r.warn(fmt.Sprintf("There are more pages than %d, which were not read.", r.pages))
			r.cut = true
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

// keep writes the items of a page, and says how many there were. Some services give their last page again to whoever asks for
// one behind it.
func (r *reader) keep(out io.Writer, p page) (n int, again bool, err error) {
	r.pages++
	r.bytes += int64(len(p.body))
	r.host = p.from.Host
	items, err := r.cfg.items(p.body)
	if err != nil {
		return 0, false, err
	}
	digest := sha256.New()
	for _, item := range items {
		_, _ = digest.Write(item) // it never fails
		_, _ = digest.Write([]byte{'\n'})
	}
	sum := [sha256.Size]byte(digest.Sum(nil))
	if len(items) > 0 && sum == r.before {
		if r.fewer && r.pages > 2 {
			return 0, true, nil
		}
		return 0, false, web.Invalid("paging_loop", "paging", "Page %d is the same as the one before", r.pages).WithHint("The service does not know the parameter, or there is another one; look into its documentation.")
	}
	r.before = sum
	r.overlap(items)
	var line bytes.Buffer
	for _, item := range items {
		if err := row(&line, item); err != nil {
			return 0, false, errs.Internal(err)
		}
		if _, err := out.Write(line.Bytes()); err != nil {
			return 0, false, errs.Internal(err)
		}
	}
	r.items += int64(len(items))
	r.call.Progress(r.items, 0, "items")
	return len(items), false, nil
}

// overlap warns of a page that begins with an item of the one before: a service that leaves out items after it has cut its
// pages counts offsets in those that it left out, too.
func (r *reader) overlap(items []json.RawMessage) {
	if r.cfg.Paging != "offset" || len(items) == 0 {
		return
	}
	if r.had[sha256.Sum256(items[0])] {
		r.warn(fmt.Sprintf("Page %d begins with an item of the page before, which had fewer than %d: some items may be read twice. Read by page, if the service can.", r.pages, r.cfg.Size))
	}
	clear(r.had)
	if int64(len(items)) < r.cfg.Size {
		r.had = map[[sha256.Size]byte]bool{}
		for _, item := range items {
			r.had[sha256.Sum256(item)] = true
		}
	}
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

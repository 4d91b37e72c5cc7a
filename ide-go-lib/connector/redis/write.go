package redis

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// Bounds of what is written in one transaction: the server does nothing else meanwhile, and needs a time that grows with
// the square of their number to watch over keys that must not be there.
const (
	together        = 100_000
	togetherWatched = 2_000
	togetherBytes   = 64 << 20
)

// Write implements connector.Tables: a row is a key with its value; one whose value is null is removed. Upsert puts keys
// in place of those that are there, Append refuses them, Delete removes the keys of all rows. Up to 100,000 rows (2,000 of Append) or 64 MB are written all or
// not at all; more in several such parts, and an error says how many rows were written.
func (c *conn) Write(ctx context.Context, req connector.WriteRequest) (connector.Written, error) {
	if err := connector.NoColumns(req.Columns); err != nil {
		return connector.Written{}, err
	}
	switch {
	case req.Mode != connector.Upsert && req.Mode != connector.Append && req.Mode != connector.Delete:
		return connector.Written{}, errs.Invalid(connector.CodeUnfit, "Keys of Redis cannot be written in the mode %s.", req.Mode).WithHint("Use upsert, append or delete.")
	case req.Once != "":
		return connector.Written{}, errs.Invalid(connector.CodeUnfit, "Redis does not remember what was written once.").WithHint("Use upsert, which gives the same when it is repeated.")
	}
	w := &writer{c: c, req: req}
	if err := w.choose(); err != nil {
		return connector.Written{}, err
	}
	defer c.guard(ctx)()
	given, err := req.Give(ctx, w.columns, w.drain)
	if err == nil {
		err = connector.Reconcile(req.Rows, given, w.seen)
	}
	if err == nil {
		err = w.flush(ctx)
	}
	if err != nil {
		return connector.Written{}, w.partly(failed(ctx, err, c.cfg))
	}
	w.out.SQL = "MULTI; SET …; EXEC"
	return w.out, nil
}

type writer struct {
	c       *conn
	req     connector.WriteRequest
	columns []table.StreamColumn
	place   map[string]int // of each column that is known
	json    bool           // values come as JSON
	hex     bool           // values come as bytes

	seen, done int64
	batch      []item
	size       int
	out        connector.Written
}

// item is a key to be written.
type item struct {
	row   int64
	name  string
	typ   string
	text  string
	gone  bool
	ttl   time.Duration // 0 is for ever
	value any           // of types beside string
}

func (w *writer) choose() error {
	w.place = map[string]int{}
	for i, c := range w.req.Columns {
		if !slices.Contains(columnNames(), c.Name) {
			return connector.ColumnMissing("keys", c.Name, columnNames())
		}
		out := table.StreamColumn{Column: c}
		if c.Name == columnValue {
			switch upper := strings.ToUpper(c.Type); {
			case upper == "BLOB":
				w.hex, out.Coding = true, table.Hex
			case upper == "JSON", strings.HasSuffix(upper, "[]"), strings.HasPrefix(upper, "STRUCT"), strings.HasPrefix(upper, "MAP"):
				w.json, out.Coding = true, table.JSON
			}
		}
		w.place[c.Name] = i
		w.columns = append(w.columns, out)
	}
	needed := []string{columnKey, columnValue}
	if w.req.Mode == connector.Delete {
		needed = needed[:1]
	}
	for _, name := range needed {
		if _, ok := w.place[name]; !ok {
			return errs.Invalid(connector.CodeColumn, "The table has no column %q.", name).
				WithHint("Keys are written from the columns key and value, and may have ttl (seconds) and type (string, hash, list, set, zset).")
		}
	}
	return nil
}

func (w *writer) drain(ctx context.Context, r io.Reader) error {
	for in := rowtext.NewReader(r); ; {
		fields, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if (len(w.batch) == w.most() || w.size > togetherBytes) && w.seen < w.req.Rows {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		w.seen++
		if err := w.take(fields); err != nil {
			return err
		}
	}
}

func (w *writer) field(fields []rowtext.Field, name string) (string, bool) {
	i, ok := w.place[name]
	if !ok || i >= len(fields) || fields[i].Null {
		return "", false
	}
	return string(fields[i].Text), true
}

func (w *writer) take(fields []rowtext.Field) error {
	it := item{row: w.seen, typ: "string"}
	refuse := func(column, why string) error {
		return connector.Mismatch(w.seen, column, why, nil)
	}
	var ok bool
	if it.name, ok = w.field(fields, columnKey); !ok || it.name == "" {
		return refuse(columnKey, "a key cannot be empty")
	}
	if w.req.Mode == connector.Delete {
		it.gone = true
		w.add(it, 0)
		return nil
	}
	if typ, ok := w.field(fields, columnType); ok && typ != "" {
		it.typ = typ
	}
	if text, ok := w.field(fields, columnTTL); ok {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds > 0) || seconds > math.MaxInt32*100 {
			return refuse(columnTTL, "it is a number of seconds above 0, or null for keys that stay")
		}
		it.ttl = max(time.Millisecond, time.Duration(seconds*1000)*time.Millisecond)
	}
	text, ok := w.field(fields, columnValue)
	if it.gone = !ok; it.gone {
		w.add(it, 0)
		return nil
	}
	size := len(text)
	if w.hex {
		raw, err := hex.DecodeString(text)
		if err != nil {
			return refuse(columnValue, "its bytes cannot be read")
		}
		text = string(raw)
	}
	if err := it.read(text, w.json); err != nil {
		return refuse(columnValue, err.Error())
	}
	w.add(it, size)
	return nil
}

func (w *writer) add(it item, size int) {
	w.batch = append(w.batch, it)
	w.size += size + len(it.name)
}

// repeated is the error of a key that comes twice among what has gathered.
func (w *writer) repeated() error {
	first := map[string]int64{}
	for _, it := range w.batch {
		if row, ok := first[it.name]; ok {
			return connector.Repeated{First: row, Second: it.row, Key: it.name}.Error("Redis", []string{columnKey})
		}
		first[it.name] = it.row
	}
	return connector.SameKeys()
}

// flush writes what has gathered, all of it or nothing.
func (w *writer) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	names := make([]string, len(w.batch))
	for i, it := range w.batch {
		names[i] = it.name
	}
	slices.Sort(names)
	unique := slices.Compact(names)
	if w.req.Mode == connector.Append && len(unique) < len(w.batch) {
		return w.repeated()
	}
	var there map[string]bool
	err := w.c.client.Watch(ctx, func(tx *redis.Tx) error {
		var err error
		if there, err = w.existing(ctx, tx, unique); err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, it := range w.batch {
				it.write(ctx, pipe)
			}
			return nil
		})
		return err
	}, w.watched(unique)...)
	switch {
	case errors.Is(err, redis.TxFailedErr):
		return errs.Unavailable(connector.CodeBusy, "Others wrote the same keys meanwhile.").WithHint("Try again.").Wrap(err)
	case err != nil:
		return err
	}
	for _, it := range w.batch {
		switch {
		case it.gone && there[it.name]:
			w.out.Removed++
		case there[it.name]:
			w.out.Updated++
		}
	}
	w.done += int64(len(w.batch))
	w.out.Rows = w.done
	w.batch, w.size = w.batch[:0], 0
	return nil
}

func (w *writer) most() int {
	if w.req.Mode == connector.Append {
		return togetherWatched
	}
	return together
}

// watched are the keys that nobody else may write meanwhile: those that must not be there.
func (w *writer) watched(names []string) []string {
	if w.req.Mode == connector.Append {
		return names
	}
	return nil
}

// existing finds the keys that are there already, and refuses them to Append.
func (w *writer) existing(ctx context.Context, tx *redis.Tx, names []string) (map[string]bool, error) {
	pipe := tx.Pipeline()
	found := make([]*redis.IntCmd, len(names))
	for i, name := range names {
		found[i] = pipe.Exists(ctx, name)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for i, f := range found {
		if f.Val() == 0 {
			continue
		}
		if w.req.Mode == connector.Append {
			return nil, errs.Conflict(connector.CodeUnique, "The key %q is there already.", names[i]).WithHint("Use upsert to replace it, or leave the row out. Nothing was written.")
		}
		there[names[i]] = true
	}
	return there, nil
}

// partly says in an error what was written before it.
func (w *writer) partly(err error) error {
	var e *errs.Error
	if w.done == 0 || !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Hint = strings.ReplaceAll(out.Hint, "Nothing was written.", "")
	out.Hint = strings.TrimSpace(out.Hint + " The first " + words.Number(w.done, "row is", "rows are") + " written.")
	return &out
}

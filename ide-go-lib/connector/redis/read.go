package redis

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// The columns of keys.
const (
	columnKey   = "key"
	columnType  = "type"
	columnTTL   = "ttl"
	columnValue = "value"
)

var columns = []table.StreamColumn{
	{Column: table.Column{Name: columnKey, Type: "VARCHAR"}},
	{Column: table.Column{Name: columnType, Type: "VARCHAR"}},
	{Column: table.Column{Name: columnTTL, Type: "DOUBLE"}},
	{Column: table.Column{Name: columnValue, Type: "JSON"}, Coding: table.JSON},
}

func columnNames() []string { return []string{columnKey, columnType, columnTTL, columnValue} }

// Read implements connector.Tables: the table is a pattern of keys, such as user:*, and each key a row. A pattern without
// wildcards is one key.
func (c *conn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	switch {
	case strings.TrimSpace(req.Query.Text) != "":
		return nil, errs.Invalid(connector.CodeSQL, "Redis has no queries.").WithHint("Name a pattern of keys, such as user:*.")
	case req.Since != nil:
		return nil, errs.Invalid(connector.CodeColumn, "Keys have no order, so none are newer than others.").WithHint("Read all keys, or use a stream.")
	case req.Path.Table == "":
		return nil, errs.Invalid(connector.CodeTable, "Name a pattern of keys, such as user:*.")
	}
	if err := connector.Ended(ctx); err != nil {
		return nil, err
	}
	chosen := columns
	if len(req.Columns) > 0 {
		chosen = nil
		for _, name := range req.Columns {
			i, err := connector.Index(name, columnNames())
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, columns[i])
		}
	}
	r := &reader{c: c, pattern: req.Path.Table, limit: req.Limit, columns: chosen, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	return &connector.Reading{Columns: chosen, Feed: r.feed, SQL: "SCAN MATCH " + req.Path.Table}, nil
}

type reader struct {
	c       *conn
	pattern string
	limit   int64
	columns []table.StreamColumn
	// A scan may come by the same key twice.
	seed maphash.Seed
	seen map[uint64]struct{}
}

func (r *reader) feed(ctx context.Context, w io.Writer) error {
	defer r.c.guard(ctx)()
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.Name
	}
	out := rowtext.NewWriter(w, names)
	if !strings.ContainsAny(r.pattern, `*?[\`) {
		if err := r.rows(ctx, out, []string{r.pattern}); err != nil {
			return err
		}
		return out.Close()
	}
	for cursor := uint64(0); ; {
		page, next, err := r.c.page(ctx, cursor, r.pattern, "", 500)
		if err != nil {
			return err
		}
		if err := r.rows(ctx, out, page); err != nil {
			return err
		}
		if cursor = next; cursor == 0 || r.limit > 0 && out.Rows() >= r.limit {
			return out.Close()
		}
	}
}

// rows writes those keys that are still there, a few of them at a time.
func (r *reader) rows(ctx context.Context, out *rowtext.Writer, keys []string) error {
	const together = 100
	for len(keys) > 0 {
		n := min(len(keys), together)
		found, err := r.c.look(ctx, keys[:n])
		if err != nil {
			return err
		}
		keys = keys[n:]
		if !r.wants(columnValue) {
			if err := r.write(out, found); err != nil {
				return err
			}
			continue
		}
		if err := r.c.measure(ctx, found); err != nil {
			return err
		}
		for len(found) > 0 {
			n := fitting(found)
			there, err := r.c.values(ctx, found[:n])
			if err != nil {
				return err
			}
			found = found[n:]
			if err := r.write(out, there); err != nil {
				return err
			}
		}
	}
	return nil
}

// fitting is how many of the keys, at least one, are asked for their values at a time.
func fitting(keys []key) int {
	size := int64(0)
	for n, k := range keys {
		if size += k.size; n > 0 && size > valuesTogether {
			return n
		}
	}
	return len(keys)
}

// write leaves out those that were written before.
func (r *reader) write(out *rowtext.Writer, keys []key) error {
	for _, k := range keys {
		hash := maphash.String(r.seed, k.name)
		if _, double := r.seen[hash]; double {
			continue
		}
		r.seen[hash] = struct{}{}
		if r.limit > 0 && out.Rows() >= r.limit {
			return nil
		}
		if err := r.row(out, k); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) wants(column string) bool {
	for _, c := range r.columns {
		if c.Name == column {
			return true
		}
	}
	return false
}

func (r *reader) row(out *rowtext.Writer, k key) error {
	if !utf8.ValidString(k.name) || strings.Contains(k.name, "\x00") {
		return errs.Invalid(connector.CodeType, "The key %q is no text.", k.name).WithHint("Choose a pattern that leaves it out.")
	}
	for _, c := range r.columns {
		switch {
		case c.Name == columnKey:
			out.Text([]byte(k.name))
		case c.Name == columnType:
			out.Text([]byte(k.typ))
		case c.Name == columnTTL && k.ttl < 0:
			out.Null()
		case c.Name == columnTTL:
			out.Bare(strconv.AppendFloat(nil, k.ttl.Seconds(), 'f', -1, 64))
		case k.value == nil:
			out.Null()
		default:
			out.Text(k.value)
		}
	}
	return out.End()
}

// key is one with its value as JSON.
type key struct {
	name, typ string
	ttl       time.Duration // negative is none
	size      int64         // bytes in the server, about
	value     []byte        // nil of a type that is not known
}

// look asks what keys are. Those that are not there are left out.
func (c *conn) look(ctx context.Context, names []string) ([]key, error) {
	pipe := c.client.Pipeline()
	types, ttls := make([]*redis.StatusCmd, len(names)), make([]*redis.DurationCmd, len(names))
	for i, name := range names {
		types[i], ttls[i] = pipe.Type(ctx, name), pipe.PTTL(ctx, name)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	var found []key
	for i, name := range names {
		if types[i].Val() != "none" {
			found = append(found, key{name: name, typ: types[i].Val(), ttl: ttls[i].Val()})
		}
	}
	return found, nil
}

const (
	// valuesTogether is how many bytes of values are asked for at a time, about; a larger one is asked for alone.
	valuesTogether = 8 << 20
	// largestValue is how many bytes a value may have that is read.
	largestValue = 128 << 20
)

// measure asks how large values are before they are asked for, and refuses those that are too large. Of streams only the
// last entries are read, so that their share counts. Where the server does not tell, values are asked for one by one.
func (c *conn) measure(ctx context.Context, keys []key) error {
	pipe := c.client.Pipeline()
	sizes, lengths := make([]*redis.IntCmd, len(keys)), make([]*redis.IntCmd, len(keys))
	for i, k := range keys {
		switch k.typ {
		case "string":
			sizes[i] = pipe.StrLen(ctx, k.name)
		case "stream":
			lengths[i] = pipe.XLen(ctx, k.name)
			fallthrough
		default:
			sizes[i] = pipe.MemoryUsage(ctx, k.name)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && !absent(err) && !answered(err) {
		return failed(ctx, err, c.cfg)
	}
	for i := range keys {
		size, err := sizes[i].Result()
		switch {
		case absent(err):
			size = 0 // it is gone
		case err != nil:
			size = valuesTogether
		case lengths[i] != nil && lengths[i].Val() > streamEntries:
			size = size / lengths[i].Val() * streamEntries
		}
		if keys[i].size = size; size > largestValue {
			return errs.Invalid(connector.CodeTooLarge, "The value of the key %q has about %d bytes; at most %d are read.", keys[i].name, size, largestValue).
				WithHint("Choose a pattern that leaves it out, or read the columns without the value.")
		}
	}
	return nil
}

// answered says whether err is what the server says to one command, rather than that it could not be asked.
func answered(err error) bool {
	var said redis.Error
	return errors.As(err, &said)
}

// values asks for those of keys. Those that went away meanwhile, or became of another type, are left out.
func (c *conn) values(ctx context.Context, keys []key) ([]key, error) {
	pipe := c.client.Pipeline()
	gives := make([]func() (any, error), len(keys))
	for i, k := range keys {
		gives[i] = valueOf(ctx, pipe, k.name, k.typ)
	}
	if _, err := pipe.Exec(ctx); err != nil && !absent(err) && !strings.HasPrefix(err.Error(), "WRONGTYPE") {
		return nil, failed(ctx, err, c.cfg)
	}
	var there []key
	for i, k := range keys {
		v, err := gives[i]()
		if absent(err) || err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE") {
			continue // it is gone, or another now
		}
		if err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		if v != nil {
			if k.value, err = json.Marshal(v); err != nil {
				return nil, errs.Internal(fmt.Errorf("write a value of Redis as JSON: %w", err))
			}
		}
		there = append(there, k)
	}
	return there, nil
}

// valueOf asks for a value, whose result is that of the function once the pipeline has run.
func valueOf(ctx context.Context, pipe redis.Pipeliner, name, typ string) func() (any, error) {
	switch typ {
	case "string":
		cmd := pipe.Get(ctx, name)
		return func() (any, error) { v, err := cmd.Result(); return document(v), err }
	case "hash":
		cmd := pipe.HGetAll(ctx, name)
		return func() (any, error) {
			v, err := cmd.Result()
			out := make(map[string]any, len(v))
			for field, text := range v {
				out[named(field)] = textual(text)
			}
			return out, err
		}
	case "list":
		cmd := pipe.LRange(ctx, name, 0, -1)
		return func() (any, error) { v, err := cmd.Result(); return textuals(v), err }
	case "set":
		cmd := pipe.SMembers(ctx, name)
		return func() (any, error) { v, err := cmd.Result(); return textuals(v), err }
	case "zset":
		cmd := pipe.ZRangeWithScores(ctx, name, 0, -1)
		return func() (any, error) {
			v, err := cmd.Result()
			out := make([]any, len(v))
			for i, z := range v {
				member, _ := z.Member.(string)
				out[i] = map[string]any{"member": textual(member), "score": score(z.Score)}
			}
			return out, err
		}
	case "stream":
		reply := last(ctx, pipe, name, streamEntries)
		return func() (any, error) {
			v, err := reply.list()
			out := make([]any, len(v))
			for i, e := range v {
				out[len(v)-1-i] = map[string]any{"id": e.id, "fields": e.object()}
			}
			return out, err
		}
	}
	return func() (any, error) { return nil, nil }
}

// streamEntries is how many of a stream's last entries are its value.
const streamEntries = 100

// score writes those that JSON has no number for as texts.
func score(f float64) any {
	if f-f != 0 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return f
}

func textuals(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = textual(v)
	}
	return out
}

// document gives a text that is an object or a list of JSON as that, for so they are written. A text that would be taken for
// bytes when it is written again stays one.
func document(v string) any {
	var marked map[string]any
	if strings.Contains(v, base64Field) && json.Unmarshal([]byte(v), &marked) == nil && len(marked) == 1 && marked[base64Field] != nil {
		return v
	}
	if start := strings.TrimLeft(v, " \t\r\n"); start != "" && (start[0] == '{' || start[0] == '[') && utf8.ValidString(v) && json.Valid([]byte(v)) {
		return json.RawMessage(v)
	}
	return textual(v)
}

// base64Field marks bytes that are no text.
const base64Field = "base64"

func textual(v string) any {
	if utf8.ValidString(v) && !strings.Contains(v, "\x00") {
		return v
	}
	return map[string]string{base64Field: base64.StdEncoding.EncodeToString([]byte(v))}
}

package redis

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// entry is one of a stream, with its fields in their order: a name may come several times.
type entry struct {
	id     string
	fields []field
}

type field struct{ name, value string }

// one gives the value of a field that comes once.
func (e entry) one(name string) (value string, ok bool) {
	n := 0
	for _, f := range e.fields {
		if f.name == name {
			value = f.value
			n++
		}
	}
	return value, n == 1
}

// object gives the fields as JSON has them: a list where a name comes several times.
func (e entry) object() map[string]any {
	all := map[string][]any{}
	for _, f := range e.fields {
		name := named(f.name)
		all[name] = append(all[name], textual(f.value))
	}
	out := make(map[string]any, len(all))
	for name, values := range all {
		if out[name] = values; len(values) == 1 {
			out[name] = values[0]
		}
	}
	return out
}

// coded is how the name of a field begins that is no text, or would be taken for such a one.
const coded = base64Field + ":"

// named gives the name of a field as text.
func named(name string) string {
	if _, is := textual(name).(string); is && !strings.HasPrefix(name, coded) {
		return name
	}
	return coded + base64.StdEncoding.EncodeToString([]byte(name))
}

// unnamed is the other way.
func unnamed(text string) string {
	if code, is := strings.CutPrefix(text, coded); is {
		if raw, err := base64.StdEncoding.DecodeString(code); err == nil {
			return string(raw)
		}
	}
	return text
}

// reply is what the server says to a question for entries: the client's own answers keep one field of each name.
type reply struct{ cmd *redis.Cmd }

// doer sends commands: a client, or a pipeline.
type doer interface {
	Do(ctx context.Context, args ...any) *redis.Cmd
}

func ask(ctx context.Context, to doer, args ...any) reply { return reply{to.Do(ctx, args...)} }

// last asks for the last entries of a stream.
func last(ctx context.Context, to doer, name string, most int64) reply {
	return ask(ctx, to, "XREVRANGE", name, "+", "-", "COUNT", most)
}

// list gives entries, without those that are gone.
func (r reply) list() ([]entry, error) {
	v, err := r.cmd.Slice()
	if err != nil {
		return nil, err
	}
	list, _, err := entries(v)
	return list, err
}

// ofStream gives the entries of the one stream that was asked for.
func (r reply) ofStream() ([]entry, error) {
	v, err := r.cmd.Slice()
	if err != nil || len(v) == 0 {
		return nil, err
	}
	stream, _ := v[0].([]any)
	if len(stream) != 2 {
		return nil, odd(v[0])
	}
	list, _, err := entries(stream[1])
	return list, err
}

// claimed gives entries that were taken over, where to go on, and how many are gone from the stream.
func (r reply) claimed() (list []entry, next string, gone int, err error) {
	v, err := r.cmd.Slice()
	if err != nil {
		return nil, "", 0, err
	}
	if len(v) < 2 {
		return nil, "", 0, odd(v)
	}
	next, _ = v[0].(string)
	if list, gone, err = entries(v[1]); err != nil {
		return nil, "", 0, err
	}
	if len(v) > 2 {
		ids, _ := v[2].([]any)
		gone += len(ids)
	}
	return list, next, gone, nil
}

// entries reads them; servers before 7 give nothing in the place of one that is gone.
func entries(v any) (list []entry, gone int, err error) {
	all, ok := v.([]any)
	if !ok {
		return nil, 0, odd(v)
	}
	for _, one := range all {
		pair, ok := one.([]any)
		if one == nil || ok && len(pair) == 2 && pair[1] == nil {
			gone++
			continue
		}
		if !ok || len(pair) != 2 {
			return nil, 0, odd(one)
		}
		id, is := pair[0].(string)
		texts, ok := pair[1].([]any)
		if !is || !ok || len(texts)%2 != 0 {
			return nil, 0, odd(one)
		}
		e := entry{id: id, fields: make([]field, len(texts)/2)}
		for i := range e.fields {
			e.fields[i].name, _ = texts[2*i].(string)
			e.fields[i].value, _ = texts[2*i+1].(string)
		}
		list = append(list, e)
	}
	return list, gone, nil
}

func odd(v any) error {
	return fmt.Errorf("the server answered with something other than entries: %s", strconv.Quote(fmt.Sprintf("%.60v", v)))
}

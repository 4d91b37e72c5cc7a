package redis

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// read takes a value: of a string any text, of the others JSON, as it is read from the server.
func (it *item) read(text string, coded bool) error {
	if it.typ == "string" && !coded {
		it.text = text
		return nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return errors.New("it is no JSON, which a " + it.typ + " needs")
	}
	switch it.typ {
	case "string":
		if bare, ok := plain(v); ok {
			it.text = bare
			return nil
		}
		it.text = text // a list or an object stays JSON
		return nil
	case "hash":
		object, ok := v.(map[string]any)
		if !ok || len(object) == 0 {
			return errors.New("a hash is an object with at least one field")
		}
		values := make(map[string]string, len(object))
		for name, v := range object {
			values[unnamed(name)] = flat(v)
		}
		if len(values) < len(object) {
			return errors.New("two of its fields are the same one, which base64: writes in another way")
		}
		var fields []any
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fields = append(fields, name, values[name])
		}
		it.value = fields
	case "list", "set":
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return errors.New("a " + it.typ + " is a list with at least one item")
		}
		items := make([]any, len(list))
		for i, v := range list {
			items[i] = flat(v)
		}
		it.value = items
	case "zset":
		return it.scored(v)
	default:
		return errors.New("the type " + strconv.Quote(it.typ) + " is none of string, hash, list, set and zset")
	}
	return nil
}

// scored takes the members of a sorted set.
func (it *item) scored(v any) error {
	wrong := errors.New(`a zset is a list such as [{"member": "Ada", "score": 1.5}]`)
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return wrong
	}
	members := make([]redis.Z, len(list))
	for i, v := range list {
		object, ok := v.(map[string]any)
		if !ok || object["member"] == nil {
			return wrong
		}
		text, ok := plain(object["score"])
		score, err := strconv.ParseFloat(text, 64)
		if !ok || err != nil || score != score {
			return wrong
		}
		members[i] = redis.Z{Member: flat(object["member"]), Score: score}
	}
	it.value = members
	return nil
}

// plain gives what is no list and no object as text; bytes that came as base64 are bytes again.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case map[string]any:
		text, ok := v[base64Field].(string)
		if !ok || len(v) != 1 {
			return "", false
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		return string(raw), err == nil
	}
	return "", false
}

// flat gives any value as text.
func flat(v any) string {
	if text, ok := plain(v); ok {
		return text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "" // what came from JSON goes back
	}
	return string(raw)
}

// write puts the key in place of what is there.
func (it *item) write(ctx context.Context, pipe redis.Pipeliner) {
	if it.gone {
		pipe.Del(ctx, it.name)
		return
	}
	if it.typ == "string" {
		pipe.Set(ctx, it.name, it.text, it.ttl)
		return
	}
	pipe.Del(ctx, it.name)
	switch v := it.value.(type) {
	case []redis.Z:
		pipe.ZAdd(ctx, it.name, v...)
	case []any:
		switch it.typ {
		case "hash":
			pipe.HSet(ctx, it.name, v...)
		case "list":
			pipe.RPush(ctx, it.name, v...)
		case "set":
			pipe.SAdd(ctx, it.name, v...)
		}
	}
	if it.ttl > 0 {
		pipe.PExpire(ctx, it.name, it.ttl)
	}
}

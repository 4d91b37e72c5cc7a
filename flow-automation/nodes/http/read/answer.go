package read

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/near"
)

// at finds a part of an answer by the names on the way to it; when it is not there the part is what should have it, with the
// names that it has.
func at(answer json.RawMessage, path string) (part json.RawMessage, missing string, have []string) {
	part = answer
	for rest := strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."); rest != ""; {
		whole := rest
		var name string
		name, rest, _ = strings.Cut(rest, ".")
		if name == "" {
			continue
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(part, &object) == nil && object != nil {
			if next, there := object[whole]; there {
				return bytes.TrimSpace(next), "", nil // such as @odata.nextLink
			}
			next, there := object[name]
			if !there {
				return bytes.TrimSpace(part), name, slices.Sorted(maps.Keys(object))
			}
			part = next
			continue
		}
		var list []json.RawMessage
		i, err := strconv.Atoi(name)
		if err != nil || json.Unmarshal(part, &list) != nil || i < 0 || i >= len(list) {
			return bytes.TrimSpace(part), name, nil
		}
		part = list[i]
	}
	return bytes.TrimSpace(part), "", nil
}

// items gives the list in an answer.
func (c Config) items(answer json.RawMessage) ([]json.RawMessage, error) {
	part, missing, have := at(answer, c.Items)
	if missing != "" {
		e := web.Invalid(connector.CodeAnswer, "items", "The answer has no %q", missing)
		if hint := near.Hint(missing, have); hint != "" {
			return nil, e.WithHint("%s", hint)
		}
		return nil, e.WithHint("The answer began with: %s", web.Beginning(answer))
	}
	var list []json.RawMessage
	if err := json.Unmarshal(part, &list); err != nil {
		var object map[string]json.RawMessage
		e := web.Invalid(connector.CodeAnswer, "items", "What is there is no list")
		if json.Unmarshal(part, &object) == nil {
			return nil, e.WithHint("It is an object; name the list in it: %s.", strings.Join(slices.Sorted(maps.Keys(object)), ", "))
		}
		return nil, e.WithHint("It began with: %s", web.Beginning(part))
	}
	return list, nil
}

// row writes an item as a line; what is no object becomes one.
func row(out *bytes.Buffer, item json.RawMessage) error {
	out.Reset()
	wrap := len(item) == 0 || bytes.TrimSpace(item)[0] != '{'
	if wrap {
		out.WriteString(`{"value":`)
	}
	if err := json.Compact(out, item); err != nil {
		return fmt.Errorf("write an item: %w", err)
	}
	if wrap {
		out.WriteByte('}')
	}
	out.WriteByte('\n')
	return nil
}

// nextLink finds the address of the next page in the header Link, as RFC 8288 has it.
func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for line != "" {
			_, rest, ok := strings.Cut(line, "<")
			if !ok {
				break
			}
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			params, after := parameters(rest)
			if slices.Contains(strings.Fields(strings.ToLower(params["rel"])), "next") {
				return target
			}
			line = after
		}
	}
	return ""
}

// parameters reads those of one link, up to the comma before the next.
func parameters(text string) (params map[string]string, after string) {
	params = map[string]string{}
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] == ',' {
			return params, strings.TrimPrefix(text, ",")
		}
		text = strings.TrimLeft(strings.TrimPrefix(text, ";"), " \t")
		end := strings.IndexAny(text, "=;,")
		if end < 0 {
			return params, ""
		}
		name := strings.ToLower(strings.TrimSpace(text[:end]))
		if text[end] != '=' {
			text = text[end:]
			continue
		}
		text = strings.TrimLeft(text[end+1:], " \t")
		var v string
		if strings.HasPrefix(text, `"`) {
			v, text, _ = strings.Cut(text[1:], `"`)
		} else if stop := strings.IndexAny(text, ";,"); stop >= 0 {
			v, text = strings.TrimSpace(text[:stop]), text[stop:]
		} else {
			v, text = strings.TrimSpace(text), ""
		}
		if _, twice := params[name]; !twice {
			params[name] = v
		}
	}
}

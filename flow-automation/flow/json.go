package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"dataflow/ide-go-lib/errs"
)

// CodeJSONInvalid is the code of a document whose JSON cannot be read.
const CodeJSONInvalid = "json_invalid"

// ParseJSON reads a document strictly: what the model does not know is refused.
func ParseJSON(data []byte) (*Document, error) {
	var doc Document
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, errs.Invalid(CodeJSONInvalid, "The flow is not valid JSON for a flow: %v", err)
	}
	return &doc, nil
}

// UnmarshalJSON is strict and keeps integers exact: in vars, with, enum and the like an integer is an int64 (or a
// json.Number beyond it) and any other number a float64.
func (d *Document) UnmarshalJSON(data []byte) error {
	type plain Document
	var p plain
	if err := strict(data, &p); err != nil {
		return err
	}
	*d = Document(p)
	d.normalise()
	return nil
}

// normalise makes documents with the same meaning equal: numbers in their one form, nothing for what is empty.
func (d *Document) normalise() {
	s := &d.Spec
	d.Metadata.Labels = orNothing(d.Metadata.Labels)
	s.Vars = values(s.Vars)
	s.Layout = orNothing(s.Layout)
	if len(s.Params) == 0 {
		s.Params = nil
	}
	for i := range s.Params {
		if len(s.Params[i].Enum) == 0 {
			s.Params[i].Enum = nil
		}
	}
	if len(s.Triggers) == 0 {
		s.Triggers = nil
	}
	for i := range s.Triggers {
		s.Triggers[i].With = values(s.Triggers[i].With)
	}
	if s.Nodes == nil {
		s.Nodes = []Node{}
	}
	normaliseNodes(s.Nodes)
}

func normaliseNodes(nodes []Node) {
	for i := range nodes {
		n := &nodes[i]
		n.With = values(n.With)
		n.In = orNothing(n.In)
		if len(n.After) == 0 {
			n.After = nil
		}
		if n.Retry != nil && len(n.Retry.On) == 0 {
			n.Retry.On = nil
		}
		n.Pin = values(n.Pin)
		for _, body := range []*[]Node{&n.Nodes, &n.Catch, &n.Finally} {
			if len(*body) == 0 {
				*body = nil
			}
			normaliseNodes(*body)
		}
	}
}

func values(m map[string]any) map[string]any {
	for k, v := range m {
		m[k] = normal(v)
	}
	return orNothing(m)
}

func orNothing[M ~map[string]V, V any](m M) M {
	if len(m) == 0 {
		return nil
	}
	return m
}

// strict reads exactly one JSON value into v, with exact numbers.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the end of the document")
	}
	return nil
}

// normal gives v with every number in its one normal form.
func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case map[string]any:
		for k, item := range v {
			v[k] = normal(item)
		}
	case []any:
		for i, item := range v {
			v[i] = normal(item)
		}
	case float64:
		return whole(v)
	case int:
		return int64(v)
	}
	return v
}

// number turns a JSON number literal into its normal form: int64 when it is an integer that fits, json.Number when it
// is a larger integer, else float64.
func number(literal string) any {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return n
	}
	if isInteger(literal) {
		return json.Number(literal)
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return json.Number(literal)
	}
	return whole(f)
}

func whole(f float64) any {
	const exact = 1 << 53
	if f == float64(int64(f)) && f > -exact && f < exact {
		return int64(f)
	}
	return f
}

func isInteger(literal string) bool {
	digits := literal
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return digits != ""
}

// MarshalJSON gives a mapping in the order of the parameters.
func (p Params) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, param := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(param.Name)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(param)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(body)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON takes a mapping and keeps its order.
func (p *Params) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		*p = nil
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("params must be an object of parameters by name")
	}
	list := Params{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		var param Param
		if err := strict(raw, &param); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
		for _, other := range list {
			if other.Name == name {
				return fmt.Errorf("the parameter %s is there twice", name)
			}
		}
		param.Name = name
		for i, v := range param.Enum {
			param.Enum[i] = normal(v)
		}
		if param.Default, err = canonical(param.Default); err != nil {
			return err
		}
		list = append(list, param)
	}
	*p = list
	return nil
}

// canonical gives JSON in the one form that this package keeps it in.
func canonical(raw json.RawMessage) (json.RawMessage, error) {
	if raw == nil {
		return nil, nil
	}
	var v any
	if err := strict(raw, &v); err != nil {
		return nil, err
	}
	return plainJSON(normal(v))
}

// plainJSON marshals without the escapes that HTML needs.
func plainJSON(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Get gives the parameter of that name, or nil.
func (p Params) Get(name string) *Param {
	for i := range p {
		if p[i].Name == name {
			return &p[i]
		}
	}
	return nil
}

// Names gives the names in order.
func (p Params) Names() []string {
	names := make([]string, len(p))
	for i := range p {
		names[i] = p[i].Name
	}
	return names
}

// MarshalJSON gives a plain text for one source, else a list.
func (s Sources) MarshalJSON() ([]byte, error) {
	if len(s) == 1 {
		return json.Marshal(s[0])
	}
	return json.Marshal([]string(s))
}

// UnmarshalJSON takes a text or a list of texts.
func (s *Sources) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil && !bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		*s = Sources{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return errors.New(`a source must be the name of a node, such as "strikes" or "check.true", or a list of them`)
	}
	*s = many
	return nil
}

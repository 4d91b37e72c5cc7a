package spec_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
)

func jsonReader(data []byte) io.Reader { return bytes.NewReader(data) }

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string]any
		want   []string // code field: message
	}{
		"all well": {config: map[string]any{
			"path": "x", "mode": "skip", "where": "a > 1", "header": true, "tiny": -128, "count": uint64(3), "columns": []any{map[string]any{"name": "a", "as": "b_c"}},
			"keys": []any{"a"}, "headers": map[string]any{"Accept": "x"}, "types": map[string]any{"x": map[string]any{"name": "y"}},
			"limits": map[string]any{"rows": 5.0, "share": 1}, "value": []any{nil}, "raw": nil, "note": "n",
		}},
		"expressions fit everywhere": {config: map[string]any{
			"path": "{{ params.path }}", "mode": "{{ x }}", "header": "{{ x }}", "tiny": "{{ x }}", "columns": "{{ x }}", "headers": "{{ x }}", "limits": map[string]any{"rows": "{{ x }}"},
			"where": "a > {{ x }}", "keys": []any{"{{ x }}"},
		}},
		"typed Go values": {config: map[string]any{"path": "x", "keys": []string{"a"}, "headers": map[string]string{"a": "b"}, "limits": map[string]int{"rows": 3}}},
		"nothing":         {want: []string{"missing_field with.path: File must be filled in."}},
		"empty and null":  {config: map[string]any{"path": "", "mode": nil}, want: []string{"missing_field with.path: File must be filled in."}},
		"unknown": {config: map[string]any{"path": "x", "pth": "y", "nothing_like_it": 1}, want: []string{
			`unknown_field with.nothing_like_it: There is no field "nothing_like_it"; the fields are note, path, mode, where, header, tiny, count, columns, keys, nulls, headers, types, limits, retry, value, raw.`,
			`unknown_field with.pth: There is no field "pth"; did you mean "path"?`,
		}},
		"enum": {config: map[string]any{"path": "x", "mode": "skpi", "keys": []any{"a", "zzzzz"}}, want: []string{
			`not_allowed with.mode: "skpi" is not allowed; did you mean "skip"?`,
			`not_allowed with.keys[1]: "zzzzz" is not allowed; use one of a, b.`,
		}},
		"types": {config: map[string]any{"path": 1, "header": "yes", "tiny": 1.5, "columns": "a", "headers": []any{}, "limits": []any{}, "where": 3, "keys": []any{nil}}, want: []string{
			`wrong_type with.path: Must be a text, but is the number 1.`,
			`wrong_type with.where: Must be a text, but is the number 3.`,
			`wrong_type with.header: Must be true or false, but is the text "yes".`,
			`wrong_type with.tiny: Must be a whole number, but is 1.5.`,
			`wrong_type with.columns: Must be a list, but is the text "a".`,
			`wrong_type with.keys[0]: Must be a text, but is empty.`,
			`wrong_type with.headers: Must be a mapping of names to values, but is a list.`,
			`wrong_type with.limits: Must be an object, but is a list.`,
		}},
		"ranges": {config: map[string]any{"path": "x", "tiny": 128, "count": -1, "limits": map[string]any{"rows": 0, "share": 1.01}}, want: []string{
			`out_of_range with.tiny: 128 is too large or too small.`,
			`out_of_range with.count: -1 is too large or too small.`,
			`out_of_range with.limits.rows: Must be at least 1, but is 0.`,
			`out_of_range with.limits.share: Must be at most 1, but is 1.01.`,
		}},
		"not a number": {config: map[string]any{"path": "x", "limits": map[string]any{"share": math.NaN()}}, want: []string{
			`wrong_type with.limits.share: Must be a number, but is the number NaN.`,
		}},
		"inside lists and maps": {config: map[string]any{"path": "x", "columns": []any{map[string]any{"name": "a"}, map[string]any{"as": "A B", "nme": 1}}, "types": map[string]any{"t": map[string]any{}}}, want: []string{
			`missing_field with.columns[1].name: Column must be filled in.`,
			`pattern_mismatch with.columns[1].as: "A B" does not match the pattern [a-z_]+.`,
			`unknown_field with.columns[1].nme: There is no field "nme"; did you mean "name"?`,
			`missing_field with.types.t.name: Column must be filled in.`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range spec.For[config]().Validate(c.config) {
				got = append(got, d.Code+" "+d.Field+": "+d.Message)
			}
			require.Equal(t, c.want, got)
		})
	}
}

// The title of a field is told in both languages.
func TestTitlesAreToldInBothLanguages(t *testing.T) {
	type config struct {
		Path string `json:"path" title:"File" zh:"文件" required:"true"`
	}
	require.Equal(t, []errs.Detail{{
		Code: spec.CodeMissingField, Message: "File must be filled in.", Place: errs.Place{Field: "with.path"},
		Said: errs.Said{Form: "{0} must be filled in.", Args: []string{"File"}, Labels: map[string]string{"File": "文件"}},
	}}, spec.Of(reflect.TypeFor[config]()).Validate(nil))
}

func TestDecode(t *testing.T) {
	s := spec.For[config]()
	got, details := spec.Decode[config](s, json.RawMessage(`{
		"path":"x","tiny":5.0,"where":{"$sql":"a > $1","args":[9007199254740993]},"columns":[{"name":"a"},{"name":"b","type":"number"}],
		"types":{"t":{"name":"n"}},"header":null,"value":9007199254740993,"limits":{"share":0.5}}`))
	require.Empty(t, details)
	require.Equal(t, config{
		Path: "x", Mode: "fail", Tiny: 5, Where: table.SQL{Text: "a > $1", Args: []any{json.Number("9007199254740993")}},
		Columns: []column{{Name: "a", Type: "text"}, {Name: "b", Type: "number"}}, Types: map[string]column{"t": {Name: "n", Type: "text"}},
		Nulls: []string{"", "NA"}, Value: 9007199254740992.0, Limits: limits{Rows: 100, Share: 0.5}, Raw: json.RawMessage(`{"a":1}`),
	}, got)

	got, details = spec.Decode[config](s, json.RawMessage(`{"path":"x","retry":{},"nulls":[]}`))
	require.Empty(t, details)
	require.Equal(t, &limits{Rows: 100}, got.Retry, "an object that is given has its defaults")
	require.Equal(t, []string{}, got.Nulls, "an empty list is not the default")
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                                    "with.path: File must be filled in.",
		`null`:                                "with.path: File must be filled in.",
		`{`:                                   "with: The configuration is not JSON: unexpected EOF",
		`[]`:                                  "with: The configuration must be an object, but is a list.",
		`{"path":"{{ x }}","tiny":"{{ y }}"}`: `with.tiny: Must be a whole number, but is the text "{{ y }}".`,
		`{"path":5}`:                          "with.path: Must be a text, but is the number 5. In an expression, string(…) makes it a text.",
		`{"path":["a"]}`:                      "with.path: Must be a text, but is a list. In an expression, json(…) makes it a text.",
		`{"path":"x","count":99999999999999999999}`: "with.count: 99999999999999999999 is too large or too small.",
	} {
		t.Run(text, func(t *testing.T) {
			got, details := spec.Decode[config](spec.For[config](), json.RawMessage(text))
			require.Len(t, details, 1)
			require.Equal(t, want, details[0].String())
			require.Equal(t, config{}, got)
		})
	}
	require.Panics(t, func() { _, _ = spec.Decode[limits](spec.For[config](), nil) })
}

func TestDecodeRecursive(t *testing.T) {
	got, details := spec.Decode[condition](spec.For[condition](), json.RawMessage(`{"all":[{"field":"a"},{"not":{"all":[]}}]}`))
	require.Empty(t, details)
	require.Equal(t, condition{All: []condition{{Field: "a"}, {Not: &condition{All: []condition{}}}}}, got)
}

func TestNearest(t *testing.T) {
	names := []string{"path", "format", "delimiter", "a"}
	for name, want := range map[string]string{"pth": "path", "Path": "path", "fromat": "format", "delimeter": "delimiter", "zzz": "", "": "", "b": ""} {
		require.Equal(t, want, spec.Nearest(name, names), name)
	}
}

func BenchmarkDecode(b *testing.B) {
	s := spec.For[config]()
	raw := json.RawMessage(`{"path":"x","columns":[{"name":"a"},{"name":"b","type":"number"}]}`)
	for b.Loop() {
		if _, details := spec.Decode[config](s, raw); len(details) > 0 {
			b.Fatal(details)
		}
	}
}

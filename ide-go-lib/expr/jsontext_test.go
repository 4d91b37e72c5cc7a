package expr_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

func TestJSONText(t *testing.T) {
	params := map[string]any{"text": "a\"b\\ \n", "n": 7, "list": []any{1, "x"}, "bad": map[string]any{"a": []any{map[string]any{"$ne": nil}}}, "raw": json.RawMessage(`{"$gt": ""}`), "op": "$where", "ops": []any{map[string]any{"a": "$where"}}, "none": "", "dollar": "$", "object": map[string]any{"a": 1}}
	for text, want := range map[string]string{
		`{"b": 1, "a": {{ params.n }}}`:                            `{"b": 1, "a": 7}`,
		`{"a": {{ params.text }}}`:                                 `{"a": "a\"b\\ \n"}`,
		`{"a": "{{ params.text }}"}`:                               `{"a": "a\"b\\ \n"}`,
		`{"a": "x \" {{ params.n }}-{{params.n}}"}`:                `{"a": "x \" 7-7"}`,
		`{"a": {"$in": {{ params.list }}}}`:                        `{"a": {"$in": [1,"x"]}}`,
		`{"a": {{ params.object }}}`:                               `{"a": {"a":1}}`,
		`{"$expr": {"$eq": ["$a", "{{ params.n }}"]}}`:             `{"$expr": {"$eq": ["$a", "7"]}}`,
		`[{"$match": {"a": {{ params.op }}}}]`:                     `[{"$match": {"a": "$where"}}]`,
		`[{"$set": {"a": {"$literal": {{ params.op }}}}}]`:         `[{"$set": {"a": {"$literal": "$where"}}}]`,
		`{"a": "$b.{{ params.n }}", "c": "1{{ params.op }}"}`:      `{"a": "$b.7", "c": "1$where"}`,
		`{"$function": {"body": "x", "args": ["{{ params.n }}"]}}`: `{"$function": {"body": "x", "args": ["7"]}}`,
		`{"a": 1}`: `{"a": 1}`,
	} {
		compiled, err := expr.Compile(text, expr.JSON)
		require.NoError(t, err)
		got, err := compiled.Eval(t.Context(), &expr.Scope{Params: params})
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{`{"a": {{ params.bad }}}`, `{"a": {{ params.raw }}}`, `{"{{ params.op }}": 1}`} {
		compiled, err := expr.Compile(text, expr.JSON)
		require.NoError(t, err)
		_, err = compiled.Eval(t.Context(), &expr.Scope{Params: params})
		require.Equal(t, expr.CodeFailed, errs.From(err).Code, text)
		require.Contains(t, err.Error(), "operator")
	}
	for text, wrong := range map[string]string{
		`{ {{ params.op }}: 1}`:                                      `the name "$where", which would be an operator`,
		`{"{{ params.none }}{{ params.op }}{{ params.n }}" : 1}`:     `the name "$where7"`,
		`{"{{ params.dollar }}gt": 1}`:                               `the name "$gt"`,
		`{"a": 1, "\u0024{{ params.n }}": 1}`:                        `the name "$7"`,
		`{"a": "{{ params.op }}"}`:                                   `the text "$where", which would be a field`,
		`[{"$match": {"a": 1}}, {"$set": {"a": {{ params.op }}}}]`:   `the text "$where"`,
		`[{"$set": {"a": {{ params.ops }}}}]`:                        `the text "$where"`,
		`[{"$set": {"a": "{{ params.none }}{{ params.dollar }}b"}}]`: `the text "$b"`,
		`[{"$match": {"$expr": {"$eq": ["$a", {{ params.op }}]}}}]`:  `the text "$where"`,
		`{"$where": "this.a == '{{ params.n }}'"}`:                   "would become code",
		`{"$function": {"body": "{{ params.n }}", "args": []}}`:      "would become code",
	} {
		compiled, err := expr.Compile(text, expr.JSON)
		require.NoError(t, err)
		_, err = compiled.Eval(t.Context(), &expr.Scope{Params: params})
		require.Equal(t, expr.CodeFailed, errs.From(err).Code, text)
		require.Contains(t, err.Error(), wrong, text)
	}
	for text, want := range map[string]string{`{"a": {{ params.op }}}`: `{"a": "$where"}`, `{"$expr": {{ params.op }}}`: "", `{"{{ params.op }}": 1}`: ""} {
		compiled, err := expr.Compile(text, expr.Filter)
		require.NoError(t, err)
		got, err := compiled.Eval(t.Context(), &expr.Scope{Params: params})
		if want == "" {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := expr.Compile(`{"a": "\{{ params.text }}"}`, expr.JSON)
	require.ErrorContains(t, err, "backslash")
}

// Whatever a value is, the text around it means what it meant.
func TestJSONTextKeepsItsShape(t *testing.T) {
	compiled, err := expr.Compile(`{"a": {{ params.v }}, "b": "x{{ params.v }}", "c": 1}`, expr.Filter)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.String().Draw(t, "v")
		got, err := compiled.Eval(t.Context(), &expr.Scope{Params: map[string]any{"v": v}})
		require.NoError(t, err)
		var out map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.(string)), &out))
		require.Len(t, out, 3)
		require.Equal(t, "x"+out["a"].(string), out["b"])
		require.InDelta(t, 1, out["c"], 0)
	})
}

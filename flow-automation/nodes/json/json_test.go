package json_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/engine/step/steptest"
	"dataflow/flow-automation/nodes/json"
)

type with = steptest.With

type list = []any

func TestEdges(t *testing.T) {
	in := func(s ...string) []string { return s }
	set := func(path string, to any) with { return with{"set": list{with{"path": path, "to": to}}} }
	steptest.New(t, json.Types()).Check(t, map[string]steptest.Case{
		"get the whole":      {Type: "json.get", With: with{"path": "$"}, In: in(` {"b" : 1.50, "a":1e400} `), Want: `{"b" : 1.50, "a":1e400}`},
		"get of an escape":   {Type: "json.get", With: with{"path": `["a\"b"]`}, In: in(`{"a\"b": 1, "é": 2}`), Want: `1`},
		"get an accent":      {Type: "json.get", With: with{"path": "é"}, In: in(`{"\u00e9": 2}`), Want: `2`},
		"get the later":      {Type: "json.get", With: with{"path": "a"}, In: in(`{"a": 1, "a": 2}`), Want: `2`},
		"get null":           {Type: "json.get", With: with{"path": "a", "default": 5, "missing": "fail"}, In: in(`{"a": null}`), Want: `null`},
		"get beyond":         {Type: "json.get", With: with{"path": "[-3]", "default": list{}}, In: in(`[1, 2]`), Want: `[]`},
		"get must":           {Type: "json.get", With: with{"path": "a.nmae", "missing": "fail"}, In: in(`{"a": {"name": 1}}`), Code: "path_missing", Field: "with.path"},
		"get must, an index": {Type: "json.get", With: with{"path": "a[5]", "missing": "fail"}, In: in(`{"a": [1]}`), Code: "path_missing", Field: "with.path"},
		"get must, a filter": {Type: "json.get", With: with{"path": "$[?@.a]", "missing": "fail"}, In: in(`[1]`), Code: "path_missing", Field: "with.path"},
		"get first":          {Type: "json.get", With: with{"path": "$..id", "first": true}, In: in(`{"x": [{"id": 7}], "id": 8}`), Want: `8`},
		"get first of none":  {Type: "json.get", With: with{"path": "$..id", "first": true, "default": "-"}, In: in(`{}`), Want: `"-"`},
		"get everywhere":     {Type: "json.get", With: with{"path": "$..id"}, In: in(`{"x": [{"id": 7}], "id": [{"id": 9.0}]}`), Want: `[[{"id":9.0}],7,9.0]`},
		"get a slice":        {Type: "json.get", With: with{"path": "[::-2]"}, In: in(`[0, 1, 2]`), Want: `[2,0]`},
		"get several":        {Type: "json.get", With: with{"path": "['b','a',0]"}, In: in(`{"a": 1, "b": 2}`), Want: `[2,1]`},
		"get by match":       {Type: "json.get", With: with{"path": "$[?search(@.n, '^[ab]') && @.v != null].n"}, In: in(`[{"n": "ax", "v": 0}, {"n": "b", "v": null}, {"n": "c", "v": 1}]`), Want: `["ax"]`},
		"get by the root":    {Type: "json.get", With: with{"path": "$.items[?@ > $.least]"}, In: in(`{"least": 2, "items": [1, 12345678901234567899]}`), Want: `[12345678901234567899]`},
		"get wrong":          {Type: "json.get", With: with{"path": "a..["}, In: in(`1`), Code: "path_invalid", Field: "with.path"},
		"get wrong name":     {Type: "json.get", With: with{"path": "content-type"}, In: in(`1`), Code: "path_invalid", Field: "with.path"},
		"get too costly":     {Type: "json.get", With: with{"path": "$..a..b..c"}, In: in(`1`), Code: "path_invalid", Field: "with.path"},
		"get costly filter":  {Type: "json.get", With: with{"path": "$[?count($..*) > 1]"}, In: in(`1`), Code: "path_invalid", Field: "with.path"},
		"get without":        {Type: "json.get", With: with{}, In: in(`1`), Code: "config_invalid", Field: "with.path"},
		"get of nothing":     {Type: "json.get", With: with{"path": "a"}, Code: "input_missing", Field: "with.value"},
		"get written":        {Type: "json.get", With: with{"path": "a", "value": "{{ params }}"}, Params: with{"a": 5}, Want: `5`},

		"set the whole":       {Type: "json.set", With: set("$", 5), In: in(`{"a": 1}`), Want: `5`},
		"set keeps the rest":  {Type: "json.set", With: set("b", "x"), In: in(`{"c": 1.50, "b": 1, "a": {"x" : 1}}`), Want: `{"c":1.50,"b":"x","a":{"x" : 1}}`},
		"set the next":        {Type: "json.set", With: set("a[1].b", 2), In: in(`{"a": [1]}`), Want: `{"a":[1,{"b":2}]}`},
		"set in nothing":      {Type: "json.set", With: set("a[0]", 2), In: in(`{}`), Want: `{"a":[2]}`},
		"set the last":        {Type: "json.set", With: set("a[-1]", 2), In: in(`{"a": [1]}`), Want: `{"a":[2]}`},
		"set too far":         {Type: "json.set", With: set("a[3]", 2), In: in(`{"a": [1]}`), Code: "path_missing", Field: "with.set[0].path"},
		"set in a text":       {Type: "json.set", With: set("a.b", 2), In: in(`{"a": "x"}`), Code: "path_missing", Field: "with.set[0].path"},
		"set an index of one": {Type: "json.set", With: set("a[0]", 2), In: in(`{"a": {}}`), Code: "path_missing", Field: "with.set[0].path"},
		"set by filter":       {Type: "json.set", With: set("$[?@.a == 1].b", list{}), In: in(`[{"a": 1}, {"a": 2}]`), Want: `[{"a":1,"b":[]},{"a": 2}]`},
		"set every item":      {Type: "json.set", With: set("$.a[*]", "{{ params.x }}"), Params: with{"x": nil}, In: in(`{"a": [1, [2]]}`), Want: `{"a":[null,null]}`},
		"set many names":      {Type: "json.set", With: set("n99", 1), In: in(many()), Want: strings.Replace(compact(many()), `"n99":99`, `"n99":1`, 1)},
		"set nothing":         {Type: "json.set", With: with{}, In: in(`{}`), Code: "config_invalid", Field: "with.set"},
		"set wrong":           {Type: "json.set", With: with{"set": list{with{"path": "a", "to": 1}, with{"path": "]", "to": 1}}}, In: in(`{}`), Code: "config_invalid", Field: "with.set[1].path"},
		"remove wrong":        {Type: "json.set", With: with{"remove": list{"]"}}, In: in(`{}`), Code: "config_invalid", Field: "with.remove[0]"},
		"remove all":          {Type: "json.set", With: with{"remove": list{"$"}}, In: in(`{}`), Want: `null`},
		"remove deep":         {Type: "json.set", With: with{"remove": list{"$..id", "a[0,2]", "none.there"}}, In: in(`{"id": 1, "a": [1, {"id": 2}, 3, 4]}`), Want: `{"a":[{},4]}`},
		"remove after set":    {Type: "json.set", With: with{"set": list{with{"path": "a", "to": 1}}, "remove": list{"a"}}, In: in(`{"a": 0, "b": 0}`), Want: `{"b":0}`},

		"merge flat":          {Type: "json.merge", With: with{"deep": false}, In: in(`{"a": {"b": 1}}`, `{"a": {"c": 2}}`), Want: `{"a":{"c": 2}}`},
		"merge the first":     {Type: "json.merge", With: with{"conflict": "first"}, In: in(`{"a": 1, "b": null}`, `{"a": 2, "b": 3, "c": 4}`), Want: `{"a":1,"b":null,"c":4}`},
		"merge ignoring null": {Type: "json.merge", With: with{"nulls": "ignore"}, In: in(`{"a": 1}`, `{"a": null, "b": null}`), Want: `{"a":1}`},
		"merge conflict":      {Type: "json.merge", With: with{"conflict": "fail"}, In: in(`{"a": {"b": 1}}`, `{"a": {"b": 2}}`), Code: "merge_conflict", Field: "in.value"},
		"merge no conflict":   {Type: "json.merge", With: with{"conflict": "fail"}, In: in(`{"a": 1.0}`, `{"a": 1}`), Want: `{"a":1.0}`},
		"merge unlike":        {Type: "json.merge", With: with{}, In: in(`{"a": 1}`, `[1]`), Code: "wrong_type", Field: "in.value"},
		"merge a text":        {Type: "json.merge", With: with{"with": "x"}, In: in(`{"a": 1}`), Code: "wrong_type", Field: "with.with"},
		"merge nothing":       {Type: "json.merge", With: with{}, Want: `null`},
		"merge nulls":         {Type: "json.merge", With: with{}, In: in(`null`, `null`), Want: `null`},

		"parse more":       {Type: "json.parse", With: with{}, In: in(`"{} {}"`), Code: "json_invalid", Field: "in.value"},
		"parse nothing":    {Type: "json.parse", With: with{}, In: in(`"  "`), Code: "json_invalid", Field: "in.value"},
		"parse none":       {Type: "json.parse", With: with{"format": "lines"}, In: in(`""`), Want: `[]`},
		"parse as null":    {Type: "json.parse", With: with{"invalid": "null"}, In: in(`["NaN", "{'a': 1}", "\ufeff [ 1 ]"]`), Want: `[null,null,[1]]`},
		"parse a bad item": {Type: "json.parse", With: with{}, In: in(`["1", "{"]`), Code: "json_invalid", Field: "in.value", Row: 2},
		"parse an object":  {Type: "json.parse", With: with{}, In: in(`{}`), Code: "wrong_type", Field: "in.value"},

		"write lines of one":  {Type: "json.stringify", With: with{"lines": true}, In: in(`{}`), Code: "wrong_type", Field: "in.value"},
		"write lines of none": {Type: "json.stringify", With: with{"lines": true}, In: in(`[]`), Want: `""`},
		"write both":          {Type: "json.stringify", With: with{"lines": true, "indent": 2}, In: in(`[]`), Code: "config_invalid", Field: "with.indent"},
		"write too far in":    {Type: "json.stringify", With: with{"indent": 9}, In: in(`[]`), Code: "config_invalid", Field: "with.indent"},
		"write null":          {Type: "json.stringify", With: with{}, In: in(`null`), Want: `"null"`},

		"build wrongly":    {Type: "json.template", With: with{"template": list{"{{ item.a.b }}"}}, In: in(`{"a": 1}`), Code: "expression_failed", Field: "with.template[0]", Row: 1},
		"build nothing":    {Type: "json.template", With: with{}, In: in(`{}`), Code: "config_invalid", Field: "with.template"},
		"build a constant": {Type: "json.template", With: with{"template": with{"a": 1}}, In: in(`null`), Want: `{"a":1}`},

		"filter not a list":  {Type: "json.filter", With: with{"where": "{{ true }}"}, In: in(`{}`), Code: "wrong_type", Field: "in.value"},
		"filter without":     {Type: "json.filter", With: with{"where": "item.a > 1"}, In: in(`[]`), Code: "config_invalid", Field: "with.where"},
		"filter by a number": {Type: "json.filter", With: with{"where": "{{ item.a }}"}, In: in(`[{"a": true}, {"a": 1}]`), Code: "not_boolean", Field: "with.where", Row: 2},
		"filter by null":     {Type: "json.filter", With: with{"where": "{{ item.a }}"}, In: in(`[{}]`), Code: "not_boolean", Field: "with.where", Row: 1},
		"filter fails":       {Type: "json.filter", With: with{"where": "{{ item.a + 1 > 0 }}"}, In: in(`[{"a": 1}, {}]`), Code: "expression_failed", Field: "with.where", Row: 2},
		"filter by index":    {Type: "json.filter", With: with{"where": "{{ index % 2 == 0 }}"}, In: in(`[1, 2, 3]`), Want: `[1,3]`},
		"filter syntax":      {Type: "json.filter", With: with{"where": "{{ item. }}"}, In: in(`[]`), Code: "config_invalid", Field: "with.where"},

		"filter by another": {Type: "json.filter", With: with{"where": "{{ item > nodes.inb.value[0] && item < params.most }}"}, Params: with{"most": 5}, In: in(`[1, 2, 3, 9]`, `[1]`), Want: `[2,3]`},

		"map fails":   {Type: "json.map", With: with{"to": with{"x": list{"{{ item.a.b }}"}}}, In: in(`[{"a": {}}, {"a": 1}]`), Code: "expression_failed", Field: "with.to.x[0]", Row: 2},
		"map as is":   {Type: "json.map", With: with{"to": "{{ item }}"}, In: in(`[12345678901234567890, null]`), Want: `[12345678901234567890,null]`},
		"map flat":    {Type: "json.map", With: with{"to": "{{ item }}", "flatten": true}, In: in(`[[1, [2]], 3, []]`), Want: `[1,[2],3]`},
		"map a table": {Type: "json.map", With: with{"to": "{{ item.a }}"}, In: in(`"x"`), Code: "wrong_type", Field: "in.value"},

		"sort down":       {Type: "json.sort", With: with{"by": list{with{"path": "$", "order": "desc"}}}, In: in(`[1, null, 10, 9, "b", "a", null]`), Want: `["b","a",10,9,1,null,null]`},
		"sort in Chinese": {Type: "json.sort", With: with{"language": "zh"}, In: in(`["张", "李", "安", "bc"]`), Want: `["bc","安","李","张"]`},
		"sort several":    {Type: "json.sort", With: with{"by": list{with{"path": "$[*]"}}}, In: in(`[]`), Code: "config_invalid", Field: "with.by[0].path"},
		"sort language":   {Type: "json.sort", With: with{"language": "?"}, In: in(`[]`), Code: "config_invalid", Field: "with.language"},
		"sort booleans":   {Type: "json.sort", With: with{}, In: in(`[true, false, true]`), Want: `[false,true,true]`},
		"sort numbers":    {Type: "json.sort", With: with{}, In: in(`[1e3, 999, -1e400, 1e400, 0.1]`), Want: `[-1e400,0.1,999,1e3,1e400]`},

		"group two as object": {Type: "json.group", With: with{"by": list{"a", "b"}, "as": "object"}, In: in(`[]`), Code: "config_invalid", Field: "with.as"},
		"group by none":       {Type: "json.group", With: with{"by": list{}}, In: in(`[]`), Code: "config_invalid", Field: "with.by"},
		"group by objects":    {Type: "json.group", With: with{"by": list{"k"}}, In: in(`[{"k": {"a": 1, "b": 2}}, {"k": {"b": 2, "a": 1.0}}]`), Want: `[{"count":2,"items":[{"k": {"a": 1, "b": 2}},{"k": {"b": 2, "a": 1.0}}],"key":{"a": 1, "b": 2}}]`},
		"group nothing":       {Type: "json.group", With: with{"by": list{"k"}, "as": "object"}, In: in(`[]`), Want: `{}`},
		"group to null":       {Type: "json.group", With: with{"by": list{"k"}, "as": "object"}, In: in(`[1, {"k": null}, {"k": "a\"b"}]`), Want: `{"null":[1,{"k": null}],"a\"b":[{"k": "a\"b"}]}`},
		"unique wrong":        {Type: "json.unique", With: with{"by": list{"a", "["}}, In: in(`[]`), Code: "config_invalid", Field: "with.by[1]"},
		"unique last":         {Type: "json.unique", With: with{"keep": "last"}, In: in(`[1, 2, 1.0, null, null]`), Want: `[2,1.0,null]`},
		"slice nowhere":       {Type: "json.slice", With: with{"step": 0}, In: in(`[]`), Code: "config_invalid", Field: "with.step"},
		"slice backwards":     {Type: "json.slice", With: with{"step": -1}, In: in(`[1, 2, 3]`), Want: `[3,2,1]`},
		"slice chunks":        {Type: "json.slice", With: with{"chunks": 5}, In: in(`[1, 2]`), Want: `[[1,2]]`},
		"slice chunks, none":  {Type: "json.slice", With: with{"chunks": 5}, In: in(`[]`), Want: `[]`},
	})
}

// many is an object with so many names that they are indexed.
func many() string {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `, "n%d": %d`, i, i)
	}
	return "{" + b.String()[2:] + "}"
}

func compact(s string) string { return strings.ReplaceAll(s, " ", "") }

func TestParseSaysWhere(t *testing.T) {
	b := steptest.New(t, json.Types())
	for text, c := range map[string]struct {
		format       string
		line, column int
	}{
		`"{\n  \"é\": ü}"`: {"json", 2, 8},
		`"1\n2\n[1,]"`:     {"lines", 3, 4},
		`"[1"`:             {"json", 1, 3},
	} {
		_, err := b.Run("json.parse", with{"format": c.format}, nil, text)
		if err == nil || err.Details[0].Line != c.line || err.Details[0].Column != c.column {
			t.Errorf("%s: %+v", text, err)
		}
	}
}

// What is deep or wide ends, or is refused; it never takes the process along.
func TestLargeAndDeepValues(t *testing.T) {
	b := steptest.New(t, json.Types())
	deep := strings.Repeat("[", 900) + strings.Repeat("]", 900)
	if got, err := b.Run("json.get", with{"path": "$..[0]"}, nil, deep); err != nil || !strings.HasPrefix(got, "[[[") {
		t.Errorf("%v", err)
	}
	wide := "[" + strings.Repeat("0,", 1_100_000) + "0]"
	if _, err := b.Run("json.get", with{"path": "$[*]"}, nil, wide); err == nil || err.Code != "path_limit" {
		t.Errorf("%v", err)
	}
	if got, err := b.Run("json.slice", with{"start": -2}, nil, wide[:20_001]+"0]"); err != nil || got != "[0,0]" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestCancelEndsALargeList(t *testing.T) {
	b := steptest.New(t, json.Types())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	large := "[" + strings.Repeat(`{"a": 1},`, 5000) + "{}]"
	for typ, config := range map[string]with{
		"json.get": {"path": "$[*].a"}, "json.filter": {"where": "{{ item.a == 1 }}"}, "json.map": {"to": "{{ item }}"},
		"json.sort": {"by": list{with{"path": "a"}}}, "json.group": {"by": list{"a"}}, "json.unique": {},
	} {
		if _, err := b.RunContext(ctx, typ, config, nil, large); err == nil || err.Code != "canceled" {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

package spec_test

import (
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
)

type common struct {
	Note string `json:"note,omitempty" doc:"For people" widget:"textarea"`
}

type column struct {
	Name string `json:"name" title:"Column" zh:"列" required:"true" widget:"column"`
	As   string `json:"as,omitempty" title:"New name" pattern:"[a-z_]+"`
	Type string `json:"type" enum:"text,number" default:"text"`
}

type limits struct {
	Rows  int     `json:"rows" default:"100" minimum:"1" maximum:"1e6"`
	Share float64 `json:"share" minimum:"0" maximum:"1"`
}

type config struct {
	common
	Path    string            `json:"path" title:"File" zh:"文件" doc:"Name of the file" doc_zh:"文件名" required:"true" widget:"file" example:"data/a.csv"`
	Mode    string            `json:"mode" enum:"fail,skip" default:"fail"`
	Where   table.SQL         `json:"where" widget:"sql"`
	Header  *bool             `json:"header,omitempty"`
	Tiny    int8              `json:"tiny,omitempty"`
	Count   uint              `json:"count,omitempty"`
	Columns []column          `json:"columns,omitempty" widget:"columns"`
	Keys    []string          `json:"keys,omitempty" enum:"a,b"`
	Nulls   []string          `json:"nulls" default:"[\"\", \"NA\"]"`
	Headers map[string]string `json:"headers,omitempty"`
	Types   map[string]column `json:"types,omitempty"`
	Limits  limits            `json:"limits"`
	Retry   *limits           `json:"retry,omitempty"`
	Value   any               `json:"value,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty" default:"{\"a\":1}"`
	Hidden  string            `json:"-"`
	private string            //nolint:unused // fields that are not exported are no part of a configuration
}

type condition struct {
	Field string      `json:"field,omitempty"`
	All   []condition `json:"all,omitempty"`
	Not   *condition  `json:"not,omitempty"`
}

func TestJSONSchema(t *testing.T) {
	type small struct {
		Path string   `json:"path" title:"File" zh:"文件" doc:"Name of the file" doc_zh:"文件名" required:"true" widget:"file" example:"data/a.csv"`
		Rows int      `json:"rows" default:"100" minimum:"1" maximum:"1000000"`
		Keys []string `json:"bad_keys,omitempty" enum:"a,b" doc:"a < b"`
		Size limits   `json:"size"`
	}
	require.JSONEq(t, `{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type": "object",
		"properties": {
			"path": {"type":"string","minLength":1,"title":"File","description":"Name of the file","examples":["data/a.csv"],
				"x-widget":"file","x-zh":{"title":"文件","description":"文件名"},"x-order":0},
			"rows": {"type":"integer","minimum":1,"maximum":1000000,"title":"Rows","default":100,"x-widget":"number","x-order":1},
			"bad_keys": {"type":"array","items":{"type":"string","enum":["a","b"]},"title":"Bad keys","description":"a < b","x-widget":"list","x-order":2},
			"size": {"type":"object","properties":{
				"rows":{"type":"integer","minimum":1,"maximum":1000000,"title":"Rows","default":100,"x-widget":"number","x-order":0},
				"share":{"type":"number","minimum":0,"maximum":1,"title":"Share","x-widget":"number","x-order":1}},
				"additionalProperties":false,"title":"Size","x-widget":"group","x-order":3}
		},
		"required": ["path"],
		"additionalProperties": false
	}`, string(spec.For[small]().JSON()))
	require.Contains(t, string(spec.For[small]().JSON()), "a < b", "nothing is escaped")
	data, err := json.Marshal(map[string]any{"config": spec.For[struct{}]()})
	require.NoError(t, err)
	require.JSONEq(t, `{"config":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{},"additionalProperties":false}}`, string(data))
}

func TestJSONSchemaAgreesWithValidator(t *testing.T) {
	for name, schema := range map[string]*spec.Schema{
		"config": spec.For[config](), "recursive": spec.For[condition](), "within": spec.For[struct {
			Root condition `json:"root"`
		}](),
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := jsonschema.UnmarshalJSON(jsonReader(schema.JSON()))
			require.NoError(t, err)
			c := jsonschema.NewCompiler()
			require.NoError(t, c.AddResource("x.json", doc))
			compiled, err := c.Compile("x.json")
			require.NoError(t, err)
			for _, text := range []string{
				`{"path":"x"}`, `{"path":""}`, `{}`, `{"path":1}`, `{"path":"x","mode":"skip"}`, `{"path":"x","mode":"no"}`, `{"path":"x","columns":[{"name":"a"}]}`,
				`{"path":"x","columns":[{}]}`, `{"path":"x","limits":{"rows":0}}`, `{"path":"x","headers":{"a":"b"}}`, `{"path":"x","headers":{"a":1}}`,
				`{"path":"x","what":1}`, `{"field":"a","all":[{"not":{"field":"b"}}]}`, `{"all":[{"not":{"feld":"b"}}]}`, `{"root":{"all":[{"field":"x"}]}}`, `{"root":{"all":[{"field":1}]}}`,
			} {
				v, err := jsonschema.UnmarshalJSON(jsonReader([]byte(text)))
				require.NoError(t, err)
				require.Equal(t, compiled.Validate(v) == nil, len(schema.Validate(v.(map[string]any))) == 0, text)
			}
		})
	}
}

func TestFieldsThatFewNeed(t *testing.T) {
	s := spec.For[struct {
		Path  string `json:"path" required:"true"`
		Quote string `json:"quote,omitempty" more:"true"`
	}]()
	require.Contains(t, string(s.JSON()), `"x-widget":"text","x-more":true,"x-order":1`)
	require.Panics(t, func() {
		spec.For[struct {
			Path string `json:"path" required:"true" more:"true"`
		}]().Fields()
	})
}

func TestFieldsOfAChoice(t *testing.T) {
	s := spec.For[struct {
		Auth string `json:"auth" enum:"none,basic,bearer" default:"none"`
		User string `json:"user,omitempty" when:"auth=basic|bearer"`
	}]()
	require.Contains(t, string(s.JSON()), `"x-when":{"auth":["basic","bearer"]}`)
	require.Panics(t, func() {
		spec.For[struct {
			Auth string `json:"auth" enum:"none,basic"`
			User string `json:"user" when:"auth=bsic"`
		}]().Fields()
	})
	require.Panics(t, func() {
		spec.For[struct {
			User string `json:"user" when:"auth=basic"`
		}]().Fields()
	})
}

func TestDefaults(t *testing.T) {
	require.Equal(t, map[string]any{
		"mode": "fail", "nulls": []any{"", "NA"}, "limits": map[string]any{"rows": json.Number("100")}, "raw": map[string]any{"a": json.Number("1")},
	}, spec.For[config]().Defaults())
	require.Empty(t, spec.For[condition]().Defaults())
	changed := spec.For[config]()
	changed.Defaults()["nulls"].([]any)[0] = "changed"
	require.Equal(t, []any{"", "NA"}, changed.Defaults()["nulls"])
}

func TestFieldsAndWidgets(t *testing.T) {
	s := spec.For[config]()
	var paths []string
	for _, f := range s.Fields() {
		paths = append(paths, f.Path+" "+f.Type+" "+f.Widget)
	}
	require.Equal(t, []string{
		"note string textarea", "path string file", "mode string select", "where string sql", "header boolean switch", "tiny integer number", "count integer number",
		"columns array columns", "columns[].name string column", "columns[].as string text", "columns[].type string select",
		"keys array list", "nulls array list", "headers object keyvalue",
		"types object json", "types.*.name string column", "types.*.as string text", "types.*.type string select",
		"limits object group", "limits.rows integer number", "limits.share number number",
		"retry object group", "retry.rows integer number", "retry.share number number", "value  json", "raw  json",
	}, paths)
	for path, want := range map[string]string{
		"where": "sql", "with.where": "sql", "columns[3].name": "column", "columns[].name": "column", "types.amount.name": "column",
		"limits.rows": "number", "nothing": "", "where.more": "", "": "", "headers.Accept": "",
	} {
		require.Equal(t, want, s.Widget(path), path)
	}
	f, ok := s.Field("with.mode")
	require.True(t, ok)
	require.Equal(t, spec.Field{Path: "with.mode", Type: "string", Widget: "select", Title: "Mode", Enum: []any{"fail", "skip"}, Default: "fail"}, f)
	require.NotEmpty(t, spec.For[condition]().Fields(), "recursion ends")
}

func TestMistakesInTagsPanic(t *testing.T) {
	for name, make := range map[string]func(){
		"default of another type": func() {
			spec.For[struct {
				N int `json:"n" default:"many"`
			}]().Fields()
		},
		"default not in enum": func() {
			spec.For[struct {
				N int `json:"n" enum:"1,2" default:"3"`
			}]().Fields()
		},
		"pattern": func() {
			spec.For[struct {
				S string `json:"s" pattern:"("`
			}]().Fields()
		},
		"required with default": func() {
			spec.For[struct {
				S string `json:"s" required:"true" default:"x"`
			}]().Fields()
		},
		"minimum of a text": func() {
			spec.For[struct {
				S string `json:"s" minimum:"1"`
			}]().Fields()
		},
		"double name": func() {
			spec.For[struct {
				common
				Note string `json:"note"`
			}]().Fields()
		},
		"a channel": func() {
			spec.For[struct {
				C chan int `json:"c"`
			}]().Fields()
		},
		"no struct": func() { spec.For[string]() },
	} {
		t.Run(name, func(t *testing.T) { require.Panics(t, make) })
	}
}

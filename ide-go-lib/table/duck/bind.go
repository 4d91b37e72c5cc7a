package duck

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// bindable turns arguments into what the driver binds: lists and objects go as JSON, converted back in the SQL.
func bindable(q table.Query) (table.Query, error) {
	args := make([]any, len(q.Args))
	convert := make([]string, len(q.Args))
	for i, a := range q.Args {
		args[i], convert[i] = argument(a)
	}
	if !slices.ContainsFunc(convert, func(s string) bool { return s != "" }) {
		q.Args = args
		return q, nil
	}
	text, fields, err := renumber(q, func(n int) string {
		p := "$" + strconv.Itoa(n)
		if t := convert[n-1]; t != "" {
			return "from_json(" + p + "::JSON, " + sqltext.Literal(t) + ")"
		}
		return p
	})
	if err != nil {
		return q, err
	}
	return table.Query{Text: text, Args: args, Fields: fields}, nil
}

// argument gives the value to bind and, for lists and objects, the JSON structure to convert it to.
func argument(a any) (value any, structure string) {
	switch a := a.(type) {
	case json.Number:
		if n, err := a.Int64(); err == nil {
			return n, ""
		}
		if n, ok := new(big.Int).SetString(a.String(), 10); ok {
			return n, ""
		}
		f, _ := a.Float64()
		return f, ""
	case int:
		return int64(a), ""
	case []any, map[string]any, []string, []int64, []float64, []bool:
		text, err := json.Marshal(a)
		if err != nil {
			return nil, ""
		}
		return string(text), jsonStructure(text)
	default:
		return a, ""
	}
}

// jsonStructure is what from_json wants: the list's element type, or JSON as it is.
func jsonStructure(text []byte) string {
	var items []any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if d.Decode(&items) != nil {
		return `"JSON"`
	}
	element := ""
	for _, item := range items {
		t := "JSON"
		switch v := item.(type) {
		case nil:
			continue
		case string:
			t = "VARCHAR"
		case bool:
			t = "BOOLEAN"
		case json.Number:
			t = "BIGINT"
			if _, err := v.Int64(); err != nil {
				t = "DOUBLE"
			}
		}
		switch {
		case element == "" || element == t:
			element = t
		case (element == "BIGINT" || element == "DOUBLE") && (t == "BIGINT" || t == "DOUBLE"):
			element = "DOUBLE"
		default:
			element = "JSON"
		}
	}
	if element == "" {
		element = "VARCHAR"
	}
	return `["` + element + `"]`
}

package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// What may stand after FROM besides the inputs and the query's own WITH. All else that makes tables reads files, other
// systems or the engine's own state.
var (
	sourceKinds    = []string{"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT"}
	tableFunctions = []string{"range", "generate_series", "unnest", "repeat", "json_each", "json_tree"}
)

// deniedFunctions are scalar functions that tell of, or change, what is outside the query.
var deniedFunctions = []string{
	"getenv", "current_setting", "getvariable", "nextval", "currval", "setseed", "write_log", "current_database", "current_schema",
	"current_schemas", "current_user", "session_user", "user", "current_role", "current_catalog", "txid_current", "current_query", "version",
	"json_serialize_sql", "json_deserialize_sql", "json_serialize_plan", "json_execute_serialized_sql", "add_parquet_key", "in_search_path",
	"duckdb_logs_parsed", "parse_duckdb_log_message", "current_connection_id", "current_transaction_id", "current_query_id", "sleep_ms", "stats",
	"query", "query_table",
}

// deniedPrefixes are families of the same.
var deniedPrefixes = []string{"pg_", "duckdb_", "pragma_", "read_", "has_", "__internal"}

// check refuses a relation's text that is not exactly one SELECT over its inputs. It is asked of DuckDB's own parser;
// nothing is bound, let alone run.
func (e *Engine) check(ctx context.Context, s *session, q table.Query, inputs []string) error {
	key := strings.Join(inputs, "\x00") + "\x00\x00" + q.Text
	if err, ok := e.checked.get(key); ok && err == nil {
		return nil
	}
	var tree string
	err := s.one(ctx, "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)::VARCHAR", []any{q.Text}, &tree)
	if err != nil {
		return place(err, q.Text, q.Fields, nil)
	}
	if err := judge(tree, q, inputs); err != nil {
		return err
	}
	e.checked.put(key, nil)
	return nil
}

func judge(tree string, q table.Query, inputs []string) error {
	var parsed struct {
		Error      bool              `json:"error"`
		Type       string            `json:"error_type"`
		Message    string            `json:"error_message"`
		Position   json.Number       `json:"position"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		return errs.Internal(fmt.Errorf("syntax tree: %w", err))
	}
	switch {
	case parsed.Error && parsed.Type == "parser":
		offset := -1
		if n, err := parsed.Position.Int64(); err == nil {
			offset = byteOffset(q.Text, int(n)) // the parser counts characters, the binder bytes
		}
		return (&failure{kind: "Parser", message: parsed.Message, offset: offset}).at(q.Text, q.Fields, offset, nil, "")
	case parsed.Error && strings.Contains(parsed.Message, "Only SELECT"):
		return refuse("sql_forbidden", "Only a SELECT may stand here.", q, -1)
	case parsed.Error:
		return (&failure{kind: "Parser", message: parsed.Message, offset: -1}).at(q.Text, q.Fields, -1, nil, "")
	case len(parsed.Statements) != 1:
		return refuse("sql_forbidden", "Exactly one SELECT may stand here.", q, -1)
	}
	var statement any
	if err := json.Unmarshal(parsed.Statements[0], &statement); err != nil {
		return errs.Internal(fmt.Errorf("syntax tree: %w", err))
	}
	scope := map[string]bool{}
	for _, name := range inputs {
		scope[strings.ToLower(name)] = true
	}
	w := walker{q: q}
	w.walk(statement, scope)
	return w.err
}

// walker goes through a syntax tree and keeps the first thing that is not allowed.
type walker struct {
	q   table.Query
	err error
}

func (w *walker) refuse(at map[string]any, format string, args ...any) {
	if w.err == nil {
		w.err = refuse("sql_forbidden", fmt.Sprintf(format, args...), w.q, location(at))
	}
}

func location(at map[string]any) int {
	if n, ok := at["query_location"].(float64); ok && n < 1<<31 {
		return int(n)
	}
	return -1
}

// walk knows scope, the names that may stand after FROM, in lower case.
func (w *walker) walk(v any, scope map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			w.walk(child, scope)
		}
	case map[string]any:
		scope = w.with(v, scope)
		if from, ok := v["from_table"].(map[string]any); ok && !slices.Contains(sourceKinds, kindOf(from)) {
			w.refuse(from, "Only tables and subqueries may stand after FROM; DESCRIBE, SUMMARIZE and SHOW are not allowed.")
		}
		w.source(v, scope)
		if name, ok := v["function_name"].(string); ok {
			w.function(v, name)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.walk(v[key], scope)
		}
	}
}

// with adds the names of a WITH clause for what is inside its query.
func (w *walker) with(v map[string]any, scope map[string]bool) map[string]bool {
	ctes, ok := v["cte_map"].(map[string]any)
	if !ok {
		return scope
	}
	entries, _ := ctes["map"].([]any)
	scope = maps.Clone(scope)
	for _, entry := range entries {
		e, _ := entry.(map[string]any)
		name, _ := e["key"].(string)
		if strings.ContainsAny(name, `./\:*?[]{}`) { // could be a file's where the name is not in scope yet
			w.refuse(v, "The name %q in WITH may hold letters, digits, spaces and _ only.", name)
		}
		scope[strings.ToLower(name)] = true
	}
	return scope
}

// kindOf is the kind of a source; expressions, which have a class, are none.
func kindOf(v map[string]any) string {
	if v["class"] != nil {
		return ""
	}
	kind, _ := v["type"].(string)
	return kind
}

func (w *walker) source(from map[string]any, scope map[string]bool) {
	switch kindOf(from) {
	case "SHOW_REF", "COLUMN_DATA", "DELIM_GET", "CTE", "BOUND_TABLE_REF":
		w.refuse(from, "Only tables and subqueries may stand after FROM; DESCRIBE, SUMMARIZE and SHOW are not allowed.")
	case "BASE_TABLE":
		name, _ := from["table_name"].(string)
		if from["schema_name"] != nil || from["catalog_name"] != nil || from["at_clause"] != nil {
			w.refuse(from, "There is no table %q; only the inputs of the node can be read.", qualified(from, name))
			return
		}
		if !scope[strings.ToLower(name)] {
			w.unknownTable(from, name, scope)
		}
	case "TABLE_FUNCTION":
		function, _ := from["function"].(map[string]any)
		name, _ := function["function_name"].(string)
		if !slices.Contains(tableFunctions, strings.ToLower(name)) {
			w.refuse(from, "The table function %q is not allowed; only the inputs of the node can be read.", name)
		}
	}
}

func (w *walker) unknownTable(from map[string]any, name string, scope map[string]bool) {
	var visible []string
	for _, input := range slices.Sorted(maps.Keys(scope)) {
		if !strings.HasPrefix(input, internalPrefix) {
			visible = append(visible, input)
		}
	}
	w.refuse(from, "There is no table %q; only the inputs of the node can be read.", name)
	var e *errs.Error
	if hint := near.Hint(name, visible); hint != "" && asErr(w.err, &e) && e.Hint == "" {
		_ = e.WithHint("%s", hint)
	}
}

func qualified(from map[string]any, name string) string {
	var parts []string
	for _, key := range []string{"catalog_name", "schema_name"} {
		if s, ok := from[key].(string); ok {
			parts = append(parts, s)
		}
	}
	return strings.Join(append(parts, name), ".")
}

func (w *walker) function(at map[string]any, name string) {
	lower := strings.ToLower(name)
	denied := slices.Contains(deniedFunctions, lower) ||
		slices.ContainsFunc(deniedPrefixes, func(p string) bool { return strings.HasPrefix(lower, p) })
	if denied {
		w.refuse(at, "The function %q is not allowed.", name)
	}
	if bypasses(at, lower) {
		w.refuse(at, "Call %s without a schema before it.", lower)
	}
	w.width(at, lower)
}

func refuse(code, message string, q table.Query, offset int) *errs.Error {
	e := errs.Invalid(code, "%s", message)
	return locate(e, q.Text, q.Fields, offset, "")
}

func byteOffset(text string, characters int) int {
	for i := range text {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(text)
}

// locate adds the place of a byte offset as a detail: the field that it lies in and the line and column there.
func locate(e *errs.Error, text string, spans []table.Span, offset int, node string) *errs.Error {
	p := errs.Place{Node: node}
	for _, s := range spans {
		if s.Start <= offset && offset <= s.End && (p.Field == "" || s.Written) {
			p.Field = s.Field
			if s.Written {
				p.Line, p.Column = sqltext.Position(text[s.Start:s.End], offset-s.Start)
			}
		}
	}
	if p.Field == "" && len(spans) == 1 { // no position, or one in the fixed text around
		p.Field = spans[0].Field
	}
	if p != (errs.Place{}) {
		_ = e.With(e.At(p))
	}
	return e
}

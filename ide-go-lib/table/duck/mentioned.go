package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Mentioned implements table.Engine. Names that WITH gives are none of tables.
func (e *Engine) Mentioned(ctx context.Context, tenant, text string) ([]table.Named, bool, error) {
	s, err := e.session(ctx, tenant)
	if err != nil {
		return nil, false, err
	}
	defer s.close()
	var tree string
	if err := s.one(ctx, "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)::VARCHAR", []any{text}, &tree); err != nil {
		return nil, false, place(err, "", nil, nil)
	}
	var parsed struct {
		Error      bool  `json:"error"`
		Statements []any `json:"statements"`
	}
	if err := json.Unmarshal([]byte(tree), &parsed); err != nil {
		return nil, false, errs.Internal(fmt.Errorf("syntax tree: %w", err))
	}
	if parsed.Error {
		return nil, false, nil
	}
	found := []table.Named{}
	mentioned(parsed.Statements, nil, &found)
	return found, true, nil
}

func mentioned(v any, with []string, found *[]table.Named) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			mentioned(child, with, found)
		}
	case map[string]any:
		for _, entry := range planned(v).at("cte_map").parts("map") { // each sees those before it
			mentioned(entry["value"], with, found)
			with = append(slices.Clip(with), strings.ToLower(entry.text("key")))
		}
		if p := planned(v); kindOf(v) == "BASE_TABLE" {
			n := table.Named{Catalog: p.text("catalog_name"), Schema: p.text("schema_name"), Table: p.text("table_name")}
			own := n.Catalog == "" && n.Schema == "" && slices.Contains(with, strings.ToLower(n.Table))
			if !own && !slices.Contains(*found, n) {
				*found = append(*found, n)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != "cte_map" {
				mentioned(v[key], with, found)
			}
		}
	}
}

package read

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/seen"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// noted writes columns down for the next run.
func noted(columns []table.Column) string {
	raw, err := json.Marshal(columns)
	if err != nil {
		panic(err) // texts always become JSON
	}
	return base64.RawStdEncoding.EncodeToString(raw)
}

// empty makes a table without rows: of the columns of the last time, or of those whose types are set.
func (c Config) empty(ctx context.Context, call *node.Call, memory *seen.Memory) (table.Table, error) {
	if memory != nil && memory.Note != "" {
		raw, err := base64.RawStdEncoding.DecodeString(memory.Note)
		if err != nil {
			return table.Table{}, errs.Internal(err)
		}
		var r nothing
		if err := json.Unmarshal(raw, &r); err != nil {
			return table.Table{}, errs.Internal(err)
		}
		return call.Env.Tables.Run(ctx, call.Tenant, table.Plan{Relation: r, Node: call.NodeID}, nil)
	}
	names := []string{}
	types := c.Options("").Types
	if c.Source != "" {
		names = append(names, c.Source)
		if types == nil {
			types = map[string]string{}
		}
		types[c.Source] = "VARCHAR"
	}
	for _, t := range c.Types {
		if !slices.ContainsFunc(names, func(have string) bool { return strings.EqualFold(have, t.Column) }) {
			names = append(names, t.Column)
		}
	}
	if len(names) == 0 {
		return table.Table{}, node.FieldError("columns_unknown", "with.types", "There is no object, so that nobody knows the columns of the table").
			WithHint("Set the types of the columns that a table without rows is to have.")
	}
	return headed(ctx, call, names, types)
}

// nothing is the relation of no rows.
type nothing []table.Column

// Query implements table.Relation.
func (n nothing) Query(map[string]table.Input) (table.Query, error) {
	list := make([]string, len(n))
	for i, c := range n {
		list[i] = "CAST(NULL AS " + c.Type + ") AS " + sqltext.Quote(c.Name)
	}
	return table.Query{Text: "SELECT " + strings.Join(list, ", ") + " WHERE false"}, nil
}

// headed reads a file that is a header alone, for then types are looked at as those of any file.
func headed(ctx context.Context, call *node.Call, names []string, types map[string]string) (table.Table, error) {
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return table.Table{}, err
	}
	defer remove()
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.Write(names); err != nil {
		return table.Table{}, errs.Internal(err)
	}
	w.Flush()
	path := filepath.Join(dir, "header.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return table.Table{}, errs.Internal(err)
	}
	yes := true
	t, err := call.Env.Tables.Import(ctx, call.Tenant, path, table.ImportOptions{Format: "csv", Delimiter: ",", Header: &yes, Types: types, Name: "the table without rows"}, nil)
	return t, node.At("with.types", err)
}

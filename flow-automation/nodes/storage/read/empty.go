package read

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/seen"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// noted writes columns down for the next run, with what they were made by.
func (c Config) noted(columns []table.Column) string {
	raw, err := json.Marshal(columns)
	if err != nil {
		panic(err) // texts always become JSON
	}
	return c.making() + "." + base64.RawStdEncoding.EncodeToString(raw)
}

// making stands for what decides which columns come of objects.
func (c Config) making() string {
	raw, err := json.Marshal([]any{c.Source, c.Parts, c.How})
	if err != nil {
		panic(err) // so do these
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// remembered gives the columns of the last time; ok is false where there are none, or the step has been changed since.
func (c Config) remembered(memory *seen.Memory) (columns node.None, ok bool, err error) {
	if memory == nil {
		return nil, false, nil
	}
	making, text, _ := strings.Cut(memory.Note, ".")
	if making != c.making() {
		return nil, false, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &columns)
	}
	if err != nil {
		return nil, false, errs.Internal(err)
	}
	return columns, true, nil
}

// empty makes a table without rows: of the columns of the last time, or of an object that was read before where the step has
// been changed since, or of the columns whose types are set.
func (c Config) empty(ctx context.Context, call *node.Call, conn connector.Objects, found *found, memory *seen.Memory) (table.Table, error) {
	columns, ok, err := c.remembered(memory)
	if err != nil {
		return table.Table{}, err
	}
	if !ok && found.known != nil {
		one := *found
		one.objects, one.bytes = []connector.Object{*found.known}, found.known.Size
		t, _, err := c.read(ctx, call, conn, &one, nil)
		if err != nil {
			return table.Table{}, err
		}
		columns, ok = t.Meta.Columns, true
	}
	if ok {
		return call.Env.Tables.Run(ctx, call.Tenant, table.Plan{Relation: columns, Node: call.NodeID}, nil)
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

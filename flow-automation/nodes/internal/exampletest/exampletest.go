// Package exampletest executes the examples of node types over real tables.
package exampletest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

// Tenant is the one that everything here belongs to.
const Tenant = "default"

// Began is when the runs of examples begin.
var Began = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// Bench is an engine, a store and a folder of files of its own for one test.
type Bench struct {
	T      testing.TB
	Engine *duck.Engine
	Store  artifact.Store
	Files  *files.Store
	Root   string // of Files
	// Details is what the last call kept with its step; Logs are its lines.
	Details map[string]any
	Logs    []string
	// Connections are shop, events and cache.
	Connections *Connections
	env         *node.Env
	// Awaited are the names that calls have waited for.
	Awaited []string
	open    []node.Afterwards
}

// Past lets calls know earlier runs.
func (b *Bench) Past(p node.Past) { b.env.Past = p }

// New makes a bench; it goes away with the test.
func New(t testing.TB) *Bench {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := duck.New(duck.Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 1024, TempMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	root := filepath.Join(t.TempDir(), "files")
	folder, err := files.New(root)
	if err != nil {
		t.Fatal(err)
	}
	connections := Shop(t, folder)
	return &Bench{
		T: t, Engine: engine, Store: store, Files: folder, Root: root, Details: map[string]any{}, Connections: connections,
		env: &node.Env{Tables: engine, Artifacts: store, Files: folder, Connections: connections},
	}
}

// Table makes a table of a JSON array of objects.
func (b *Bench) Table(rows json.RawMessage) value.Value {
	b.T.Helper()
	path := filepath.Join(b.T.TempDir(), "rows.json")
	if err := os.WriteFile(path, rows, 0o600); err != nil {
		b.T.Fatal(err)
	}
	t, err := b.Engine.Import(b.T.Context(), Tenant, path, table.ImportOptions{}, nil)
	if err != nil {
		b.T.Fatalf("input: %v", err)
	}
	return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}
}

// File makes a file of its name and its content.
func (b *Bench) File(data json.RawMessage) value.Value {
	b.T.Helper()
	var file struct{ Name, Content string }
	if err := json.Unmarshal(data, &file); err != nil {
		b.T.Fatal(err)
	}
	media := files.MediaType(file.Name)
	ref, err := b.env.Artifacts.Put(b.T.Context(), Tenant, strings.NewReader(file.Content), media)
	if err != nil {
		b.T.Fatal(err)
	}
	return value.Value{Kind: value.File, MediaType: media, Artifact: &ref, File: &value.FileMeta{Name: file.Name, MediaType: media}}
}

// Rows gives a table as a list of objects, as JSON would decode them.
func (b *Bench) Rows(ref artifact.Ref) any {
	b.T.Helper()
	page, err := b.Engine.Page(b.T.Context(), Tenant, ref, table.PageRequest{Limit: 1000})
	if err != nil {
		b.T.Fatalf("rows: %v", err)
	}
	objects := make([]any, len(page.Rows))
	for i, raw := range page.Rows {
		var cells []any
		if err := json.Unmarshal(raw, &cells); err != nil {
			b.T.Fatalf("row %s: %v", raw, err)
		}
		object := map[string]any{}
		for j, c := range page.Columns {
			object[c.Name] = cells[j]
		}
		objects[i] = object
	}
	return objects
}

// Call prepares a call of an action with the given configuration.
func (b *Bench) Call(config map[string]any, inputs map[string][]value.Value) *node.Call {
	b.T.Helper()
	raw, err := json.Marshal(config)
	if err != nil {
		b.T.Fatal(err)
	}
	return &node.Call{
		Tenant: Tenant, RunID: "run", NodeID: "node", Attempt: 1, Config: raw, Inputs: inputs,
		IdempotencyKey: "run:node", Env: b.env, Now: Began, Began: Began, Flow: "flow", Path: "node",
		Source: func(_ context.Context, v value.Value) (table.Source, error) {
			return table.Source{Artifact: *v.Artifact}, nil
		},
		Log:      func(level, text string) { b.Logs = append(b.Logs, level+": "+text) },
		Progress: func(int64, int64, string) {},
		Detail:   func(key string, fact any) { b.Details[key] = fact },
		AfterEnd: func(a node.Afterwards) { b.open = append(b.open, a) },
		Await: func(ctx context.Context, name string) error {
			b.Awaited = append(b.Awaited, name)
			return ctx.Err()
		},
	}
}

// Ended does what calls have left open, as the engine does once it is recorded that they have succeeded.
func (b *Bench) Ended() error {
	var err error
	for _, a := range b.open {
		err = errors.Join(err, a.Do(b.T.Context()))
	}
	return errors.Join(err, b.Forgotten())
}

// Held gives the names under which calls have left something open.
func (b *Bench) Held() []string {
	names := make([]string, len(b.open))
	for i, a := range b.open {
		names[i] = a.Holds
	}
	return names
}

// Forgotten closes what calls have left open, as the engine does when their success does not count.
func (b *Bench) Forgotten() error {
	var err error
	for _, a := range b.open {
		err = errors.Join(err, a.Close())
	}
	b.open = nil
	return err
}

// Example executes one example and compares what it gives.
func (b *Bench) Example(typ node.Type, ex node.Example) {
	b.T.Helper()
	for name, content := range ex.Files {
		if _, err := b.Files.Put(b.T.Context(), Tenant, name, strings.NewReader(content)); err != nil {
			b.T.Fatal(err)
		}
	}
	inputs := map[string][]value.Value{}
	for _, name := range slices.Sorted(maps.Keys(ex.Inputs)) {
		port, _, _ := strings.Cut(name, "[") // table, table[1], … are the sources of one port
		p, _ := typ.InputPort(port)
		if p.Kind == value.File {
			inputs[port] = append(inputs[port], b.File(ex.Inputs[name]))
			continue
		}
		inputs[port] = append(inputs[port], b.Table(ex.Inputs[name]))
	}
	config, _ := resolve(ex.With, ex.Params).(map[string]any)
	run := func() (value.Outputs, error) { return typ.Run(b.T.Context(), b.Call(config, inputs)) }
	if typ.Relation != nil {
		run = func() (value.Outputs, error) { return b.relation(typ, config, inputs) }
	}
	out, err := run()
	if e := errs.From(err); ex.WantError != "" && e != nil && e.Code == ex.WantError {
		return
	}
	if err != nil || ex.WantError != "" {
		b.T.Fatalf("run: %v, want an error %q", err, ex.WantError)
	}
	if len(out) != len(ex.Want) {
		b.T.Errorf("outputs %v, want %d", out, len(ex.Want))
	}
	for port, want := range ex.Want {
		b.compare(port, out[port], want)
	}
	b.fixed(typ, ex, out)
}

// fixed makes sure that the columns which a configuration tells are those that came.
func (b *Bench) fixed(typ node.Type, ex node.Example, out value.Outputs) {
	b.T.Helper()
	if typ.Fixed == nil {
		return
	}
	written, err := json.Marshal(ex.With)
	if err != nil {
		b.T.Fatal(err)
	}
	if columns := typ.Fixed(written); columns != nil && !reflect.DeepEqual(columns, out["table"].Table.Columns) {
		b.T.Errorf("the columns are %v, told were %v", out["table"].Table.Columns, columns)
	}
}

func (b *Bench) relation(typ node.Type, config map[string]any, inputs map[string][]value.Value) (value.Outputs, error) {
	raw, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	relation, err := typ.Relation(raw)
	if err != nil {
		return nil, err
	}
	plan := table.Plan{Relation: relation, Inputs: map[string]table.Source{}, Node: "node"}
	for port, in := range inputs {
		for i, v := range in {
			plan.Inputs[node.SourceName(port, i)] = table.Source{Artifact: *v.Artifact}
		}
	}
	t, err := b.Engine.Run(b.T.Context(), Tenant, plan, nil)
	if err != nil {
		return nil, err
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

func (b *Bench) compare(port string, got value.Value, want json.RawMessage) {
	b.T.Helper()
	var wanted any
	if err := json.Unmarshal(want, &wanted); err != nil {
		b.T.Fatalf("want of %s: %v", port, err)
	}
	var have any
	switch got.Kind {
	case value.Table:
		have = b.Rows(*got.Artifact)
	case value.File:
		have = map[string]any{"name": got.File.Name, "media_type": got.File.MediaType, "size": float64(got.Artifact.Size)}
	default:
		if err := json.Unmarshal(got.Data, &have); err != nil {
			b.T.Fatalf("%s: %v", port, err)
		}
	}
	if !reflect.DeepEqual(have, wanted) {
		h, _ := json.Marshal(have)
		b.T.Errorf("%s:\n got %s\nwant %s", port, h, bytes.TrimSpace(want))
	}
}

var expression = pattern.Of(`\{\{\s*params\.(\w+)\s*\}\}`)

// resolve stands in for the executor: {{ params.x }} in a text becomes a bound value.
func resolve(v any, params map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, child := range v {
			out[k] = resolve(child, params)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = resolve(child, params)
		}
		return out
	case string:
		if !expression.MatchString(v) {
			return v
		}
		var args []any
		text := expression.ReplaceAllStringFunc(v, func(m string) string {
			args = append(args, params[expression.FindStringSubmatch(m)[1]])
			return fmt.Sprintf("$%d", len(args))
		})
		return map[string]any{"$sql": text, "args": args}
	}
	return v
}

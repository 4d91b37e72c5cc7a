// Package connectortest is the suite that every system of tables passes, and what its own tests stand on.
package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/rowtext"
)

// Tenant is the one that everything here belongs to.
const Tenant = "default"

// Bench is a table engine and a world for one test.
type Bench struct {
	T      testing.TB
	Engine *duck.Engine
	Files  *files.Store
	Root   string // of Files
	World  connector.World
	Type   connector.Type
	Config map[string]any

	Rounding table.Rounding // of what is written
}

// New makes a bench for connections of a type. Loopback addresses may be reached.
func New(t testing.TB, typ connector.Type, config map[string]any) *Bench {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	require.NoError(t, err)
	engine, err := duck.New(duck.Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 512})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	root := filepath.Join(t.TempDir(), "files")
	folder, err := files.New(root)
	require.NoError(t, err)
	return &Bench{T: t, Engine: engine, Files: folder, Root: root, Type: typ, Config: config, World: connector.World{
		Tenant: Tenant, Files: folder, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}}
}

// With gives the configuration with other values.
func (b *Bench) With(changes map[string]any) json.RawMessage {
	b.T.Helper()
	config := map[string]any{}
	for k, v := range b.Config {
		config[k] = v
	}
	for k, v := range changes {
		config[k] = v
	}
	raw, err := json.Marshal(config)
	require.NoError(b.T, err)
	return raw
}

// Try opens a connection and asks who answers.
func (b *Bench) Try(ctx context.Context, changes map[string]any) (string, *errs.Error) {
	b.T.Helper()
	conn, err := b.Type.Open(ctx, b.World, b.With(changes))
	if err != nil {
		return "", own(b.T, err)
	}
	defer func() { require.NoError(b.T, conn.Close()) }()
	version, err := conn.Test(ctx)
	return version, own(b.T, err)
}

// Answers makes sure of what a try gives. Without a code what answers has the text in it; with one, the error has both, says
// what to do or which field it is about, and keeps the secrets to itself.
func (b *Bench) Answers(name string, with map[string]any, code, text string, secrets ...string) {
	b.T.Helper()
	version, e := b.Try(b.T.Context(), with)
	if code == "" {
		require.Nil(b.T, e, name)
		require.Contains(b.T, version, text, name)
		return
	}
	require.NotNil(b.T, e, name)
	require.Equal(b.T, code, e.Code, "%s: %v", name, e)
	require.Contains(b.T, e.Error(), text, name)
	require.True(b.T, e.Hint != "" || len(e.Details) > 0, name)
	for _, s := range secrets {
		require.NotContains(b.T, e.Error()+e.Hint, s, name)
	}
}

// own makes sure that an error is one for people.
func own(t testing.TB, err error) *errs.Error {
	t.Helper()
	if err == nil {
		return nil
	}
	e := errs.From(err)
	require.NotEqual(t, "internal", e.Code, err)
	return e
}

// Open opens a connection that is closed with the test.
func (b *Bench) Open(changes map[string]any) connector.Conn {
	b.T.Helper()
	conn, err := b.Type.Open(b.T.Context(), b.World, b.With(changes))
	require.NoError(b.T, err)
	b.T.Cleanup(func() { _ = conn.Close() })
	return conn
}

// OpenAs opens a connection for what T can do.
func OpenAs[T connector.Conn](b *Bench, changes map[string]any) T {
	b.T.Helper()
	conn, err := connector.Use[T](b.Open(changes))
	require.NoError(b.T, err)
	return conn
}

// Column describes one of a table.
func Column(name, typ string, coding table.Coding) table.StreamColumn {
	return table.StreamColumn{Column: table.Column{Name: name, Type: typ}, Coding: coding}
}

// Table makes a table of text as table.Streamer takes it.
func (b *Bench) Table(columns []table.StreamColumn, text string) table.Table {
	b.T.Helper()
	t, err := b.Engine.Take(b.T.Context(), Tenant, columns, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}, nil)
	require.NoError(b.T, err)
	return t
}

// Text gives a table as text, with its columns.
func (b *Bench) Text(t table.Table) string {
	b.T.Helper()
	columns := make([]table.StreamColumn, len(t.Meta.Columns))
	for i, c := range t.Meta.Columns {
		columns[i].Column = c
		if c.Type == "BLOB" {
			columns[i].Coding = table.Hex
		}
	}
	var out bytes.Buffer
	_, err := b.Engine.Give(b.T.Context(), Tenant, t.Artifact, columns, func(_ context.Context, r io.Reader) error {
		_, err := io.Copy(&out, r)
		return err
	})
	require.NoError(b.T, err)
	if len(columns) > 1 {
		return out.String()
	}
	var bare strings.Builder // a single column comes in quotes
	for r := rowtext.NewReader(&out); ; {
		fields, err := r.Next()
		if err == io.EOF { //nolint:errorlint // as the reader gives it
			return bare.String()
		}
		require.NoError(b.T, err)
		bare.Write(fields[0].Text)
		bare.WriteByte('\n')
	}
}

// Read reads into a table, on a connection of its own.
func (b *Bench) Read(ctx context.Context, req connector.ReadRequest) (table.Table, *errs.Error) {
	b.T.Helper()
	conn := OpenAs[connector.Tables](b, nil) //nolint:contextcheck // it is closed below, whatever becomes of ctx
	defer func() { _ = conn.Close() }()
	reading, err := conn.Read(ctx, req)
	if err != nil {
		return table.Table{}, own(b.T, err)
	}
	t, err := b.Engine.Take(ctx, Tenant, reading.Columns, reading.Feed, nil)
	return t, own(b.T, err)
}

// Query reads a query and gives it as text.
func (b *Bench) Query(text string, args ...any) string {
	b.T.Helper()
	t, err := b.Read(b.T.Context(), connector.ReadRequest{Query: table.SQL{Text: text, Args: args}})
	if err != nil {
		b.T.Fatalf("%s: %v", text, err)
	}
	return b.Text(t)
}

// Write writes a table, on a connection of its own. Of the request, mode, path, keys and the like are looked at.
func (b *Bench) Write(ctx context.Context, t table.Table, req connector.WriteRequest) (connector.Written, *errs.Error) {
	b.T.Helper()
	conn := OpenAs[connector.Tables](b, nil) //nolint:contextcheck // it is closed below, whatever becomes of ctx
	defer func() { _ = conn.Close() }()
	req.Columns, req.Rows = t.Meta.Columns, t.Meta.Rows
	req.Give = func(ctx context.Context, columns []table.StreamColumn, drain func(context.Context, io.Reader) error) (int64, error) {
		return b.Engine.Give(ctx, Tenant, t.Artifact, req.Rounded(columns, b.Rounding), drain)
	}
	out, err := conn.Write(ctx, req)
	return out, own(b.T, err)
}

package storage

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/nodes/storage/read"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/s3"
	"dataflow/ide-go-lib/connector/sftp"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/testkit/storageserver"
)

// server opens connections to one system, and counts how many are open.
type server struct {
	typ    connector.Type
	config map[string]any
	world  connector.World
	mu     sync.Mutex
	most   int // that may be open; further ones wait
	opened int
}

func (s *server) Way(_ context.Context, _, name string) (node.Way, error) {
	return node.Way{Leads: name, Revision: "1"}, nil
}

func (s *server) Open(ctx context.Context, _, _ string) (connector.Conn, error) {
	s.mu.Lock()
	s.opened++
	wait := s.most > 0 && s.opened > s.most
	s.mu.Unlock()
	if wait {
		<-ctx.Done()
		return nil, connector.Ended(ctx)
	}
	raw, err := json.Marshal(s.config)
	if err != nil {
		return nil, err
	}
	return s.typ.Open(ctx, s.world, raw)
}

// put keeps objects on the server.
func (s *server) put(t *testing.T, objects map[string]string) {
	t.Helper()
	conn, err := s.Open(t.Context(), "", "")
	require.NoError(t, err)
	store, err := connector.Use[connector.Objects](conn)
	require.NoError(t, err)
	for name, text := range objects {
		_, err := store.Put(t.Context(), name, strings.NewReader(text), int64(len(text)), "")
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close())
	s.opened = 0
}

// servers are one of each kind.
func servers(t *testing.T, w world) map[string]*server {
	t.Helper()
	around := connector.World{Tenant: exampletest.Tenant, Files: w.Files, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	bucket := storageserver.StartS3(t, false)
	ssh := storageserver.StartSSH(t, "internal-sftp")
	return map[string]*server{
		"s3": {typ: s3.Type(), world: around, config: map[string]any{
			"host": bucket.Host, "port": bucket.Port, "bucket": "shop", "access_key": bucket.Access, "secret_key": storageserver.Password, "tls": "off",
		}},
		"sftp": {typ: sftp.Type(), world: around, config: map[string]any{
			"host": ssh.Host, "port": ssh.Port, "user": ssh.User, "private_key": ssh.Key, "host_key": ssh.HostKey, "folder": ssh.Dir,
		}},
	}
}

// readTable reads objects and gives the rows as JSON, and the columns with their types.
func (w world) readTable(from *server, with map[string]any, known *marks) (rows, columns string, err error) {
	w.t.Helper()
	with["connection"] = "bucket"
	call := w.Call(with, nil)
	env := *call.Env
	call.Env = &env
	if from != nil {
		env.Connections = from
	}
	if known != nil {
		env.Marks = known
	}
	out, err := read.Type().Run(w.t.Context(), call)
	if err != nil {
		return "", "", err
	}
	text, err := json.Marshal(w.Rows(*out["table"].Artifact))
	require.NoError(w.t, err)
	var list []string
	for _, c := range out["table"].Table.Columns {
		list = append(list, c.Name+" "+c.Type)
	}
	return string(text), strings.Join(list, ", "), nil
}

// Package house gives tests a running Python service, and tiny packages for it to build environments of.
package house

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dataflow/coderunner/client"
	"dataflow/coderunner/internal/python"
	"dataflow/coderunner/supervisor"
)

const stopWait = 20 * time.Second

// Service is a Python service with its folders.
type Service struct {
	*supervisor.Supervisor
	Results, Artifacts string
}

// Start runs the real service until the test ends. Packages are found in the folder that Packages gives, and nowhere else.
// A shared service works on files of this machine; one that is not takes only what comes along with a call.
func Start(t *testing.T, packages string, shared bool, args ...string) *Service {
	t.Helper()
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", packages)
	dir := t.TempDir()
	s := &Service{Results: filepath.Join(dir, "results"), Artifacts: filepath.Join(dir, "artifacts")}
	for _, folder := range []string{s.Results, s.Artifacts} {
		if err := os.Mkdir(folder, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	cfg := supervisor.Config{
		Python: python.Find(t), Dir: filepath.Join(dir, "coderunner"), Environments: filepath.Join(dir, "environments"), Args: args,
		Log: slog.New(slog.DiscardHandler),
	}
	if shared {
		cfg.AllowRead, cfg.AllowWrite = []string{s.Artifacts}, []string{s.Results}
	}
	running, err := supervisor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Supervisor = running
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopWait)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Client speaks to the service over its socket. Policy names the language policy of a tenant; nil leaves it to the service.
func (s *Service) Client(t *testing.T, policy func(tenant string) string) *client.Client {
	t.Helper()
	c := client.New(client.Config{Socket: s.Socket(), Dir: s.Results, Policy: policy})
	t.Cleanup(c.Close)
	return c
}

// Wheel makes a package of one module, in the folder, and gives its file's name.
func Wheel(t *testing.T, folder, name, version, source string, requires ...string) string {
	t.Helper()
	info := fmt.Sprintf("%s-%s.dist-info", name, version)
	var metadata strings.Builder
	fmt.Fprintf(&metadata, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)
	for _, r := range requires {
		fmt.Fprintf(&metadata, "Requires-Dist: %s\n", r)
	}
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	add := func(file, text string) {
		w, err := z.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var record strings.Builder
	for _, f := range [][2]string{
		{name + ".py", source},
		{info + "/METADATA", metadata.String()},
		{info + "/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	} {
		add(f[0], f[1])
		sum := sha256.Sum256([]byte(f[1]))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", f[0], base64.RawURLEncoding.EncodeToString(sum[:]), len(f[1]))
	}
	fmt.Fprintf(&record, "%s/RECORD,,\n", info)
	add(info+"/RECORD", record.String())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := fmt.Sprintf("%s-%s-py3-none-any.whl", name, version)
	if err := os.WriteFile(filepath.Join(folder, file), content.Bytes(), 0o644); err != nil { //nolint:gosec // the jail reads it as somebody else
		t.Fatal(err)
	}
	return file
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/reading"
)

// bring uploads the files that the flow reads and the server does not have. A file that it has with other content is
// left alone unless replace is set.
func bring(ctx context.Context, r *client.Client, w *World, flowFile string, doc *flow.Document, replace bool) error {
	names := filesRead(doc)
	if len(names) == 0 {
		return nil
	}
	there := map[string]files.Info{}
	list, err := r.Files(ctx, "")
	if err != nil {
		return err
	}
	for _, f := range list {
		there[f.Name] = f
	}
	dir := filepath.Dir(w.Path(flowFile))
	for _, name := range names {
		if err := bringOne(ctx, r, w, dir, name, there, replace); err != nil {
			return err
		}
	}
	return nil
}

func bringOne(ctx context.Context, r *client.Client, w *World, dir, name string, there map[string]files.Info, replace bool) error {
	local, err := os.Open(filepath.Join(dir, filepath.FromSlash(name))) //nolint:gosec // a file that the person's own flow names
	remoteFile, known := there[name]
	switch {
	case errors.Is(err, fs.ErrNotExist) && known:
		return nil // the server's own
	case err != nil:
		return withCode(exitInvalid, fmt.Errorf("the flow reads %s: %w", name, err))
	}
	defer func() { _ = local.Close() }()
	info, err := local.Stat()
	if err != nil {
		return err
	}
	if known && remoteFile.Size == info.Size() {
		equal, err := same(ctx, r, name, local)
		if err != nil || equal {
			return err
		}
		if _, err := local.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	if known && !replace {
		return withCode(exitInvalid, fmt.Errorf("the server has another %s already; --replace-files replaces it", name))
	}
	say(w.Stderr, "Uploading %s (%s)\n", name, console.Bytes(info.Size()))
	return r.Upload(ctx, name, local)
}

// same compares a local file with the server's.
func same(ctx context.Context, r *client.Client, name string, local io.Reader) (bool, error) {
	content, err := r.Download(ctx, name)
	if err != nil {
		return false, err
	}
	defer func() { _ = content.Close() }()
	const block = 256 << 10
	a, b := make([]byte, block), make([]byte, block)
	for {
		n, endA, errA := reading.Fill(local, a)
		m, endB, errB := reading.Fill(content, b)
		switch {
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		case endA != endB || !bytes.Equal(a[:n], b[:m]):
			return false, nil
		case endA:
			return true, nil
		}
	}
}

// filesRead lists the files that the nodes read by a name that is known before the run.
func filesRead(doc *flow.Document) []string {
	var names []string
	seen := map[string]bool{}
	var walk func([]flow.Node)
	walk = func(nodes []flow.Node) {
		for _, n := range nodes {
			if name, ok := n.With["path"].(string); ok && n.Type == "file.read" && !strings.Contains(name, "{{") && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
			walk(n.Nodes)
		}
	}
	walk(doc.Spec.Nodes)
	return names
}

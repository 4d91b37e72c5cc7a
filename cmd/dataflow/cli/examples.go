package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dataflow/examples"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

// embeddedExamples names the examples in the binary.
const embeddedExamples = "embedded"

// loadExamples puts each example's flow and files into the default tenant, once: what has been loaded before is left
// alone, also when somebody has deleted it since.
func loadExamples(ctx context.Context, w *World, p *platform, from string) error {
	var source fs.FS = examples.FS
	if from != embeddedExamples {
		source = os.DirFS(w.Path(from))
	}
	folders, err := fs.ReadDir(source, ".")
	if err != nil {
		return usagef("--examples: %w", err)
	}
	record := filepath.Join(p.cfg.data, "examples.json")
	loaded, err := readLoaded(record)
	if err != nil {
		return err
	}
	for _, dir := range folders {
		if !dir.IsDir() {
			continue
		}
		name := dir.Name()
		text, err := fs.ReadFile(source, path.Join(name, "flow.yaml"))
		if errors.Is(err, fs.ErrNotExist) || loaded[name] {
			continue
		}
		if err != nil {
			return fmt.Errorf("example %s: %w", name, err)
		}
		sub, err := fs.Sub(source, name)
		if err != nil {
			return err
		}
		if err := loadFiles(ctx, p, sub); err != nil {
			return fmt.Errorf("example %s: %w", name, err)
		}
		if _, err := p.automation.PutFlow(ctx, auth.DefaultTenant, string(text), "examples"); err != nil {
			return fmt.Errorf("example %s: %w", name, err)
		}
		loaded[name] = true
	}
	return writeLoaded(record, loaded)
}

// loadFiles copies an example's data files under the names by which its flow knows them.
func loadFiles(ctx context.Context, p *platform, source fs.FS) error {
	return fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name == "out":
			return fs.SkipDir // what running the example wrote
		case d.IsDir() || !strings.Contains(name, "/"):
			return nil // the flow itself, and what is written about it
		}
		if _, err := p.files.Stat(ctx, auth.DefaultTenant, name); errs.From(err) == nil || errs.From(err).Code != "file_not_found" {
			return err
		}
		f, err := source.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		_, err = p.files.Put(ctx, auth.DefaultTenant, name, f)
		return err
	})
}

func readLoaded(record string) (map[string]bool, error) {
	loaded := map[string]bool{}
	raw, err := os.ReadFile(record) //nolint:gosec // in the data folder
	if errors.Is(err, fs.ErrNotExist) {
		return loaded, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &loaded); err != nil {
		return nil, fmt.Errorf("%s cannot be read, remove it to load the examples again: %w", record, err)
	}
	return loaded, nil
}

func writeLoaded(record string, loaded map[string]bool) error {
	raw, err := json.Marshal(loaded)
	if err != nil {
		return err
	}
	// In place at once: half a record would keep the server from starting.
	next := record + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, record)
}

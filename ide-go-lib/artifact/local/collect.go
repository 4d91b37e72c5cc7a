package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
)

var _ artifact.Collector = (*Store)(nil)

// CodeQuota is the code of the error when a tenant keeps as much as it may.
const CodeQuota = "artifact_quota"

type key struct{ tenant, id string }

// books are what the store knows of its blobs beside the files.
type books struct {
	mu    sync.Mutex
	mark  artifact.Mark
	puts  map[key]artifact.Mark // the latest put of each blob, as far as it was not forgotten
	limit func(tenant string) int64
	usage map[string]int64 // bytes by tenant, of those that were counted
	// lasting are paths of blobs and folders of which this process knows that they outlive a power cut.
	lasting map[string]struct{}
}

// Mark implements artifact.Collector.
func (s *Store) Mark() artifact.Mark {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	return s.books.mark + 1
}

// Forget implements artifact.Collector.
func (s *Store) Forget(before artifact.Mark) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	for k, at := range s.books.puts {
		if at < before {
			delete(s.books.puts, k)
		}
	}
}

// Limit implements artifact.Collector.
func (s *Store) Limit(bytes func(tenant string) int64) { s.books.limit = bytes }

// putting notes that the blob is put, before it is looked for: from then on nobody removes it.
func (s *Store) putting(tenant, id string) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if s.books.puts == nil {
		s.books.puts = map[key]artifact.Mark{}
	}
	s.books.mark++
	s.books.puts[key{tenant, id}] = s.books.mark
}

// place moves a new blob to its place and counts it, if the tenant may keep as much.
func (s *Store) place(ctx context.Context, tenant, path, target string, size int64) error {
	if s.books.limit == nil {
		return os.Rename(path, target) // #nosec G703 -- both are ours
	}
	most := s.books.limit(tenant)
	if most > 0 {
		if _, err := s.Usage(ctx, tenant); err != nil {
			return err
		}
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	used, counted := s.books.usage[tenant]
	if most > 0 && used+size > most {
		return errs.New(http.StatusInsufficientStorage, CodeQuota,
			"The results that this tenant keeps take %d MiB, and with this one they would take more than the %d MiB that it may.", used>>20, most>>20).
			WithHint("Delete runs whose results nobody needs, set a retention in the flows that keep most, or have the quota raised.")
	}
	if err := os.Rename(path, target); err != nil { // #nosec G703 -- both are ours
		return err
	}
	if counted {
		s.books.usage[tenant] = used + size
	}
	return nil
}

// Usage implements artifact.Collector. A tenant is counted once; afterwards the sum is kept.
func (s *Store) Usage(ctx context.Context, tenant string) (int64, error) {
	base, err := s.Dir(tenant)
	if err != nil {
		return 0, err
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if used, counted := s.books.usage[tenant]; counted {
		return used, nil
	}
	var used int64
	err = walkTenant(ctx, base, tenant, func(b artifact.Blob) error {
		used += b.Size
		return nil
	})
	if err != nil {
		return 0, err
	}
	if s.books.usage == nil {
		s.books.usage = map[string]int64{}
	}
	s.books.usage[tenant] = used
	return used, nil
}

// Remove implements artifact.Collector.
func (s *Store) Remove(_ context.Context, tenant, id string, before artifact.Mark) (int64, error) {
	target, err := s.path(tenant, id)
	if err != nil {
		return 0, err
	}
	if err := s.may(); err != nil {
		return 0, err
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if at, put := s.books.puts[key{tenant, id}]; put && at >= before {
		return 0, nil
	}
	delete(s.books.lasting, target)
	info, err := os.Lstat(target)
	if err == nil {
		err = os.Remove(target)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("remove artifact: %w", err)
	}
	if used, counted := s.books.usage[tenant]; counted {
		s.books.usage[tenant] = used - info.Size()
	}
	return info.Size(), nil
}

// Size implements artifact.Collector.
func (s *Store) Size(_ context.Context, tenant, id string) (int64, bool, error) {
	target, err := s.path(tenant, id)
	if err != nil {
		return 0, false, err
	}
	info, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look at artifact: %w", err)
	}
	return info.Size(), true, nil
}

// Walk implements artifact.Collector.
func (s *Store) Walk(ctx context.Context, f func(artifact.Blob) error) error {
	tenants, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list artifacts: %w", err)
	}
	for _, t := range tenants {
		if !t.IsDir() || !tenantPattern.MatchString(t.Name()) {
			continue
		}
		if err := walkTenant(ctx, filepath.Join(s.dir, t.Name()), t.Name(), f); err != nil {
			return err
		}
	}
	return nil
}

func walkTenant(ctx context.Context, base, tenant string, f func(artifact.Blob) error) error {
	root := filepath.Join(base, blobsDir)
	shards, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list artifacts: %w", err)
	}
	for _, shard := range shards {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := os.ReadDir(filepath.Join(root, shard.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("list artifacts: %w", err)
		}
		for _, e := range entries {
			if !idPattern.MatchString(e.Name()) || !strings.HasPrefix(e.Name(), shard.Name()) {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // removed meanwhile
			}
			if err != nil {
				return fmt.Errorf("list artifacts: %w", err)
			}
			if err := f(artifact.Blob{Tenant: tenant, ID: e.Name(), Size: info.Size(), At: info.ModTime()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Package files is a folder of named files for each tenant, behind a root that no name leads out of.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"mime"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
)

// scratchName is the hidden folder in which files are finished before they are moved to their place.
const scratchName = ".dataflow-scratch"

// listMax bounds how many names one answer or search looks at.
const listMax = 10_000

var tenantPattern = pattern.Of(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$`)

// Info describes one file.
type Info struct {
	Name       string    `json:"name" doc:"Relative to the tenant's folder, with / between parts"`
	Size       int64     `json:"size" doc:"Bytes"`
	ModifiedAt time.Time `json:"modified_at"`
	MediaType  string    `json:"media_type"`
}

// Store gives access to tenants' folders. It is safe for concurrent use.
type Store struct {
	dir      string
	byTenant bool
	guard    func() error
}

// Guard makes the store ask before every change; an error keeps it from being made. Whoever is frozen between the answer
// and the change makes that one change when it is thawed. Call it before the store is used.
func (s *Store) Guard(may func() error) { s.guard = may }

func (s *Store) may() error {
	if s.guard == nil {
		return nil
	}
	return s.guard()
}

// New keeps each tenant's files in its own folder of dir.
func New(dir string) (*Store, error) { return open(dir, true) }

// Fixed serves one folder to every tenant: that of a flow file which runs from the terminal.
func Fixed(dir string) (*Store, error) { return open(dir, false) }

func open(dir string, byTenant bool) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("files directory %s: %w", dir, err)
	}
	if byTenant {
		if err := os.MkdirAll(abs, 0o700); err != nil {
			return nil, fmt.Errorf("make the files directory: %w", err)
		}
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, fmt.Errorf("files directory %s: %w", dir, err)
	}
	return &Store{dir: abs, byTenant: byTenant}, nil
}

// root opens the tenant's folder, making it when needed.
func (s *Store) root(tenant string) (*os.Root, error) {
	dir := s.dir
	if s.byTenant {
		if !tenantPattern.MatchString(tenant) {
			return nil, errs.Invalid("tenant_invalid", "A tenant's name has letters, digits, - and _ only.")
		}
		dir = filepath.Join(dir, tenant)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the tenant's folder: %w", err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the files directory: %w", err)
	}
	return root, nil
}

// Clean gives the one spelling of a name, or errs code path_outside when it could lead outside the folder.
func Clean(name string) (string, error) {
	refuse := func(why string) error {
		return errs.Invalid("path_outside", "The path %q %s; give one relative to the files folder, such as data/orders.csv.", name, why)
	}
	switch {
	case strings.TrimSpace(name) == "":
		return "", errs.Invalid("path_missing", "Name a file, such as data/orders.csv.")
	case strings.ContainsRune(name, 0):
		return "", refuse("holds a NUL character")
	case strings.Contains(name, `\`):
		return "", refuse("holds a backslash")
	case strings.HasPrefix(name, "/"):
		return "", refuse("is absolute")
	case len(name) > 1024:
		return "", errs.Invalid("path_outside", "The path is longer than 1024 bytes.")
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", refuse("leads outside the folder")
	}
	clean := path.Clean(name)
	if clean == "." || !filepath.IsLocal(clean) {
		return "", refuse("is not a file's")
	}
	if first, _, _ := strings.Cut(clean, "/"); first == scratchName {
		return "", refuse("is reserved")
	}
	return clean, nil
}

// resolve checks the name and that no part of it that exists is a symbolic link: a path that is handed on is opened
// outside of this package's guard.
func resolve(root *os.Root, name string) (string, error) {
	clean, err := Clean(name)
	if err != nil {
		return "", err
	}
	parts := strings.Split(clean, "/")
	for i := range parts {
		info, err := root.Lstat(path.Join(parts[:i+1]...))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			break
		}
		if err != nil {
			return "", fileError(clean, err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return "", errs.Invalid("path_outside", "The path %q passes through a symbolic link, which is not followed; put the file itself into the files folder.", name)
		}
	}
	return clean, nil
}

// Local implements node.Files.
func (s *Store) Local(ctx context.Context, tenant, name string) (string, error) {
	root, err := s.root(tenant)
	if err != nil {
		return "", err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	clean, _, err := s.stat(ctx, root, tenant, name)
	if err != nil {
		return "", err
	}
	return filepath.Join(root.Name(), filepath.FromSlash(clean)), nil
}

// Stat describes one file.
func (s *Store) Stat(ctx context.Context, tenant, name string) (Info, error) {
	root, err := s.root(tenant)
	if err != nil {
		return Info{}, err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	clean, info, err := s.stat(ctx, root, tenant, name)
	if err != nil {
		return Info{}, err
	}
	return infoOf(clean, info), nil
}

// Open gives the content of one file.
func (s *Store) Open(ctx context.Context, tenant, name string) (io.ReadSeekCloser, Info, error) {
	root, err := s.root(tenant)
	if err != nil {
		return nil, Info{}, err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	clean, info, err := s.stat(ctx, root, tenant, name)
	if err != nil {
		return nil, Info{}, err
	}
	f, err := root.Open(clean)
	if err != nil {
		return nil, Info{}, fileError(clean, err)
	}
	return f, infoOf(clean, info), nil
}

func (s *Store) stat(ctx context.Context, root *os.Root, tenant, name string) (string, fs.FileInfo, error) {
	clean, err := resolve(root, name)
	if err != nil {
		return "", nil, err
	}
	info, err := root.Lstat(clean)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "", nil, s.notFound(ctx, tenant, clean)
	case err != nil:
		return "", nil, fileError(clean, err)
	case info.IsDir():
		return "", nil, errs.Invalid("path_is_folder", "%q is a folder; name a file in it.", clean)
	case !info.Mode().IsRegular():
		return "", nil, errs.Invalid("path_outside", "%q is not a regular file.", clean)
	}
	return clean, info, nil
}

func (s *Store) notFound(ctx context.Context, tenant, name string) error {
	e := errs.NotFound("file_not_found", "There is no file %q.", name)
	list, err := s.List(ctx, tenant, "")
	if err != nil {
		return e
	}
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Name
	}
	if h := near.Say(name, names); h.String() != "" {
		return e.WithHint("%s", h)
	}
	return e.WithHint("The files folder is empty; upload the file first.")
}

// List gives the files whose name begins with prefix, in order of name, at most 10,000.
func (s *Store) List(ctx context.Context, tenant, prefix string) ([]Info, error) {
	return s.list(ctx, tenant, prefix, listMax)
}

// All gives them however many there are.
func (s *Store) All(ctx context.Context, tenant, prefix string) ([]Info, error) {
	return s.list(ctx, tenant, prefix, math.MaxInt)
}

func (s *Store) list(ctx context.Context, tenant, prefix string, most int) ([]Info, error) {
	root, err := s.root(tenant)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	list := []Info{}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // vanished or unreadable: not ours to show
			return nil //nolint:nilerr // see above
		case d.IsDir():
			if hidden(d.Name()) && (d.Name() == scratchName || !strings.HasPrefix(prefix, name+"/")) || !strings.HasPrefix(name+"/", prefix) && !strings.HasPrefix(prefix, name+"/") && name != "." {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !strings.HasPrefix(name, prefix):
			return nil
		case len(list) == most:
			return fs.SkipAll
		}
		if info, err := d.Info(); err == nil {
			list = append(list, infoOf(name, info))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	// The walk goes by folder, in which a/b comes before a-1.
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// hidden folders, such as .git, are listed only for who names them, and our own scratch is for nobody; "." is the root.
func hidden(name string) bool { return len(name) > 1 && name[0] == '.' }

func infoOf(name string, info fs.FileInfo) Info {
	return Info{Name: name, Size: info.Size(), ModifiedAt: info.ModTime().UTC(), MediaType: MediaType(name)}
}

// MediaType goes by the name's ending.
func MediaType(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".tsv":
		return "text/csv"
	case ".ndjson", ".jsonl":
		return "application/x-ndjson"
	case ".json":
		return "application/json"
	case ".parquet":
		return "application/vnd.apache.parquet"
	case ".arrow":
		return "application/vnd.apache.arrow.stream"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".yaml", ".yml":
		return "application/yaml"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			t, _, _ = strings.Cut(t, ";")
			return t
		}
		return "application/octet-stream"
	}
}

// fileError hides the place in the file system, which an *fs.PathError would tell.
func fileError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) && strings.Contains(pe.Err.Error(), "escapes") {
		return errs.Invalid("path_outside", "The path %q leads outside the folder.", name).Wrap(err)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return errs.Forbidden("file_forbidden", "The server may not open %q; check the file's permissions.", name).Wrap(err)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return errs.Invalid("path_outside", "A part of the path %.40q… is too long.", name).Wrap(err)
	case errors.Is(err, syscall.ENOSPC):
		return errs.Unavailable("disk_full", "The disk is full; make room and try again.").Wrap(err)
	}
	return errs.Internal(fmt.Errorf("file %s: %w", name, err))
}

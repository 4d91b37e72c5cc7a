// Package folder connects to a part of the files folder, so that the steps that work on objects work on local files, too.
package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// Config names a folder.
type Config struct {
	Folder string `json:"folder,omitempty" title:"Folder" zh:"文件夹" example:"incoming" doc:"All names are within it; left empty, the whole files folder" doc_zh:"所有名称都相对于该文件夹；留空为整个文件目录"`
}

// Limit implements connector.Limited.
func (Config) Limit() int { return 64 }

// Type is the type folder.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "folder", Icon: "folder", Offers: []connector.Offer{connector.OffersObjects},
		Title:   connector.Text{EN: "Files folder", ZH: "文件目录"},
		Summary: connector.Text{EN: "A part of the files folder of this installation.", ZH: "本系统文件目录的一部分。"},
	},
		func(c Config) string { return "/" + strings.Trim(c.Folder, "/") },
		func(_ context.Context, w connector.World, c Config) (*conn, error) { return open(w, c) })
}

type conn struct {
	files  connector.Files
	tenant string
	prefix string // of all names, with / at its end, or empty
}

func open(world connector.World, c Config) (*conn, error) {
	folder := strings.Trim(c.Folder, "/")
	if folder == "" {
		return &conn{world.Files, world.Tenant, ""}, nil
	}
	if _, err := connector.CleanName(folder); err != nil {
		return nil, connector.FieldInvalid("folder", "The folder %q is not the name of one, such as incoming.", c.Folder)
	}
	return &conn{world.Files, world.Tenant, folder + "/"}, nil
}

// Close implements io.Closer.
func (*conn) Close() error { return nil }

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	if err := c.there(ctx); err != nil {
		return "", err
	}
	list, err := c.files.All(ctx, c.tenant, c.prefix)
	if err != nil {
		return "", c.failed(ctx, err, "")
	}
	return words.Number(len(list), "file", "files"), nil
}

// there makes sure that the folder of the connection is there.
func (c *conn) there(ctx context.Context) error {
	name := strings.TrimSuffix(c.prefix, "/")
	if name == "" {
		return nil // that of the installation
	}
	is, err := c.isFolder(ctx, "")
	if err != nil || is {
		return err
	}
	if _, err := c.files.Stat(ctx, c.tenant, name); err == nil {
		return connector.FieldInvalid("folder", "%q is a file, not a folder.", name)
	}
	have, err := c.folders(ctx)
	if err != nil {
		return err
	}
	e := connector.Upstream(connector.CodeFolder, "There is no folder %q in the files folder.", name)
	return e.WithHint("%s", strings.TrimSpace(near.Hint(name, have)+" A step that writes into the folder makes it; to read from it, make it or correct the name."))
}

// isFolder says whether a folder is there, though nothing is in it.
func (c *conn) isFolder(ctx context.Context, folder string) (bool, error) {
	_, err := c.files.Stat(ctx, c.tenant, strings.TrimSuffix(c.prefix+folder, "/"))
	switch e := errs.From(err); {
	case err == nil, e.Code == "file_not_found", e.Code == "path_is_file":
		return false, nil
	case e.Code == "path_is_folder":
		return true, nil
	}
	return false, c.failed(ctx, err, "")
}

// folders gives the names of those in the files folder that have anything in them.
func (c *conn) folders(ctx context.Context) ([]string, error) {
	list, err := c.files.All(ctx, c.tenant, "")
	if err != nil {
		return nil, c.failed(ctx, err, "")
	}
	have := map[string]bool{}
	for _, info := range list {
		for f := connector.FolderOf(info.Name); f != "" && !have[f]; f = connector.FolderOf(f) {
			have[f] = true
		}
	}
	return slices.Sorted(maps.Keys(have)), nil
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if at.Table != "" {
		return nil, connector.FolderMissing(ctx, c, at)
	}
	folder := ""
	if at.Schema != "" {
		clean, err := connector.CleanName(at.Schema)
		if err != nil {
			return nil, err
		}
		folder = clean + "/"
	}
	var folders []string
	var objects []connector.Object
	err := c.List(ctx, folder, func(o connector.Object) error {
		below := strings.TrimPrefix(o.Name, folder)
		if first, _, deeper := strings.Cut(below, "/"); deeper {
			if name := folder + first; len(folders) == 0 || folders[len(folders)-1] != name {
				folders = append(folders, name)
			}
		} else if len(objects) < connector.MostEntries {
			objects = append(objects, o)
		}
		return nil
	})
	if err == nil && len(folders)+len(objects) == 0 {
		if folder == "" {
			return []connector.Entry{}, c.there(ctx)
		}
		if empty, err := c.isFolder(ctx, folder); err != nil || !empty {
			return nil, cmp.Or(err, connector.FolderMissing(ctx, c, at))
		}
	}
	return connector.Level(folders, objects), err
}

func (c *conn) object(info files.Info) connector.Object {
	return connector.Object{
		Name: strings.TrimPrefix(info.Name, c.prefix), Size: info.Size, Modified: info.ModifiedAt.UTC(),
		Version: fmt.Sprintf("%d-%d", info.ModifiedAt.UnixNano(), info.Size), MediaType: info.MediaType,
	}
}

// List implements connector.Objects.
func (c *conn) List(ctx context.Context, prefix string, each func(connector.Object) error) error {
	prefix, err := connector.CleanPrefix(prefix)
	if err != nil {
		return err
	}
	list, err := c.files.All(ctx, c.tenant, c.prefix+prefix)
	if err != nil {
		return c.failed(ctx, err, "")
	}
	for _, info := range list {
		if err := each(c.object(info)); err != nil {
			return err
		}
	}
	return connector.Ended(ctx)
}

// Stat implements connector.Objects.
func (c *conn) Stat(ctx context.Context, name string) (connector.Object, error) {
	var info files.Info
	err := c.with(ctx, name, func(full string) (err error) {
		info, err = c.files.Stat(ctx, c.tenant, full)
		return err
	})
	if err != nil {
		return connector.Object{}, err
	}
	return c.object(info), nil
}

// Get implements connector.Objects.
func (c *conn) Get(ctx context.Context, name string) (io.ReadCloser, connector.Object, error) {
	var file io.ReadCloser
	var info files.Info
	err := c.with(ctx, name, func(full string) (err error) {
		file, info, err = c.files.Open(ctx, c.tenant, full)
		return err
	})
	if err != nil {
		return nil, connector.Object{}, err
	}
	return &content{file, ctx}, c.object(info), nil
}

// content ends with its context.
type content struct {
	io.ReadCloser
	ctx context.Context //nolint:containedctx // of the Get that it belongs to
}

func (r *content) Read(p []byte) (int, error) {
	if err := connector.Ended(r.ctx); err != nil {
		return 0, err
	}
	return r.ReadCloser.Read(p)
}

// Move implements connector.Objects.
func (c *conn) Move(ctx context.Context, from, to string) error {
	target, err := connector.CleanName(to)
	if err != nil {
		return err
	}
	return c.with(ctx, from, func(full string) error { return c.files.Move(ctx, c.tenant, full, c.prefix+target) })
}

// Delete implements connector.Objects.
func (c *conn) Delete(ctx context.Context, name string) error {
	err := c.with(ctx, name, func(full string) error { return c.files.Delete(ctx, c.tenant, full) })
	if e := errs.From(err); e != nil && e.Code == connector.CodeObject {
		return nil
	}
	return err
}

// with does something with a file, by its name in the files folder.
func (c *conn) with(ctx context.Context, name string, do func(full string) error) error {
	clean, err := connector.CleanName(name)
	if err != nil {
		return err
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	return c.failed(ctx, do(c.prefix+clean), name)
}

func (c *conn) failed(ctx context.Context, err error, name string) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	if e := errs.From(err); e.Code == "file_not_found" || e.Code == "path_is_folder" && e.Status != 409 {
		have, listed := connector.Beside(ctx, c, name)
		if listed != nil {
			return listed
		}
		return connector.ObjectMissing(name, have).Wrap(err)
	}
	return err
}

// Put implements connector.Objects.
func (c *conn) Put(ctx context.Context, name string, body io.Reader, size int64, mediaType string) (connector.Object, error) {
	s, err := c.Stage(ctx)
	if err != nil {
		return connector.Object{}, err
	}
	var done []connector.Object
	if err = s.Put(ctx, name, body, size, mediaType); err == nil {
		done, err = s.Commit(ctx)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return connector.Object{}, err
	}
	return done[0], nil
}

// Stage implements connector.Objects: all files are written in a scratch folder, and moved one after the other.
func (c *conn) Stage(ctx context.Context) (connector.Stage, error) {
	if ended := connector.Ended(ctx); ended != nil {
		return nil, ended
	}
	dir, remove, err := c.files.Scratch(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	return &stage{conn: c, dir: dir, remove: remove}, nil
}

type stage struct {
	conn   *conn
	dir    string
	remove func()
	begun  int
	sent   []sent
}

// sent is a finished file.
type sent struct{ name, path string }

// Put implements connector.Stage.
func (s *stage) Put(ctx context.Context, name string, body io.Reader, size int64, _ string) error {
	clean, err := connector.CleanName(name)
	if err != nil {
		return err
	}
	if _, err := files.Clean(s.conn.prefix + clean); err != nil {
		return err
	}
	s.begun++
	at := filepath.Join(s.dir, fmt.Sprint(s.begun))
	f, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in our own scratch directory
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	written, err := io.Copy(f, &content{io.NopCloser(body), ctx})
	if err = errors.Join(err, f.Close()); err != nil {
		return connector.SourceFailed(ctx, err)
	}
	if size >= 0 && written != size {
		return connector.SizeMismatch(name, size, written)
	}
	s.sent = append(s.sent, sent{clean, at})
	return nil
}

// Commit implements connector.Stage.
func (s *stage) Commit(ctx context.Context) ([]connector.Object, error) {
	done := make([]connector.Object, 0, len(s.sent))
	for i, next := range s.sent {
		err := s.conn.with(ctx, next.name, func(full string) error { return s.conn.files.Replace(ctx, s.conn.tenant, full, next.path) })
		if err != nil {
			return nil, connector.Placed(err, i, len(s.sent))
		}
		o, err := s.conn.Stat(ctx, next.name)
		if err != nil {
			return nil, connector.Placed(err, i+1, len(s.sent))
		}
		done = append(done, o)
	}
	return done, nil
}

// Close implements connector.Stage.
func (s *stage) Close() error {
	s.remove()
	return nil
}

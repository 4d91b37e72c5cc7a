package sftp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/pkg/sftp"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/reading"
)

// hidden begins the names of files that are not finished.
const hidden = ".dataflow-"

// Tick implements connector.Ticking: no server tells more of a time than its seconds.
func (c *conn) Tick() time.Duration { return time.Second }

// object makes one of what the server says. It has no better sign of another content than the second of the last change.
func object(name string, info os.FileInfo) connector.Object {
	return connector.Object{
		Name: name, Size: info.Size(), Modified: info.ModTime().UTC(),
		Version: fmt.Sprintf("%d-%d", info.ModTime().Unix(), info.Size()), MediaType: files.MediaType(name),
	}
}

// at gives the path of an object. A link on the way to it could lead out of the folder, so that none is followed.
func (c *conn) at(name string) (string, error) {
	clean, err := connector.CleanName(name)
	if err != nil {
		return "", err
	}
	dir := c.root
	for _, part := range strings.Split(path.Dir(clean), "/") { // from above: only then is what lies below a link never looked at
		if dir = path.Join(dir, part); dir == c.root || c.real[dir] {
			continue
		}
		info, err := c.line.sftp.Lstat(dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return path.Join(c.root, clean), nil
		case err != nil:
			return "", err
		case info.Mode()&os.ModeSymlink != 0:
			return "", errs.Invalid(connector.CodeObjectName, "The name %q passes through a symbolic link, which is not followed.", name).
				WithHint("Make a connection whose folder is where the link leads to.")
		}
		c.real[dir] = true
	}
	return path.Join(c.root, clean), nil
}

// regular describes a file; folders and links are none.
func (c *conn) regular(name string) (string, os.FileInfo, error) {
	full, err := c.at(name)
	if err != nil {
		return "", nil, err
	}
	info, err := c.line.sftp.Lstat(full)
	if err == nil && !info.Mode().IsRegular() {
		err = os.ErrNotExist
	}
	return full, info, err
}

// List implements connector.Objects.
func (c *conn) List(ctx context.Context, prefix string, each func(connector.Object) error) error {
	prefix, err := connector.CleanPrefix(prefix)
	if err != nil {
		return err
	}
	folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
	return c.walk(ctx, folder, prefix, each)
}

// walk lists a folder, whose name is empty or ends with /. Names are in the order of whole names, in which a folder is
// followed by what is in it.
func (c *conn) walk(ctx context.Context, folder, prefix string, each func(connector.Object) error) error {
	list, err := c.folder(ctx, folder)
	if err != nil {
		return err
	}
	for _, entry := range list {
		name := folder + entry.Name()
		switch {
		case entry.IsDir():
			if name += "/"; strings.HasPrefix(name, prefix) || strings.HasPrefix(prefix, name) {
				err = c.walk(ctx, name, prefix, each)
			}
		case strings.HasPrefix(name, prefix):
			err = each(object(name, entry))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folder gives the files and folders of one; of one that is not there, nothing.
func (c *conn) folder(ctx context.Context, folder string) (list []os.FileInfo, err error) {
	err = c.during(ctx, folder, func() error {
		full, err := c.at(folder + "x")
		if err != nil {
			return err
		}
		list, err = c.line.sftp.ReadDirContext(ctx, path.Dir(full))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	})
	list = slices.DeleteFunc(list, func(i os.FileInfo) bool {
		return !i.IsDir() && !i.Mode().IsRegular() || strings.HasPrefix(i.Name(), hidden)
	})
	key := func(i os.FileInfo) string {
		if i.IsDir() {
			return i.Name() + "/"
		}
		return i.Name()
	}
	slices.SortFunc(list, func(a, b os.FileInfo) int { return strings.Compare(key(a), key(b)) })
	return list, err
}

// isFolder says whether a folder is there, though it may be empty.
func (c *conn) isFolder(ctx context.Context, folder string) (is bool, err error) {
	err = c.during(ctx, folder, func() error {
		full, err := c.at(folder + "x")
		if err != nil {
			return err
		}
		info, err := c.line.sftp.Lstat(path.Dir(full))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		is = err == nil && info.IsDir()
		return err
	})
	return is, err
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
		is, err := c.isFolder(ctx, folder)
		if err == nil && !is {
			err = connector.FolderMissing(ctx, c, at)
		}
		if err != nil {
			return nil, err
		}
	}
	list, err := c.folder(ctx, folder)
	if err != nil {
		return nil, err
	}
	var folders []string
	var objects []connector.Object
	for _, entry := range list[:min(len(list), connector.MostEntries)] {
		if entry.IsDir() {
			folders = append(folders, folder+entry.Name())
			continue
		}
		objects = append(objects, object(folder+entry.Name(), entry))
	}
	return connector.Level(folders, objects), nil
}

// Stat implements connector.Objects.
func (c *conn) Stat(ctx context.Context, name string) (o connector.Object, err error) {
	err = c.during(ctx, name, func() error {
		_, info, err := c.regular(name)
		if err == nil {
			o = object(name, info)
		}
		return err
	})
	return o, err
}

// readAhead is how much is asked for at once: the server is far away, and gives 32 KiB for each question.
const readAhead = 1 << 20

// Get implements connector.Objects.
func (c *conn) Get(ctx context.Context, name string) (body io.ReadCloser, o connector.Object, err error) {
	err = c.during(ctx, name, func() error {
		full, _, err := c.regular(name)
		if err != nil {
			return err
		}
		f, err := c.line.sftp.Open(full)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil { // another one may have got the name meanwhile
			return errors.Join(err, f.Close())
		}
		o = object(name, info)
		l := c.line
		stop := context.AfterFunc(ctx, func() { l.cut.Store(true); _ = l.net.Close() })
		body = &content{ctx: ctx, conn: c, opened: o, file: f, stop: stop,
			Reader: reading.Telling(bufio.NewReaderSize(f, readAhead), func(err error) error { return c.failed(ctx, err, name) })}
		return nil
	})
	return body, o, err
}

// content says in the words of the connection why reading ended.
type content struct {
	io.Reader
	ctx    context.Context //nolint:containedctx // of the Get that it belongs to
	conn   *conn
	opened connector.Object
	file   *sftp.File
	stop   func() bool
}

// Read makes sure at the end that nobody has written into the file meanwhile: what was read would be of the old and the new.
func (r *content) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != io.EOF { //nolint:errorlint // the end is this very one
		return n, err
	}
	info, failed := r.file.Stat()
	switch {
	case failed != nil:
		err = r.conn.failed(r.ctx, failed, r.opened.Name)
	case object(r.opened.Name, info).Version != r.opened.Version:
		err = errs.Conflict(connector.CodeObjectChanged, "%q was written while it was read.", r.opened.Name).
			WithHint("Try again when it is finished; whoever writes it should do so under another name, and then rename it.")
	}
	return n, err
}

func (r *content) Close() error {
	if !r.stop() { // the line is cut already
		return nil
	}
	return r.conn.failed(r.ctx, r.file.Close(), r.opened.Name)
}

// Move implements connector.Objects.
func (c *conn) Move(ctx context.Context, from, to string) error {
	if _, err := connector.CleanName(to); err != nil {
		return err
	}
	return c.during(ctx, from, func() error {
		source, _, err := c.regular(from)
		if err != nil || from == to {
			return err
		}
		target, err := c.at(to)
		if err != nil {
			return err
		}
		if err := c.line.sftp.MkdirAll(path.Dir(target)); err != nil {
			return err
		}
		return c.replace(source, target)
	})
}

// replace gives a file another name. Servers without the extension for it refuse a name that is there: the file that has it
// is put aside first, and back when that fails.
func (c *conn) replace(from, to string) error {
	if _, has := c.line.sftp.HasExtension("posix-rename@openssh.com"); has {
		return c.line.sftp.PosixRename(from, to)
	}
	return replaceByTurns(c.line.sftp, from, to)
}

// renaming is what replaceByTurns needs of a server.
type renaming interface {
	Lstat(name string) (os.FileInfo, error)
	Rename(from, to string) error
	Remove(name string) error
}

func replaceByTurns(s renaming, from, to string) error {
	info, err := s.Lstat(to)
	if errors.Is(err, os.ErrNotExist) {
		return s.Rename(from, to)
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return s.Rename(from, to) // which the server refuses
	}
	aside := path.Join(path.Dir(to), hidden+"old-"+ulid.Make().String())
	if err := s.Rename(to, aside); err != nil {
		return err
	}
	if err := s.Rename(from, to); err != nil {
		return errors.Join(err, s.Rename(aside, to))
	}
	return s.Remove(aside)
}

// Delete implements connector.Objects.
func (c *conn) Delete(ctx context.Context, name string) error {
	return c.during(ctx, name, func() error {
		full, _, err := c.regular(name)
		if err == nil {
			err = c.line.sftp.Remove(full)
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	})
}

package sftp

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/words"
)

// cleanupTime is how long taking back may take when the work itself has ended.
const cleanupTime = 10 * time.Second

// Put implements connector.Objects: it writes beside the target, and then gives the file its name.
func (c *conn) Put(ctx context.Context, name string, body io.Reader, size int64, mediaType string) (connector.Object, error) {
	s := &stage{conn: c}
	err := s.Put(ctx, name, body, size, mediaType)
	var done []connector.Object
	if err == nil {
		done, err = s.Commit(ctx)
	}
	if err := errors.Join(err, s.Close()); err != nil { //nolint:contextcheck // it takes back although ctx may have ended
		return connector.Object{}, err
	}
	return done[0], nil
}

// Stage implements connector.Objects: all files are written beside their targets, and renamed one after the other.
func (c *conn) Stage(context.Context) (connector.Stage, error) { return &stage{conn: c}, nil }

type stage struct {
	conn *conn
	sent []sent
}

// sent is a file that lies beside its target.
type sent struct{ name, temp, target string }

// Put implements connector.Stage.
func (s *stage) Put(ctx context.Context, name string, body io.Reader, size int64, _ string) error {
	if _, err := connector.CleanName(name); err != nil {
		return err
	}
	source := &guarded{from: body}
	return s.conn.during(ctx, name, func() error {
		target, err := s.conn.at(name)
		if err != nil {
			return err
		}
		if err := s.conn.line.sftp.MkdirAll(path.Dir(target)); err != nil {
			return err
		}
		temp := path.Join(path.Dir(target), hidden+ulid.Make().String())
		s.sent = append(s.sent, sent{name, temp, target})
		written, err := s.conn.write(temp, source)
		switch {
		case source.err != nil:
			return connector.SourceFailed(ctx, &foreign{source.err})
		case err != nil:
			return err
		case size >= 0 && written != size:
			return connector.SizeMismatch(name, size, written)
		}
		return nil
	})
}

// write fills a file that is not there yet. Its size is asked for again: what was sent is not always what is kept.
func (c *conn) write(temp string, body io.Reader) (int64, error) {
	f, err := c.line.sftp.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return 0, err
	}
	written, err := f.ReadFromWithConcurrency(body, 0)
	if _, can := c.line.sftp.HasExtension("fsync@openssh.com"); can && err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return written, err
	}
	info, err := c.line.sftp.Stat(temp)
	if err == nil && info.Size() != written {
		err = connector.Upstream(connector.CodeObjectSize, "Of %s the server has kept %d.", words.Number(written, "byte", "bytes"), info.Size()).WithHint("Its disk may be full.")
	}
	return written, err
}

// Commit implements connector.Stage.
func (s *stage) Commit(ctx context.Context) ([]connector.Object, error) {
	var done []connector.Object
	all := len(s.sent)
	for len(s.sent) > 0 {
		next := s.sent[0]
		err := s.conn.during(ctx, next.name, func() error {
			if err := s.conn.replace(next.temp, next.target); err != nil {
				return err
			}
			s.sent = s.sent[1:]
			info, err := s.conn.line.sftp.Stat(next.target)
			if err == nil {
				done = append(done, object(next.name, info))
			}
			return err
		})
		if err != nil {
			return nil, connector.Placed(err, all-len(s.sent), all)
		}
	}
	return done, nil
}

// Close implements connector.Stage.
func (s *stage) Close() error {
	if len(s.sent) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), cleanupTime)
	defer stop()
	var failed error
	for _, each := range s.sent {
		failed = errors.Join(failed, s.conn.during(ctx, each.name, func() error {
			if err := s.conn.line.sftp.Remove(each.temp); !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		}))
	}
	s.sent = nil
	return failed
}

// guarded remembers why a source broke, which is not the server's doing.
type guarded struct {
	from io.Reader
	err  error
}

func (g *guarded) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	if err != nil && err != io.EOF {
		g.err = err
	}
	return n, err
}

// foreign is an error that says nothing of the server.
type foreign struct{ error }

func (f *foreign) Unwrap() error { return f.error }

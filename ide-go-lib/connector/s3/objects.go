package s3

import (
	"context"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/reading"
)

// object makes one of what the server says.
func object(name string, o minio.ObjectInfo) connector.Object {
	return connector.Object{Name: name, Size: o.Size, Modified: o.LastModified.UTC(), Version: strings.Trim(o.ETag, `"`), MediaType: o.ContentType}
}

// key gives the name of an object within the bucket.
func (c *conn) key(name string) (string, error) {
	clean, err := connector.CleanName(name)
	return c.prefix + clean, err
}

// known is key for an object that is there. Others than this connection may have given it a name with / at its end, which
// is taken where there is content: without any it stands for a folder.
func (c *conn) known(ctx context.Context, name string) (string, error) {
	bare, is := strings.CutSuffix(name, "/")
	key, err := c.key(bare)
	if !is || err != nil {
		return c.key(name)
	}
	info, err := c.core.StatObject(ctx, c.cfg.Bucket, key+"/", minio.StatObjectOptions{})
	if ended := connector.Ended(ctx); ended != nil {
		return "", ended
	}
	if err != nil {
		return "", c.failed(ctx, err, name)
	}
	if info.Size == 0 {
		return c.key(name)
	}
	return key + "/", nil
}

// List implements connector.Objects.
func (c *conn) List(ctx context.Context, prefix string, each func(connector.Object) error) error {
	prefix, err := connector.CleanPrefix(prefix)
	if err != nil {
		return err
	}
	listing, stop := context.WithCancel(ctx)
	defer stop()
	for o := range c.core.ListObjectsIter(listing, c.cfg.Bucket, minio.ListObjectsOptions{Prefix: c.prefix + prefix, Recursive: true}) {
		if o.Err != nil {
			return c.failed(ctx, o.Err, "")
		}
		if strings.HasSuffix(o.Key, "/") && (o.Size == 0 || o.Key == c.prefix) { // stands for a folder
			continue
		}
		if err := each(object(strings.TrimPrefix(o.Key, c.prefix), o)); err != nil {
			return err
		}
	}
	return connector.Ended(ctx)
}

// Stat implements connector.Objects.
func (c *conn) Stat(ctx context.Context, name string) (connector.Object, error) {
	key, err := c.known(ctx, name)
	if err != nil {
		return connector.Object{}, err
	}
	info, err := c.core.StatObject(ctx, c.cfg.Bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return connector.Object{}, c.failed(ctx, err, name)
	}
	return object(name, info), nil
}

// Get implements connector.Objects.
func (c *conn) Get(ctx context.Context, name string) (io.ReadCloser, connector.Object, error) {
	key, err := c.known(ctx, name)
	if err != nil {
		return nil, connector.Object{}, err
	}
	body, info, _, err := c.core.GetObject(ctx, c.cfg.Bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, connector.Object{}, c.failed(ctx, err, name)
	}
	told := reading.Telling(body, func(err error) error { return c.failed(ctx, err, name) })
	return content{told, body}, object(name, info), nil
}

// content says in the words of the connection why reading ended.
type content struct {
	io.Reader
	io.Closer
}

// Move implements connector.Objects: the server copies, and what was there is removed.
func (c *conn) Move(ctx context.Context, from, to string) error {
	source, err := c.known(ctx, from)
	if err != nil {
		return err
	}
	bare, ended := strings.CutSuffix(to, "/")
	if ended = ended && strings.HasSuffix(source, "/"); !ended { // only what has such a name keeps it
		bare = to
	}
	target, err := c.key(bare)
	if ended {
		target += "/"
	}
	if err != nil || source == target {
		return err
	}
	info, err := c.core.StatObject(ctx, c.cfg.Bucket, source, minio.StatObjectOptions{})
	if err != nil {
		return c.failed(ctx, err, from)
	}
	// What changes meanwhile is not copied, and so not removed either, but for the moment between the last look and the removal.
	src := minio.CopySrcOptions{Bucket: c.cfg.Bucket, Object: source, MatchETag: strings.Trim(info.ETag, `"`)}
	dst := minio.CopyDestOptions{Bucket: c.cfg.Bucket, Object: target}
	if info.Size > largestCopy {
		_, err = c.core.ComposeObject(ctx, dst, src)
	} else {
		_, err = c.core.Client.CopyObject(ctx, dst, src)
	}
	if err != nil {
		return c.failed(ctx, err, from)
	}
	now, err := c.core.StatObject(ctx, c.cfg.Bucket, source, minio.StatObjectOptions{})
	switch {
	case err != nil:
		return c.failed(ctx, err, from)
	case now.ETag != info.ETag:
		return errs.Conflict(connector.CodeObjectChanged, "%q was written anew while it was copied to %q.", from, to).
			WithHint("The new content is still there; move it once more.")
	}
	return c.Delete(ctx, from)
}

// largestCopy is what a server copies in one request; more goes by parts.
const largestCopy = 5 << 30

// Delete implements connector.Objects.
func (c *conn) Delete(ctx context.Context, name string) error {
	key, err := c.known(ctx, name)
	if err == nil {
		err = c.failed(ctx, c.core.RemoveObject(ctx, c.cfg.Bucket, key, minio.RemoveObjectOptions{}), name)
	}
	if e := errs.From(err); e != nil && e.Code == connector.CodeObject {
		return nil
	}
	return err
}

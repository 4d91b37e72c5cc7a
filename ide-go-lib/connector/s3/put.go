package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/minio/minio-go/v7"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/reading"
)

const (
	// partSize is what is held in memory of an object that is put, and sent at once.
	partSize = 16 << 20
	// mostParts is how many a server takes of one object.
	mostParts = 10_000
	// cleanupTime is how long taking back may take when the work itself has ended.
	cleanupTime = 10 * time.Second
)

// partOf is the size of the parts of an object: larger ones only where it would have too many.
func partOf(size int64) int64 {
	return max(partSize, (size+mostParts-1)/mostParts)
}

// upload is an object that has been sent, and that nobody sees yet.
type upload struct {
	name, key, id string
	parts         []minio.CompletePart
	size          int64
	options       minio.PutObjectOptions
}

// Put implements connector.Objects. What fits into one part is sent as it is.
func (c *conn) Put(ctx context.Context, name string, body io.Reader, size int64, mediaType string) (connector.Object, error) {
	key, err := c.key(name)
	if err != nil {
		return connector.Object{}, err
	}
	buffer := make([]byte, bufferFor(size))
	n, last, err := reading.Fill(body, buffer)
	if err != nil {
		return connector.Object{}, connector.SourceFailed(ctx, err)
	}
	if !last && size >= 0 && size < partSize { // the buffer is larger than the object was to be
		return connector.Object{}, connector.SizeMismatch(name, size, int64(n))
	}
	if last {
		if size >= 0 && int64(n) != size {
			return connector.Object{}, connector.SizeMismatch(name, size, int64(n))
		}
		info, err := c.core.PutObject(ctx, c.cfg.Bucket, key, bytes.NewReader(buffer[:n]), int64(n), "", digest(buffer[:n]), minio.PutObjectOptions{ContentType: mediaType, DisableContentSha256: true})
		if err != nil {
			return connector.Object{}, c.failed(ctx, err, name)
		}
		return put(name, info, int64(n), mediaType), nil
	}
	u, err := c.send(ctx, name, io.MultiReader(bytes.NewReader(buffer), body), size, mediaType)
	if err != nil {
		return connector.Object{}, err
	}
	done, err := c.complete(ctx, u)
	if err != nil {
		return connector.Object{}, errors.Join(err, c.abort(u)) //nolint:contextcheck // it takes back although ctx may have ended
	}
	return done, nil
}

// bufferFor is room for an object of that size and a byte more, which tells when it is larger.
func bufferFor(size int64) int64 {
	if size < 0 || size >= partSize {
		return partSize
	}
	return size + 1
}

// digest goes into the signature, so that what arrives is what was sent. Signing it piece by piece is not known to all servers.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func put(name string, info minio.UploadInfo, size int64, mediaType string) connector.Object {
	return object(name, minio.ObjectInfo{Size: size, LastModified: info.LastModified, ETag: info.ETag, ContentType: mediaType})
}

// send sends an object in parts; nobody sees it before it is completed. When it fails, nothing is left.
func (c *conn) send(ctx context.Context, name string, body io.Reader, size int64, mediaType string) (u *upload, err error) {
	u = &upload{name: name, options: minio.PutObjectOptions{ContentType: mediaType}}
	if u.key, err = c.key(name); err != nil {
		return nil, err
	}
	if u.id, err = c.core.NewMultipartUpload(ctx, c.cfg.Bucket, u.key, u.options); err != nil {
		return nil, c.failed(ctx, err, name)
	}
	if err := c.parts(ctx, u, body, size); err != nil {
		return nil, errors.Join(err, c.abort(u)) //nolint:contextcheck // it takes back although ctx may have ended
	}
	return u, nil
}

func (c *conn) parts(ctx context.Context, u *upload, body io.Reader, size int64) error {
	buffer := make([]byte, partOf(size))
	if size < partSize { // one of many small ones, perhaps
		buffer = make([]byte, bufferFor(size))
	}
	for number := 1; ; number++ {
		n, last, err := reading.Fill(body, buffer)
		if err != nil {
			return connector.SourceFailed(ctx, err)
		}
		u.size += int64(n)
		switch {
		case size >= 0 && u.size > size, size >= 0 && last && u.size != size:
			return connector.SizeMismatch(u.name, size, u.size)
		case n == 0 && number > 1:
			return nil
		case number > mostParts:
			return connector.Upstream(connector.CodeObjectSize, "The content of %q is larger than %d GiB, and its size was not known before.", u.name, int64(partSize)*mostParts>>30).
				WithHint("Write it to a file first, and put that.")
		}
		part, err := c.core.PutObjectPart(ctx, c.cfg.Bucket, u.key, u.id, number, bytes.NewReader(buffer[:n]), int64(n), minio.PutObjectPartOptions{Sha256Hex: digest(buffer[:n]), DisableContentSha256: true})
		if err != nil {
			return c.failed(ctx, err, u.name)
		}
		u.parts = append(u.parts, minio.CompletePart{PartNumber: number, ETag: part.ETag})
		if last {
			return nil
		}
	}
}

func (c *conn) complete(ctx context.Context, u *upload) (connector.Object, error) {
	info, err := c.core.CompleteMultipartUpload(ctx, c.cfg.Bucket, u.key, u.id, u.parts, u.options)
	if err != nil {
		return connector.Object{}, c.failed(ctx, err, u.name)
	}
	return put(u.name, info, u.size, u.options.ContentType), nil
}

// abort takes back what was sent.
func (c *conn) abort(u *upload) error {
	ctx, stop := context.WithTimeout(context.Background(), cleanupTime)
	defer stop()
	return c.abortBy(ctx, u)
}

func (c *conn) abortBy(ctx context.Context, u *upload) error {
	return c.failed(ctx, c.core.AbortMultipartUpload(ctx, c.cfg.Bucket, u.key, u.id), u.name)
}

// Stage implements connector.Objects: all parts are sent, and the uploads completed one after the other.
func (c *conn) Stage(context.Context) (connector.Stage, error) { return &stage{conn: c}, nil }

type stage struct {
	conn *conn
	sent []*upload
}

// Put implements connector.Stage.
func (s *stage) Put(ctx context.Context, name string, body io.Reader, size int64, mediaType string) error {
	u, err := s.conn.send(ctx, name, body, size, mediaType)
	if err == nil {
		s.sent = append(s.sent, u)
	}
	return err
}

// Commit implements connector.Stage.
func (s *stage) Commit(ctx context.Context) ([]connector.Object, error) {
	var done []connector.Object
	all := len(s.sent)
	for len(s.sent) > 0 {
		o, err := s.conn.complete(ctx, s.sent[0])
		if err != nil {
			return nil, connector.Placed(err, len(done), all)
		}
		done = append(done, o)
		s.sent = s.sent[1:]
	}
	return done, nil
}

// Close implements connector.Stage.
func (s *stage) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), cleanupTime) // of all together: the server may be gone
	defer stop()
	var failed error
	for _, u := range s.sent {
		if failed = errors.Join(failed, s.conn.abortBy(ctx, u)); ctx.Err() != nil {
			break // servers remove what was never completed by rules of their own
		}
	}
	s.sent = nil
	return failed
}

package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	frames      = "application/vnd.dataflow.frames"
	mostLine    = 64 << 20
	readBuffer  = 64 << 10
	requestPart = "request"
)

// file is what a request names: by its path to a service on this machine, or as a part that goes along with the request.
type file struct {
	Path string `json:"path,omitempty"`
	Part string `json:"part,omitempty"`
}

// upload gathers the files of one request.
type upload struct {
	remote bool
	paths  []string
}

// add gives the way in which the request names the file.
func (u *upload) add(path string) (file, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return file{}, err
	}
	if !u.remote {
		return file{Path: path}, nil
	}
	u.paths = append(u.paths, path)
	return file{Part: fmt.Sprintf("p%d", len(u.paths)-1)}, nil
}

// write sends the request and its files as frames.
func (u *upload) write(w io.Writer, request []byte) error {
	if err := writeHeader(w, requestPart, int64(len(request))); err != nil {
		return err
	}
	if _, err := w.Write(request); err != nil {
		return err
	}
	for i, path := range u.paths {
		if err := writeFile(w, fmt.Sprintf("p%d", i), path); err != nil {
			return err
		}
	}
	return nil
}

func writeHeader(w io.Writer, name string, size int64) error {
	_, err := fmt.Fprintf(w, "{\"name\":%q,\"size\":%d}\n", name, size)
	return err
}

func writeFile(w io.Writer, name, path string) error {
	f, err := os.Open(path) //nolint:gosec // the caller chose what goes along
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := writeHeader(w, name, info.Size()); err != nil {
		return err
	}
	_, err = io.CopyN(w, f, info.Size())
	return err
}

// events reads the lines of an answer, and the files between them.
type events struct {
	in  *bufio.Reader
	dir string // where the files go
}

func newEvents(body io.Reader, dir string) *events {
	return &events{bufio.NewReaderSize(body, readBuffer), dir}
}

// next reads one line into v; io.EOF is the end.
func (e *events) next(v any) error {
	var line []byte
	for {
		part, err := e.in.ReadSlice('\n')
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(line) < mostLine {
			continue
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(line, v)
	}
}

// save stores the bytes of a part that follow its line.
func (e *events) save(part string, size int64) error {
	f, err := os.OpenFile(e.partPath(part), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(f, e.in, size); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func (e *events) partPath(part string) string {
	return filepath.Join(e.dir, "part-"+filepath.Base(part))
}

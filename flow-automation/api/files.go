package api

import (
	"context"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/ide-go-lib/files"
)

// putFileInput hands the body on as a stream, for files are larger than what fits into memory.
type putFileInput struct {
	FileInput
	content io.Reader
}

// Resolve takes hold of the body.
func (in *putFileInput) Resolve(ctx huma.Context) []error {
	in.content = ctx.BodyReader()
	return nil
}

// file is the name as the store knows it: a client may have encoded its slashes.
func (in FileInput) file() string {
	name := strings.TrimPrefix(in.Name, "/")
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}

func (a *API) listFiles(ctx context.Context, in *listFilesInput) (*body[fileList], error) {
	all, err := a.deps.Files.List(ctx, tenantOf(ctx), in.Prefix)
	if err != nil {
		return nil, err
	}
	start := 0
	if in.Cursor != "" {
		start, _ = slices.BinarySearchFunc(all, in.Cursor, func(f files.Info, name string) int { return strings.Compare(f.Name, name) })
		if start < len(all) && all[start].Name == in.Cursor {
			start++
		}
	}
	page := all[start:]
	out := fileList{}
	if len(page) > in.Limit {
		page = page[:in.Limit]
		out.Next = page[in.Limit-1].Name
	}
	out.Items = make([]fileInfo, len(page))
	for i, f := range page {
		out.Items[i] = fileInfo(f)
	}
	return &body[fileList]{out}, nil
}

func (a *API) putFile(ctx context.Context, in *putFileInput) (*body[files.Info], error) {
	info, err := a.deps.Files.Put(ctx, tenantOf(ctx), in.file(), in.content)
	return &body[files.Info]{info}, err
}

func (a *API) getFile(ctx context.Context, in *FileInput) (*huma.StreamResponse, error) {
	r, info, err := a.deps.Files.Open(ctx, tenantOf(ctx), in.file())
	if err != nil {
		return nil, err
	}
	return attachment(path.Base(info.Name), "", r, func() { _ = r.Close() }), nil
}

func (a *API) deleteFile(ctx context.Context, in *FileInput) (*struct{}, error) {
	return nil, a.deps.Files.Delete(ctx, tenantOf(ctx), in.file())
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// valueMax bounds the JSON that one answer carries.
const valueMax = 64 << 20

func (in ArtifactInput) table() artifact.Ref {
	return artifact.Ref{ID: in.ID, MediaType: table.MediaType}
}

func (a *API) getProfile(ctx context.Context, in *ArtifactInput) (*body[table.Profile], error) {
	if err := a.needTable(ctx, in.ID); err != nil {
		return nil, err
	}
	p, err := a.deps.Tables.Profile(ctx, tenantOf(ctx), in.table())
	p.Columns = orEmpty(p.Columns)
	return &body[table.Profile]{p}, err
}

func (a *API) getJSON(ctx context.Context, in *ArtifactInput) (*body[json.RawMessage], error) {
	r, err := a.deps.Artifacts.Open(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	raw, err := io.ReadAll(io.LimitReader(r, valueMax+1))
	switch {
	case err != nil:
		return nil, err
	case len(raw) > valueMax:
		return nil, errs.New(http.StatusRequestEntityTooLarge, "value_too_large", "The value has more than %d MiB; download it instead.", valueMax>>20)
	case !json.Valid(raw):
		return nil, errs.Conflict("artifact_not_json", "This artifact is not a JSON value; download it instead.")
	}
	return &body[json.RawMessage]{raw}, nil
}

// needTable refuses what is not a table before the table engine meets it.
func (a *API) needTable(ctx context.Context, id string) error {
	r, err := a.deps.Artifacts.Open(ctx, tenantOf(ctx), id)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if !isParquet(r) {
		return errs.Conflict("artifact_not_table", "This artifact is not a table.")
	}
	return nil
}

func isParquet(r io.Reader) bool {
	magic := make([]byte, 4)
	_, err := io.ReadFull(r, magic)
	return err == nil && bytes.Equal(magic, []byte("PAR1"))
}

func (a *API) downloadArtifact(ctx context.Context, in *downloadInput) (*huma.StreamResponse, error) {
	r, err := a.deps.Artifacts.Open(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	parquet := isParquet(r)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	name := path.Base(in.Name)
	if in.Name == "" {
		name = in.ID[:12]
	}
	switch {
	case parquet && in.Format != "" && in.Format != "parquet":
		return a.convert(ctx, in, name, r.Close)
	case !parquet && in.Format != "":
		_ = r.Close()
		return nil, errs.Conflict("artifact_not_table", "This artifact is not a table, so it cannot be given as %s.", in.Format)
	case parquet && path.Ext(name) != ".parquet":
		name += ".parquet"
	}
	return attachment(name, in.ID, r, func() { _ = r.Close() }), nil
}

// convert writes the table in another format to a file of its own, which goes when it has been sent.
func (a *API) convert(ctx context.Context, in *downloadInput, name string, closeArtifact func() error) (*huma.StreamResponse, error) {
	if err := closeArtifact(); err != nil {
		return nil, err
	}
	dir, remove, err := a.deps.Artifacts.Scratch(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "export."+in.Format)
	export := func() error {
		return a.deps.Tables.Export(ctx, tenantOf(ctx), in.table(), file, table.ExportOptions{Format: in.Format})
	}
	if in.Format == "arrow" {
		export = func() error { return a.exportArrow(ctx, in, file) }
	}
	if err := export(); err != nil {
		remove()
		return nil, err
	}
	f, err := os.Open(file) //nolint:gosec // a name of our own in a directory of our own
	if err != nil {
		remove()
		return nil, err
	}
	if ext := path.Ext(name); ext != "."+in.Format {
		name = strings.TrimSuffix(name, ".parquet") + "." + in.Format
	}
	return attachment(name, in.ID+"-"+in.Format, f, func() { _ = f.Close(); remove() }), nil
}

// attachment sends content for saving, never for showing: what users' flows made must not run in the origin of the
// application. Content is immutable under its tag.
func attachment(name, tag string, content io.ReadSeeker, done func()) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer done()
		c := humagin.Unwrap(ctx)
		h := c.Writer.Header()
		h.Set("Content-Type", files.MediaType(name))
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		if tag != "" {
			h.Set("ETag", `"`+tag+`"`)
			h.Set("Cache-Control", "private, max-age=31536000, immutable")
		}
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, content)
	}}
}

package put

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// things are the objects that what comes in is to become.
func (c Config) things(ctx context.Context, call *node.Call, dir string) ([]thing, error) {
	tables, given := call.Inputs["table"], call.Inputs["file"]
	switch {
	case len(tables) > 0 && len(given) > 0:
		return nil, node.FieldError("input_twice", "in.file", "A table and files come in; give one of them")
	case len(given) > 0 && len(c.PartitionBy) > 0:
		return nil, node.FieldError(node.CodeConfigInvalid, "with.partition_by", "Only a table can be parted; files come in")
	case len(given) > 0:
		return c.ofFiles(ctx, call, given)
	case len(tables) == 0 || tables[0].Artifact == nil:
		return nil, node.InputMissing("table")
	case len(c.PartitionBy) > 0:
		return c.ofParts(ctx, call, tables[0], filepath.Join(dir, "parts"))
	}
	return c.ofTable(ctx, call, tables[0], dir)
}

// ofFiles gives each file the name that is written down, or its own in the folder.
func (c Config) ofFiles(ctx context.Context, call *node.Call, given []value.Value) ([]thing, error) {
	if len(given) > 1 && !strings.HasSuffix(c.Name, "/") {
		return nil, node.FieldError(node.CodeConfigInvalid, "with.name", "%d files cannot have one name; write / at its end to make it a folder", len(given))
	}
	things := make([]thing, len(given))
	names := map[string]bool{}
	for i, v := range given {
		if v.Artifact == nil {
			return nil, node.InputMissing("file")
		}
		name, mediaType := c.Name, v.MediaType
		if strings.HasSuffix(c.Name, "/") {
			if v.File == nil || v.File.Name == "" {
				return nil, node.FieldError(node.CodeConfigInvalid, "with.name", "The file that comes in has no name of its own; write down which one it gets")
			}
			name += path.Base(v.File.Name)
		}
		if names[name] {
			return nil, node.FieldError("name_twice", "in.file", "Two of the files would become %s", name)
		}
		names[name] = true
		if mediaType == "" {
			mediaType = files.MediaType(name)
		}
		id := v.Artifact.ID
		things[i] = thing{name, mediaType, v.Artifact.Size, func() (io.ReadCloser, error) { return call.Env.Artifacts.Open(ctx, call.Tenant, id) }}
	}
	return things, nil
}

// options say how a table is written.
func (c Config) options() table.ExportOptions {
	opts := table.ExportOptions{Delimiter: c.Delimiter, Header: &c.Header, Partition: c.PartitionBy}
	if c.Format != "auto" {
		opts.Format = c.Format
	}
	return opts
}

func (c Config) ofTable(ctx context.Context, call *node.Call, in value.Value, dir string) ([]thing, error) {
	if strings.HasSuffix(c.Name, "/") {
		return nil, node.FieldError(node.CodeConfigInvalid, "with.name", "A table becomes an object; name it, such as %sreport.parquet, or say by which columns it is parted", c.Name)
	}
	opts, at := c.options(), filepath.Join(dir, "file"+path.Ext(c.Name))
	if err := call.Env.Tables.Export(ctx, call.Tenant, *in.Artifact, at, opts); err != nil {
		return nil, node.At("with.format", err)
	}
	mediaType := files.MediaType(c.Name)
	if opts.Format != "" {
		mediaType = files.MediaType("x." + opts.Format)
	}
	one, err := local(c.Name, at, mediaType)
	return []thing{one}, err
}

func (c Config) ofParts(ctx context.Context, call *node.Call, in value.Value, dir string) ([]thing, error) {
	opts := c.options()
	if opts.Format == "" {
		opts.Format = "parquet"
	}
	opts.Name = c.begin(call)
	if err := call.Env.Tables.Export(ctx, call.Tenant, *in.Artifact, dir, opts); err != nil {
		return nil, node.At("with.partition_by", err)
	}
	var things []thing
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		one, err := local(c.folder()+filepath.ToSlash(below), at, files.MediaType("x."+opts.Format))
		things = append(things, one)
		return err
	})
	if err != nil && in.Table != nil && in.Table.Rows > 0 { // of no rows there is no folder
		return nil, errs.Internal(err)
	}
	return things, nil
}

// begin is how the names of the parts begin. Those that are kept beside others have names of their run's own.
func (c Config) begin(call *node.Call) string {
	if c.Existing != "keep" {
		return "part"
	}
	sum := sha256.Sum256([]byte(call.IdempotencyKey))
	return "part-" + hex.EncodeToString(sum[:5]) + "-"
}

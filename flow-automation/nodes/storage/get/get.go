// Package get has the node that fetches one object as a file.
package get

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/words"
)

// Config says what to fetch.
type Config struct {
	objects.Connection
	Name string `json:"name" required:"true" title:"Name" zh:"名称" example:"in/orders.csv" doc:"Of the object, within the connection" doc_zh:"对象在连接中的名称"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	return objects.CheckName("with.name", c.Name)
}

// Type is the type storage.get.
func Type() node.Type {
	t := node.Define(node.Type{
		Name: "storage.get",
		Doc: node.Doc{
			Title:   node.Text{EN: "Get object", ZH: "获取对象"},
			Summary: node.Text{EN: "Fetches one file or object of a storage.", ZH: "获取存储中的一个文件或对象。"},
			Details: node.Text{
				EN: "The output is a file, for *Read table from file* and other nodes that take one. *Download objects* fetches many, into the files folder.",
				ZH: "输出为一个文件，供“从文件读取表”等接受文件的节点使用。“下载对象”可将多个对象下载到文件目录。",
			},
			Family: "storage", Icon: "cloud-down", Keywords: []string{"s3", "bucket", "sftp", "ftp", "download", "fetch", "object", "file"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "file", Kind: value.File, Title: node.Text{EN: "File", ZH: "文件"}}},
		Effect:  node.Pure, Pool: node.IO, Key: state,
		Examples: []node.Example{
			{
				Title: "A CSV file", With: map[string]any{"connection": "bucket", "name": "in/orders.csv"},
				Want: map[string]json.RawMessage{"file": json.RawMessage(`{"name": "orders.csv", "media_type": "text/csv", "size": 24}`)},
			},
			{Title: "One that is not there", With: map[string]any{"connection": "bucket", "name": "in/oders.csv"}, WantError: connector.CodeObject},
		},
	}, run)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetFile, Connection: c.Connection.Connection, Name: c.Name, Port: "file"}}
	})
}

// state tells apart what the object holds.
func state(ctx context.Context, call *node.Call) (string, error) {
	var c struct{ Connection, Name string }
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	conn, err := objects.Connection{Connection: c.Connection}.Open(ctx, call)
	if err != nil {
		return "", err
	}
	o, err := conn.Stat(ctx, c.Name)
	if err := errors.Join(err, conn.Close()); err != nil {
		return "", objects.Placed(err, "with.name")
	}
	return fmt.Sprintf("%d bytes in the version %s", o.Size, o.Version), nil
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	content, o, err := conn.Get(ctx, c.Name)
	if err != nil {
		return nil, objects.Placed(err, "with.name")
	}
	defer func() { _ = content.Close() }()
	mediaType := o.MediaType
	if mediaType == "" || mediaType == "application/octet-stream" || mediaType == "binary/octet-stream" { // said of what nobody has said anything of
		mediaType = files.MediaType(c.Name)
	}
	ref, err := call.Env.Artifacts.Put(ctx, call.Tenant, &counted{from: content, call: call, all: o.Size}, mediaType)
	if err != nil {
		return nil, objects.Placed(err, "with.name")
	}
	if ref.Size != o.Size {
		return nil, connector.Upstream(connector.CodeLost, "Of the %s of %q %d came.", words.Number(o.Size, "byte", "bytes"), c.Name, ref.Size).WithHint("Try again; somebody may just be writing it.")
	}
	call.Log("info", fmt.Sprintf("%s, %s.", c.Name, words.Bytes(o.Size)))
	return value.Outputs{"file": {
		Kind: value.File, MediaType: mediaType, Artifact: &ref, File: &value.FileMeta{Name: path.Base(c.Name), MediaType: mediaType},
	}}, nil
}

// counted tells how far it is.
type counted struct {
	from      io.Reader
	call      *node.Call
	done, all int64
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.done += int64(n)
	r.call.Progress(r.done, r.all, "bytes")
	return n, err
}

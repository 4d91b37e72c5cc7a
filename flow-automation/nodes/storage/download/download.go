// Package download has the node that fetches objects into the files folder.
package download

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// Config says what to fetch, and where to put it.
type Config struct {
	objects.Named
	Into string `json:"into,omitempty" title:"Into the folder" zh:"存入文件夹" example:"incoming" doc:"Of the files folder; the objects keep their names below it" doc_zh:"文件目录中的文件夹；对象在其中保留原名"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	found := objects.CheckName("with.name", c.Name)
	if c.Into == "" || strings.Contains(c.Into, "{{") {
		return found
	}
	if _, err := files.Clean(path.Join(c.Into, "x")); err != nil { // it is a folder of the machine's, and no object
		found = append(found, errs.From(node.At("with.into", err)).Details...)
	}
	return found
}

// Type is the type storage.download.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"files": json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "storage.download",
		Doc: node.Doc{
			Title:   node.Text{EN: "Download objects", ZH: "下载对象"},
			Summary: node.Text{EN: "Fetches files and objects of a storage into the files folder.", ZH: "将存储中的文件和对象下载到文件目录。"},
			Details: node.Text{
				EN: "Each file is there whole or not at all; one that has the name is replaced. The output has a row for each: its `name` in the storage, the `file` that *Read file* takes, its `size` and its `version`. When one of them fails, those before it stay.",
				ZH: "每个文件要么完整，要么不存在；同名文件会被替换。输出中每个文件一行：存储中的 `name`、供“读取文件”使用的 `file`、`size` 和 `version`。若其中一个失败，之前的文件会保留。",
			},
			Family: "storage", Icon: "folder-down", Keywords: []string{"s3", "bucket", "sftp", "ftp", "fetch", "get", "objects", "files"},
		},
		Inputs:  []node.Port{objects.TablePort()},
		Outputs: []node.Port{{Name: "files", Kind: value.Table, Title: node.Text{EN: "Files", ZH: "文件"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "What a list has named", With: map[string]any{"connection": "bucket", "into": "incoming"},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"name": "in/orders.csv"}, {"name": "in/2026/old.csv"}]`)},
				Want: out(`[{"name": "in/orders.csv", "file": "incoming/in/orders.csv", "size": 24, "version": "1795507200000000000-24"},
					{"name": "in/2026/old.csv", "file": "incoming/in/2026/old.csv", "size": 12, "version": "1795507200000000000-12"}]`),
			},
			{Title: "One that is not there", With: map[string]any{"connection": "bucket", "name": "in/oders.csv"}, WantError: connector.CodeObject},
		},
	}, run)
}

var columns = []table.Column{{Name: "name", Type: "VARCHAR"}, {Name: "file", Type: "VARCHAR"}, {Name: "size", Type: "BIGINT"}, {Name: "version", Type: "VARCHAR"}}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	names, field, err := objects.Names(ctx, call, c.Name, c.Column)
	if err != nil {
		return nil, err
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	defer remove()
	var bytes int64
	out, err := objects.Rows(ctx, call, columns, func(ctx context.Context, w *rowtext.Writer) error {
		for i, name := range names {
			target, err := files.Clean(path.Join(c.Into, name))
			if err != nil {
				return node.At("with.into", err)
			}
			o, err := objects.Fetch(ctx, conn, name, filepath.Join(dir, "file"), nil)
			if err != nil {
				return objects.Placed(err, field)
			}
			if err := call.Env.Files.Replace(ctx, call.Tenant, target, filepath.Join(dir, "file")); err != nil {
				return node.At("with.into", err)
			}
			bytes += o.Size
			call.Progress(int64(i+1), int64(len(names)), "objects")
			w.Text([]byte(name))
			w.Text([]byte(target))
			w.Int(o.Size)
			w.Text([]byte(o.Version))
			if err := w.End(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	call.Log("info", fmt.Sprintf("%s, %s.", words.Number(len(names), "object", "objects"), words.Bytes(bytes)))
	return value.Outputs{"files": out}, nil
}

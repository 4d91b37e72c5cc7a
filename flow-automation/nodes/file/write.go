package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
)

// Write says where to write the table and how.
type Write struct {
	Path      string `json:"path" title:"File" zh:"文件" required:"true" widget:"file" example:"out/report.csv" doc:"Name in the files folder; folders are made, and a file that is there is replaced" doc_zh:"文件夹中的文件名；会自动创建目录，已有文件会被替换"`
	Format    string `json:"format" title:"Format" zh:"格式" enum:"auto,csv,json,ndjson,parquet,xlsx" default:"auto" doc:"auto goes by the name's ending" doc_zh:"auto 表示按文件扩展名判断"`
	Delimiter string `json:"delimiter,omitempty" title:"Delimiter" zh:"分隔符" doc:"Of CSV: one character or tab; left empty, it is a comma" doc_zh:"CSV 的分隔符：一个字符或 tab；留空为逗号"`
	Header    bool   `json:"header" title:"Header" zh:"表头" default:"true" doc:"Whether the first row of a CSV or Excel file has the column names" doc_zh:"CSV 或 Excel 文件的第一行是否写列名"`
}

// Check finds what the schema cannot.
func (c Write) Check() []errs.Detail {
	_, err := table.CSVSign("delimiter", c.Delimiter, 0)
	return append(checkPath(c.Path, c.Format), tabular.Problem("with.delimiter", err)...)
}

func writeType() node.Type {
	input := map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 1, "name": "Ada"}, {"id": 2, "name": null}]`)}
	t := node.Define(node.Type{
		Name: "file.write", Version: 1,
		Doc: node.Doc{
			Title:   node.Text{EN: "Write file", ZH: "写入文件"},
			Summary: node.Text{EN: "Writes a table to a CSV, JSON, Parquet or Excel file.", ZH: "将表写入 CSV、JSON、Parquet 或 Excel 文件。"},
			Details: node.Text{
				EN: "The file is finished first and then put in place at once: whoever reads it sees the old or the new one, never half of it. The output `file` is the same content, for nodes that send it on.",
				ZH: "文件先写完再一次性就位：读取者看到的要么是旧文件，要么是新文件，不会是半个文件。输出 `file` 是相同的内容，可供后续节点发送。",
			},
			Family: "file", Icon: "file-export", Keywords: []string{"csv", "json", "ndjson", "parquet", "excel", "xlsx", "export", "save"},
		},
		Inputs:  []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}},
		Outputs: []node.Port{{Name: "file", Kind: value.File, Title: node.Text{EN: "File", ZH: "文件"}}},
		Effect:  node.Idempotent, Pool: node.SQL,
		Examples: []node.Example{
			{
				Title:  "CSV",
				With:   map[string]any{"path": "out/people.csv"},
				Inputs: input,
				Want:   map[string]json.RawMessage{"file": json.RawMessage(`{"name": "out/people.csv", "media_type": "text/csv", "size": 17}`)},
			},
			{
				Title:  "JSON lines, whatever the name",
				With:   map[string]any{"path": "people.txt", "format": "ndjson"},
				Inputs: input,
				Want:   map[string]json.RawMessage{"file": json.RawMessage(`{"name": "people.txt", "media_type": "application/x-ndjson", "size": 43}`)},
			},
		},
	}, write)
	return node.DatasetsOf(t, func(c Write) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetFile, Name: c.Path, Port: "table", Writes: true}}
	})
}

func write(ctx context.Context, call *node.Call, c Write) (value.Outputs, error) {
	in := call.Inputs["table"]
	if len(in) == 0 || in[0].Artifact == nil {
		return nil, node.InputMissing("table")
	}
	name, err := files.Clean(c.Path)
	if err != nil {
		return nil, atPath(err)
	}
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	defer remove()
	tmp := filepath.Join(dir, "file"+path.Ext(name))
	opts := table.ExportOptions{Delimiter: c.Delimiter, Header: &c.Header}
	if c.Format != "auto" {
		opts.Format = c.Format
	}
	if err := call.Env.Tables.Export(ctx, call.Tenant, *in[0].Artifact, tmp, opts); err != nil {
		var e *errs.Error
		if errors.As(err, &e) && opts.Format == "" { // it knows the name in the scratch directory alone
			out := *e
			out.Message = strings.ReplaceAll(e.Message, tmp, name)
			err = &out
		}
		return nil, atPath(err)
	}
	mediaType := files.MediaType(name)
	if opts.Format != "" {
		mediaType = files.MediaType("x." + opts.Format)
	}
	ref, err := keep(ctx, call, tmp, mediaType)
	if err != nil {
		return nil, err
	}
	if err := call.Env.Files.Replace(ctx, call.Tenant, name, tmp); err != nil {
		return nil, atPath(err)
	}
	if t := in[0].Table; t != nil && t.Rows >= 0 {
		call.Detail("written_rows", t.Rows)
	}
	return value.Outputs{"file": {
		Kind: value.File, MediaType: mediaType, Artifact: &ref, File: &value.FileMeta{Name: name, MediaType: mediaType},
	}}, nil
}

// keep stores the finished file, so that the step's output stays what it was when the file is replaced later.
func keep(ctx context.Context, call *node.Call, path, mediaType string) (artifact.Ref, error) {
	f, err := os.Open(path) // #nosec G304 -- in our own scratch directory
	if err != nil {
		return artifact.Ref{}, errs.Internal(fmt.Errorf("keep the file: %w", err))
	}
	defer f.Close()
	return call.Env.Artifacts.Put(ctx, call.Tenant, f, mediaType)
}

package file

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
)

// Read says which file to read and how.
type Read struct {
	Path string `json:"path" title:"File" zh:"文件" required:"true" widget:"file" example:"data/orders.csv" doc:"Name in the files folder" doc_zh:"文件夹中的文件名"`
	tabular.How
}

// Check finds what the schema cannot.
func (c Read) Check() []errs.Detail { return append(checkPath(c.Path, c.Format), c.How.Check()...) }

var schema = spec.For[Read]()

func readType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "file.read", Version: 1,
		Doc: node.Doc{
			Title:   node.Text{EN: "Read file", ZH: "读取文件"},
			Summary: node.Text{EN: "Reads a CSV, JSON, Parquet or Excel file as a table.", ZH: "将 CSV、JSON、Parquet 或 Excel 文件读取为表。"},
			Details: node.Text{
				EN: "Delimiter, encoding, header and types are found out; set them where the guess is wrong. A file that is broken gives an error with the line, or, with *skip*, its broken rows are left out and counted. " +
					"Numbers that begin with 0, such as zip codes, stay texts; dates are recognised as 2024-12-31, other forms are converted with *Convert types*.",
				ZH: "自动识别分隔符、编码、表头和类型；识别有误时可手动设置。文件损坏时报错并指出行号，选择“跳过”则去掉坏行并计数。以 0 开头的数字（如邮编）保持为文本；日期按 2024-12-31 识别，其他写法请用“转换类型”。",
			},
			Family: "file", Icon: "file-import", Keywords: []string{"csv", "tsv", "json", "ndjson", "parquet", "excel", "xlsx", "import", "load"},
		},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.SQL, Key: state, Scan: inPlace,
		Examples: []node.Example{
			{
				Title: "A CSV file",
				With:  map[string]any{"path": "orders.csv"},
				Files: map[string]string{"orders.csv": "id,zip,amount,day\n1,01012,12.5,2024-12-31\n2,90210,,2025-01-01\n"},
				Want:  out(`[{"id": 1, "zip": "01012", "amount": 12.5, "day": "2024-12-31"}, {"id": 2, "zip": "90210", "amount": null, "day": "2025-01-01"}]`),
			},
			{
				Title: "Semicolons, a text for empty values, one type set and a broken row left out",
				With: map[string]any{
					"path": "in/data.txt", "delimiter": ";", "null_texts": []any{"NA"}, "bad_rows": "skip",
					"types": []any{map[string]any{"column": "id", "type": "VARCHAR"}},
				},
				Files: map[string]string{"in/data.txt": "id;n\n1;NA\n2\n3;4\n"},
				Want:  out(`[{"id": "1", "n": null}, {"id": "3", "n": 4}]`),
			},
			{
				Title: "JSON lines",
				With:  map[string]any{"path": "events.ndjson"},
				Files: map[string]string{"events.ndjson": "{\"a\": 1, \"tags\": [\"x\"]}\n{\"a\": 2}\n"},
				Want:  out(`[{"a": 1, "tags": ["x"]}, {"a": 2, "tags": null}]`),
			},
		},
	}, read)
	return node.DatasetsOf(t, func(c Read) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetFile, Name: c.Path, Port: "table"}}
	})
}

func read(ctx context.Context, call *node.Call, c Read) (value.Outputs, error) {
	path, err := call.Env.Files.Local(ctx, call.Tenant, c.Path)
	if err != nil {
		return nil, atPath(err)
	}
	t, err := c.Table(ctx, call, path, c.Path)
	if err != nil {
		return nil, atPath(err)
	}
	if t.Rejected > 0 {
		call.Detail("rejected_rows", t.Rejected)
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

// inPlace is the file for a query to read by itself.
func inPlace(ctx context.Context, call *node.Call) (table.File, error) {
	c, problems := spec.Decode[Read](schema, call.Config)
	if len(problems) > 0 {
		return table.File{}, node.Invalid(problems)
	}
	path, err := call.Env.Files.Local(ctx, call.Tenant, c.Path)
	opts := c.Options(c.Path)
	opts.Texts = call.Texts
	return table.File{Path: path, Options: opts}, atPath(err)
}

// state tells apart what the file holds, as far as its size and the time of its latest change do.
func state(ctx context.Context, call *node.Call) (string, error) {
	var c struct{ Path string }
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	path, err := call.Env.Files.Local(ctx, call.Tenant, c.Path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes of %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano)), nil
}

package file

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Read says which file to read and how; what is left empty is found out.
type Read struct {
	Path      string   `json:"path" title:"File" zh:"文件" required:"true" widget:"file" example:"data/orders.csv" doc:"Name in the files folder" doc_zh:"文件夹中的文件名"`
	Format    string   `json:"format" title:"Format" zh:"格式" enum:"auto,csv,json,ndjson,parquet,xlsx" default:"auto" doc:"auto goes by the name's ending" doc_zh:"auto 表示按文件扩展名判断"`
	Delimiter string   `json:"delimiter,omitempty" title:"Delimiter" zh:"分隔符" doc:"Of CSV: one character or tab; left empty, it is found out" doc_zh:"CSV 的分隔符：一个字符或 tab；留空则自动识别"`
	Quote     string   `json:"quote,omitempty" title:"Quote" zh:"引号" doc:"Of CSV: the character around texts; left empty, it is \"" doc_zh:"CSV 中文本两侧的字符；留空为双引号"`
	Escape    string   `json:"escape,omitempty" title:"Escape" zh:"转义符" doc:"Of CSV: the character before a quote within quotes, such as \\; left empty, quotes are written twice" doc_zh:"CSV 中引号内的引号之前的字符，如 \\；留空表示引号写两次"`
	Skip      int      `json:"skip,omitempty" title:"Lines to skip" zh:"跳过行数" minimum:"0" doc:"Of CSV: how many lines come before the header or the first row" doc_zh:"CSV 中表头或首行之前的行数"`
	Header    string   `json:"header" title:"Header" zh:"表头" enum:"auto,yes,no" default:"auto" doc:"Whether the first row of a CSV or Excel file has the column names" doc_zh:"CSV 或 Excel 文件的第一行是否为列名"`
	Encoding  string   `json:"encoding,omitempty" title:"Encoding" zh:"编码" example:"utf-8" doc:"Of CSV: utf-8, utf-16, windows-1252, gb18030 and others; left empty, it is found out" doc_zh:"CSV 的编码：utf-8、utf-16、windows-1252、gb18030 等；留空则自动识别"`
	NullTexts []string `json:"null_texts,omitempty" title:"Texts that mean empty" zh:"表示空值的文本" doc:"Of CSV, such as NA or -; left empty, only the empty text does" doc_zh:"CSV 中表示空值的文本，例如 NA 或 -；留空则仅空文本"`
	Types     []Typed  `json:"types,omitempty" title:"Types" zh:"类型" doc:"Types of columns, instead of those found out" doc_zh:"指定列的类型，代替自动识别的类型"`
	Sheet     string   `json:"sheet,omitempty" title:"Sheet" zh:"工作表" doc:"Of Excel; left empty, it is the first" doc_zh:"Excel 的工作表；留空为第一个"`
	BadRows   string   `json:"bad_rows" title:"Rows that do not fit" zh:"不符合的行" enum:"fail,skip" default:"fail" doc:"Of CSV: stop with the place, or leave them out and count them" doc_zh:"CSV 中不符合的行：报错并指出位置，或跳过并计数"`
}

var schema = spec.For[Read]()

// Typed gives one column its type.
type Typed struct {
	Column string `json:"column" title:"Column" zh:"列" required:"true"`
	Type   string `json:"type" title:"Type" zh:"类型" required:"true" widget:"type" example:"VARCHAR"`
}

func readType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	return node.Define(node.Type{
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
}

func read(ctx context.Context, call *node.Call, c Read) (value.Outputs, error) {
	path, err := call.Env.Files.Local(ctx, call.Tenant, c.Path)
	if err != nil {
		return nil, atPath(err)
	}
	t, err := call.Env.Tables.Import(ctx, call.Tenant, path, c.options(), func(rows, total int64, percent float64) {
		if percent >= 0 && total == 0 {
			call.Progress(int64(percent), 100, "%")
			return
		}
		call.Progress(rows, total, "rows")
	})
	if err != nil {
		return nil, atPath(err)
	}
	if t.Rejected > 0 {
		call.Detail("rejected_rows", t.Rejected)
		call.Log("warn", fmt.Sprintf("%s of %s did not fit: left out", words.Number(t.Rejected, "row", "rows"), c.Path))
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
	return table.File{Path: path, Options: c.options()}, atPath(err)
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

func (c Read) options() table.ImportOptions {
	opts := table.ImportOptions{
		Delimiter: c.Delimiter, Quote: c.Quote, Escape: c.Escape, Skip: c.Skip, Encoding: c.Encoding, Sheet: c.Sheet, BadRows: c.BadRows, Name: c.Path,
	}
	if c.Format != "auto" {
		opts.Format = c.Format
	}
	if c.Header != "auto" {
		yes := c.Header == "yes"
		opts.Header = &yes
	}
	if len(c.NullTexts) > 0 {
		opts.NullText = append([]string{""}, c.NullTexts...)
	}
	if len(c.Types) > 0 {
		opts.Types = map[string]string{}
		for _, t := range c.Types {
			opts.Types[t.Column] = t.Type
		}
	}
	return opts
}

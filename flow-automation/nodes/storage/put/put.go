// Package put has the node that keeps tables and files in a storage.
package put

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Config says what to call the objects, and how to write them.
type Config struct {
	objects.Connection
	Name        string   `json:"name" required:"true" title:"Name" zh:"名称" example:"out/report.parquet" doc:"Of the object; with / at its end a folder, in which files keep their names. Of a table in parts it is the folder" doc_zh:"对象名称；以 / 结尾表示文件夹，文件在其中保留原名。分区写表时为文件夹"`
	Format      string   `json:"format" title:"Format" zh:"格式" enum:"auto,csv,json,ndjson,parquet,xlsx" default:"auto" doc:"Of a table: auto goes by the name's ending, and is parquet for parts" doc_zh:"表的格式：auto 按扩展名判断，分区时为 parquet"`
	Delimiter   string   `json:"delimiter,omitempty" title:"Delimiter" zh:"分隔符" more:"true" doc:"Of CSV: one character or tab; left empty, it is a comma" doc_zh:"CSV 的分隔符：一个字符或 tab；留空为逗号"`
	Header      bool     `json:"header" title:"Header" zh:"表头" more:"true" default:"true" doc:"Whether the first row of a CSV or Excel file has the column names" doc_zh:"CSV 或 Excel 文件的第一行是否写列名"`
	PartitionBy []string `json:"partition_by,omitempty" title:"Parts by" zh:"分区列" more:"true" widget:"columns" doc:"Columns whose values become folders, as in day=2026-12-31/part0.parquet" doc_zh:"其值成为文件夹的列，例如 day=2026-12-31/part0.parquet"`
	Existing    string   `json:"existing" title:"Parts that are there" zh:"已有的分区" more:"true" enum:"keep,replace_parts,replace" default:"keep" doc:"keep: add to them. replace_parts: replace those for which there are rows. replace: replace all that is in the folder" doc_zh:"keep：在其基础上添加；replace_parts：替换有新行的分区；replace：替换文件夹中的全部内容"`
	None        string   `json:"none" title:"When there are no rows" zh:"没有行时" more:"true" enum:"fail,empty" default:"fail" when:"existing=replace" doc:"fail: the step fails, for everything in the folder would be removed. empty: it is removed" doc_zh:"fail：步骤失败，否则文件夹中的全部内容会被删除；empty：删除全部内容"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	switch {
	case len(c.PartitionBy) > 0 && c.Format == "xlsx":
		return node.Refuse("with.format", "Excel files cannot be parted into folders; write Parquet, CSV or JSON")
	case len(c.PartitionBy) == 0 && c.Existing != "keep":
		return node.Refuse("with.existing", "Only a table in parts has them; one object is replaced in any case")
	}
	return nil
}

// Needs implements node.Needing.
func (c Config) Needs(connected func(port string) bool) []node.Need {
	switch {
	case connected("table"):
		return nil
	case !connected("file"):
		return []node.Need{{Field: "in.table", Message: node.Text{
			EN: "There is nothing to put: connect a table, or files",
			ZH: "没有要写入的内容：请连接表或文件",
		}}}
	case len(c.PartitionBy) > 0:
		return []node.Need{{Field: "with.partition_by", Message: node.Text{
			EN: "Only a table can be parted, and none is connected; leave this empty for files",
			ZH: "只有表可以分区，而此处未连接表；写入文件时请留空",
		}}}
	}
	return nil
}

// Written is what was done.
type Written struct {
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
	Removed int   `json:"removed"` // objects whose place was taken
}

// Type is the type storage.put.
func Type() node.Type {
	input := map[string]json.RawMessage{"table": json.RawMessage(`[{"id": 1, "day": "mon"}, {"id": 2, "day": "tue"}, {"id": 3, "day": "mon"}]`)}
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"written": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "storage.put",
		Doc: node.Doc{
			Title:   node.Text{EN: "Put objects", ZH: "写入对象"},
			Summary: node.Text{EN: "Keeps a table or files in a storage.", ZH: "将表或文件保存到存储。"},
			Details: node.Text{
				EN: "Whoever reads an object sees the old or the new one, never a part. Several objects, such as the parts of a table, are all sent before the first can be seen: when the sending fails, the storage is as it was. They are then put in place one after the other, which takes a moment; if the server fails in just that moment, the error says how many are in place, and running the step again makes it whole. What is replaced is removed last.\n\n" +
					"With *Parts by*, the values of the columns become folders, and the files are without these columns; DuckDB, Spark, pandas and others read them so. *keep* gives the files names of this run's own, so that repeating a step adds nothing twice. *replace* refuses to empty the folder when no rows come in, unless *When there are no rows* says so.",
				ZH: "读取对象时看到的要么是旧对象，要么是新对象，不会是一部分。多个对象（例如表的分区）全部发送完毕后才会出现第一个：发送失败时存储保持原样。随后逐个就位，只需片刻；若服务器恰在此时出错，错误会指出已就位的数量，重新运行该步骤即可补全。被替换的对象最后删除。\n\n" +
					"设置“分区列”后，这些列的值成为文件夹，文件中不含这些列；DuckDB、Spark、pandas 等可直接读取。*keep* 使用本次运行专有的文件名，因此重复执行步骤不会重复添加。*replace* 在没有输入行时拒绝清空文件夹，除非“没有行时”另有设定。",
			},
			Family: "storage", Icon: "cloud-up", Keywords: []string{"s3", "bucket", "sftp", "ftp", "upload", "write", "partition", "parquet", "hive", "objects", "files"},
		},
		Inputs: []node.Port{
			{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}},
			{Name: "file", Kind: value.File, Title: node.Text{EN: "Files", ZH: "文件"}, Many: true},
		},
		Outputs: []node.Port{{Name: "written", Kind: value.JSON, Object: true, Title: node.Text{EN: "What was written", ZH: "写入结果"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{Title: "A table as CSV", With: map[string]any{"connection": "bucket", "name": "out/days.csv"}, Inputs: input, Want: out(`{"objects": 1, "bytes": 25, "removed": 0}`)},
			{
				Title: "A folder for each day, in place of those that are there", Inputs: input,
				With:  map[string]any{"connection": "bucket", "name": "out/days", "format": "csv", "partition_by": []any{"day"}, "existing": "replace_parts"},
				Files: map[string]string{"bucket/out/days/day=mon/old.csv": "id\n9\n", "bucket/out/days/day=sun/part0.csv": "id\n8\n"},
				Want:  out(`{"objects": 2, "bytes": 12, "removed": 1}`),
			},
		},
	}, run)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		name := c.Name
		if len(c.PartitionBy) > 0 && name != "" {
			name = c.folder()
		}
		return []node.Dataset{{Kind: node.DatasetFile, Connection: c.Connection.Connection, Name: name, Port: "table", Writes: true}}
	})
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	defer remove()
	things, err := c.things(ctx, call, dir)
	if err != nil {
		return nil, err
	}
	if len(things) == 0 && c.Existing == "replace" && c.None != "empty" {
		return nil, node.FieldError("nothing_to_put", "with.existing", "No rows came in, so that everything in %s would be removed", c.folder()).
			WithHint("If that is meant, set *When there are no rows* to empty. Nothing was written.")
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	done, err := c.send(ctx, call, conn, things)
	if err := errors.Join(err, conn.Close()); err != nil {
		return nil, objects.Placed(err, "with.name")
	}
	call.Log("info", fmt.Sprintf("%s written, %s.", words.Number(done.Objects, "object", "objects"), words.Bytes(done.Bytes)))
	if done.Removed > 0 {
		call.Log("info", fmt.Sprintf("%s removed.", words.Number(done.Removed, "object that was there", "objects that were there")))
	}
	if in := call.Inputs["table"]; len(in) > 0 && in[0].Table != nil && in[0].Table.Rows >= 0 {
		call.Detail("written_rows", in[0].Table.Rows)
	}
	data, err := json.Marshal(done)
	return value.Outputs{"written": {Kind: value.JSON, Data: data}}, err
}

// thing is one object to be.
type thing struct {
	name, mediaType string
	size            int64
	open            func() (io.ReadCloser, error)
}

// local is a thing whose content is in a file of ours.
func local(name, path, mediaType string) (thing, error) {
	info, err := os.Stat(path)
	if err != nil {
		return thing{}, errs.Internal(err)
	}
	return thing{name, mediaType, info.Size(), func() (io.ReadCloser, error) {
		return os.Open(path) //nolint:gosec // in our own scratch directory
	}}, nil
}

// send puts all of them in place, and removes what they replace.
func (c Config) send(ctx context.Context, call *node.Call, conn connector.Objects, things []thing) (done Written, err error) {
	stage, err := conn.Stage(ctx)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	for i, each := range things {
		if err := put(ctx, stage, each); err != nil {
			return done, err
		}
		call.Progress(int64(i+1), int64(len(things)), "objects")
	}
	placed, err := stage.Commit(ctx)
	if err != nil {
		return done, err
	}
	names := make([]string, len(placed))
	for i, o := range placed {
		names[i] = o.Name
		done.Bytes += o.Size
	}
	done.Objects = len(placed)
	call.Detail("objects", names[:min(len(names), mostShown)])
	done.Removed, err = c.clear(ctx, call, conn, names)
	return done, err
}

// mostShown is how many names are kept with a step.
const mostShown = 20

func put(ctx context.Context, stage connector.Stage, t thing) error {
	content, err := t.open()
	if err != nil {
		return err
	}
	return errors.Join(stage.Put(ctx, t.name, content, t.size, t.mediaType), content.Close())
}

// folder is the name as that of a folder, with / at its end.
func (c Config) folder() string { return strings.TrimSuffix(c.Name, "/") + "/" }

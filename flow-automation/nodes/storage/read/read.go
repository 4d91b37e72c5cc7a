// Package read has the node that makes one table of many objects.
package read

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/nodes/storage/internal/seen"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Config says which objects to read, and how.
type Config struct {
	objects.Connection
	Prefix string `json:"prefix,omitempty" title:"Names begin with" zh:"名称开头" example:"in/2026/" doc:"Such as a folder with / at its end; left empty, all" doc_zh:"例如以 / 结尾的文件夹；留空为全部"`
	Match  string `json:"match,omitempty" title:"Pattern" zh:"模式" example:"*.csv" doc:"Of the last part of the name: * is any characters, ? is one. With / in it, of the whole name: ** is any folders, as in in/**/*.csv" doc_zh:"名称最后一部分的模式：* 为任意字符，? 为一个字符。含 / 时匹配完整名称：** 为任意层文件夹，例如 in/**/*.csv"`
	New    bool   `json:"new,omitempty" title:"Only new or changed" zh:"仅新增或更改" doc:"Since the last run that succeeded" doc_zh:"自上次成功运行以来"`
	Limit  int64  `json:"limit,omitempty" title:"At most" zh:"最多" more:"true" minimum:"0" doc:"So many objects, the first by name; 0 is all" doc_zh:"按名称取前若干个对象；0 为全部"`
	None   string `json:"none" title:"When there is no object" zh:"没有对象时" more:"true" enum:"fail,empty" default:"fail" doc:"fail: the step fails. empty: the table has no rows" doc_zh:"fail：步骤失败；empty：得到没有行的表"`
	Source string `json:"source,omitempty" title:"Column for the object's name" zh:"对象名列" more:"true" example:"object" doc:"A further column that says which object a row comes from" doc_zh:"另加一列，说明每行来自哪个对象"`
	Parts  bool   `json:"parts" title:"Folders as columns" zh:"文件夹作为列" more:"true" default:"true" doc:"The value of a folder such as day=2026-12-31 becomes a column" doc_zh:"将 day=2026-12-31 这样的文件夹的值变为列"`
	node.Advances
	tabular.How
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	found := c.How.Check()
	if err := checkPattern(c.Match); err != nil {
		found = append(found, errs.At(errs.Place{Field: "with.match"}, node.CodeConfigInvalid, "%q is no pattern, such as *.csv or in/**/*.csv", c.Match))
	}
	return found
}

// field is what errors about objects are about.
func (c Config) field() string {
	if c.Match != "" && c.Prefix == "" {
		return "with.match"
	}
	return "with.prefix"
}

// Type is the type storage.read.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "storage.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read objects as a table", ZH: "将对象读取为表"},
			Summary: node.Text{EN: "Makes one table of all files and objects of a storage whose names fit.", ZH: "将存储中名称匹配的所有文件和对象读取为一个表。"},
			Details: node.Text{
				EN: "Reads CSV, JSON, Parquet and Excel, each object by its name's ending unless the format is set. Rows are in the order of names. Columns are put together by their names; one that an object lacks is empty there. Where types differ, the column gets one that holds all: whole numbers and others become DOUBLE, dates and times become times, nested values become JSON, and what else has nothing in common becomes text; a column that is empty in an object takes the type of the others. Numbers that DOUBLE cannot keep exactly are refused: set the type then. There are at most 2,000 columns. *Types* holds for the objects that have the column.\n\n" +
					"Folders such as `day=2026-12-31/` become columns, in front of the others and in the place of those of the same name in the objects; their type is found out from all names. Names and folders that begin with `_` or `.`, such as `_SUCCESS`, are left out unless the beginning or the pattern names them.\n\n" +
					"Objects are fetched a few ahead of the one that is read, and each is removed as soon as it is in the table. An error names the object, and where it can the line and the column. With *Only new or changed*, what was read is remembered for this step once the whole run has succeeded, by name and version; when nothing is new, the table has the columns of the last time and no rows; if the step was changed since, those of an object that it has read. When nothing is there at all, *empty* gives those, or else the columns of *Types*.\n\n" +
					"Before the first run, a preview reads the first three objects and says of how many, so that the columns are known while the flow is drawn; later objects may bring further columns and other types.",
				ZH: "读取 CSV、JSON、Parquet 和 Excel；未设置格式时按各对象的扩展名判断。行按名称排序。列按名称合并；对象中缺少的列为空。类型不同时，该列取能容纳全部值的类型：整数与其他数值变为 DOUBLE，日期和时间变为时间，嵌套值变为 JSON，其余没有共同类型的变为文本；某对象中为空的列采用其他对象的类型。DOUBLE 无法精确保存的数值会被拒绝：此时请设置类型。最多 2,000 列。“类型”适用于含有该列的对象。\n\n" +
					"`day=2026-12-31/` 这样的文件夹变为列，位于其他列之前，并取代对象中的同名列；其类型由所有名称推断。以 `_` 或 `.` 开头的名称和文件夹（如 `_SUCCESS`）会被略过，除非名称开头或模式中写明。\n\n" +
					"对象会提前获取少量几个，读入表后立即删除。错误会指出对象，并尽可能指出行和列。选择“仅新增或更改”时，仅在整个运行成功后按名称和版本记住已读取的对象；没有新对象时，得到具有上次的列、没有行的表；若步骤此后被修改，则采用某个已读取对象的列。完全没有对象时，*empty* 给出这些列，否则给出“类型”中的列。\n\n" +
					"首次运行前，预览会读取前三个对象并说明总数，因此绘制流程时即可知道列；之后的对象可能带来更多列和其他类型。",
			},
			Family: "storage", Icon: "table-import", Keywords: []string{"s3", "bucket", "sftp", "csv", "json", "ndjson", "parquet", "excel", "glob", "partition", "hive", "folder", "incremental", "objects", "files", "minio"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.IO, Key: state,
		Examples: []node.Example{
			{
				Title: "All CSV files below a folder, and which one each row comes from",
				With:  map[string]any{"connection": "bucket", "match": "sales/**/*.csv", "source": "object"},
				Files: map[string]string{"bucket/sales/may.csv": "id,amount\n1,12\n", "bucket/sales/eu/june.csv": "id,amount,note\n2,3.25,new\n", "bucket/sales/_draft.csv": "x\n"},
				Want:  out(`[{"object": "sales/eu/june.csv", "id": 2, "amount": 3.25, "note": "new"}, {"object": "sales/may.csv", "id": 1, "amount": 12, "note": null}]`),
			},
			{
				Title: "A table in parts, whose folders become columns",
				With:  map[string]any{"connection": "bucket", "prefix": "days/"},
				Files: map[string]string{"bucket/days/day=2026-12-30/a.csv": "id\n1\n", "bucket/days/day=2026-12-31/b.ndjson": "{\"id\": 2}\n"},
				Want:  out(`[{"day": "2026-12-30", "id": 1}, {"day": "2026-12-31", "id": 2}]`),
			},
			{
				Title: "Nothing there, and that is fine",
				With:  map[string]any{"connection": "bucket", "prefix": "in/2031/", "none": "empty", "types": []any{map[string]any{"column": "id", "type": "BIGINT"}}},
				Want:  out(`[]`),
			},
			{Title: "Nothing there", With: map[string]any{"connection": "bucket", "prefix": "in/2031/"}, WantError: codeNone},
		},
	}, run)
	t.Marked = seen.Marked
	t = node.LookOf(t, look)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		of := node.Dataset{Kind: node.DatasetFile, Connection: c.Connection.Connection, Name: c.place(), Port: "table"}
		if c.Source != "" {
			of.Adds = []string{c.Source}
		}
		return []node.Dataset{of} // folders such as day=1 make columns of it, as they are its columns when a table is put in parts
	})
}

// codeNone is the code of a step that finds no object.
const codeNone = "objects_none"

// state tells apart which objects there are, in which versions.
func state(ctx context.Context, call *node.Call) (string, error) {
	var c Config
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	if c.New {
		return "", errors.New("what is new is known only when it is looked at")
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = c.list(ctx, conn, func(o connector.Object) error {
		_, err := fmt.Fprintf(sum, "%s\x00%d\x00%s\x00", o.Name, o.Size, o.Version)
		return err
	})
	if err := errors.Join(err, conn.Close()); err != nil {
		return "", err
	}
	return "objects " + hex.EncodeToString(sum.Sum(nil)), nil
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	memory, err := seen.Recall(ctx, call, c.New, c.Connection.Connection, "read", c.Prefix, c.Match)
	if err != nil {
		return nil, err
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	found, err := c.choose(ctx, call, conn, memory)
	if err == nil {
		err = memory.Settle(ctx, conn, int64(len(found.objects)))
	}
	if err != nil {
		return nil, objects.Placed(err, c.field())
	}
	t, err := c.table(ctx, call, conn, found, memory)
	if err != nil {
		return nil, err
	}
	if c.New {
		call.Log("info", fmt.Sprintf("%s of %s.", words.Number(len(found.objects), "is new or changed", "are new or changed"), words.Number(found.matched, "object", "objects")))
		memory.Note = c.noted(t.Meta.Columns)
		if err := memory.Propose(ctx, call); err != nil {
			return nil, err
		}
	}
	return tableOf(t), nil
}

func tableOf(t table.Table) value.Outputs {
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}
}

// table reads what was found.
func (c Config) table(ctx context.Context, call *node.Call, conn connector.Objects, found *found, memory *seen.Memory) (table.Table, error) {
	if len(found.objects) == 0 {
		return c.empty(ctx, call, conn, found, memory)
	}
	t, rejected, err := c.read(ctx, call, conn, found, memory)
	if err != nil {
		return table.Table{}, err
	}
	if err := c.typesFound(t.Meta.Columns); err != nil {
		return table.Table{}, err
	}
	if rejected > 0 {
		call.Detail("rejected_rows", rejected)
	}
	call.Detail("objects", found.names(mostShown))
	call.Log("info", fmt.Sprintf("%s read, %s: %s.", words.Number(len(found.objects), "object", "objects"), words.Bytes(found.bytes), words.Number(t.Meta.Rows, "row", "rows")))
	return t, nil
}

// read puts the tables of objects below each other.
func (c Config) read(ctx context.Context, call *node.Call, conn connector.Objects, found *found, memory *seen.Memory) (t table.Table, rejected int64, err error) {
	if c.Source != "" && found.folders.is(c.Source) {
		return t, 0, node.FieldError("column_twice", "with.source", "A folder makes a column %q already; call the one for the object's name something else", c.Source)
	}
	made, err := c.made(ctx, call, found.folders)
	if err != nil {
		return t, 0, err
	}
	s := &stack{c: c, call: call, folders: found.folders, made: made}
	err = c.fetch(ctx, call, conn, found, func(listed, o connector.Object, path string) error {
		if err := memory.KeepRead(listed, o); err != nil {
			return err
		}
		return s.add(ctx, o, path)
	})
	if err != nil {
		return t, 0, err
	}
	t, err = s.table(ctx)
	return t, s.rejected, err
}

// made gives the columns that folders make, with the types that are set for them as the engine spells them.
func (c Config) made(ctx context.Context, call *node.Call, f *folders) ([]table.Column, error) {
	columns := f.typed()
	set := map[string]string{}
	var names []string
	for _, t := range c.Types {
		if f.is(t.Column) {
			names, set[t.Column] = append(names, t.Column), t.Type
		}
	}
	if len(names) == 0 {
		return columns, nil
	}
	t, err := headed(ctx, call, names, set)
	if err != nil {
		return nil, err
	}
	for i, c := range columns {
		for _, checked := range t.Meta.Columns {
			if strings.EqualFold(checked.Name, c.Name) {
				columns[i].Type = checked.Type
			}
		}
	}
	return columns, nil
}

// mostShown is how many names are kept with a step.
const mostShown = 20

// typesFound makes sure that each column whose type is set is in one of the objects.
func (c Config) typesFound(columns []table.Column) error {
	for _, t := range c.Types {
		if slices.ContainsFunc(columns, func(have table.Column) bool { return strings.EqualFold(have.Name, t.Column) }) {
			continue
		}
		names := make([]string, len(columns))
		for i, have := range columns {
			names[i] = have.Name
		}
		return node.FieldError(connector.CodeColumn, "with.types", "None of the objects has a column %q", t.Column).WithHint("%s", near.Say(t.Column, names))
	}
	return nil
}

// Package list has the node that lists what lies in a storage.
package list

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/nodes/storage/internal/seen"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// Config says what to list.
type Config struct {
	objects.Connection
	Prefix string `json:"prefix,omitempty" title:"Names begin with" zh:"名称开头" example:"in/2026" doc:"Such as a folder with / at its end; left empty, all" doc_zh:"例如以 / 结尾的文件夹；留空为全部"`
	Match  string `json:"match,omitempty" title:"File name" zh:"文件名" example:"*.csv" doc:"A pattern of the last part of the name: * is any characters, ? is one" doc_zh:"名称最后一部分的模式：* 为任意字符，? 为一个字符"`
	New    bool   `json:"new,omitempty" title:"Only new or changed" zh:"仅新增或更改" doc:"Since the last run that succeeded" doc_zh:"自上次成功运行以来"`
	Limit  int64  `json:"limit,omitempty" title:"At most" zh:"最多" more:"true" minimum:"0" doc:"So many, the first by name; 0 is all" doc_zh:"按名称取前若干个；0 为全部"`
	node.Advances
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if _, err := path.Match(c.Match, "x"); err != nil {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: fmt.Sprintf("%q is no pattern, such as *.csv", c.Match), Place: errs.Place{Field: "with.match"}}}
	}
	return nil
}

// Type is the type storage.list.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "storage.list",
		Doc: node.Doc{
			Title:   node.Text{EN: "List objects", ZH: "列出对象"},
			Summary: node.Text{EN: "Lists files and objects of a storage as a table.", ZH: "将存储中的文件和对象列为表。"},
			Details: node.Text{
				EN: "The table has `name`, `size` in bytes, `modified` and `version`, which is another one when the content is another: an ETag of S3, or time and size of the others. Rows are in the order of names; folders are not listed for themselves. " +
					"With *Only new or changed*, what was there is remembered for this step once the whole run has succeeded, by name and version, so that nothing is missed whatever its time is, and a run that fails sees the same objects again. With *At most*, the others come in the next run. The memory belongs to the flow's and the node's name, the connection, the beginning and the pattern.",
				ZH: "表中有 `name`、`size`（字节）、`modified` 和 `version`；内容改变时 `version` 也会改变：S3 为 ETag，其他为时间和大小。行按名称排序；不单独列出文件夹。" +
					"选择“仅新增或更改”时，仅在整个运行成功后按名称和版本记住已有对象，因此无论时间如何都不会遗漏，失败的运行下次会看到相同的对象。设置“最多”时，其余对象在下次运行中给出。该记忆属于流程名、节点名、连接、名称开头和模式。",
			},
			Family: "storage", Icon: "folder-search", Keywords: []string{"s3", "bucket", "sftp", "ftp", "files", "objects", "directory", "incremental", "minio"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Objects", ZH: "对象"}}},
		Effect:  node.Pure, Pool: node.IO, Key: state, Marked: seen.Marked,
		Examples: []node.Example{
			{
				Title: "The CSV files in a folder", With: map[string]any{"connection": "bucket", "prefix": "in/", "match": "*.csv"},
				Want: out(`[{"name": "in/2026/old.csv", "size": 12, "modified": "2026-11-24T08:00:00Z", "version": "1795507200000000000-12"},
					{"name": "in/orders.csv", "size": 24, "modified": "2026-11-24T08:00:00Z", "version": "1795507200000000000-24"}]`),
			},
			{Title: "Only what is new", With: map[string]any{"connection": "bucket", "prefix": "in/2031", "new": true}, Want: out(`[]`)},
		},
	}, run)
}

// state keeps the outcome from being taken over from an earlier run: nobody tells when something is put into a storage.
func state(context.Context, *node.Call) (string, error) {
	return "", errors.New("what is there is known only when it is looked at")
}

const timeText = "2006-01-02 15:04:05.999999+00"

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	memory, err := seen.Recall(ctx, call, c.New, c.Connection.Connection, "objects", c.Prefix, c.Match)
	if err != nil {
		return nil, err
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	var found, given int64
	out, err := objects.Rows(ctx, call, objects.Columns(), func(ctx context.Context, w *rowtext.Writer) error {
		return conn.List(ctx, c.Prefix, func(o connector.Object) error {
			if fits, _ := path.Match(c.Match, path.Base(o.Name)); c.Match != "" && !fits {
				return nil
			}
			if found++; found%1000 == 0 {
				call.Progress(found, 0, "objects")
			}
			if memory.Known(o) {
				return memory.Keep(o)
			}
			if c.Limit > 0 && given == c.Limit { // one for the next run
				return nil
			}
			given++
			return errors.Join(memory.Keep(o), write(w, o))
		})
	})
	if err == nil {
		err = memory.Settle(ctx, conn, given)
	}
	if err != nil {
		return nil, objects.Placed(err, "with.prefix")
	}
	if c.New {
		call.Log("info", fmt.Sprintf("%s of %s.", words.Number(given, "is new or changed", "are new or changed"), words.Number(found, "object", "objects")))
		if err := memory.Propose(ctx, call); err != nil {
			return nil, err
		}
	}
	return value.Outputs{"table": out}, nil
}

func write(w *rowtext.Writer, o connector.Object) error {
	w.Text([]byte(o.Name))
	w.Int(o.Size)
	w.Bare([]byte(o.Modified.UTC().Format(timeText)))
	if o.Version == "" {
		w.Null()
	} else {
		w.Text([]byte(o.Version))
	}
	return w.End()
}

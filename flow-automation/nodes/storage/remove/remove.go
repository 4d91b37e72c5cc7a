// Package remove has the node that deletes objects.
package remove

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Config says what to delete.
type Config struct {
	objects.Named
}

// Deleted is what was done.
type Deleted struct {
	Names   int `json:"names"`
	Changed int `json:"changed,omitempty"` // since they were listed, and so left alone
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	return objects.CheckName("with.name", c.Name)
}

// Type is the type storage.delete.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"deleted": json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "storage.delete",
		Doc: node.Doc{
			Title:   node.Text{EN: "Delete objects", ZH: "删除对象"},
			Summary: node.Text{EN: "Deletes files and objects of a storage.", ZH: "删除存储中的文件和对象。"},
			Details: node.Text{
				EN: "One that is not there is as good as deleted. One that has changed since *List objects* has listed it is left, for nobody has read what is there now; the log warns of it, and `changed` counts it. With the list of a storage of another kind the step fails. Only whole names are taken, never a folder or a pattern: list what is to go first, and look at it.",
				ZH: "不存在的对象视为已删除。若对象在“列出对象”之后已更改，则保留不删，因为其当前内容尚未被读取；日志会警告，并计入 `changed`。若列表来自另一种存储，该步骤失败。只接受完整的名称，不接受文件夹或模式：请先列出要删除的对象并加以确认。",
			},
			Family: "storage", Icon: "folder-x", Keywords: []string{"s3", "bucket", "sftp", "ftp", "remove", "objects", "files", "clean"},
		},
		Inputs:  []node.Port{objects.TablePort()},
		Outputs: []node.Port{{Name: "deleted", Kind: value.JSON, Title: node.Text{EN: "What was deleted", ZH: "删除结果"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "What a list has named", With: map[string]any{"connection": "bucket"},
				Files:  map[string]string{"bucket/tmp/a.csv": "x\n1\n"},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"name": "tmp/a.csv"}, {"name": "tmp/gone.csv"}]`)},
				Want:   out(`{"names": 2}`),
			},
			{Title: "One", With: map[string]any{"connection": "bucket", "name": "tmp/x.csv"}, Files: map[string]string{"bucket/tmp/x.csv": "x\n"}, Want: out(`{"names": 1}`)},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	list, field, err := objects.Listed(ctx, call, c.Name, c.Column)
	if err != nil {
		return nil, err
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	changed, err := objects.EachUnchanged(ctx, call, conn, list, field, func(_ int, name string) error {
		return conn.Delete(ctx, name)
	})
	if err != nil {
		return nil, err
	}
	done := Deleted{Names: len(list) - changed, Changed: changed}
	call.Log("info", fmt.Sprintf("%s deleted.", words.Number(done.Names, "object", "objects")))
	data, err := json.Marshal(done)
	return value.Outputs{"deleted": {Kind: value.JSON, Data: data}}, err
}

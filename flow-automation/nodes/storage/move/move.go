// Package move has the node that gives objects other names.
package move

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/objects"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Config says what to move, and where to.
type Config struct {
	objects.Named
	To string `json:"to" required:"true" title:"To" zh:"移动到" example:"done/" doc:"The new name; with / at its end a folder, in which the objects keep the last part of theirs" doc_zh:"新名称；以 / 结尾表示文件夹，对象在其中保留原名的最后一部分"`
}

// Moved is what was done.
type Moved struct {
	Moved   int `json:"moved"`
	Already int `json:"already"`           // an earlier attempt had moved them
	Changed int `json:"changed,omitempty"` // since they were listed, and so left where they are
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	to := c.To
	if folder, is := strings.CutSuffix(to, "/"); is {
		to = path.Join(folder, "x") // as what is moved there is called
	}
	return append(objects.CheckName("with.name", c.Name), objects.CheckName("with.to", to)...)
}

// Type is the type storage.move.
func Type() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"moved": json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "storage.move",
		Doc: node.Doc{
			Title:   node.Text{EN: "Move objects", ZH: "移动对象"},
			Summary: node.Text{EN: "Moves files and objects within a storage.", ZH: "在存储内移动文件和对象。"},
			Details: node.Text{
				EN: "What has the new name is replaced. One that has changed since *List objects* has listed it stays where it is, for nobody has read what is there now; the log warns of it, and `changed` counts it. With the list of a storage of another kind the step fails. On SFTP and in the files folder a move is one step; S3 copies on the server, and removes the old object when the copy is there. An object that is gone while the new one is there has been moved by an earlier attempt, and counts as `already`.",
				ZH: "同名对象会被替换。若对象在“列出对象”之后已更改，则留在原处，因为其当前内容尚未被读取；日志会警告，并计入 `changed`。若列表来自另一种存储，该步骤失败。SFTP 和文件目录中移动一步完成；S3 在服务器端复制，复制完成后删除旧对象。旧对象不在而新对象已在时，视为之前的尝试已移动，计入 `already`。",
			},
			Family: "storage", Icon: "folder-share", Keywords: []string{"s3", "bucket", "sftp", "ftp", "rename", "archive", "objects", "files"},
		},
		Inputs:  []node.Port{objects.TablePort()},
		Outputs: []node.Port{{Name: "moved", Kind: value.JSON, Title: node.Text{EN: "What was moved", ZH: "移动结果"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "What is done with into another folder", With: map[string]any{"connection": "bucket", "to": "done/"},
				Files:  map[string]string{"bucket/taken/a.csv": "x\n1\n", "bucket/taken/b.csv": "x\n2\n"},
				Inputs: map[string]json.RawMessage{"table": json.RawMessage(`[{"name": "taken/a.csv"}, {"name": "taken/b.csv"}]`)},
				Want:   out(`{"moved": 2, "already": 0}`),
			},
			{
				Title: "Another name", With: map[string]any{"connection": "bucket", "name": "taken/c.csv", "to": "taken/orders.csv"},
				Files: map[string]string{"bucket/taken/c.csv": "x\n1\n"}, Want: out(`{"moved": 1, "already": 0}`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	list, field, err := objects.Listed(ctx, call, c.Name, c.Column)
	if err != nil {
		return nil, err
	}
	targets, err := c.targets(list)
	if err != nil {
		return nil, err
	}
	conn, err := c.Open(ctx, call)
	if err != nil {
		return nil, err
	}
	var done Moved
	done.Changed, err = objects.EachUnchanged(ctx, call, conn, list, field, func(i int, name string) error {
		already, err := one(ctx, conn, name, targets[i])
		switch {
		case err != nil:
			return err
		case already:
			done.Already++
		default:
			done.Moved++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	call.Log("info", fmt.Sprintf("%s moved.", words.Number(done.Moved, "object", "objects")))
	data, err := json.Marshal(done)
	return value.Outputs{"moved": {Kind: value.JSON, Data: data}}, err
}

// targets gives the new names. Two objects cannot have the same one.
func (c Config) targets(list []connector.Object) ([]string, error) {
	folder, is := strings.CutSuffix(c.To, "/")
	if !is && len(list) > 1 {
		return nil, node.FieldError(node.CodeConfigInvalid, "with.to", "%d objects cannot have one name; write / at its end to make it a folder", len(list))
	}
	targets := make([]string, len(list))
	from := map[string]string{}
	for i, o := range list {
		name, target := o.Name, c.To
		if is {
			target = path.Join(folder, path.Base(name))
		}
		clean, err := connector.CleanName(target)
		if err != nil {
			return nil, node.At("with.to", err)
		}
		if is && strings.HasSuffix(name, "/") { // another object than the one without
			clean += "/"
		}
		if other, twice := from[clean]; twice {
			return nil, node.FieldError("name_twice", "with.to", "%s and %s would both become %s", other, name, clean).WithHint("Move the objects of each folder by themselves.")
		}
		targets[i], from[clean] = clean, name
	}
	return targets, nil
}

// one moves an object, unless an earlier attempt has.
func one(ctx context.Context, conn connector.Objects, from, to string) (already bool, err error) {
	err = conn.Move(ctx, from, to)
	if e := errs.From(err); e == nil || e.Code != connector.CodeObject {
		return false, err
	}
	if _, there := conn.Stat(ctx, to); there != nil {
		return false, err
	}
	return true, nil
}

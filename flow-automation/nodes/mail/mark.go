package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Mark says what to do with mails that were read.
type Mark struct {
	Connection string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"inbox" example:"mailbox" doc:"The mailbox that they were read from" doc_zh:"读取这些邮件的邮箱连接"`
	Action     string `json:"action" title:"What to do" zh:"操作" enum:"seen,unseen,flag,unflag,move,delete" default:"seen" doc:"delete removes them for good" doc_zh:"delete 会永久删除"`
	To         string `json:"to,omitempty" title:"To folder" zh:"目标文件夹" example:"Archive" doc:"Of move: a folder that is there" doc_zh:"用于 move：已存在的文件夹"`
}

// Check finds what the schema cannot.
func (m Mark) Check() []errs.Detail {
	switch {
	case m.Action == "move" && m.To == "":
		return node.Refuse("with.to", "Name the folder to move them to")
	case m.Action != "move" && m.To != "":
		return node.Refuse("with.to", "Only move needs a folder")
	}
	return nil
}

func (m Mark) how() (how connector.MailMark) {
	yes, no := true, false
	switch m.Action {
	case "seen":
		how.Seen = &yes
	case "unseen":
		how.Seen = &no
	case "flag":
		how.Flagged = &yes
	case "unflag":
		how.Flagged = &no
	case "move":
		how.MoveTo = m.To
	case "delete":
		how.Delete = true
	}
	return how
}

func markType() node.Type {
	input := map[string]json.RawMessage{"mails": json.RawMessage(`[{"folder": "INBOX", "uid": 1, "uid_validity": 1}, {"folder": "INBOX", "uid": 99, "uid_validity": 1}]`)}
	return node.Define(node.Type{
		Name: "mail.mark",
		Doc: node.Doc{
			Title:   node.Text{EN: "Mark mail", ZH: "标记邮件"},
			Summary: node.Text{EN: "Marks mails as read, moves or deletes them.", ZH: "将邮件标记为已读、移动或删除。"},
			Details: node.Text{
				EN: "Takes rows of *Read mail* with their columns `folder`, `uid` and `uid_validity`; up to 10,000. Put it at the end of a flow, so that mails are marked once all else has succeeded. Mails that are not there any more are left out, so that a repetition changes nothing.",
				ZH: "接收“读取邮件”的行及其 `folder`、`uid` 和 `uid_validity` 列；最多 10,000 行。请放在流程末尾，以便其他步骤全部成功后再标记。已不存在的邮件会被忽略，因此重复执行不会产生变化。",
			},
			Family: "mail", Icon: "mail-check", Keywords: []string{"email", "e-mail", "imap", "seen", "read", "unread", "move", "archive", "delete", "flag"},
		},
		Inputs:  []node.Port{{Name: "mails", Kind: value.JSON, Title: node.Text{EN: "Mails", ZH: "邮件"}, Required: true}},
		Outputs: []node.Port{{Name: "marked", Kind: value.JSON, Title: node.Text{EN: "What was marked", ZH: "标记结果"}}},
		Effect:  node.Idempotent, Pool: node.IO,
		Examples: []node.Example{
			{Title: "Flag them", With: map[string]any{"connection": "mailbox", "action": "flag"}, Inputs: input, Want: map[string]json.RawMessage{"marked": json.RawMessage(`{"mails": 1}`)}},
			{Title: "Move to the archive", With: map[string]any{"connection": "mailbox", "action": "move", "to": "Bills/2024"}, Inputs: map[string]json.RawMessage{"mails": json.RawMessage(`[]`)}, Want: map[string]json.RawMessage{"marked": json.RawMessage(`{"mails": 0}`)}},
		},
	}, mark)
}

// from is where mails lie.
type from struct {
	folder   string
	validity uint32
}

func mark(ctx context.Context, call *node.Call, c Mark) (_ value.Outputs, err error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	groups, err := grouped(ctx, call)
	if err != nil {
		return nil, err
	}
	total := 0
	if len(groups) > 0 {
		conn, err := node.Connect[connector.Inbox](ctx, call, c.Connection)
		if err != nil {
			return nil, err
		}
		defer func() { _ = conn.Close() }() // the server has answered each command
		for _, at := range slices.SortedFunc(maps.Keys(groups), func(a, b from) int { return bytes.Compare([]byte(a.folder), []byte(b.folder)) }) {
			n, err := conn.Mark(ctx, at.folder, at.validity, groups[at], c.how())
			if err != nil {
				field := "in.mails"
				if c.Action == "move" && errors.Is(err, &errs.Error{Code: connector.CodeFolder}) {
					field = "with.to"
				}
				return nil, node.Placed(err, map[string]string{connector.CodeFolder: field})
			}
			total += n
		}
	}
	call.Log("info", words.Number(int64(total), "mail", "mails")+" marked.")
	return value.Outputs{"marked": {Kind: value.JSON, Data: json.RawMessage(fmt.Sprintf(`{"mails": %d}`, total))}}, nil
}

// grouped reads which mails there are in which folder.
func grouped(ctx context.Context, call *node.Call) (map[from][]uint32, error) {
	in := call.Inputs["mails"]
	if len(in) == 0 {
		return nil, node.InputMissing("mails")
	}
	raw, err := call.JSON(ctx, in[0])
	if err != nil {
		return nil, err
	}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	var list []struct {
		Folder   string `json:"folder"`
		UID      uint32 `json:"uid"`
		Validity uint32 `json:"uid_validity"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, node.FieldError("wrong_type", "in.mails", "Rows of Read mail are needed, with folder, uid and uid_validity: %v", err)
	}
	if len(list) > most {
		return nil, node.FieldError("too_many_mails", "in.mails", "%d mails came in; at most %d are marked in one step", len(list), most)
	}
	groups := map[from][]uint32{}
	for i, m := range list {
		if m.Folder == "" || m.UID == 0 || m.Validity == 0 {
			return nil, atRow(node.FieldError("wrong_type", "in.mails", "A row of Read mail has folder, uid and uid_validity, which are missing here"), i, len(list)+1)
		}
		at := from{m.Folder, m.Validity}
		groups[at] = append(groups[at], m.UID)
	}
	return groups, nil
}

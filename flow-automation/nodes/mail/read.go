package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// Read says which mails to read.
type Read struct {
	Connection  string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"inbox" example:"mailbox" doc:"The mailbox" doc_zh:"邮箱连接"`
	Folder      string `json:"folder,omitempty" title:"Folder" zh:"文件夹" default:"INBOX" example:"INBOX" doc:"In which the mails lie" doc_zh:"邮件所在的文件夹"`
	NewOnly     bool   `json:"new_only,omitempty" title:"Only new ones" zh:"仅新邮件" doc:"Those that came into the folder after the last run that succeeded" doc_zh:"仅读取上次成功运行之后进入文件夹的邮件"`
	Unseen      bool   `json:"unseen,omitempty" title:"Only unread ones" zh:"仅未读邮件" doc:"That nobody has opened yet" doc_zh:"尚未打开过的邮件"`
	Since       string `json:"since,omitempty" title:"Since" zh:"起始时间" example:"2024-12-31" doc:"A day, or a time such as 2024-12-31T08:30:00Z, from which on the mails came" doc_zh:"日期或时间（如 2024-12-31T08:30:00Z），读取此后到达的邮件"`
	From        string `json:"from,omitempty" title:"Sender" zh:"发件人" example:"@example.org" doc:"A part of the sender's name or address" doc_zh:"发件人姓名或地址的一部分"`
	Subject     string `json:"subject,omitempty" title:"Subject" zh:"主题" example:"bill" doc:"A part of the subject" doc_zh:"主题的一部分"`
	Limit       int    `json:"limit,omitempty" title:"At most" zh:"最多邮件数" more:"true" default:"1000" minimum:"1" maximum:"100000" doc:"The oldest ones; with Only new ones, the next run goes on from there" doc_zh:"优先读取最早的邮件；与“仅新邮件”合用时，下次运行从此处继续"`
	Attachments string `json:"attachments,omitempty" title:"Keep attachments in" zh:"附件保存到" example:"mails" doc:"A folder in the files folder. Left empty, attachments are listed and not kept" doc_zh:"文件夹中的目录；留空则只列出附件而不保存"`
	Largest     int64  `json:"largest,omitempty" title:"Largest mail" zh:"最大邮件" more:"true" default:"25" minimum:"1" maximum:"200" doc:"In MiB; of larger ones only the columns about them are read" doc_zh:"单位 MiB；更大的邮件只读取其基本信息"`
	node.Advances
}

// Check finds what the schema cannot.
func (r Read) Check() []errs.Detail {
	if _, err := when(r.Since); err != nil && !strings.Contains(r.Since, "{{") {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: err.Error(), Place: errs.Place{Field: "with.since"}}}
	}
	return nil
}

// when reads a day or a time; "" is any.
func when(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a day such as 2024-12-31 nor a time such as 2024-12-31T08:30:00Z", text)
}

// columns are those of the table, whatever the mails are.
var columns = []table.StreamColumn{
	column("folder", "VARCHAR", table.Plain), column("uid", "BIGINT", table.Plain), column("uid_validity", "BIGINT", table.Plain), column("message_id", "VARCHAR", table.Plain),
	column("received", "TIMESTAMP WITH TIME ZONE", table.Plain), column("sent", "TIMESTAMP WITH TIME ZONE", table.Plain),
	column("from_name", "VARCHAR", table.Plain), column("from", "VARCHAR", table.Plain), column("to", "VARCHAR", table.Plain), column("cc", "VARCHAR", table.Plain), column("reply_to", "VARCHAR", table.Plain),
	column("subject", "VARCHAR", table.Plain), column("text", "VARCHAR", table.Plain), column("html", "VARCHAR", table.Plain),
	column("seen", "BOOLEAN", table.Plain), column("size", "BIGINT", table.Plain), column("complete", "BOOLEAN", table.Plain), column("attachments", "JSON", table.JSON),
}

func column(name, typ string, coding table.Coding) table.StreamColumn {
	return table.StreamColumn{Column: table.Column{Name: name, Type: typ}, Coding: coding}
}

func readType() node.Type {
	t := node.Define(node.Type{
		Name: "mail.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read mail", ZH: "读取邮件"},
			Summary: node.Text{EN: "Reads the mails of a folder as a table, and keeps their attachments.", ZH: "将文件夹中的邮件读取为表，并可保存附件。"},
			Details: node.Text{
				EN: "The columns are `folder`, `uid` and `uid_validity`, which name the mail in its mailbox, `message_id`, `received`, `sent`, `from_name`, `from`, `to`, `cc`, `reply_to`, `subject`, `text`, `html`, `seen`, `size` in bytes, `complete` and `attachments`, a list with `name`, `media_type`, `size` and, where they are kept, `file`. `complete` is false for mails that are too large, whose content is empty, and for those that cannot be read as a whole, such as one that is cut off: their content is what could be read. " +
					"Reading changes nothing: mails stay unread. With *Only new ones* the folder is remembered up to the newest mail once the **whole run** has succeeded, so that a run that fails reads the same mails again. To mark mails as read or to move them when all has gone well, put *Mark mail* at the end of the flow. " +
					"Texts are cut at 4 MiB, and bytes that are no characters of their charset replaced; `complete` is false then, too. What mails say, their senders and the names of their files are the word of whoever wrote them." +
					"\n\nThe columns are always these. Before the first run, a preview reads the first ten mails, also those that were read before, without their attachments; they stay unread.",
				ZH: "列包括：在邮箱中标识邮件的 `folder`、`uid` 和 `uid_validity`，以及 `message_id`、`received`、`sent`、`from_name`、`from`、`to`、`cc`、`reply_to`、`subject`、`text`、`html`、`seen`、`size`（字节）、`complete` 和 `attachments`（列表，含 `name`、`media_type`、`size`，保存时还有 `file`）。过大的邮件其 `complete` 为 false，内容为空；无法完整读取（如被截断）的邮件其 `complete` 也为 false，内容为可读取的部分。" +
					"读取不会改变任何内容：邮件保持未读。设置“仅新邮件”后，仅当**整个运行**成功时才记住文件夹中最新的邮件，因此失败的运行下次会重新读取相同的邮件。若要在一切顺利后标记已读或移动邮件，请在流程末尾使用“标记邮件”。" +
					"文本在 4 MiB 处截断，不属于其字符集的字节会被替换；此时 `complete` 也为 false。邮件内容、发件人和附件名称均由发信人自行声明。" +
					"\n\n列固定不变。首次运行前，预览会读取最前面的十封邮件（包括以前读过的），不保存附件，邮件保持未读。",
			},
			Family: "mail", Icon: "mail-opened", Keywords: []string{"email", "e-mail", "imap", "inbox", "attachment", "unread", "import"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Idempotent, Pool: node.IO, Marked: marked,
		Examples: []node.Example{
			{
				Title: "The mails about a subject", With: map[string]any{"connection": "mailbox", "subject": "bill"},
				Want: map[string]json.RawMessage{"table": json.RawMessage(`[{"folder": "INBOX", "uid": 1, "uid_validity": 1, "message_id": "m1@example.org", "received": "2024-01-10T12:00:00Z", "sent": "2024-01-10T11:59:00Z",
					"from_name": "Ada", "from": "ada@example.org", "to": "robot@example.org", "cc": "", "reply_to": "", "subject": "Bill 7", "text": "12.50 €\n", "html": "", "seen": false, "size": 244, "complete": true, "attachments": []}]`)},
			},
			{
				Title: "Only new ones, with their attachments", With: map[string]any{"connection": "mailbox", "folder": "Archive", "new_only": true, "attachments": "mails"},
				Want: map[string]json.RawMessage{"table": json.RawMessage(`[{"folder": "Archive", "uid": 1, "uid_validity": 2, "message_id": "m2@example.org", "received": "2024-01-11T12:00:00Z", "sent": "2024-01-11T11:59:00Z",
					"from_name": "", "from": "bob@example.org", "to": "robot@example.org", "cc": "", "reply_to": "", "subject": "Numbers", "text": "", "html": "", "seen": false, "size": 243, "complete": true,
					"attachments": [{"name": "numbers.csv", "media_type": "text/csv", "size": 10, "file": "mails/Archive-f51397e12a7f-2-1/numbers.csv"}]}]`)},
			},
		},
	}, read)
	t.Key = state
	t = node.LookOf(node.FixedOf(t, func(Read) []table.Column { return fixed() }), look)
	return node.DatasetsOf(t, func(c Read) []node.Dataset {
		all := []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Name: c.Folder, Port: "table"}}
		if c.Attachments != "" {
			all = append(all, node.Dataset{Kind: node.DatasetFile, Name: strings.TrimSuffix(c.Attachments, "/") + "/", Writes: true})
		}
		return all
	})
}

// state keeps what is new from being taken over from an earlier run: its mark would then belong to that one.
func state(_ context.Context, call *node.Call) (string, error) {
	var c struct {
		NewOnly bool `json:"new_only"`
	}
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	if c.NewOnly {
		return "", errors.New("what is new is known only when it is read")
	}
	return "", nil
}

func read(ctx context.Context, call *node.Call, c Read) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	req, err := c.request()
	if err != nil {
		return nil, err
	}
	subject, err := c.after(ctx, call, &req)
	if err != nil {
		return nil, err
	}
	conn, err := node.Connect[connector.Inbox](ctx, call, c.Connection)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it has only read
	var place connector.MailPlace
	t, err := call.Env.Tables.Take(ctx, call.Tenant, columns, c.feed(call, conn, req, &place), func(rows, total int64, _ float64) { call.Progress(rows, total, "mails") })
	if err != nil {
		return nil, node.Placed(err, folderField)
	}
	call.Log("info", words.Number(t.Meta.Rows, "mail", "mails")+" read from "+c.Folder+".")
	if c.NewOnly {
		if req.After.Validity != 0 && req.After.Validity != place.Validity {
			call.Log("warn", "The folder was made anew since the last run, so that all of its mails were read.")
		}
		mark := fmt.Sprintf("%d:%d", place.Validity, place.UID)
		call.Detail("mark", map[string]any{"column": "uid", "to": mark})
		if place.UID > 0 {
			if err := call.Propose(ctx, subject, mark); err != nil {
				return nil, err
			}
		}
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

// request is what is asked for, from the beginning on.
func (r Read) request() (connector.MailRequest, error) {
	since, err := when(r.Since)
	if err != nil {
		return connector.MailRequest{}, node.FieldError(node.CodeConfigInvalid, "with.since", "%v", err)
	}
	return connector.MailRequest{Folder: r.Folder, Unseen: r.Unseen, Since: since, From: r.From, Subject: r.Subject, Limit: r.Limit, Largest: r.Largest << 20}, nil
}

// feed writes the mails that are asked for as rows, and says how far the folder goes.
func (r Read) feed(call *node.Call, conn connector.Inbox, req connector.MailRequest, place *connector.MailPlace) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) (err error) {
		names := make([]string, len(columns))
		for i, col := range columns {
			names[i] = col.Name
		}
		rows := &rows{call: call, c: r, out: rowtext.NewWriter(w, names)}
		if *place, err = conn.Mails(ctx, req, func(m connector.ReceivedMail) error { return rows.add(ctx, m) }); err != nil {
			return err
		}
		return rows.out.Close()
	}
}

// after asks how far the step has come, and gives what the mark is of.
func (r Read) after(ctx context.Context, call *node.Call, req *connector.MailRequest) (subject string, err error) {
	if !r.NewOnly {
		return "", nil
	}
	leads, err := call.Led(ctx, r.Connection)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal([]any{r.Connection, leads, r.Folder, r.From, r.Subject, r.Unseen})
	if err != nil {
		return "", err
	}
	formerly, err := json.Marshal([]any{r.Connection, r.Folder, r.From, r.Subject, r.Unseen}) // it did not say where the connection leads to
	if err != nil {
		return "", err
	}
	mark, err := call.Mark(ctx, string(raw), string(formerly))
	if err == nil && mark != nil {
		if _, scanned := fmt.Sscanf(*mark, "%d:%d", &req.After.Validity, &req.After.UID); scanned != nil {
			return "", errs.Internal(fmt.Errorf("the mark %q of a folder: %w", *mark, scanned))
		}
	}
	return string(raw), err
}

// list writes addresses down with their names.
func list(all []mail.Address) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.Address
		if a.Name != "" {
			texts[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(texts, ", ")
}

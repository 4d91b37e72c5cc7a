package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Send says what to send to whom. Its texts are worked out for each mail.
type Send struct {
	Connection  string   `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"outbox" example:"outbox" doc:"The server that sends" doc_zh:"发信服务器连接"`
	To          string   `json:"to" required:"true" title:"To" zh:"收件人" widget:"item" example:"{{ item.name }} <{{ item.mail }}>" doc:"Addresses, with commas between them" doc_zh:"收件地址，多个地址以逗号分隔"`
	Cc          string   `json:"cc,omitempty" title:"Copy to" zh:"抄送" widget:"item" doc:"Addresses, with commas between them" doc_zh:"抄送地址，以逗号分隔"`
	Bcc         string   `json:"bcc,omitempty" title:"Hidden copy to" zh:"密送" more:"true" widget:"item" doc:"Addresses that the others do not see" doc_zh:"其他收件人看不到的地址"`
	Subject     string   `json:"subject" required:"true" title:"Subject" zh:"主题" widget:"item" example:"Report of {{ params.day }}"`
	Text        string   `json:"text,omitempty" title:"Text" zh:"正文" widget:"item" example:"Dear {{ item.name }}, …" doc:"As plain text" doc_zh:"纯文本正文"`
	HTML        string   `json:"html,omitempty" title:"HTML" zh:"HTML 正文" widget:"item" example:"<p>Dear {{ item.name }}, …</p>" doc:"In place of the text or beside it. What expressions write into it is escaped and brings in no markup" doc_zh:"代替纯文本或与其并存。表达式写入的内容会被转义，不会带入标记"`
	Attachments []string `json:"attachments,omitempty" title:"Attachments" zh:"附件" widget:"item" doc:"Names in the files folder" doc_zh:"文件夹中的文件名"`
	From        string   `json:"from,omitempty" title:"Sender" zh:"发件人" more:"true" example:"Shop <shop@example.org>" doc:"Left empty, that of the connection" doc_zh:"留空则为连接中的发件人"`
	ReplyTo     string   `json:"reply_to,omitempty" title:"Answers to" zh:"回复地址" more:"true" widget:"item" doc:"An address, where it is another one than the sender" doc_zh:"与发件人不同时的回复地址"`
	Refused     string   `json:"refused" title:"Refused addresses" zh:"被拒收的地址" more:"true" enum:"fail,skip" default:"fail" doc:"fail: the step fails at the first mail whose recipient the server refuses. skip: such mails are left out and listed in the result" doc_zh:"fail：服务器拒收某收件人时步骤失败；skip：跳过这些邮件并在结果中列出"`
}

// Check finds what the schema cannot.
func (s Send) Check() []errs.Detail {
	found := s.problems()
	if s.From != "" && !strings.Contains(s.From, "{{") {
		if _, err := mail.ParseAddress(s.From); err != nil {
			found = append(found, noSender(s.From).Details...)
		}
	}
	for _, list := range []struct{ field, text string }{{"to", s.To}, {"cc", s.Cc}, {"bcc", s.Bcc}, {"reply_to", s.ReplyTo}} {
		if strings.TrimSpace(list.text) == "" || strings.Contains(list.text, "{{") {
			continue
		}
		if _, err := addressesIn(list.field, list.text); err != nil {
			found = append(found, errs.From(err).Details...)
		}
	}
	return found
}

// problems are in what is set together.
func (s Send) problems() []errs.Detail {
	if s.Text == "" && s.HTML == "" {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "Write a text, or HTML, or both", Place: errs.Place{Field: "with.text"}}}
	}
	return nil
}

func sendType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"sent": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "mail.send",
		Doc: node.Doc{
			Title:   node.Text{EN: "Send mail", ZH: "发送邮件"},
			Summary: node.Text{EN: "Sends a mail, or one for each row of a table.", ZH: "发送一封邮件，或为表的每一行各发送一封。"},
			Details: node.Text{
				EN: "Where a table or a list comes in at *One for each*, a mail is sent for each of its rows, which expressions see as `item`; up to 10,000. Files that come in at *Files* go with every mail. " +
					"All mails are made and checked before the first one is sent. A mail goes to all of its recipients or to none. When the step fails in the midst of it, it says how many had been sent; they are sent again when the step is repeated, with the same Message-ID, by which most programs show a mail once. After a crash the step is not repeated but fails as interrupted.",
				ZH: "如果“逐项发送”输入表或列表，则为每一行发送一封邮件，表达式中以 `item` 表示该行；最多 10,000 封。“文件”输入的文件会附在每封邮件中。" +
					"所有邮件在发送第一封之前都会先生成并检查。一封邮件要么发给全部收件人，要么不发给任何人。步骤中途失败时会说明已发送多少封；重复执行时会以相同的 Message-ID 再次发送，多数邮件程序只显示一次。崩溃后该步骤不会重复执行，而是以中断失败。",
			},
			Family: "mail", Icon: "mail-forward", Keywords: []string{"email", "e-mail", "smtp", "notify", "letter", "message", "report", "attachment"},
		},
		Inputs: []node.Port{
			{Name: "each", Kind: value.JSON, Title: node.Text{EN: "One for each", ZH: "逐项发送"}},
			{Name: "files", Kind: value.File, Title: node.Text{EN: "Files", ZH: "文件"}, Many: true},
		},
		Outputs: []node.Port{{Name: "sent", Kind: value.JSON, Title: node.Text{EN: "What was sent", ZH: "发送结果"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "One mail", With: map[string]any{"connection": "outbox", "to": "ada@example.org", "subject": "Done", "text": "All rows are there."},
				Want: out(`{"mails": 1, "recipients": 1, "refused": []}`),
			},
			{
				Title:  "A mail for each row",
				With:   map[string]any{"connection": "outbox", "to": "{{ item.name }} <{{ item.mail }}>", "cc": "boss@example.org", "subject": "Your bill, {{ item.name }}", "html": "<p>{{ item.total }} €</p>", "text": "{{ item.total }} €", "attachments": []any{"terms.txt"}},
				Files:  map[string]string{"terms.txt": "Pay."},
				Inputs: map[string]json.RawMessage{"each": json.RawMessage(`[{"name": "Ada", "mail": "ada@example.org", "total": 12.5}, {"name": "Zoë", "mail": "zoe@example.org", "total": 3}]`)},
				Want:   out(`{"mails": 2, "recipients": 4, "refused": []}`),
			},
			{
				Title:  "Leave out who cannot be reached",
				With:   map[string]any{"connection": "outbox", "to": "{{ item }}", "subject": "Hello", "text": "…", "refused": "skip"},
				Inputs: map[string]json.RawMessage{"each": json.RawMessage(`["ada@example.org", "nobody@nowhere.example"]`)},
				Want:   out(`{"mails": 1, "recipients": 1, "refused": [{"row": 2, "to": "nobody@nowhere.example", "message": "The server takes no mail for nobody@nowhere.example: 5.1.0 Requested action not taken: mailbox unavailable."}]}`),
			},
		},
	}, send)
	return node.DatasetsOf(t, func(c Send) []node.Dataset {
		// To whom they go is nothing for a catalogue to know.
		mails := node.Dataset{Kind: node.DatasetTable, Connection: c.Connection, Name: "mails", Writes: true, Made: true, Port: "each"}
		files := mails
		files.Port = "files"
		all := []node.Dataset{mails, files}
		for _, name := range c.Attachments {
			if !strings.Contains(name, "{{") { // what an expression gives is known mail by mail
				all = append(all, node.Dataset{Kind: node.DatasetFile, Name: name})
			}
		}
		return all
	})
}

// Sent is what became of the mails.
type Sent struct {
	Mails      int       `json:"mails"`
	Recipients int       `json:"recipients"`
	Refused    []Refusal `json:"refused"`
}

// Refusal is a mail that the server did not take.
type Refusal struct {
	Row     int    `json:"row"` // from 1
	To      string `json:"to"`
	Message string `json:"message"`
}

func send(ctx context.Context, call *node.Call, c Send) (value.Outputs, error) {
	if problems := c.problems(); len(problems) > 0 {
		return nil, node.Invalid(problems)
	}
	items, err := itemsOf(ctx, call)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(ctx, call, c)
	if err != nil {
		return nil, err
	}
	for i, item := range items { // nothing is sent before all of it can be
		if _, err := w.mail(ctx, item, i); err != nil {
			return nil, atRow(err, i, len(items))
		}
	}
	out := Sent{Refused: []Refusal{}}
	if len(items) > 0 {
		if err := w.sendAll(ctx, items, &out); err != nil {
			return nil, err
		}
	}
	text := words.Number(int64(out.Mails), "mail", "mails") + " sent."
	if n := int64(len(out.Refused)); n > 0 {
		call.Log("warn", words.Number(n, "mail", "mails")+" refused by the server: left out.")
	}
	call.Log("info", text)
	data, err := json.Marshal(out)
	return value.Outputs{"sent": {Kind: value.JSON, Data: data}}, err
}

// sendAll hands the mails over one by one.
func (w *writer) sendAll(ctx context.Context, items []any, out *Sent) (err error) {
	conn, err := node.Connect[connector.Outbox](ctx, w.call, w.c.Connection)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for i, item := range items {
		w.call.Progress(int64(i), int64(len(items)), "mails")
		m, err := w.mail(ctx, item, i)
		if err != nil {
			return after(atRow(err, i, len(items)), out.Mails)
		}
		err = conn.Send(ctx, m)
		var e *errs.Error
		if errors.As(err, &e) && e.Code == connector.CodeRecipient && w.c.Refused == "skip" {
			out.Refused = append(out.Refused, Refusal{Row: i + 1, To: addresses(m), Message: e.Message})
			continue
		}
		if err != nil {
			return after(atRow(node.Placed(err, map[string]string{connector.CodeRecipient: "with.to", connector.CodeMail: "with.from"}), i, len(items)), out.Mails)
		}
		out.Mails++
		out.Recipients += len(m.To) + len(m.Cc) + len(m.Bcc)
	}
	w.call.Progress(int64(len(items)), int64(len(items)), "mails")
	return nil
}

// after adds to an error how many mails have gone out before.
func after(err error, sent int) error {
	var e *errs.Error
	if sent == 0 || !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Hint = fmt.Sprintf("%s had been sent before. %s", words.Number(int64(sent), "mail", "mails"), e.Hint)
	return &out
}

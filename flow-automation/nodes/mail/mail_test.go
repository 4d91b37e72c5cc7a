package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/connector/smtp"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/testkit/mailserver"
)

// servers are the connections out and in, to servers of a test that looks into them.
type servers struct {
	out *mailserver.Outgoing
	in  *mailserver.Mailbox
}

func (s servers) Open(ctx context.Context, tenant, name string) (connector.Conn, error) {
	world := connector.World{Tenant: tenant, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	if name == "out" {
		typ := smtp.Type()
		return typ.Open(ctx, world, json.RawMessage(fmt.Sprintf(`{"host": %q, "port": %d, "from": "robot@example.org", "tls": "off"}`, s.out.Host, s.out.Port)))
	}
	typ := imap.Type()
	return typ.Open(ctx, world, json.RawMessage(fmt.Sprintf(`{"host": %q, "port": %d, "user": %q, "password": %q, "tls": "off"}`, s.in.Host, s.in.Port, mailserver.User, mailserver.Password)))
}

func (s servers) Way(_ context.Context, _, name string) (node.Way, error) {
	return node.Way{Leads: name, Revision: "1"}, nil
}

// perItem evaluates fields as the executor does.
func perItem(t *testing.T, with map[string]any) func(context.Context, string, func(string) string) (node.ItemEval, error) {
	return func(_ context.Context, field string, escape func(string) string) (node.ItemEval, error) {
		v, there := with[field]
		if !there {
			return nil, nil
		}
		tree, problems := expr.CompileTree(map[string]any{field: v}, func(string) expr.Mode { return expr.Text })
		require.Empty(t, problems)
		return func(ctx context.Context, item any, index int) (json.RawMessage, error) {
			raw, err := tree.Eval(ctx, &expr.Scope{Item: item, Index: index, Escape: escape})
			if err != nil {
				return nil, err
			}
			var out map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(raw, &out))
			return out[field], nil
		}, nil
	}
}

func sending(t *testing.T, b *exampletest.Bench, s servers, with map[string]any, each string, files ...value.Value) (Sent, *errs.Error) {
	t.Helper()
	in := map[string][]value.Value{"files": files}
	if each != "" {
		in["each"] = []value.Value{{Kind: value.JSON, Data: json.RawMessage(each)}}
	}
	call := b.Call(with, in)
	call.Env.Connections, call.PerItem, call.Now = s, perItem(t, with), time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	out, err := sendType().Run(t.Context(), call)
	if err != nil {
		e := errs.From(err)
		require.NotEqual(t, "internal", e.Code, err)
		return Sent{}, e
	}
	var sent Sent
	require.NoError(t, json.Unmarshal(out["sent"].Data, &sent))
	return sent, nil
}

func TestSend(t *testing.T) {
	b := exampletest.New(t)
	s := servers{out: mailserver.StartOutgoing(t, mailserver.Nobody)}
	_, err := b.Files.Put(t.Context(), exampletest.Tenant, "bills/1.txt", strings.NewReader("12.50"))
	require.NoError(t, err)
	ref, err := b.Store.Put(t.Context(), exampletest.Tenant, strings.NewReader("a,b\n"), "text/csv")
	require.NoError(t, err)
	report := value.Value{Kind: value.File, Artifact: &ref, File: &value.FileMeta{Name: "out/report.csv", MediaType: "text/csv"}}
	with := map[string]any{
		"connection": "out", "to": "{{ item.name }} <{{ item.mail }}>", "bcc": "{{ item.boss ?? '' }}", "subject": "Bill {{ index + 1 }}", "text": "{{ item.total }}", "html": "<b>{{ item.name }}</b>",
		"attachments": []any{"bills/{{ item.id }}.txt"}, "reply_to": "office@example.org", "from": "Shop <shop@example.org>",
	}
	rows := `[{"id": 1, "name": "R&D", "mail": "rd@example.org", "total": 1.5, "boss": "boss@example.org"}, {"id": 1, "name": "Bob", "mail": "bob@example.org", "total": null}]`
	sent, e := sending(t, b, s, with, rows, report)
	require.Nil(t, e)
	require.Equal(t, Sent{Mails: 2, Recipients: 3, Refused: []Refusal{}}, sent)
	mails := s.out.Mails()
	require.Len(t, mails, 2)
	require.Equal(t, "Bill 1", mails[0].Header.Get("Subject"))
	require.Equal(t, `"Shop" <shop@example.org>`, mails[0].Header.Get("From"))
	require.Equal(t, `<office@example.org>`, mails[0].Header.Get("Reply-To"))
	require.Equal(t, "Tue, 02 Jan 2024 03:04:05 +0000", mails[0].Header.Get("Date"))
	body, err := io.ReadAll(mails[0].Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "<b>R&amp;D</b>", "a value brings in no markup")
	for _, part := range []string{"report.csv", "1.txt", "MTIuNTA="} {
		require.Contains(t, string(body), part)
	}
	sent, e = sending(t, b, s, map[string]any{"connection": "out", "to": "a@example.org", "subject": "x", "text": "y"}, "[]")
	require.Nil(t, e)
	require.Zero(t, sent.Mails)
	require.Len(t, s.out.Mails(), 2)

	for _, c := range []struct {
		change      map[string]any
		each        string
		code, field string
		row         int64
	}{
		{map[string]any{"to": "Ada"}, "", connector.CodeRecipient, "with.to", 0},
		{map[string]any{"to": ""}, "", "config_invalid", "with.to", 0},
		{map[string]any{"to": "{{ item }}"}, `["a@example.org", ""]`, connector.CodeRecipient, "with.to", 2},
		{map[string]any{"to": "{{ item }}"}, `["a@example.org\r\nBcc: x@example.org", "b@example.org"]`, connector.CodeRecipient, "with.to", 1},
		{map[string]any{"cc": "nobody"}, "", connector.CodeRecipient, "with.cc", 0},
		{map[string]any{"reply_to": "a@example.org, b@example.org"}, "", connector.CodeMail, "with.reply_to", 0},
		{map[string]any{"from": "nobody"}, "", connector.CodeMail, "with.from", 0},
		{map[string]any{"attachments": []any{"bills/{{ item }}.txt"}}, `[1, 2]`, "file_not_found", "with.attachments", 2},
		{map[string]any{"attachments": []any{"../../etc/passwd"}}, "", "path_outside", "with.attachments", 0},
		{map[string]any{"text": ""}, "", "config_invalid", "with.text", 0},
		{map[string]any{"to": "zoe@nowhere.example"}, "", connector.CodeRecipient, "with.to", 0},
	} {
		with := map[string]any{"connection": "out", "to": "a@example.org", "subject": "x", "text": "y"}
		for k, v := range c.change {
			with[k] = v
		}
		_, e := sending(t, b, s, with, c.each)
		require.NotNil(t, e, c.change)
		require.Equal(t, c.code, e.Code, "%v: %v", c.change, e)
		require.Equal(t, c.field, e.Details[0].Field, "%v", c.change)
		require.Equal(t, c.row, e.Details[0].Row, "%v", c.change)
	}
	require.Len(t, s.out.Mails(), 2, "nothing is sent before all of it can be")

	with = map[string]any{"connection": "out", "to": "{{ item }}", "subject": "x", "text": "y"}
	_, e = sending(t, b, s, with, `["a@example.org", "b@nowhere.example", "c@example.org"]`)
	require.Equal(t, connector.CodeRecipient, e.Code)
	require.Contains(t, e.Hint, "1 mail had been sent before.")
	require.Equal(t, int64(2), e.Details[0].Row)
	require.Len(t, s.out.Mails(), 3)
	with["refused"] = "skip"
	sent, e = sending(t, b, s, with, `["a@example.org", "b@nowhere.example", "c@example.org"]`)
	require.Nil(t, e)
	require.Equal(t, 2, sent.Mails)
	require.Equal(t, 2, sent.Refused[0].Row)
}

func TestReadAndMark(t *testing.T) {
	b := exampletest.New(t)
	s := servers{in: mailserver.StartMailbox(t, false)}
	at := time.Date(2024, 1, 10, 12, 0, 0, 0, time.UTC)
	known := &exampletest.Marks{}
	read := func(with map[string]any) ([]any, *errs.Error) {
		t.Helper()
		with["connection"] = "in"
		call := b.Call(with, nil)
		call.Env.Connections, call.Env.Marks = s, known
		out, err := readType().Run(t.Context(), call)
		if err != nil {
			return nil, errs.From(err)
		}
		return b.Rows(*out["table"].Artifact).([]any), nil
	}
	subjects := func(with map[string]any) (list []string) {
		t.Helper()
		rows, e := read(with)
		require.Nil(t, e)
		for _, r := range rows {
			list = append(list, r.(map[string]any)["subject"].(string))
		}
		return list
	}
	for i := range 3 {
		s.in.Deliver("INBOX", at.AddDate(0, 0, i), fmt.Sprintf("From: a@example.org\nSubject: %d\x00\n\ntext \xff %d\n", i, i))
	}
	require.Equal(t, []string{"0", "1"}, trimmed(subjects(map[string]any{"new_only": true, "limit": 2})))
	require.Equal(t, []string{"2"}, trimmed(subjects(map[string]any{"new_only": true})))
	require.Empty(t, subjects(map[string]any{"new_only": true}))
	require.Equal(t, "1:3", known.Value)
	known.Subject = `["in","INBOX","","",false]`
	require.Empty(t, subjects(map[string]any{"new_only": true}), "an earlier version has read them")
	require.Len(t, subjects(map[string]any{"new_only": true, "subject": "1"}), 1, "another search begins anew")
	require.Equal(t, []string{"1", "2"}, trimmed(subjects(map[string]any{"since": "2024-01-11"})))

	s.in.Deliver("INBOX", at.AddDate(1, 0, 0), "From: eve@example.org\nSubject: files\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+
		"--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"../../../evil.sh\"\n\none\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"evil.sh\"\n\ntwo\n--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nthree\n--b--\n")
	rows, e := read(map[string]any{"from": "eve", "attachments": "in/mails"})
	require.Nil(t, e)
	require.Len(t, rows, 1)
	var kept []string
	for _, a := range rows[0].(map[string]any)["attachments"].([]any) {
		name := a.(map[string]any)["file"].(string)
		kept = append(kept, name)
		f, _, err := b.Files.Open(t.Context(), exampletest.Tenant, name)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	require.Equal(t, []string{"in/mails/INBOX-65cefe1aad03-1-4/evil.sh", "in/mails/INBOX-65cefe1aad03-1-4/2-evil.sh", "in/mails/INBOX-65cefe1aad03-1-4/3-attachment-3"}, kept)
	s.in.Deliver("Bills/2024", at, "From: zoe@example.org\nSubject: alike\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+
		"--b\nContent-Disposition: attachment; filename=2-a.csv\n\n1\n--b\nContent-Disposition: attachment; filename=A.csv\n\n22\n--b--\n")
	rows, e = read(map[string]any{"folder": "Bills/2024", "attachments": "in"})
	require.Nil(t, e)
	for _, a := range rows[0].(map[string]any)["attachments"].([]any) {
		a := a.(map[string]any)
		_, stat, err := b.Files.Open(t.Context(), exampletest.Tenant, a["file"].(string))
		require.NoError(t, err)
		require.EqualValues(t, a["size"], stat.Size, "%v: none is written over another", a)
	}
	s.in.Deliver("Bills/2024", at, "From: cut@example.org\nSubject: cut off\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n")
	rows, e = read(map[string]any{"folder": "Bills/2024", "from": "cut"})
	require.Nil(t, e)
	require.Equal(t, false, rows[0].(map[string]any)["complete"])
	require.Contains(t, rows[0].(map[string]any)["text"], "hello")
	_, e = read(map[string]any{"from": "eve", "attachments": "../out"})
	require.Equal(t, "path_outside", e.Code)
	require.Equal(t, "with.attachments", e.Details[0].Field)

	s.in.Deliver("INBOX", at.AddDate(1, 0, 0), "From: big@example.org\nSubject: big\n\n"+strings.Repeat("a long line of text\n", 100_000))
	rows, e = read(map[string]any{"from": "big", "largest": 1})
	require.Nil(t, e)
	require.Equal(t, false, rows[0].(map[string]any)["complete"])
	_, e = read(map[string]any{"folder": "Archiv"})
	require.Equal(t, connector.CodeFolder, e.Code)
	require.Equal(t, "with.folder", e.Details[0].Field)
	_, e = read(map[string]any{"since": "yesterday"})
	require.Equal(t, "with.since", e.Details[0].Field)

	mark := func(with map[string]any, mails string) (string, *errs.Error) {
		t.Helper()
		with["connection"] = "in"
		call := b.Call(with, map[string][]value.Value{"mails": {{Kind: value.JSON, Data: json.RawMessage(mails)}}})
		call.Env.Connections = s
		out, err := markType().Run(t.Context(), call)
		if err != nil {
			return "", errs.From(err)
		}
		return string(out["marked"].Data), nil
	}
	const two = `[{"folder": "INBOX", "uid": 1, "uid_validity": 1}, {"folder": "INBOX", "uid": 2, "uid_validity": 1}]`
	got, e := mark(map[string]any{}, two)
	require.Nil(t, e)
	require.JSONEq(t, `{"mails": 2}`, got)
	require.Len(t, subjects(map[string]any{"unseen": true}), 3)
	got, e = mark(map[string]any{"action": "move", "to": "Archive"}, two)
	require.Nil(t, e)
	require.JSONEq(t, `{"mails": 2}`, got)
	require.Len(t, subjects(map[string]any{"folder": "Archive"}), 2)
	for _, c := range []struct {
		with        map[string]any
		mails       string
		code, field string
	}{
		{map[string]any{"action": "move"}, two, "config_invalid", "with.to"},
		{map[string]any{"to": "Archive"}, two, "config_invalid", "with.to"},
		{map[string]any{"action": "move", "to": "Archiv"}, two, connector.CodeFolder, "with.to"},
		{map[string]any{}, `[{"folder": "Gone", "uid": 1, "uid_validity": 1}]`, connector.CodeFolder, "in.mails"},
		{map[string]any{}, `[{"folder": "INBOX", "uid": 1, "uid_validity": 7}]`, connector.CodeFolder, "in.mails"},
		{map[string]any{}, `[{"uid": 1}]`, "wrong_type", "in.mails"},
		{map[string]any{}, `"x"`, "wrong_type", "in.mails"},
	} {
		_, e := mark(c.with, c.mails)
		require.NotNil(t, e, c)
		require.Equal(t, c.code, e.Code, "%v: %v", c, e)
		require.Equal(t, c.field, e.Details[0].Field, c)
	}
}

func trimmed(list []string) []string {
	for i := range list {
		list[i] = strings.Trim(list[i], "\x00\uFFFD ")
	}
	return list
}

func TestNamesOfAttachments(t *testing.T) {
	m, folders := connector.ReceivedMail{Validity: 2, UID: 1}, map[string]bool{}
	for _, c := range []Read{{Connection: "a", Folder: "Bills/2024"}, {Connection: "a", Folder: "Other/2024"}, {Connection: "b", Folder: "Bills/2024"}} {
		folders[(&rows{c: c}).folder(m)] = true
	}
	require.Len(t, folders, 3)
	taken, names := map[string]bool{}, []string{}
	for i, name := range []string{"3-a.csv", "b.csv", "A.csv"} {
		names = append(names, unlike(taken, name, i))
	}
	require.Equal(t, []string{"3-a.csv", "2-b.csv", "3-3-A.csv"}, names)
	for name, want := range map[string]string{
		"": "attachment-3", "..": "attachment-3", "/": "attachment-3", `..\..\boot.ini`: "boot.ini", "a\x00b\n.txt": "a_b_.txt", ".hidden": "hidden", "x/../../y.csv": "y.csv",
		"日本.pdf": "日本.pdf", "con<1>.txt": "con_1_.txt", "\u202egpj.exe": "_gpj.exe",
	} {
		require.Equal(t, want, safe(name, 2), name)
	}
	long := safe(strings.Repeat("é", 500)+".csv", 0)
	require.LessOrEqual(t, len(long), mostName)
	require.True(t, strings.HasSuffix(long, "é.csv"))
}

// The first mails are shown before a run: they stay unread, their attachments are not kept, and how far a run has come does not matter.
func TestLook(t *testing.T) {
	b := exampletest.New(t)
	with := map[string]any{"connection": "mailbox", "folder": "Archive", "new_only": true, "attachments": "mails"}
	out, looked, err := readType().Look(t.Context(), b.Call(with, nil))
	require.NoError(t, err)
	require.Equal(t, node.Looked{Unit: "rows", Objects: 1, Of: 1, Source: "Archive", Connection: "mailbox"}, looked)
	require.Equal(t, readType().Fixed(nil), out["table"].Table.Columns)
	row := b.Rows(*out["table"].Artifact).([]any)[0].(map[string]any)
	require.Equal(t, "Numbers", row["subject"])
	require.Equal(t, []any{map[string]any{"name": "numbers.csv", "media_type": "text/csv", "size": 10.}}, row["attachments"])
	kept, err := b.Files.List(t.Context(), exampletest.Tenant, "")
	require.NoError(t, err)
	require.Empty(t, kept)
	out, _, err = readType().Look(t.Context(), b.Call(map[string]any{"connection": "mailbox", "unseen": true}, nil))
	require.NoError(t, err)
	require.Len(t, b.Rows(*out["table"].Artifact), 1, "nobody has opened it")

	for with, field := range map[string]string{`{"connection": "mailbox", "folder": "Archiv"}`: "with.folder", `{"connection": "mailbox", "since": "soon"}`: "with.since", `{"connection": "cache"}`: "with.connection"} {
		call := b.Call(nil, nil)
		call.Config = json.RawMessage(with)
		_, _, err := readType().Look(t.Context(), call)
		require.Equal(t, field, errs.From(err).Details[0].Field, with)
	}
}

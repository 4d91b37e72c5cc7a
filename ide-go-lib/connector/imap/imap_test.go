package imap_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/mailserver"
)

func build(t *testing.T, secure bool) (*connectortest.Bench, *mailserver.Mailbox) {
	t.Helper()
	s := mailserver.StartMailbox(t, secure)
	config := map[string]any{"host": s.Host, "port": s.Port, "user": mailserver.User, "password": mailserver.Password, "tls": "off"}
	if secure {
		config["tls"], config["ca"] = "verify", s.CA
	}
	return connectortest.New(t, imap.Type(), config), s
}

func TestConnect(t *testing.T) {
	b, s := build(t, true)
	_, plain := build(t, false)
	silent := testkit.Listen(t, func(net.Conn) {})
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"STARTTLS":    {nil, "", "IMAP at 127.0.0.1, 0 mails in INBOX, 0 of them unread"},
		"implicit":    {map[string]any{"port": s.TLSPort, "tls_start": "implicit"}, "", "IMAP"},
		"encrypt":     {map[string]any{"tls": "encrypt", "ca": ""}, "", "IMAP"},
		"open":        {map[string]any{"port": plain.Port, "tls": "off"}, "", "IMAP"},
		"authority":   {map[string]any{"ca": ""}, connector.CodeTLS, "not signed by anybody known"},
		"too early":   {map[string]any{"tls_start": "implicit"}, connector.CodeTLS, "does not speak TLS"},
		"off":         {map[string]any{"host": "127.0.0.2", "tls": "off"}, connector.CodeTLS, "wants TLS before a login"},
		"no TLS":      {map[string]any{"port": plain.Port}, connector.CodeTLS, "offers no TLS"},
		"password":    {map[string]any{"password": "wrong"}, connector.CodeLogin, `refuses the user "robot@example.org"`},
		"user":        {map[string]any{"user": ""}, connector.CodeInvalid, "config.user"},
		"host":        {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"port":        {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
		"address":     {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
		"silence":     {map[string]any{"port": silent, "tls": "off", "connect_seconds": 1}, connector.CodeTimeout, "did not answer in time"},
		"silence TLS": {map[string]any{"port": silent, "connect_seconds": 1}, connector.CodeTimeout, "did not answer in time"},
	} {
		b.Answers(name, c.with, c.code, c.message, mailserver.Password)
	}
}

var day = time.Date(2024, 1, 10, 12, 0, 0, 0, time.UTC)

func simple(n int) string {
	return fmt.Sprintf("From: Ada <ada@example.org>\nTo: robot@example.org\nSubject: Bill %d\nMessage-ID: <m%d@example.org>\nDate: Wed, 10 Jan 2024 13:00:00 +0100\n\nHello %d\n", n, n, n)
}

const rich = `From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>
To: robot@example.org, "Cy, the 3rd" <cy@example.org>
Cc: =?gb2312?B?1tDOxA==?= <zh@example.org>
Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?iso-8859-1?q?K=F6ln?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6n, 5 =3D 5=
!
--inner
Content-Type: text/html; charset=gb2312
Content-Transfer-Encoding: base64

PHA+1tDOxDwvcD4=
--inner--
--outer
Content-Type: text/csv
Content-Disposition: attachment; filename="=?utf-8?q?r=C3=A4port.csv?="
Content-Transfer-Encoding: base64

YSxiCjEsMgo=
--outer
Content-Type: application/pdf; name="../../etc/passwd"
Content-Disposition: attachment
Content-Transfer-Encoding: base64

AAEC!!!!broken
--outer
Content-Type: message/rfc822

From: inner@example.org
Subject: forwarded

Inner text
--outer--
`

func TestMails(t *testing.T) {
	b, s := build(t, true)
	for i := range 3 {
		s.Deliver("INBOX", day.AddDate(0, 0, i), simple(i+1))
	}
	s.Deliver("Bills/2024", day, rich)
	box := connectortest.OpenAs[connector.Inbox](b, nil)
	subjects := func(req connector.MailRequest) (out []string, place connector.MailPlace) {
		t.Helper()
		place, err := box.Mails(t.Context(), req, func(m connector.ReceivedMail) error {
			out = append(out, m.Subject)
			return nil
		})
		require.NoError(t, err)
		return out, place
	}
	all, place := subjects(connector.MailRequest{Folder: "INBOX"})
	require.Equal(t, []string{"Bill 1", "Bill 2", "Bill 3"}, all)
	require.Equal(t, uint32(3), place.UID)
	require.NotZero(t, place.Validity)

	t.Run("only some", func(t *testing.T) {
		for _, c := range []struct {
			req  connector.MailRequest
			want []string
		}{
			{connector.MailRequest{Limit: 2}, []string{"Bill 1", "Bill 2"}},
			{connector.MailRequest{Since: day.AddDate(0, 0, 1)}, []string{"Bill 2", "Bill 3"}},
			{connector.MailRequest{Since: day.AddDate(0, 0, 1).Add(time.Second)}, []string{"Bill 3"}},
			{connector.MailRequest{Subject: "bill 2"}, []string{"Bill 2"}},
			{connector.MailRequest{From: "ada@"}, all},
			{connector.MailRequest{From: "bob"}, nil},
			{connector.MailRequest{Unseen: true}, all},
			{connector.MailRequest{After: connector.MailPlace{Validity: place.Validity, UID: 2}}, []string{"Bill 3"}},
			{connector.MailRequest{After: place}, nil},
			{connector.MailRequest{After: connector.MailPlace{Validity: place.Validity + 1, UID: 2}}, all},
		} {
			c.req.Folder = "INBOX"
			got, _ := subjects(c.req)
			require.Equal(t, c.want, got, "%+v", c.req)
		}
		got, _ := subjects(connector.MailRequest{Folder: "Bills/2024", Subject: "größ", From: "Zoë"})
		require.Empty(t, got)
		got, _ = subjects(connector.MailRequest{Folder: "Bills/2024", Subject: "Grüße", From: "Zoë"})
		require.Len(t, got, 1)
		_, after := subjects(connector.MailRequest{Folder: "INBOX", After: place})
		require.Equal(t, place, after, "the place stays where it is")
	})

	t.Run("content", func(t *testing.T) {
		seen := 0
		_, err := box.Mails(t.Context(), connector.MailRequest{Folder: "Bills/2024"}, func(m connector.ReceivedMail) error {
			seen++
			require.Equal(t, "Grüße aus Köln", m.Subject)
			require.Equal(t, []mail.Address{{Name: "Zoë", Address: "zoe@example.org"}}, m.From)
			require.Equal(t, "Cy, the 3rd", m.To[1].Name)
			require.Equal(t, "中文", m.Cc[0].Name)
			require.True(t, day.Equal(m.Received))
			require.False(t, m.Seen)
			files := map[string]string{}
			text, html, err := m.Content(func(name, media string, content io.Reader) error {
				data, err := io.ReadAll(content)
				files[name+" "+media] = string(data)
				return err
			})
			require.Equal(t, connector.CodeBroken, errs.From(err).Code, "an attachment breaks off")
			require.Equal(t, "Schön, 5 = 5!", text)
			require.Equal(t, "<p>中文</p>", html)
			require.Equal(t, "a,b\n1,2\n", files["räport.csv text/csv"])
			require.Contains(t, files, "../../etc/passwd application/pdf", "whoever keeps it looks at the name")
			require.Contains(t, files[" message/rfc822"], "Inner text")
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 1, seen)
		_, err = box.Mails(t.Context(), connector.MailRequest{Folder: "Bills/2024", Largest: 10}, func(m connector.ReceivedMail) error {
			require.Nil(t, m.Content)
			return nil
		})
		require.NoError(t, err)
		boom := errs.Invalid("boom", "No more.")
		_, err = box.Mails(t.Context(), connector.MailRequest{Folder: "Bills/2024"}, func(m connector.ReceivedMail) error {
			_, _, err := m.Content(func(string, string, io.Reader) error { return boom })
			return err
		})
		require.Equal(t, "boom", errs.From(err).Code)
		got, _ := subjects(connector.MailRequest{Folder: "INBOX"})
		require.Equal(t, all, got, "the connection goes on")
	})

	t.Run("marks", func(t *testing.T) {
		yes, no := true, false
		mark := func(how connector.MailMark, uids ...uint32) int {
			t.Helper()
			n, err := box.Mark(t.Context(), "INBOX", place.Validity, uids, how)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, 2, mark(connector.MailMark{Seen: &yes, Flagged: &yes}, 1, 2, 99))
		got, _ := subjects(connector.MailRequest{Folder: "INBOX", Unseen: true})
		require.Equal(t, []string{"Bill 3"}, got)
		require.Equal(t, 1, mark(connector.MailMark{Seen: &no}, 1))
		require.Equal(t, 1, mark(connector.MailMark{MoveTo: "Archive"}, 1))
		require.Equal(t, 0, mark(connector.MailMark{MoveTo: "Archive"}, 1), "again changes nothing")
		got, _ = subjects(connector.MailRequest{Folder: "Archive"})
		require.Equal(t, []string{"Bill 1"}, got)
		require.Equal(t, 1, mark(connector.MailMark{Delete: true}, 2))
		got, _ = subjects(connector.MailRequest{Folder: "INBOX"})
		require.Equal(t, []string{"Bill 3"}, got)
		_, err := box.Mark(t.Context(), "INBOX", place.Validity, []uint32{3}, connector.MailMark{MoveTo: "Archiv"})
		require.Equal(t, connector.CodeFolder, errs.From(err).Code)
		require.Contains(t, errs.From(err).Hint, `"Archive"`)
		_, err = box.Mark(t.Context(), "INBOX", place.Validity+1, []uint32{3}, connector.MailMark{Seen: &yes})
		require.Equal(t, connector.CodeFolder, errs.From(err).Code)
	})

	t.Run("folders", func(t *testing.T) {
		entries, err := box.Browse(t.Context(), connector.Path{})
		require.NoError(t, err)
		one := int64(1)
		require.Equal(t, "INBOX", entries[0].Name)
		require.Contains(t, entries, connector.Entry{Kind: "folder", Name: "Bills/2024", Rows: &one})
		entries, err = box.Browse(t.Context(), connector.Path{Schema: "Archive"})
		require.NoError(t, err)
		require.Empty(t, entries)
		connectortest.Refused(t, box, connector.Path{Schema: "Archiv"}, connector.Path{Table: "Nowhere"})
		_, err = box.Browse(t.Context(), connector.Path{Schema: "Archiv"})
		require.Equal(t, connector.CodeFolder, errs.From(err).Code)
		_, err = box.Mails(t.Context(), connector.MailRequest{Folder: "Bils/2024"}, nil)
		require.Equal(t, connector.CodeFolder, errs.From(err).Code)
		require.Contains(t, errs.From(err).Hint, `"Bills/2024"`)
	})

	t.Run("canceled", func(t *testing.T) {
		s.Deliver("INBOX", day, "From: a@example.org\nSubject: large\n\n"+strings.Repeat("a long line of text\n", 1_000_000))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := box.Mails(ctx, connector.MailRequest{Folder: "INBOX", Subject: "large"}, func(m connector.ReceivedMail) error {
			cancel()
			_, _, err := m.Content(nil)
			return err
		})
		require.Equal(t, "canceled", errs.From(err).Code, err)
		require.NoError(t, box.Close())
		_, err = box.Mails(ctx, connector.MailRequest{Folder: "INBOX"}, nil)
		require.Equal(t, "canceled", errs.From(err).Code)
	})
}

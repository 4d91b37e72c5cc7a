package smtp_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/smtp"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/mailserver"
)

func build(t *testing.T, security mailserver.Security, with map[string]any) (*connectortest.Bench, *mailserver.Outgoing) {
	t.Helper()
	s := mailserver.StartOutgoing(t, security)
	config := map[string]any{"host": s.Host, "port": s.Port, "from": "Dätaflow <" + mailserver.User + ">", "user": mailserver.User, "password": mailserver.Password, "tls": "off"}
	for k, v := range with {
		config[k] = v
	}
	return connectortest.New(t, smtp.Type(), config), s
}

type attempt struct {
	with          map[string]any
	code, message string
}

func try(t *testing.T, b *connectortest.Bench, attempts map[string]attempt) {
	t.Helper()
	for name, c := range attempts {
		b.Answers(name, c.with, c.code, c.message, mailserver.Password)
	}
}

func TestConnectInTheOpen(t *testing.T) {
	b, _ := build(t, mailserver.Open, nil)
	silent := testkit.Listen(t, func(net.Conn) {})
	try(t, b, map[string]attempt{
		"works":    {nil, "", "SMTP at 127.0.0.1, mails up to"},
		"STARTTLS": {map[string]any{"tls": "verify"}, connector.CodeTLS, "offers no TLS"},
		"implicit": {map[string]any{"tls": "encrypt", "tls_start": "implicit"}, connector.CodeTLS, "does not speak TLS"},
		"password": {map[string]any{"password": "wrong"}, connector.CodeLogin, `refuses the user "robot@example.org"`},
		"host":     {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"port":     {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
		"address":  {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
		"sender":   {map[string]any{"from": "nobody"}, connector.CodeInvalid, "config.from"},
		"silence":  {map[string]any{"port": silent, "connect_seconds": 1}, connector.CodeTimeout, "did not answer in time"},
	})
	b.T = t
	connectortest.Refused(t, b.Open(nil), connector.Path{Schema: "mails"}, connector.Path{Table: "mails"})
}

func TestConnectWithTLS(t *testing.T) {
	b, s := build(t, mailserver.STARTTLS, map[string]any{"tls": "encrypt"})
	try(t, b, map[string]attempt{
		"works":     {nil, "", "SMTP"},
		"verify":    {map[string]any{"tls": "verify", "ca": s.CA}, "", "SMTP"},
		"authority": {map[string]any{"tls": "verify"}, connector.CodeTLS, "not signed by anybody known"},
		"password":  {map[string]any{"password": "wrong"}, connector.CodeLogin, "refuses the user"},
		"off":       {map[string]any{"tls": "off"}, connector.CodeTLS, "wants TLS"},
	})
	b, s = build(t, mailserver.Implicit, map[string]any{"tls": "encrypt", "tls_start": "implicit"})
	try(t, b, map[string]attempt{
		"works":     {nil, "", "SMTP"},
		"verify":    {map[string]any{"tls": "verify", "ca": s.CA}, "", "SMTP"},
		"authority": {map[string]any{"tls": "verify"}, connector.CodeTLS, "not signed by anybody known"},
		"off":       {map[string]any{"tls": "off", "connect_seconds": 1}, connector.CodeTimeout, "did not answer in time"},
	})
}

func address(t *testing.T, list string) []*mail.Address {
	t.Helper()
	all, err := mail.ParseAddressList(list)
	require.NoError(t, err)
	return all
}

// parts gives the parts of a mail by their media type and name.
func parts(t *testing.T, header mail.Header, body io.Reader, into map[string]string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	require.NoError(t, err)
	if !strings.HasPrefix(media, "multipart/") {
		switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		data, err := io.ReadAll(body)
		require.NoError(t, err)
		_, disposition, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
		name, err := new(mime.WordDecoder).DecodeHeader(disposition["filename"])
		require.NoError(t, err)
		into[strings.TrimSpace(media+" "+name)] = string(data)
		return
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		parts(t, mail.Header(p.Header), p, into)
	}
}

func TestSend(t *testing.T) {
	b, s := build(t, mailserver.Open, nil)
	box := connectortest.OpenAs[connector.Outbox](b, nil)
	m := connector.Mail{
		ID: "run:step:1", To: address(t, "Ada <ada@example.org>, bob@example.org"), Cc: address(t, "cy@example.org"), Bcc: address(t, "secret@example.org"),
		Subject: "Grüße\r\nBcc: mallory@example.org", Text: "Hallo Ä\n.\nEnd", HTML: "<p>Hallo Ä</p>",
		Attachments: []connector.Attachment{{Name: "räport.csv", MediaType: "text/csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("a,b\n1,2\n")), nil }}},
	}
	require.NoError(t, box.Send(t.Context(), m))
	require.NoError(t, box.Send(t.Context(), m), "several over one connection")
	mails := s.Mails()
	require.Len(t, mails, 2)
	got := mails[0]
	require.Equal(t, got.Header.Get("Message-Id"), mails[1].Header.Get("Message-Id"), "the same mail has the same id")
	words := new(mime.WordDecoder)
	subject, err := words.DecodeHeader(got.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "Grüße Bcc: mallory@example.org", subject)
	from, err := got.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, []*mail.Address{{Name: "Dätaflow", Address: mailserver.User}}, from)
	to, err := got.Header.AddressList("To")
	require.NoError(t, err)
	require.Len(t, to, 2)
	require.NotContains(t, strings.Join(got.Header["To"], "")+strings.Join(got.Header["Cc"], ""), "secret")
	found := map[string]string{}
	parts(t, got.Header, got.Body, found)
	require.Equal(t, "<p>Hallo Ä</p>", strings.TrimSpace(found["text/html"]))
	require.Equal(t, "a,b\n1,2\n", found["text/csv räport.csv"])
	require.Contains(t, found["text/plain"], "Hallo Ä\r\n.\r\nEnd")
}

func TestWhatIsNotSent(t *testing.T) {
	b, s := build(t, mailserver.Open, nil)
	box := connectortest.OpenAs[connector.Outbox](b, nil)
	good := connector.Mail{To: address(t, "ada@example.org"), Subject: "x", Text: "y"}
	send := func(change func(*connector.Mail)) *errs.Error {
		t.Helper()
		m := good
		change(&m)
		err := box.Send(t.Context(), m)
		require.Error(t, err)
		return errs.From(err)
	}
	e := send(func(m *connector.Mail) { m.To = address(t, "ada@example.org, zoe@nowhere.example") })
	require.Equal(t, connector.CodeRecipient, e.Code)
	require.Contains(t, e.Message, "zoe@nowhere.example")
	require.Equal(t, connector.CodeRecipient, send(func(m *connector.Mail) { m.To = nil }).Code)
	require.Equal(t, connector.CodeMail, send(func(m *connector.Mail) { m.From = "x" }).Code)
	require.Empty(t, s.Mails(), "a mail goes to all of its recipients or to none")
	require.NoError(t, box.Send(t.Context(), good), "the connection goes on")
	e = send(func(m *connector.Mail) { m.Text = strings.Repeat("a long line of text\n", 100_000) })
	require.Equal(t, connector.CodeMail, e.Code, e)

	box = connectortest.OpenAs[connector.Outbox](b, nil)
	e = send(func(m *connector.Mail) {
		m.Attachments = []connector.Attachment{{Name: "a", Open: func() (io.ReadCloser, error) { return nil, errs.NotFound("file_not_found", "gone") }}}
	})
	require.Equal(t, "file_not_found", e.Code, e)
	require.Len(t, s.Mails(), 1, "a mail that breaks off is none")

	box = connectortest.OpenAs[connector.Outbox](b, nil)
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		m := good
		m.Attachments = []connector.Attachment{{Name: "a", Open: func() (io.ReadCloser, error) {
			close(began)
			<-ctx.Done()
			return io.NopCloser(strings.NewReader("x")), nil
		}}}
		done <- box.Send(ctx, m)
	}()
	<-began
	cancel()
	require.Equal(t, "canceled", errs.From(testkit.Receive(t, "the sending ends", done)).Code)
	require.Len(t, s.Mails(), 1)
	require.NoError(t, box.Close())
	require.Equal(t, "canceled", errs.From(box.Send(ctx, good)).Code)

	nobody, s := build(t, mailserver.Nobody, map[string]any{"user": "", "password": ""})
	box = connectortest.OpenAs[connector.Outbox](nobody, nil)
	good.Date = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, box.Send(t.Context(), good))
	sent, err := s.Mails()[0].Header.Date()
	require.NoError(t, err)
	require.True(t, good.Date.Equal(sent))
}

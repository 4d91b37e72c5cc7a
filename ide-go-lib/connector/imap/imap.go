// Package imap connects to servers that keep mail in folders.
package imap

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/charset"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/mailway"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// Config is how a server is reached.
type Config struct {
	Host string `json:"host" title:"Host" zh:"主机" required:"true" example:"imap.example.org" doc:"Name or address of the server that keeps the mail" doc_zh:"收信服务器的名称或地址"`
	Port int    `json:"port" title:"Port" zh:"端口" default:"993" minimum:"1" maximum:"65535" doc:"Often 993 with TLS from the first byte, or 143" doc_zh:"通常为 993（从第一个字节开始使用 TLS）或 143"`
	mailway.Way
}

func (c Config) server() mailway.Server { return mailway.Server{Host: c.Host, Port: c.Port} }

// Type is the type imap.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "imap", Icon: "mailbox", Offers: []connector.Offer{connector.OffersInbox}, Personal: true,
		Title:   connector.Text{EN: "Incoming mail (IMAP)", ZH: "接收邮件（IMAP）"},
		Summary: connector.Text{EN: "A mailbox with its folders.", ZH: "邮箱及其文件夹。"},
	},
		func(c Config) string { return c.Target(c.server()) },
		open)
}

const implicitPort = 993

type conn struct {
	cfg    Config
	line   mailway.Line
	client *imapclient.Client
}

// open connects and logs in.
func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	if c.User == "" {
		return nil, connector.Invalid([]errs.Detail{{Code: "user_missing", Message: "A mailbox belongs to somebody: name the user.", Place: errs.Place{Field: "with.user"}}})
	}
	out := &conn{cfg: c}
	if err := c.Open(ctx, world, c.server(), implicitPort, out.greet); err != nil {
		return nil, err
	}
	return out, nil
}

func (c *conn) greet(ctx context.Context, line mailway.Line) (err error) {
	c.line = line
	options := &imapclient.Options{TLSConfig: c.line.Later, WordDecoder: &mime.WordDecoder{CharsetReader: charset.Reader}}
	if c.line.Later != nil {
		c.client, err = imapclient.NewStartTLS(c.line.Conn, options)
		var said *imap.Error
		if errors.As(err, &said) {
			return connector.TLSMissing(c.cfg.Host, err)
		}
	} else {
		c.client = imapclient.New(c.line.Conn, options)
		err = c.client.WaitGreeting()
	}
	if err != nil {
		return c.failed(ctx, err)
	}
	if c.client.Caps().Has(imap.CapLoginDisabled) {
		return connector.Upstream(connector.CodeTLS, "The server %s wants TLS before a login.", c.cfg.Host).WithHint("Set TLS to verify.")
	}
	if err = c.login(); err == nil {
		return nil
	}
	var said *imap.Error
	if errors.As(err, &said) {
		if said.Code == imap.ResponseCodePrivacyRequired {
			return connector.Upstream(connector.CodeTLS, "The server %s wants TLS before a login.", c.cfg.Host).WithHint("Set TLS to verify.").Wrap(err)
		}
		if said.Code == imap.ResponseCodeUnavailable || said.Code == imap.ResponseCodeLimit {
			return c.failed(ctx, err)
		}
		return c.cfg.Login(err)
	}
	return c.failed(ctx, err)
}

func (c *conn) login() error {
	if c.cfg.Auth != "oauth2" {
		return c.client.Login(c.cfg.User, c.cfg.Password.Reveal()).Wait()
	}
	if !c.client.Caps().Has(imap.AuthCap("XOAUTH2")) {
		return connector.Upstream(connector.CodeNoLogin, "The server %s takes no login by OAuth 2.", c.cfg.Host).WithHint("Choose the login by password.")
	}
	return c.client.Authenticate(xoauth2{c.cfg.User, c.line.Token})
}

// xoauth2 is the login with a token, as Google has made it up and others have taken it over.
type xoauth2 struct{ user, token string }

// Start implements sasl.Client.
func (x xoauth2) Start() (mechanism string, first []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next implements sasl.Client. What the server has to say is why it refuses; it wants an empty answer before it does.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// failed says what an error means, and what to do.
func (c *conn) failed(ctx context.Context, err error) error {
	var own *errs.Error
	var said *imap.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.As(err, &said):
		text := strings.TrimSuffix(said.Text, ".")
		switch said.Code {
		case imap.ResponseCodeNoPerm:
			return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", c.cfg.User, text).Wrap(err)
		case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit:
			return errs.Unavailable(connector.CodeBusy, "The server cannot do this at the moment: %s.", text).WithHint("Try again later.").Wrap(err)
		case imap.ResponseCodeOverQuota:
			return errs.Invalid(connector.CodeMail, "The mailbox is full: %s.", text).Wrap(err)
		}
		return connector.Upstream(connector.CodeMail, "The server says: %s.", text).Wrap(err)
	}
	return mailway.Ended(ctx, c.cfg.Failed(ctx, err, c.cfg.server()))
}

// Close implements io.Closer.
func (c *conn) Close() error {
	c.line.Leave(func() {
		_ = c.client.Logout().Wait()
		_ = c.client.Close()
	})
	return nil
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	defer c.line.Until(ctx)()
	status, err := c.client.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true}).Wait()
	if err != nil {
		return "", c.failed(ctx, err)
	}
	text := "IMAP at " + c.cfg.Host
	if status.NumMessages != nil && status.NumUnseen != nil {
		text += fmt.Sprintf(", %s in INBOX, %d of them unread", words.Number(int64(*status.NumMessages), "mail", "mails"), *status.NumUnseen)
	}
	return text, nil
}

// counted is up to how many folders each is asked for its size.
const counted = 100

// Browse implements connector.Conn: the folders.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	defer c.line.Until(ctx)()
	names, err := c.folders(ctx)
	if err != nil {
		return nil, err
	}
	entries := []connector.Entry{}
	if at.Schema != "" || at.Table != "" {
		if name := at.Schema + at.Table; !slices.Contains(names, name) {
			return nil, folderMissing(name, names)
		}
		return entries, nil // mails have no names
	}
	for _, name := range names {
		e := connector.Entry{Kind: "folder", Name: name}
		if len(names) <= counted {
			status, err := c.client.Status(name, &imap.StatusOptions{NumMessages: true}).Wait()
			if err != nil {
				return nil, c.failed(ctx, err)
			}
			if status.NumMessages != nil {
				n := int64(*status.NumMessages)
				e.Rows = &n
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// folders lists those that mails can lie in, the inbox first.
func (c *conn) folders(ctx context.Context) ([]string, error) {
	list, err := c.client.List("", "*", nil).Collect()
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	names := []string{}
	for _, f := range list {
		if !slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(f.Attrs, imap.MailboxAttrNonExistent) {
			names = append(names, f.Mailbox)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if inbox := strings.EqualFold(a, "INBOX"); inbox != strings.EqualFold(b, "INBOX") {
			if inbox {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return names, nil
}

func folderMissing(name string, have []string) error {
	return errs.NotFound(connector.CodeFolder, "There is no folder %q.", name).WithHint("%s", near.Say(name, have))
}

// enter selects a folder.
func (c *conn) enter(ctx context.Context, name string, readOnly bool) (*imap.SelectData, error) {
	data, err := c.client.Select(name, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	var said *imap.Error
	if errors.As(err, &said) && said.Type == imap.StatusResponseTypeNo && said.Code != imap.ResponseCodeNoPerm {
		names, listed := c.folders(ctx)
		if listed != nil {
			return nil, listed
		}
		if !slices.Contains(names, name) {
			return nil, folderMissing(name, names)
		}
	}
	return data, c.failed(ctx, err)
}

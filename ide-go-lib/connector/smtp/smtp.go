// Package smtp connects to servers that send mail.
package smtp

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/mailway"
	"dataflow/ide-go-lib/errs"
)

// Config is how a server is reached, and who the mails are from.
type Config struct {
	Host string `json:"host" title:"Host" zh:"主机" required:"true" example:"smtp.example.org" doc:"Name or address of the server that sends" doc_zh:"发信服务器的名称或地址"`
	Port int    `json:"port" title:"Port" zh:"端口" default:"587" minimum:"1" maximum:"65535" doc:"Often 587, or 465 with TLS from the first byte" doc_zh:"通常为 587；465 从第一个字节开始使用 TLS"`
	From string `json:"from" title:"Sender" zh:"发件人" required:"true" example:"Dataflow <robot@example.org>" doc:"Who the mails are from, unless a step says it" doc_zh:"邮件的发件人，步骤另有指定时除外"`
	mailway.Way
}

func (c Config) server() mailway.Server { return mailway.Server{Host: c.Host, Port: c.Port} }

// Type is the type smtp.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "smtp", Icon: "mail-forward", Offers: []connector.Offer{connector.OffersOutbox},
		Title:   connector.Text{EN: "Outgoing mail (SMTP)", ZH: "发送邮件（SMTP）"},
		Summary: connector.Text{EN: "A server that sends mail for you.", ZH: "代为发送邮件的服务器。"},
	},
		func(c Config) string { return c.Target(c.server()) },
		open)
}

const implicitPort = 465

type conn struct {
	cfg    Config
	line   mailway.Line
	client *smtp.Client
	from   *mail.Address
}

// open connects, says who it is, and logs in.
func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, connector.Invalid([]errs.Detail{{Code: "bad_address", Message: "This is no address such as Dataflow <robot@example.org>.", Place: errs.Place{Field: "with.from"}}})
	}
	out := &conn{cfg: c, from: from}
	if err := c.Open(ctx, world, c.server(), implicitPort, out.greet); err != nil {
		return nil, err
	}
	return out, nil
}

func (c *conn) greet(ctx context.Context, line mailway.Line) (err error) {
	c.line = line
	if c.client, err = smtp.NewClient(c.line.Conn, c.cfg.Host); err != nil {
		return c.failed(ctx, err)
	}
	if err := c.client.Hello(ownName()); err != nil {
		return c.failed(ctx, err)
	}
	if c.line.Later != nil {
		if there, _ := c.client.Extension("STARTTLS"); !there {
			return connector.TLSMissing(c.cfg.Host, nil)
		}
		if err := c.client.StartTLS(c.line.Later); err != nil {
			return c.failed(ctx, err)
		}
	}
	return c.login(ctx)
}

// ownName is what this machine calls itself to others.
func ownName() string {
	name, err := os.Hostname()
	if err != nil || !strings.Contains(name, ".") {
		return "localhost.localdomain"
	}
	return name
}

func (c *conn) login(ctx context.Context) error {
	if c.cfg.User == "" {
		return nil
	}
	there, offered := c.client.Extension("AUTH")
	if !there {
		return connector.Upstream(connector.CodeNoLogin, "The server %s offers no login here.", c.cfg.Host).
			WithHint("Many servers offer it only with TLS; or leave the user empty, if the server takes mail from this machine without.")
	}
	if c.cfg.Auth == "oauth2" {
		return c.loginByToken(ctx, strings.Fields(strings.ToUpper(offered)))
	}
	user, password := c.cfg.User, c.cfg.Password.Reveal()
	open := c.cfg.Mode == "off" // whoever turned TLS off has said that the network can be trusted
	var auth smtp.Auth
	switch ways := strings.Fields(strings.ToUpper(offered)); {
	case has(ways, "SCRAM-SHA-256"):
		auth = smtp.ScramSHA256Auth(user, password)
	case has(ways, "PLAIN"):
		auth = smtp.PlainAuth("", user, password, c.cfg.Host, open)
	case has(ways, "LOGIN"):
		auth = smtp.LoginAuth(user, password, c.cfg.Host, open)
	case has(ways, "CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(user, password)
	default:
		return connector.Upstream(connector.CodeNoLogin, "The server %s takes no login by password, but %s.", c.cfg.Host, offered).WithHint("Ask its provider for a password made for this one program.")
	}
	return c.loggedIn(ctx, c.client.Auth(auth))
}

func (c *conn) loginByToken(ctx context.Context, ways []string) error {
	if !has(ways, "XOAUTH2") {
		return connector.Upstream(connector.CodeNoLogin, "The server %s takes no login by OAuth 2, but %s.", c.cfg.Host, strings.Join(ways, " ")).WithHint("Choose the login by password.")
	}
	return c.loggedIn(ctx, c.client.Auth(smtp.XOAuth2Auth(c.cfg.User, c.line.Token)))
}

func (c *conn) loggedIn(ctx context.Context, err error) error {
	if code := codeOf(err); code >= 500 && code != 530 {
		return c.cfg.Login(err)
	}
	return c.failed(ctx, err)
}

func has(list []string, one string) bool {
	for _, s := range list {
		if s == one {
			return true
		}
	}
	return false
}

// Close implements io.Closer.
func (c *conn) Close() error {
	c.line.Leave(func() {
		if c.client.Quit() != nil {
			_ = c.line.Close()
		}
	})
	return nil
}

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	defer c.line.Until(ctx)()
	if err := c.client.Noop(); err != nil {
		return "", mailway.Ended(ctx, c.failed(ctx, err))
	}
	text := "SMTP at " + c.cfg.Host
	if size, limit := c.client.Extension("SIZE"); size && limit != "" && limit != "0" {
		text += ", mails up to " + limit + " bytes"
	}
	if c.cfg.User == "" {
		text += ", without a login"
	}
	return text, nil
}

// Browse implements connector.Conn. There is nothing to look through.
func (c *conn) Browse(_ context.Context, at connector.Path) ([]connector.Entry, error) {
	return []connector.Entry{}, connector.Flat(at, "a server that sends mail has nothing to look through")
}

var errNobody = errors.New("a mail to nobody")

// Send implements connector.Outbox.
func (c *conn) Send(ctx context.Context, m connector.Mail) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	message, err := compose(m, c.from)
	if err != nil {
		return err
	}
	from, err := message.GetSender(false)
	if err != nil {
		return errs.Internal(fmt.Errorf("the sender of a mail: %w", err))
	}
	to, err := message.GetRecipients()
	if err != nil || len(to) == 0 {
		return errs.Internal(errors.Join(errNobody, err))
	}
	defer c.line.Until(ctx)()
	if err := c.transmit(ctx, from, to, message.WriteTo); err != nil {
		err = mailway.Ended(ctx, err)
		if reset := c.client.Reset(); reset != nil {
			return errors.Join(err, c.failed(ctx, reset))
		}
		return err
	}
	return nil
}

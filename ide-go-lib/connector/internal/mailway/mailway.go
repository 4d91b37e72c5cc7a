// Package mailway is what the connections to servers of mail share: how they are reached.
package mailway

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Way is how a server is reached, beside its port.
type Way struct {
	User     string      `json:"user,omitempty" title:"User" zh:"用户" example:"robot@example.org" doc:"Often the whole address; left empty, nobody logs in" doc_zh:"通常为完整邮箱地址；留空则不登录"`
	Auth     string      `json:"auth" title:"Login by" zh:"登录方式" enum:"password,oauth2" default:"password" doc:"oauth2: a token that is fetched for a client, for accounts that take no passwords from programs" doc_zh:"oauth2：为客户端获取令牌，用于不允许程序使用密码的账户"`
	Password secret.Text `json:"password,omitempty" when:"auth=password" title:"Password" zh:"密码" widget:"sealed" doc:"Where an account has a second factor, a password made for this one program" doc_zh:"账户启用双重验证时，请使用应用专用密码"`
	oauth.Grant
	RefreshToken secret.Text `json:"refresh_token,omitempty" when:"auth=oauth2" title:"Refresh token" zh:"刷新令牌" widget:"sealed" doc:"Of the user, who has agreed once; it must stay good. Left empty, the client asks for itself" doc_zh:"用户授权后获得的刷新令牌，须保持有效；留空则由客户端以自身凭据获取令牌"`
	connector.TLS
	Start          string `json:"tls_start" title:"TLS begins" zh:"TLS 启动方式" more:"true" enum:"auto,starttls,implicit" default:"auto" doc:"starttls: after a greeting in the open. implicit: with the first byte. auto goes by the port" doc_zh:"starttls：先明文问候再启用；implicit：从第一个字节开始；auto 按端口判断"`
	MaxConnections int    `json:"max_connections" title:"Connections at a time" zh:"最大连接数" more:"true" default:"2" minimum:"1" maximum:"16" doc:"More steps than that wait for each other" doc_zh:"超出的步骤会排队等待"`
	ConnectSeconds int    `json:"connect_seconds" title:"Seconds to connect" zh:"连接超时（秒）" more:"true" default:"10" minimum:"1" maximum:"120" doc:"How long the server may take to answer" doc_zh:"等待服务器响应的最长时间"`
}

// Limit implements connector.Limited.
func (w Way) Limit() int { return w.MaxConnections }

// Server is where it is.
type Server struct {
	Host string
	Port int
}

// Address gives host and port.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Target says for people where it leads to.
func (w Way) Target(s Server) string {
	if w.User == "" {
		return s.Address()
	}
	return w.User + " at " + s.Address()
}

// Line is a connection with what is needed to make it safe later.
type Line struct {
	net.Conn
	// Later are the settings for STARTTLS; nil when TLS is on already, or off.
	Later *tls.Config
	// Token is what to log in with in place of a password, where the login is by oauth2.
	Token string
}

// dial connects. Implicit is the port at which TLS begins with the first byte.
func (w Way) dial(ctx context.Context, world connector.World, s Server, implicit int) (Line, error) {
	security, err := w.Client(s.Host)
	if err != nil {
		return Line{}, err
	}
	dialed, err := egress.Dialer(world.Egress).DialContext(ctx, "tcp", s.Address())
	if err != nil {
		return Line{}, w.Failed(ctx, err, s)
	}
	plain := patient{dialed}
	if security == nil || w.Start == "starttls" || w.Start == "auto" && s.Port != implicit {
		return Line{Conn: plain, Later: security}, nil
	}
	secure := tls.Client(plain, security)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return Line{}, w.Failed(ctx, err, s)
	}
	return Line{Conn: secure}, nil
}

// Open connects, and has the server greeted within the time that connecting may take.
func (w Way) Open(ctx context.Context, world connector.World, s Server, implicit int, greet func(context.Context, Line) error) error {
	limited, stop := context.WithTimeout(ctx, time.Duration(w.ConnectSeconds)*time.Second)
	defer stop()
	attempt := func(token string) error { return w.attempt(ctx, limited, world, s, implicit, token, greet) }
	if w.Auth == "oauth2" {
		return w.withToken(ctx, limited, world, attempt)
	}
	return attempt("")
}

func (w Way) attempt(ctx, limited context.Context, world connector.World, s Server, implicit int, token string, greet func(context.Context, Line) error) error {
	line, err := w.dial(limited, world, s, implicit)
	if err != nil {
		return Ended(ctx, err)
	}
	line.Token = token
	defer line.Until(limited)()
	if err := greet(limited, line); err != nil {
		_ = line.Close()
		if limited.Err() != nil && ctx.Err() == nil {
			return connector.Unreachable(limited.Err(), s.Host, s.Port)
		}
		return Ended(ctx, err)
	}
	return nil
}

// Ended puts the end of the work before what it has led to.
func Ended(ctx context.Context, err error) error {
	if ended := connector.Ended(ctx); ended != nil && err != nil {
		return ended
	}
	return err
}

// Failed says why a server could not be reached or was lost.
func (w Way) Failed(ctx context.Context, err error, s Server) error {
	if e := connector.Unreachable(err, s.Host, s.Port); e != nil && !hungUp(err) {
		return e
	}
	if hungUp(err) {
		return connector.Upstream(connector.CodeLost, "%s on port %d ended the connection.", s.Host, s.Port).
			WithHint("Check the port and how TLS begins there, and look into the server's log.").Wrap(err)
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	return connector.Upstream(connector.CodeRefused, "What answers at %s on port %d is no such server: %v.", s.Host, s.Port, err).
		WithHint("Check host and port, and how TLS begins there.").Wrap(err)
}

func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed)
}

// Login is the error of a user who is refused.
func (w Way) Login(err error) error {
	if w.Auth == "oauth2" {
		return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with the token that was fetched.", w.User).
			WithHint("Check the user and the scope, and that the account lets this client in.").Wrap(err)
	}
	return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this password.", w.User).
		WithHint("Check user and password; many providers want a password made for this one program.").Wrap(err)
}

// Until cuts the connection when ctx ends; the function ends the watch.
func (l Line) Until(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = l.Close() })
}

// leaveWait is how long taking leave of a server may take.
const leaveWait = 2 * time.Second

// Leave takes leave of the server, which keeps nothing that depends on it.
func (l Line) Leave(bye func()) {
	ctx, stop := context.WithTimeout(context.Background(), leaveWait)
	defer stop()
	defer l.Until(ctx)()
	bye()
}

// idle is how long a server may be silent.
const idle = 5 * time.Minute

// patient is a connection that is given up when the other side is silent for too long, however long all of it takes.
type patient struct{ net.Conn }

// Read implements net.Conn.
func (p patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

// Write implements net.Conn.
func (p patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

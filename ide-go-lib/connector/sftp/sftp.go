// Package sftp connects to servers of files by SSH.
package sftp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/secret"
)

// Config is how a folder of a server is reached.
type Config struct {
	Host       string      `json:"host" title:"Host" zh:"主机" required:"true" example:"sftp.example.org" doc:"Name or address of the server" doc_zh:"服务器的名称或地址"`
	Port       int         `json:"port" title:"Port" zh:"端口" default:"22" minimum:"1" maximum:"65535"`
	User       string      `json:"user" title:"User" zh:"用户" required:"true" example:"dataflow"`
	Password   secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	PrivateKey secret.Text `json:"private_key,omitempty" title:"Private key" zh:"私钥" widget:"sealed" doc:"The whole content of a file such as id_ed25519, in place of a password or beside it" doc_zh:"例如 id_ed25519 文件的完整内容；代替密码或与密码并用"`
	Passphrase secret.Text `json:"passphrase,omitempty" title:"Passphrase of the key" zh:"私钥口令" widget:"sealed"`
	HostKey    string      `json:"host_key,omitempty" title:"Host key" zh:"主机密钥" widget:"textarea" example:"ssh-ed25519 SHA256:…" doc:"By which the server is known: its fingerprint, or its line of known_hosts; several may stand on lines of their own. Left empty, the test shows which one to enter" doc_zh:"用于识别服务器：其指纹或 known_hosts 中的行；可填多行。留空时，测试会显示应填写的内容"`
	Folder     string      `json:"folder,omitempty" title:"Folder" zh:"文件夹" example:"incoming" doc:"All names are within it; left empty, the user's own" doc_zh:"所有名称都相对于该文件夹；留空为用户主目录"`
	connector.Reach
}

// Type is the type sftp.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "sftp", Icon: "server-2", Offers: []connector.Offer{connector.OffersObjects}, Personal: true,
		Title:   connector.Text{EN: "SFTP", ZH: "SFTP"},
		Summary: connector.Text{EN: "Files on a server that is reached by SSH.", ZH: "通过 SSH 访问的服务器上的文件。"},
	},
		func(c Config) string {
			return strings.TrimSuffix(connector.Address(c.User, c.Host, c.Port)+"/"+strings.TrimPrefix(c.Folder, "/"), "/")
		},
		open)
}

type conn struct {
	cfg   Config
	world connector.World
	line  *line
	root  string          // of all names
	real  map[string]bool // folders that are no links
}

// line is what leads to the server. It is cut when a context ends, for the protocol has no other way to stop.
type line struct {
	net  net.Conn
	ssh  *ssh.Client
	sftp *sftp.Client
	cut  atomic.Bool
}

func (l *line) close() error {
	l.cut.Store(true)
	_ = l.net.Close() // whoever waits for the server ends
	return errors.Join(closed(l.sftp.Close()), closed(l.ssh.Close()))
}

// closed takes no offence at what was closed before.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, sftp.ErrSSHFxConnectionLost) {
		return nil
	}
	return err
}

func open(ctx context.Context, world connector.World, c Config) (*conn, error) {
	out := &conn{cfg: c, world: world, real: map[string]bool{}}
	if err := out.connect(ctx); err != nil {
		return nil, err
	}
	if err := out.during(ctx, "", func() error { return out.enter(ctx) }); err != nil {
		_ = out.Close()
		return nil, err
	}
	return out, nil
}

// connect reaches the server. The key of the host is checked before anything secret is sent.
func (c *conn) connect(ctx context.Context) error {
	known, err := parseHostKeys(c.cfg.HostKey)
	if err != nil {
		return err
	}
	ways, err := c.cfg.ways()
	if err != nil {
		return err
	}
	wait := time.Duration(c.cfg.ConnectSeconds) * time.Second
	limited, stop := context.WithTimeout(ctx, wait)
	defer stop()
	raw, err := egress.Dialer(c.world.Egress).DialContext(limited, "tcp", net.JoinHostPort(c.cfg.Host, strconv.Itoa(c.cfg.Port)))
	if err != nil {
		return c.connectFailed(ctx, err)
	}
	defer context.AfterFunc(limited, func() { _ = raw.Close() })()
	config := &ssh.ClientConfig{User: c.cfg.User, Auth: ways, HostKeyCallback: known.check, HostKeyAlgorithms: known.algorithms(), ClientVersion: "SSH-2.0-dataflow"}
	l := &line{net: raw}
	if l.ssh, err = handshake(raw, c.cfg.Host, config); err == nil {
		l.sftp, err = sftp.NewClient(l.ssh, sftp.UseConcurrentWrites(true))
	}
	if err != nil {
		_ = raw.Close()
		if limited.Err() != nil && ctx.Err() == nil {
			err = errors.Join(context.DeadlineExceeded, err)
		}
		return c.connectFailed(ctx, err)
	}
	c.line = l
	return nil
}

func handshake(raw net.Conn, host string, config *ssh.ClientConfig) (*ssh.Client, error) {
	inner, channels, requests, err := ssh.NewClientConn(raw, host, config)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(inner, channels, requests), nil
}

// enter finds the folder of the connection.
func (c *conn) enter(ctx context.Context) error {
	if strings.ContainsAny(c.cfg.Folder, "\x00\r\n") {
		return connector.FieldInvalid("folder", "The folder %q is not the name of one, such as incoming.", c.cfg.Folder)
	}
	root, err := c.line.sftp.RealPath(path.Join(".", c.cfg.Folder))
	if path.IsAbs(c.cfg.Folder) {
		root, err = c.line.sftp.RealPath(path.Clean(c.cfg.Folder))
	}
	var info os.FileInfo
	if err == nil {
		info, err = c.line.sftp.Stat(root)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return withField(c.folderMissing(ctx), "folder")
	case err == nil && !info.IsDir():
		return withField(connector.Upstream(connector.CodeFolder, "%q on %s is a file and no folder.", c.cfg.Folder, c.cfg.Host).
			WithHint("Give the folder that it lies in."), "folder")
	case err != nil:
		return c.failed(ctx, err, c.cfg.Folder)
	}
	c.root, c.real[root] = root, true
	return nil
}

func (c *conn) folderMissing(ctx context.Context) *errs.Error {
	e := connector.Upstream(connector.CodeFolder, "There is no folder %q on %s.", c.cfg.Folder, c.cfg.Host)
	beside := path.Dir(path.Clean(c.cfg.Folder))
	list, err := c.line.sftp.ReadDirContext(ctx, beside)
	if err != nil { // the folder above is not there either, or may not be seen
		return e.WithHint("The one above it is not there either, or the user %q may not look into it. One that begins with / is not below the user's own.", c.cfg.User)
	}
	var names []string
	for _, info := range list {
		if info.IsDir() {
			names = append(names, path.Join(beside, info.Name()))
		}
	}
	if hint := near.Hint(path.Clean(c.cfg.Folder), names); hint != "" {
		return e.WithHint("%s", hint)
	}
	return e.WithHint("Check the folder, or make it on the server.")
}

// during does something on the line, which is cut when ctx ends before it has. A line that was cut is made again.
func (c *conn) during(ctx context.Context, name string, do func() error) error {
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	if c.line.cut.Load() {
		if err := c.connect(ctx); err != nil {
			return err
		}
	}
	l := c.line
	defer context.AfterFunc(ctx, func() { l.cut.Store(true); _ = l.net.Close() })()
	return c.failed(ctx, do(), name)
}

// Close implements io.Closer.
func (c *conn) Close() error { return c.line.close() }

// Test implements connector.Conn.
func (c *conn) Test(ctx context.Context) (string, error) {
	if err := c.during(ctx, "", func() error {
		_, err := c.line.sftp.ReadDirContext(ctx, c.root)
		return err
	}); err != nil {
		return "", err
	}
	return "SFTP, " + strings.TrimPrefix(string(c.line.ssh.ServerVersion()), "SSH-2.0-"), nil
}

package sftp_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pkgsftp "github.com/pkg/sftp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/sftp"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/storageserver"
)

func build(t *testing.T, subsystem string) (*connectortest.Bench, *storageserver.SSH) {
	t.Helper()
	s := storageserver.StartSSH(t, subsystem)
	return connectortest.New(t, sftp.Type(), map[string]any{
		"host": s.Host, "port": s.Port, "user": s.User, "private_key": s.Key, "host_key": s.HostKey, "folder": s.Dir,
	}), s
}

// store looks into the folder of a server.
func store(t *testing.T, dir string) connectortest.Store {
	return connectortest.Store{
		Part: 1 << 20,
		Left: func() (left []string) {
			require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err == nil && strings.HasPrefix(d.Name(), ".") {
					left = append(left, path)
				}
				return err
			}))
			return left
		},
		Empty: func() {
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			for _, e := range entries {
				require.NoError(t, os.RemoveAll(filepath.Join(dir, e.Name())))
			}
		},
	}
}

func TestObjects(t *testing.T) {
	b, s := build(t, "internal-sftp")
	connectortest.ObjectsSuite(t, b, store(t, s.Dir))

	t.Run("cut off", func(t *testing.T) { connectortest.CutSuite(t, b, s.Port) })

	t.Run("written while it is read", func(t *testing.T) {
		b.T = t
		path := filepath.Join(s.Dir, "growing.csv")
		require.NoError(t, os.WriteFile(path, make([]byte, 4<<20), 0o600))
		require.NoError(t, os.Chtimes(path, time.Unix(1_700_000_000, 0), time.Unix(1_700_000_000, 0)))
		conn := connectortest.OpenAs[connector.Objects](b, nil)
		require.Equal(t, time.Second, conn.(connector.Ticking).Tick())
		read := func(meanwhile func()) error {
			t.Helper()
			content, _, err := conn.Get(t.Context(), "growing.csv")
			require.NoError(t, err)
			defer func() { require.NoError(t, content.Close()) }()
			_, err = io.ReadFull(content, make([]byte, 10))
			require.NoError(t, err)
			meanwhile()
			_, err = io.Copy(io.Discard, content)
			return err
		}
		require.NoError(t, read(func() {}))
		err := read(func() {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.WriteAt([]byte("other"), 3<<20)
			require.NoError(t, errors.Join(err, f.Close()))
		})
		require.Equal(t, connector.CodeObjectChanged, errs.From(err).Code, err)
		require.NoError(t, read(func() { // whoever reads has the old one
			require.NoError(t, os.WriteFile(path+".new", nil, 0o600))
			require.NoError(t, os.Rename(path+".new", path))
		}))
	})

	t.Run("links lead nowhere", func(t *testing.T) {
		b.T = t
		outside := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600))
		require.NoError(t, os.Symlink(outside, filepath.Join(s.Dir, "way")))
		require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(s.Dir, "file")))
		conn := connectortest.OpenAs[connector.Objects](b, nil)
		require.NoError(t, conn.List(t.Context(), "", func(o connector.Object) error {
			require.NotContains(t, []string{"way/secret", "file"}, o.Name)
			return nil
		}))
		for name, code := range map[string]string{"way/secret": connector.CodeObjectName, "way/new": connector.CodeObjectName, "file": connector.CodeObject} {
			_, _, err := conn.Get(t.Context(), name)
			require.Equal(t, code, errs.From(err).Code, "%s: %v", name, err)
		}
		_, err := conn.Put(t.Context(), "way/new", strings.NewReader("x"), 1, "")
		require.Equal(t, connector.CodeObjectName, errs.From(err).Code, err)
		_, err = conn.Put(t.Context(), "file", strings.NewReader("y"), 1, "")
		require.NoError(t, err, "the link itself is replaced")
		kept, err := os.ReadFile(filepath.Join(outside, "secret"))
		require.NoError(t, err)
		require.Equal(t, "x", string(kept))
	})
}

func TestWhatGoesWrongSaysWhatToDo(t *testing.T) {
	b, s := build(t, "internal-sftp -R")
	bare := storageserver.StartSSH(t, "")
	require.NoError(t, os.Mkdir(filepath.Join(s.Dir, "incoming"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "file"), nil, 0o600))
	hostKey, err := ssh.ParsePublicKey(mustKey(t, s.HostKey))
	require.NoError(t, err)
	print := ssh.FingerprintSHA256(hostKey)
	other, otherHost, otherLocked := storageserver.NewKey(t)
	silent := testkit.Listen(t, func(net.Conn) {})
	chatty := testkit.Listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example.org ESMTP\r\n"); _ = c.Close() })
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"works":                {nil, "", "SFTP, OpenSSH"},
		"fingerprint":          {map[string]any{"host_key": print}, "", "OpenSSH"},
		"fingerprint and kind": {map[string]any{"host_key": "# which one\n\n256 " + print + " root@x (ED25519)\n"}, "", "OpenSSH"},
		"known_hosts":          {map[string]any{"host_key": "[sftp.example.org]:2222,10.0.0.1 " + s.HostKey + " a comment"}, "", "OpenSSH"},
		"several keys":         {map[string]any{"host_key": otherHost + "\n" + s.HostKey}, "", "OpenSSH"},
		"key with passphrase":  {map[string]any{"private_key": s.Locked, "passphrase": storageserver.Password}, "", "OpenSSH"},
		"key in one line":      {map[string]any{"private_key": strings.ReplaceAll(s.Key, "\n", " ")}, "", "OpenSSH"},
		"key without breaks":   {map[string]any{"private_key": strings.ReplaceAll(s.Locked, "\n", ""), "passphrase": storageserver.Password}, "", "OpenSSH"},
		"home":                 {map[string]any{"folder": ""}, "", "OpenSSH"},
		"no host key":          {map[string]any{"host_key": ""}, connector.CodeHostKey, "not known yet: ssh-ed25519 " + print},
		"another host key":     {map[string]any{"host_key": otherHost}, connector.CodeHostKey, "shows another host key"},
		"another kind":         {map[string]any{"host_key": "ssh-rsa " + print}, connector.CodeHostKey, "no host key of the kind"},
		"half a host key":      {map[string]any{"host_key": "SHA256:abc"}, connector.CodeInvalid, "not valid"},
		"no host key at all":   {map[string]any{"host_key": "yes, please"}, connector.CodeInvalid, "not valid"},
		"user":                 {map[string]any{"user": "nobody-at-all"}, connector.CodeLogin, `refuses the user "nobody-at-all" with this private key`},
		"another key":          {map[string]any{"private_key": other}, connector.CodeLogin, "with this private key"},
		"a password":           {map[string]any{"private_key": "", "password": storageserver.Password}, connector.CodeLogin, "with this password"},
		"no passphrase":        {map[string]any{"private_key": s.Locked}, connector.CodeInvalid, "not valid"},
		"wrong passphrase":     {map[string]any{"private_key": otherLocked, "passphrase": "x"}, connector.CodeInvalid, "not valid"},
		"no key":               {map[string]any{"private_key": "PuTTY-User-Key-File-3: ssh-ed25519"}, connector.CodeInvalid, "not valid"},
		"half a key":           {map[string]any{"private_key": s.Key[:100] + s.Key[200:]}, connector.CodeInvalid, "not valid"},
		"nothing":              {map[string]any{"private_key": ""}, connector.CodeInvalid, "not valid"},
		"folder":               {map[string]any{"folder": s.Dir + "/incomming"}, connector.CodeFolder, "no folder"},
		"a file":               {map[string]any{"folder": s.Dir + "/file"}, connector.CodeFolder, "is a file and no folder"},
		"folder of none":       {map[string]any{"folder": s.Dir + "/none/at/all"}, connector.CodeFolder, "no folder"},
		"no SFTP":              {map[string]any{"port": bare.Port, "host_key": bare.HostKey, "private_key": bare.Key}, connector.CodeSubsystem, "gives the user"},
		"no SSH":               {map[string]any{"port": chatty}, connector.CodeRefused, "is no SSH server"},
		"silent":               {map[string]any{"port": silent, "connect_seconds": 1}, connector.CodeTimeout, "did not answer in time"},
		"host":                 {map[string]any{"host": "no-such-host.invalid"}, connector.CodeHostUnknown, `"no-such-host.invalid"`},
		"port":                 {map[string]any{"port": testkit.FreePort(t)}, connector.CodeRefused, "Nothing listens"},
		"address":              {map[string]any{"host": "10.1.2.3"}, "address_refused", "10.1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			b.T = t
			b.Answers(name, c.with, c.code, c.message, storageserver.Password, "PRIVATE KEY-----b3")
		})
	}
	b.T = t
	_, e := b.Try(t.Context(), map[string]any{"host_key": ""})
	require.Contains(t, e.Hint, "ssh-ed25519 "+print, "what to enter")
	require.Equal(t, "config.host_key", e.Details[0].Field)
	for field, with := range map[string]map[string]any{
		"folder": {"folder": s.Dir + "/file"}, "private_key": {"private_key": s.Key[:100] + s.Key[200:]}, "passphrase": {"private_key": s.Locked},
	} {
		_, e = b.Try(t.Context(), with)
		require.Equal(t, "config."+field, e.Details[0].Field, e)
		if e.Code == connector.CodeInvalid {
			require.Contains(t, e.Message, "not valid: "+field+".", "which one it is")
		}
	}
	_, e = b.Try(t.Context(), map[string]any{"private_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 root@x"})
	require.Contains(t, e.Details[0].Message, "This is the public key")
	_, e = b.Try(t.Context(), map[string]any{"folder": s.Dir + "/incomming"})
	require.Equal(t, "config.folder", e.Details[0].Field)
	require.Contains(t, e.Hint, "incoming")
	_, e = b.Try(t.Context(), map[string]any{"private_key": "", "password": "x"})
	require.Contains(t, e.Hint, "takes no passwords")

	conn := connectortest.OpenAs[connector.Objects](b, nil)
	_, err = conn.Put(t.Context(), "incoming/x", strings.NewReader("x"), 1, "")
	require.Equal(t, connector.CodePermission, errs.From(err).Code, err)
	require.Equal(t, connector.CodePermission, errs.From(conn.Delete(t.Context(), "file")).Code)
}

func mustKey(t *testing.T, line string) []byte {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	require.NoError(t, err)
	return key.Marshal()
}

// listener takes connections and gives its port.
// TestPasswords is with a server whose users need no accounts of the machine.
func TestPasswords(t *testing.T) {
	private, public, _ := storageserver.NewKey(t)
	signer, err := ssh.ParsePrivateKey([]byte(private))
	require.NoError(t, err)
	dir := t.TempDir()
	sessions := make(chan net.Conn, 1000)
	serve := func(config ssh.ServerConfig) func(net.Conn) {
		config.AddHostKey(signer)
		return func(raw net.Conn) {
			conn, channels, requests, err := ssh.NewServerConn(raw, &config)
			if err != nil {
				return
			}
			sessions <- raw
			go ssh.DiscardRequests(requests)
			for each := range channels {
				channel, asked, err := each.Accept()
				if err != nil {
					return
				}
				go func() {
					for req := range asked {
						_ = req.Reply(req.Type == "subsystem", nil)
					}
				}()
				server, err := pkgsftp.NewServer(channel, pkgsftp.WithServerWorkingDirectory(dir))
				if err == nil {
					_ = server.Serve()
				}
			}
			_ = conn.Close()
		}
	}
	check := func(password string) error {
		if password != storageserver.Password {
			return errors.New("wrong")
		}
		return nil
	}
	plain := testkit.Listen(t, serve(ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) { return nil, check(string(p)) }}))
	asking := testkit.Listen(t, serve(ssh.ServerConfig{KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		answers, err := ask("", "", []string{"Name: ", "Password: "}, []bool{true, false})
		if err == nil {
			require.Empty(t, answers[0], "what is shown is no password")
			err = check(answers[1])
		}
		return nil, err
	}}))
	for _, port := range []int{plain, asking} {
		b := connectortest.New(t, sftp.Type(), map[string]any{"host": "127.0.0.1", "port": port, "user": "ada", "password": storageserver.Password, "host_key": public})
		_, e := b.Try(t.Context(), nil)
		require.Nil(t, e)
		_, e = b.Try(t.Context(), map[string]any{"password": "wrong"})
		require.Equal(t, connector.CodeLogin, e.Code)
		require.Equal(t, "config.password", e.Details[0].Field)
	}
	b := connectortest.New(t, sftp.Type(), map[string]any{"host": "127.0.0.1", "port": plain, "user": "ada", "password": storageserver.Password, "host_key": public})
	connectortest.ObjectsSuite(t, b, store(t, dir))

	t.Run("a server that goes away", func(t *testing.T) {
		b.T = t
		for len(sessions) > 0 {
			<-sessions
		}
		conn := connectortest.OpenAs[connector.Objects](b, nil)
		require.NoError(t, testkit.Receive(t, "the session", sessions).Close())
		_, err := conn.Stat(context.WithoutCancel(t.Context()), "a.csv")
		require.Equal(t, connector.CodeLost, errs.From(err).Code, err)
	})
}

package storageserver

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/crypto/ssh"

	"dataflow/ide-go-lib/testkit"
)

// SSH is a server of OpenSSH that lets in whoever runs the test.
type SSH struct {
	Host string
	Port int
	User string
	// Key lets the user in; Locked is the same, with Password as its passphrase.
	Key, Locked string
	// HostKey is the server's public key, as lines of known_hosts have it.
	HostKey string
	Dir     string
	Process *testkit.Process
}

// StartSSH starts one that gives SFTP as the line of its configuration says, such as internal-sftp.
func StartSSH(t testing.TB, subsystem string) *SSH {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" { // where sshd wants to lock its unprivileged half in
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { //nolint:gosec // that of the system is so
			t.Fatal(err)
		}
	}
	home := t.TempDir()
	s := &SSH{Host: "127.0.0.1", Port: testkit.FreePort(t), User: me.Username, Dir: t.TempDir()}
	write := func(name, content string) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	host, hostKey, _ := NewKey(t)
	key, public, locked := NewKey(t)
	s.Key, s.Locked, s.HostKey = key, locked, hostKey
	lines := "ListenAddress " + s.Host + ":" + strconv.Itoa(s.Port) + "\nHostKey " + write("host", host) + "\nAuthorizedKeysFile " + write("authorized", public+"\n") +
		"\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\nLogLevel VERBOSE\n"
	if subsystem != "" {
		lines += "Subsystem sftp " + subsystem + "\n"
	}
	s.Process = testkit.StartProcess(t, nil, testkit.Tool(t, "sshd", "openssh-server"), "-D", "-e", "-f", write("config", lines))
	s.Process.WaitFor("Server listening")
	return s
}

// NewKey makes a key: the private one, the public one, and the private one with Password as its passphrase.
func NewKey(t testing.TB) (private, public, locked string) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	open, err := ssh.MarshalPrivateKey(priv, "test")
	if err != nil {
		t.Fatal(err)
	}
	shut, err := ssh.MarshalPrivateKeyWithPassphrase(priv, "test", []byte(Password))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	line := ssh.MarshalAuthorizedKey(key)
	return string(pem.EncodeToMemory(open)), string(line[:len(line)-1]), string(pem.EncodeToMemory(shut))
}

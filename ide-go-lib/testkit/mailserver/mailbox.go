package mailserver

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dataflow/ide-go-lib/testkit"
)

// Mailbox is a server that keeps mail in folders.
type Mailbox struct {
	Host          string
	Port, TLSPort int // with STARTTLS, and with TLS from the first byte
	SendPort      int // of the submission of mail, with STARTTLS; 0 is none
	CA            string
	Process       *testkit.Process
	t             testing.TB
	dir           string
	uid, gid      int
	delivered     int
}

// StartMailbox starts one with the account User. Without security, it lets people in over the port without TLS, too.
func StartMailbox(t testing.TB, secure bool) *Mailbox {
	t.Helper()
	return startMailbox(t, secure, nil, nil)
}

// StartMailboxFor starts a secure one that takes tokens of an authority as well, and hands mail on to another server.
func StartMailboxFor(t testing.TB, a *Authority, relay *Outgoing) *Mailbox {
	t.Helper()
	return startMailbox(t, true, a, relay)
}

func startMailbox(t testing.TB, secure bool, a *Authority, relay *Outgoing) *Mailbox {
	t.Helper()
	dir, err := os.MkdirTemp("", "dataflow-mail-") // t.TempDir lies in a folder that nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the server's folder: %v", err)
		}
	})
	s := &Mailbox{t: t, Host: "127.0.0.1", Port: testkit.FreePort(t), TLSPort: testkit.FreePort(t), dir: dir}
	own, internal := s.accounts()
	cert, key := testkit.Certificate(t)
	s.CA = cert
	plain, ssl, later := "no", "no", "no"
	if secure {
		plain, ssl, later = "yes", "required", "yes"
	}
	config := fmt.Sprintf(`protocols = imap
base_dir = %[1]s/run
state_dir = %[1]s/state
listen = %[2]s, 127.0.0.2
log_path = /dev/stdout
ssl = %[3]s
ssl_cert = <%[1]s/server.crt
ssl_key = <%[1]s/server.key
disable_plaintext_auth = %[4]s
mail_location = maildir:%[1]s/mail
first_valid_uid = 1
auth_failure_delay = 0
default_internal_user = %[5]s
default_login_user = %[6]s
passdb {
  driver = passwd-file
  args = scheme=PLAIN %[1]s/users
}
userdb {
  driver = static
  args = uid=%[7]d gid=%[8]d home=%[1]s
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[9]d
  }
  inet_listener imaps {
    port = %[10]d
    ssl = %[11]s
  }
}
service anvil {
  chroot =
}
%[12]s`, dir, s.Host, ssl, plain, internal, own, s.uid, s.gid, s.Port, s.TLSPort, later, s.more(a, relay))
	for name, content := range map[string]string{"server.crt": cert, "server.key": key, "users": User + ":" + Password + "\n", "dovecot.conf": config} {
		s.write(name, content)
	}
	for i, folder := range []string{"", ".Archive", ".Bills.2024"} {
		for _, sub := range []string{"cur", "new", "tmp"} {
			s.folder(filepath.Join("mail", folder, sub))
		}
		s.write(filepath.Join("mail", folder, "dovecot-uidlist"), fmt.Sprintf("3 V%d N1 G%032d\n", i+1, i+1)) // numbers that are the same each time
	}
	s.Process = testkit.StartProcess(t, nil, testkit.Tool(t, "dovecot", "dovecot-imapd"), "-F", "-c", filepath.Join(dir, "dovecot.conf"))
	s.Process.WaitFor("starting up")
	return s
}

// accounts gives those that the server's parts run as: its own, which root alone can give them, or this process's.
func (s *Mailbox) accounts() (login, internal string) {
	s.t.Helper()
	name := func(account string) *user.User {
		u, err := user.Lookup(account)
		if err != nil {
			s.t.Fatalf("%v; on Debian: sudo apt-get install dovecot-imapd", err)
		}
		return u
	}
	own, err := user.Current()
	if err != nil {
		s.t.Fatal(err)
	}
	login, internal = own.Username, own.Username
	if os.Getuid() == 0 {
		own = name("mail")
		login, internal = name("dovenull").Username, name("dovecot").Username
	}
	uid, errUID := strconv.Atoi(own.Uid)
	gid, errGID := strconv.Atoi(own.Gid)
	if errUID != nil || errGID != nil {
		s.t.Fatalf("the account %s has the ids %s and %s", own.Username, own.Uid, own.Gid)
	}
	s.uid, s.gid = uid, gid
	if err := os.Chmod(s.dir, 0o755); err != nil { //nolint:gosec // the server's parts are of several accounts
		s.t.Fatal(err)
	}
	return login, internal
}

func (s *Mailbox) folder(name string) {
	s.t.Helper()
	path := s.dir
	for _, part := range strings.Split(name, string(filepath.Separator)) {
		path = filepath.Join(path, part)
		if err := os.Mkdir(path, 0o755); err != nil && !os.IsExist(err) { //nolint:gosec // as above
			s.t.Fatal(err)
		}
		if err := os.Chown(path, s.uid, s.gid); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *Mailbox) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // as above
		s.t.Fatal(err)
	}
	if err := os.Chown(path, s.uid, s.gid); err != nil {
		s.t.Fatal(err)
	}
}

// Deliver puts a mail into a folder, INBOX or Bills/2024, as if it had come at a time. Line ends become those of mail.
func (s *Mailbox) Deliver(folder string, at time.Time, mail string) {
	s.t.Helper()
	place := "mail"
	if folder != "INBOX" {
		place = filepath.Join(place, "."+strings.ReplaceAll(folder, "/", "."))
	}
	s.delivered++
	name := fmt.Sprintf("%d.M%06dP1.test", at.Unix(), s.delivered)
	staged := filepath.Join(place, "tmp", name)
	s.write(staged, strings.ReplaceAll(strings.ReplaceAll(mail, "\r\n", "\n"), "\n", "\r\n"))
	path := filepath.Join(s.dir, staged)
	if err := os.Chtimes(path, at, at); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path, filepath.Join(s.dir, place, "new", name)); err != nil {
		s.t.Fatal(err)
	}
}

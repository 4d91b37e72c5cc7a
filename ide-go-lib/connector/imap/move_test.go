package imap_test

import (
	"net"
	"strings"
	"testing"
	"time"

	protocol "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/errs"
)

// full is a session whose folder "Full" takes no mails any more.
type full struct{ *imapmemserver.UserSession }

func (s full) Login(string, string) error { return nil }

func (s full) Copy(uids protocol.NumSet, to string) (*protocol.CopyData, error) {
	if to == "Full" {
		return nil, &protocol.Error{Type: protocol.StatusResponseTypeNo, Code: protocol.ResponseCodeOverQuota, Text: "The folder is full"}
	}
	return s.UserSession.Copy(uids, to)
}

// old serves a mailbox with three mails from a server without MOVE; the third is marked for removal by somebody else.
func old(t *testing.T, caps ...protocol.Cap) connector.Inbox {
	t.Helper()
	user := imapmemserver.NewUser("robot", "secret")
	for _, folder := range []string{"INBOX", "Archive", "Full"} {
		require.NoError(t, user.Create(folder, nil))
	}
	for i := range 3 {
		options := &protocol.AppendOptions{Time: time.Now()}
		if i == 2 {
			options.Flags = []protocol.Flag{protocol.FlagDeleted}
		}
		text := strings.ReplaceAll(simple(i+1), "\n", "\r\n")
		_, err := user.Append("INBOX", literal{strings.NewReader(text), int64(len(text))}, options)
		require.NoError(t, err)
	}
	set := protocol.CapSet{protocol.CapIMAP4rev1: {}}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	server := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: set, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return full{imapmemserver.NewUserSession(user)}, nil, nil
	}})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	config := map[string]any{"host": "127.0.0.1", "port": listener.Addr().(*net.TCPAddr).Port, "user": "robot", "password": "secret", "tls": "off"}
	return connectortest.OpenAs[connector.Inbox](connectortest.New(t, imap.Type(), config), nil)
}

type literal struct {
	*strings.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

func TestMoveWithoutMOVE(t *testing.T) {
	in := func(box connector.Inbox, folder string) (out []string) {
		t.Helper()
		_, err := box.Mails(t.Context(), connector.MailRequest{Folder: folder}, func(m connector.ReceivedMail) error {
			out = append(out, m.Subject)
			return nil
		})
		require.NoError(t, err)
		return out
	}
	all := []string{"Bill 1", "Bill 2", "Bill 3"}
	box := old(t, protocol.CapUIDPlus)
	_, err := box.Mark(t.Context(), "INBOX", 0, []uint32{1}, connector.MailMark{MoveTo: "Full"})
	require.Error(t, err)
	require.Equal(t, all, in(box, "INBOX"), "what was not copied stays")
	n, err := box.Mark(t.Context(), "INBOX", 0, []uint32{1}, connector.MailMark{MoveTo: "Archive"})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, all[1:], in(box, "INBOX"))
	require.Equal(t, all[:1], in(box, "Archive"))

	box = old(t)
	for _, how := range []connector.MailMark{{MoveTo: "Archive"}, {Delete: true}} {
		_, err = box.Mark(t.Context(), "INBOX", 0, []uint32{1}, how)
		require.Equal(t, connector.CodeMail, errs.From(err).Code)
		require.Equal(t, all, in(box, "INBOX"), "nor is what others have marked removed")
		require.Empty(t, in(box, "Archive"))
	}
}

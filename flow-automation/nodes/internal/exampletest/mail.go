package exampletest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/connector/smtp"
	"dataflow/ide-go-lib/testkit/mailserver"
)

// outbox is the connection outbox: a server that takes mail for example.org, started when somebody first opens it.
func outbox(t testing.TB) place {
	server := sync.OnceValue(func() *mailserver.Outgoing { return mailserver.StartOutgoing(t, mailserver.Nobody) })
	return func(ctx context.Context, tenant string) (connector.Conn, error) {
		s := server()
		typ := smtp.Type()
		config := fmt.Sprintf(`{"host": %q, "port": %d, "from": "Dataflow <robot@example.org>", "tls": "off"}`, s.Host, s.Port)
		return typ.Open(ctx, connector.World{Tenant: tenant, Egress: loopback()}, json.RawMessage(config))
	}
}

// mailbox is the connection mailbox: one with a few mails, started when somebody first opens it.
func mailbox(t testing.TB) place {
	server := sync.OnceValue(func() *mailserver.Mailbox {
		s := mailserver.StartMailbox(t, false)
		s.Deliver("INBOX", time.Date(2024, 1, 10, 12, 0, 0, 0, time.UTC), "From: Ada <ada@example.org>\nTo: robot@example.org\nSubject: Bill 7\nMessage-ID: <m1@example.org>\n"+
			"Date: Wed, 10 Jan 2024 12:59:00 +0100\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n12.50 €\n")
		s.Deliver("Archive", time.Date(2024, 1, 11, 12, 0, 0, 0, time.UTC), "From: bob@example.org\nTo: robot@example.org\nSubject: Numbers\nMessage-ID: <m2@example.org>\n"+
			"Date: Thu, 11 Jan 2024 12:59:00 +0100\nMIME-Version: 1.0\nContent-Type: text/csv\nContent-Disposition: attachment; filename=numbers.csv\n\na,b\n1,2\n")
		return s
	})
	return func(ctx context.Context, tenant string) (connector.Conn, error) {
		s := server()
		typ := imap.Type()
		config := fmt.Sprintf(`{"host": %q, "port": %d, "user": %q, "password": %q, "tls": "off"}`, s.Host, s.Port, mailserver.User, mailserver.Password)
		return typ.Open(ctx, connector.World{Tenant: tenant, Egress: loopback()}, json.RawMessage(config))
	}
}

package msgserver

import (
	"fmt"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// NATS starts a NATS server with JetStream and passwords, and, on a second port, one with TLS. The user reader may only
// listen to orders.
func NATS(t testing.TB) *Server {
	t.Helper()
	s, dir, cert, key := prepare(t)
	users := fmt.Sprintf(`authorization { users = [
		{ user: %s, password: %q }
		{ user: reader, password: "reader-secret", permissions: { publish: ["$JS.API.>"], subscribe: ["orders", "_INBOX.>"] } }
	] }`, User, Password)
	program := testkit.Server(t, "nats-server")
	s.Process = testkit.StartProcess(t, nil, program, "-c", write(t, dir, "plain.conf", fmt.Sprintf("listen: \"%s:%d\"\njetstream { store_dir: %q }\n%s", s.Host, s.Port, dir+"/plain", users)))
	secure := testkit.StartProcess(t, nil, program, "-c", write(t, dir, "secure.conf", fmt.Sprintf("listen: \"%s:%d\"\njetstream { store_dir: %q }\ntls { cert_file: %q, key_file: %q }\n%s", s.Host, s.Secure, dir+"/secure", cert, key, users)))
	s.Process.WaitFor("Server is ready")
	secure.WaitFor("Server is ready")
	return s
}

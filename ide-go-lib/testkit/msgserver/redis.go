package msgserver

import (
	"fmt"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Redis starts a Redis server with passwords and TLS. Its user reader may only read.
func Redis(t testing.TB) *Server {
	t.Helper()
	s, dir, cert, key := prepare(t)
	users := write(t, dir, "users.acl", fmt.Sprintf("user default off\nuser %s on >%s ~* &* +@all\nuser reader on >reader-secret ~* &* +@read +@connection +info\n", User, Password))
	config := write(t, dir, "redis.conf", fmt.Sprintf("bind %s\nport %d\ntls-port %d\ntls-cert-file %s\ntls-key-file %s\ntls-ca-cert-file %s\ntls-auth-clients no\naclfile %s\ndir %s\nsave \"\"\nappendonly no\n",
		s.Host, s.Port, s.Secure, cert, key, cert, users, dir))
	s.Process = testkit.StartProcess(t, nil, testkit.Tool(t, "redis-server", "redis-server"), config)
	s.Process.WaitFor("Ready to accept connections")
	return s
}

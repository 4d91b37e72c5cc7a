package msgserver

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"dataflow/ide-go-lib/testkit"
)

// Mosquitto starts an MQTT broker with passwords and TLS. Its user reader may only listen to topics that begin with orders/.
func Mosquitto(t testing.TB) *Server {
	t.Helper()
	s, dir, cert, key := prepare(t)
	passwords := write(t, dir, "passwords", fmt.Sprintf("%s:%s\nreader:reader-secret\n", User, Password))
	if out, err := exec.CommandContext(t.Context(), testkit.Tool(t, "mosquitto_passwd", "mosquitto"), "-U", passwords).CombinedOutput(); err != nil { //nolint:gosec // named here
		t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
	}
	rules := write(t, dir, "rules.acl", fmt.Sprintf("user %s\ntopic readwrite #\ntopic read $SYS/#\n\nuser reader\ntopic read orders/#\n", User))
	// As root it would become somebody else, who may not enter the folder.
	become := ""
	if os.Getuid() == 0 {
		become = "user root\n"
	}
	config := write(t, dir, "mosquitto.conf", fmt.Sprintf("%slistener %d %s\nlistener %d %s\ncertfile %s\nkeyfile %s\nallow_anonymous false\npassword_file %s\nacl_file %s\npersistence false\nlog_type all\nset_tcp_nodelay true\nmessage_size_limit 4194304\n",
		become, s.Port, s.Host, s.Secure, s.Host, cert, key, passwords, rules))
	s.Process = testkit.StartProcess(t, nil, testkit.Tool(t, "mosquitto", "mosquitto"), "-c", config)
	s.Process.WaitFor(" running")
	return s
}

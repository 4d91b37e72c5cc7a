package msgserver

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"dataflow/ide-go-lib/testkit"
)

// Kafka starts a broker that is a cluster of its own, with the logins PLAIN and SCRAM-SHA-512, and TLS on its port Secure.
// The user reader may do nothing that no ACL says.
func Kafka(t testing.TB) *Server {
	t.Helper()
	s, dir, _, _ := prepare(t)
	cert, key := testkit.Certificate(t)
	s.CA = cert
	pair := write(t, dir, "pair.pem", key+cert)
	controller := testkit.FreePort(t)
	login := fmt.Sprintf("org.apache.kafka.common.security.plain.PlainLoginModule required username=%q password=%q user_%s=%q user_reader=\"reader-secret\";", User, Password, User, Password)
	scram := fmt.Sprintf("org.apache.kafka.common.security.scram.ScramLoginModule required username=%q password=%q;", User, Password)
	config := write(t, dir, "server.properties", fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@%[1]s:%[4]d
listeners=SASL_PLAINTEXT://%[1]s:%[2]d,SASL_SSL://%[1]s:%[3]d,CONTROLLER://%[1]s:%[4]d
advertised.listeners=SASL_PLAINTEXT://%[1]s:%[2]d,SASL_SSL://%[1]s:%[3]d
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=%[5]s
listener.name.sasl_ssl.plain.sasl.jaas.config=%[5]s
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=%[6]s
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=%[6]s
ssl.keystore.type=PEM
ssl.keystore.location=%[7]s
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:%[8]s;User:ANONYMOUS
log.dirs=%[9]s
num.partitions=1
message.max.bytes=2097152
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2000000
num.network.threads=1
num.io.threads=2
background.threads=1
`, s.Host, s.Port, s.Secure, controller, login, scram, pair, User, filepath.Join(dir, "log")))
	java := testkit.Tool(t, "java", "default-jre-headless")
	with := func(more ...string) []string {
		return append([]string{"-Xmx320m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", filepath.Join(testkit.Server(t, "kafka"), "*")}, more...)
	}
	format := with("kafka.tools.StorageTool", "format", "--cluster-id", "MkU3OEVBNTcwNTJENDM2Qg", "--config", config,
		"--add-scram", fmt.Sprintf("SCRAM-SHA-512=[name=%s,password=%s]", User, Password))
	if out, err := exec.CommandContext(t.Context(), java, format...).CombinedOutput(); err != nil { //nolint:gosec // named here
		t.Fatalf("prepare Kafka's folder: %v\n%s", err, out)
	}
	s.Process = testkit.StartProcess(t, nil, java, with("kafka.Kafka", config)...)
	s.listens(t)
	return s
}

// listens waits until somebody takes connections.
func (s *Server) listens(t testing.TB) {
	t.Helper()
	testkit.Eventually(t, "the server listens", func() bool {
		d := net.Dialer{Timeout: time.Second}
		n, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
		if err != nil {
			return false
		}
		_ = n.Close() // it was only asked for
		return true
	})
}

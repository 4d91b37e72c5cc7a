package sftp

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
)

// ways are those in which the user shows who they are.
func (c Config) ways() ([]ssh.AuthMethod, error) {
	var ways []ssh.AuthMethod
	if c.PrivateKey != "" {
		signer, err := parsePrivateKey(c.PrivateKey.Reveal(), c.Passphrase.Reveal())
		if err != nil {
			return nil, err
		}
		ways = append(ways, ssh.PublicKeys(signer))
	}
	if c.Password != "" {
		password := c.Password.Reveal()
		ways = append(ways, ssh.Password(password), ssh.KeyboardInteractive(func(_, _ string, questions []string, echos []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range questions {
				if !echos[i] { // what is shown while it is typed is no password
					answers[i] = password
				}
			}
			return answers, nil
		}))
	}
	if len(ways) == 0 {
		return nil, connector.FieldInvalid("password", "Give a password or a private key.")
	}
	return ways, nil
}

// keyText is a private key whose lines have become one, as fields of one line do to what is put into them.
var keyText = pattern.Of(`(?s)^\s*(-----BEGIN [A-Z0-9 ]+-----)(.*)(-----END [A-Z0-9 ]+-----)\s*$`)

const lineLength = 64

func parsePrivateKey(text, passphrase string) (ssh.Signer, error) {
	m := keyText.FindStringSubmatch(text)
	if m == nil {
		if looksLikeAlgorithm(strings.TrimSpace(text)) {
			return nil, connector.FieldInvalid("private_key", "This is the public key, which the server has. Put in the whole file beside it that has no .pub at its end.")
		}
		return nil, connector.FieldInvalid("private_key", "This is no private key of OpenSSH (-----BEGIN OPENSSH PRIVATE KEY-----). Put in the whole file that has no .pub at its end; one of PuTTY is converted with: puttygen KEY.ppk -O private-openssh.")
	}
	raw := []byte(text)
	if !strings.Contains(m[2], ":") { // without headers, which need their lines
		var lines bytes.Buffer
		lines.WriteString(m[1] + "\n")
		for part := range slices.Chunk([]byte(strings.Join(strings.Fields(m[2]), "")), lineLength) {
			lines.Write(append(slices.Clone(part), '\n'))
		}
		lines.WriteString(m[3] + "\n")
		raw = lines.Bytes()
	}
	signer, err := ssh.ParsePrivateKey(raw)
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		if passphrase == "" {
			return nil, connector.FieldInvalid("passphrase", "The private key is protected; enter its passphrase.")
		}
		signer, err = ssh.ParsePrivateKeyWithPassphrase(raw, []byte(passphrase))
		if errors.Is(err, x509.IncorrectPasswordError) {
			return nil, connector.FieldInvalid("passphrase", "The passphrase does not open the private key.")
		}
	}
	if err != nil {
		return nil, connector.FieldInvalid("private_key", "The private key cannot be read, for some of it is missing or was changed (%s). Put in the whole file, from the line BEGIN to the line END.", strings.TrimPrefix(err.Error(), "ssh: "))
	}
	return signer, nil
}

// hostKeys are those by which a server is known.
type hostKeys []hostKey

type hostKey struct {
	algorithm   string // empty is any
	fingerprint string // SHA256:…
}

// parseHostKeys reads fingerprints, keys, and lines of known_hosts, one on a line.
func parseHostKeys(text string) (hostKeys, error) {
	var keys hostKeys
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseHostKey(strings.Fields(line))
		if err != nil {
			return nil, connector.FieldInvalid("host_key", "%.60q is no host key: %v. Write a fingerprint, such as ssh-ed25519 SHA256:…, or a line of known_hosts.", line, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func parseHostKey(fields []string) (k hostKey, err error) {
	if fields[0][0] == '@' {
		return k, fmt.Errorf("%s is not known here", fields[0])
	}
	for i, f := range fields {
		if strings.HasPrefix(f, "SHA256:") {
			if sum, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(f[len("SHA256:"):], "=")); err != nil || len(sum) != 32 {
				return k, errors.New("the fingerprint is not complete")
			}
			k.fingerprint = strings.TrimRight(f, "=")
			if i > 0 && looksLikeAlgorithm(fields[i-1]) {
				k.algorithm = fields[i-1]
			}
			return k, nil
		}
		if i > 0 && looksLikeAlgorithm(fields[i-1]) && strings.HasPrefix(f, "AAAA") {
			raw, err := base64.StdEncoding.DecodeString(f)
			if err != nil {
				return k, errors.New("the key is not complete")
			}
			key, err := ssh.ParsePublicKey(raw)
			if err != nil {
				return k, errors.New(strings.TrimPrefix(err.Error(), "ssh: "))
			}
			return hostKey{key.Type(), ssh.FingerprintSHA256(key)}, nil
		}
	}
	return k, errors.New("it has neither a fingerprint nor a key")
}

func looksLikeAlgorithm(text string) bool {
	return strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-") || strings.HasPrefix(text, "sk-")
}

// algorithms asks the server for a key of a kind that is known; nil is any.
func (keys hostKeys) algorithms() (list []string) {
	for _, k := range keys {
		switch k.algorithm {
		case "":
			return nil
		case ssh.KeyAlgoRSA:
			list = append(list, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		default:
			list = append(list, k.algorithm)
		}
	}
	return list
}

// strangerError is that of a key that is not among those that are known.
type strangerError struct {
	known bool // others are
	shown string
}

func (e *strangerError) Error() string { return "the host key is not known: " + e.shown }

// check is an ssh.HostKeyCallback.
func (keys hostKeys) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	fingerprint := ssh.FingerprintSHA256(key)
	for _, k := range keys {
		if k.fingerprint == fingerprint && (k.algorithm == "" || k.algorithm == key.Type()) {
			return nil
		}
	}
	return &strangerError{known: len(keys) > 0, shown: key.Type() + " " + fingerprint}
}

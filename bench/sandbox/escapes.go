package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"dataflow/bench/figure"
)

const (
	canary        = "canary-5f1d7c"
	attackSeconds = 5
	attackMemory  = 256
)

// escapes runs every attack under both policies. One has succeeded when it says so, when a secret of the machine is in
// its answer or its files, when a server of the machine heard of it, or when the service does not answer as before.
func escapes(ctx context.Context, o options, r *figure.Report) (err error) {
	paths, err := filepath.Glob(filepath.Join(o.attacks, "*.py"))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("there are no attacks in %s; run this in the repository", o.attacks)
	}
	s, err := start(ctx, o, "--disk-mib", "64")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	secret := filepath.Join(s.data, "secret")
	if err := os.WriteFile(secret, []byte(canary), 0o600); err != nil {
		return err
	}
	reached := make(chan string, len(paths)*2)
	tcp, err := listen(ctx, "tcp", "127.0.0.1:0", reached)
	if err != nil {
		return err
	}
	defer func() { _ = tcp.Close() }()
	name := fmt.Sprintf("coderunner-bench-%d", os.Getpid())
	abstract, err := listen(ctx, "unix", "@"+name, reached)
	if err != nil {
		return err
	}
	defer func() { _ = abstract.Close() }()
	world := map[string]any{
		"secret": secret, "port": tcp.Addr().(*net.TCPAddr).Port, "abstract": name, "datagrams": name + "-d", //nolint:forcetypeassert // it listens on TCP
		"socket": s.socket, "service": s.cmd.Process.Pid,
	}
	tried, succeeded := 0, []string{}
	for _, path := range paths {
		source, err := os.ReadFile(path) //nolint:gosec // the folder of the attacks
		if err != nil {
			return err
		}
		for _, policy := range []string{"isolated", "restricted"} {
			tried++
			out := filepath.Join(s.output, fmt.Sprint(tried))
			if err := makeDir(out); err != nil {
				return err
			}
			how, err := attack(ctx, s, string(source), policy, out, world)
			if err != nil {
				return fmt.Errorf("%s under %s: %w", filepath.Base(path), policy, err)
			}
			if how != "" {
				succeeded = append(succeeded, fmt.Sprintf("%s under %s: %s", filepath.Base(path), policy, how))
			}
		}
	}
	close(reached)
	for who := range reached {
		succeeded = append(succeeded, "a server of the machine was reached: "+who)
	}
	r.Add(figure.Figure{Name: "escapes_tried", Value: float64(tried), AtLeast: 160, Note: fmt.Sprintf("%d attacks under both policies", len(paths))})
	r.Add(figure.Figure{Name: "escapes_succeeded", Value: float64(len(succeeded)), Note: "0 is the only good figure"})
	if len(succeeded) > 0 {
		return errors.New(strings.Join(succeeded, "\n"))
	}
	return nil
}

// attack runs one; gives how it got out, or nothing.
func attack(ctx context.Context, s *service, source, policy, out string, world map[string]any) (string, error) {
	events, _, answer, err := s.run(ctx, map[string]any{
		"code": source, "policy": policy, "output_dir": out,
		"args":   map[string]any{"world": map[string]any{"kind": "value", "value": world}},
		"limits": map[string]any{"timeout_seconds": attackSeconds, "memory_mib": attackMemory},
	})
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Event != "result" {
			continue
		}
		text, err := json.Marshal(e.Outputs)
		if err != nil {
			return "", err
		}
		if bytes.Contains(text, []byte("escaped")) {
			return "it says so: " + string(text), nil
		}
	}
	if bytes.Contains(answer, []byte(canary)) {
		return "it knows the secret", nil
	}
	found := ""
	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // the bench's own folder
		if !d.Type().IsRegular() || bytes.Contains(content, []byte(canary)) {
			found = "its files hold what they should not: " + path
		}
		return err
	})
	if err != nil || found != "" {
		return found, err
	}
	after, _, err := s.must(ctx, map[string]any{"code": "import pandas as pd\ndef main(): return [len(pd.DataFrame({'a': [1, 2]})), int(pd.Series([1, 2]).sum())]"})
	if err != nil {
		return "the service does not answer as before: " + err.Error(), nil //nolint:nilerr // that it does not is what was found out
	}
	if got := string(after.Outputs["result"].Value); got != "[2,3]" && got != "[2, 3]" {
		return "the next execution answers " + got, nil
	}
	return "", nil
}

// listen accepts connections and tells of each.
func listen(ctx context.Context, network, address string, reached chan<- string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, network, address)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			select {
			case reached <- network:
			default:
			}
		}
	}()
	return l, nil
}

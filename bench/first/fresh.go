package first

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

// freshLimit ends a measurement that hangs.
const freshLimit = time.Hour

// newUser measures what somebody waits for who has just cloned the repository, with every cache empty: until make run
// answers, and until make test is green. Each gets a clone and caches of its own.
func newUser(ctx context.Context, scratch string, r *figure.Report) error {
	ctx, cancel := context.WithTimeout(ctx, freshLimit)
	defer cancel()
	took, err := freshReady(ctx, filepath.Join(scratch, "fresh-run"))
	if err != nil {
		return fmt.Errorf("make run: %w", err)
	}
	r.Add(figure.Figure{Name: "fresh_run_min", Value: took.Minutes(), Unit: "min", AtMost: freshRun, Note: "make run to /readyz, empty caches"})
	took, err = freshTests(ctx, filepath.Join(scratch, "fresh-test"))
	if err != nil {
		return fmt.Errorf("make test: %w", err)
	}
	r.Add(figure.Figure{Name: "fresh_test_min", Value: took.Minutes(), Unit: "min", AtMost: freshTest, Note: "make test to green, empty caches"})
	return nil
}

// clone copies HEAD, as a user would get it, and gives an environment whose caches are empty.
func clone(ctx context.Context, dir string) (repo string, env []string, err error) {
	repo = filepath.Join(dir, "dataflow")
	out, err := exec.CommandContext(ctx, "git", "clone", "-q", "--no-hardlinks", ".", repo).CombinedOutput() //nolint:gosec // our own repository
	if err != nil {
		return "", nil, fmt.Errorf("clone: %w\n%s", err, out)
	}
	caches := map[string]string{
		"GOCACHE": "go-build", "GOMODCACHE": "go-mod", "npm_config_cache": "npm", "PIP_CACHE_DIR": "pip", "XDG_CACHE_HOME": "xdg",
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if _, ours := caches[name]; !ours && !strings.HasPrefix(name, "DATAFLOW_") {
			env = append(env, pair)
		}
	}
	for name, sub := range caches {
		env = append(env, name+"="+filepath.Join(dir, "cache", sub))
	}
	return repo, env, nil
}

func freshReady(ctx context.Context, dir string) (took time.Duration, err error) {
	repo, env, err := clone(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer func() { forget(dir) }()
	addr, err := program.FreeAddr(ctx)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command("make", "run") //nolint:noctx // ended by its id
	cmd.Dir, cmd.Env = repo, append(env, "DATAFLOW_ADDR="+addr, "DATA="+filepath.Join(dir, "data"))
	s, err := program.Await(ctx, cmd, addr, freshWait)
	if err != nil {
		return 0, err
	}
	s.Kill() // make does not pass signals on
	return s.Ready, nil
}

// freshWait is how long a fresh make run may take before it is given up.
const freshWait = 30 * time.Minute

func freshTests(ctx context.Context, dir string) (time.Duration, error) {
	repo, env, err := clone(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer forget(dir)
	began := time.Now()
	cmd := exec.CommandContext(ctx, "make", "test")
	cmd.Dir, cmd.Env = repo, env
	if output, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, output[max(0, len(output)-4096):])
	}
	return time.Since(began), nil
}

// forget removes a clone with its caches. Go's module cache is read-only, which would keep it from being removed.
func forget(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // a directory that is about to be removed
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

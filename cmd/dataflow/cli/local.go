package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"dataflow/coderunner/environment"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/telemetry"
)

// localStop is how long an engine in this process may take to end.
const localStop = 10 * time.Second

// local runs one flow in this process, on a folder that goes when it is done.
type local struct {
	*platform
	doc    *flow.Document
	dir    string
	places *flow.Places
}

type localConfig struct {
	file   string
	doc    *flow.Document
	places *flow.Places
	python string
	tables duck.Config
}

// startLocal puts an engine together for the flow. Its files are those of the folder of the flow's file.
func startLocal(ctx context.Context, w *World, cfg localConfig) (*local, error) {
	store, err := files.Fixed(filepath.Dir(w.Path(cfg.file)))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dataflow-run-")
	if err != nil {
		return nil, err
	}
	log, err := localLogger(w)
	if err != nil {
		return nil, err
	}
	mode := pythonNone
	if usesPython(cfg.doc.Spec.Nodes) {
		mode = pythonChild
	}
	cfg.tables.Once = true
	p, err := newPlatform(ctx, w, platformConfig{data: dir, passing: true, ahead: usesTables(cfg.doc.Spec.Nodes), files: store, python: mode, command: cfg.python, log: log, tables: cfg.tables})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	l := &local{platform: p, doc: cfg.doc, dir: dir, places: cfg.places}
	if err := p.start(ctx); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// localLogger is for services of this process: what a server would write into its log for its operator is of use to
// whoever sits here.
func localLogger(w *World) (*slog.Logger, error) {
	level := "error"
	if v, _ := w.Env(envPrefix + "DEBUG"); v != "" {
		level = "debug"
	}
	return telemetry.NewLogger(w.Stderr, telemetry.LogConfig{Level: level, Format: "text"})
}

// withoutEnvironments refuses code that names an environment: a folder that goes when the run is done has none.
func withoutEnvironments(nodes []flow.Node) error {
	for i := range nodes {
		name, _ := nodes[i].With["environment"].(string)
		if nodes[i].Type == "python" && name != "" && name != environment.Default {
			return usagef("node %s, with.environment: the environment %q lives on a server; run the flow there with --server", nodes[i].ID, name)
		}
		for _, body := range nodes[i].Bodies() {
			if err := withoutEnvironments(body.Nodes); err != nil {
				return err
			}
		}
	}
	return nil
}

func usesPython(nodes []flow.Node) bool {
	return anyNode(nodes, func(n *flow.Node) bool { return n.Type == "python" })
}

func usesTables(nodes []flow.Node) bool {
	types := automation.NodeTypes()
	return anyNode(nodes, func(n *flow.Node) bool {
		t := types.Get(n.Type)
		return t != nil && t.Tables()
	})
}

// anyNode says whether one of the nodes, or one within them, is such.
func anyNode(nodes []flow.Node, such func(n *flow.Node) bool) bool {
	for i := range nodes {
		if such(&nodes[i]) {
			return true
		}
		for _, body := range nodes[i].Bodies() {
			if anyNode(body.Nodes, such) {
				return true
			}
		}
	}
	return false
}

// close ends the engine and removes its folder.
func (l *local) close() {
	ctx, cancel := context.WithTimeout(context.Background(), localStop)
	defer cancel()
	_ = l.stop(ctx) // what the run came to is known; nothing of the folder is kept
	_ = os.RemoveAll(l.dir)
}

func (l *local) begin(ctx context.Context, params map[string]any) (engine.Run, error) {
	analysis := l.automation.Analyze(ctx, auth.DefaultTenant, l.doc, l.places)
	if err := flow.AsError(analysis.Problems); err != nil {
		return engine.Run{}, err
	}
	return l.automation.Engine().Begin(ctx, engine.StartRequest{
		Tenant: auth.DefaultTenant, Document: l.doc, Params: params, Trigger: engine.Trigger{Type: "manual"}, By: "terminal",
	})
}

func (l *local) Watch(ctx context.Context, id string, show func(engine.Event)) error {
	events, err := l.automation.Engine().Watch(ctx, auth.DefaultTenant, id)
	if err != nil {
		return err
	}
	for e := range events {
		show(e)
	}
	return context.Cause(ctx)
}

func (l *local) Run(ctx context.Context, id string) (engine.Run, error) {
	return l.automation.Engine().Run(ctx, auth.DefaultTenant, id)
}

func (l *local) Steps(ctx context.Context, id string) ([]engine.Step, error) {
	return l.automation.Engine().Steps(ctx, auth.DefaultTenant, id)
}

func (l *local) Cancel(ctx context.Context, id string) error {
	return l.automation.Engine().Cancel(ctx, auth.DefaultTenant, id, "terminal")
}

func (l *local) Page(ctx context.Context, id string, limit int64) (table.Page, error) {
	return l.tables.Page(ctx, auth.DefaultTenant, artifact.Ref{ID: id, MediaType: table.MediaType}, table.PageRequest{Limit: limit})
}

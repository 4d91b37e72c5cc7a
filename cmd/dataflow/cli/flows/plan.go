package flows

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/flow"
)

// action is what becomes of one flow.
type action string

const (
	create    action = "create"
	update    action = "update"
	unchanged action = "unchanged"
	remove    action = "delete"
)

// change is one line of a plan.
type change struct {
	Action  action `json:"action"`
	Name    string `json:"name"`
	File    string `json:"file,omitempty"`
	Publish bool   `json:"publish"`
	Diff    string `json:"diff,omitempty"` // unified, from the server's text to the file's
	// Version is what it was published as, from that revision of the draft; 0 is not yet, or not at all.
	Version  int   `json:"version,omitempty"`
	Revision int64 `json:"revision,omitempty"`

	id       string
	revision int64 // of the draft that the plan is based on
	text     string
}

func (c change) idle() bool { return c.Action == unchanged && !c.Publish }

// plan is what has to be done so that the server has the flows of the files.
type plan struct {
	changes []change // in the order in which they are made
	skipped []string // files that are no flows, and why
}

func (p *plan) idle() bool {
	return !slices.ContainsFunc(p.changes, func(c change) bool { return !c.idle() })
}

func (p *plan) count(what action) (n int) {
	for _, c := range p.changes {
		if c.Action == what {
			n++
		}
	}
	return n
}

// planOptions say what a plan covers beside creating and updating.
type planOptions struct {
	publish bool
	force   bool // publish what could be published only so
	prune   bool
	labels  []string // key=value; prune deletes only flows that have all of them
}

func (o planOptions) check() error {
	for _, l := range o.labels {
		if key, _, ok := strings.Cut(l, "="); !ok || key == "" {
			return console.Usagef("--label takes key=value, not %q", l)
		}
	}
	if len(o.labels) > 0 && !o.prune {
		return console.Usagef("--label says which flows --prune may delete; it needs --prune")
	}
	return nil
}

// newPlan compares the files with the server and changes nothing. Files that are broken are all reported, and then there
// is no plan.
func newPlan(ctx context.Context, w *console.World, c *client.Client, paths []string, o planOptions) (*plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	found, err := collect(w, paths)
	if err != nil {
		return nil, err
	}
	if len(found.files)+len(found.broken) == 0 {
		return nil, console.Usagef("there are no flows in %s", strings.Join(paths, ", "))
	}
	problems, err := validate(ctx, c, found)
	if o.publish && !o.force { // better said now than when half of the flows are changed
		for i := range problems {
			if problems[i].Unpublishable {
				problems[i].Severity = flow.Error
			}
		}
	}
	bad, files := report(w, problems)
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		console.Say(w.Stderr, "%s in %s; nothing was changed.\n", console.Number(bad, "error", "errors"), console.Number(files, "file", "files"))
		return nil, console.WithCode(console.ExitInvalid, console.ErrReported)
	}
	p := &plan{skipped: found.skipped}
	there := map[string]api.FlowSummary{}
	for f, err := range c.Flows(ctx, "", "name") {
		if err != nil {
			return nil, err
		}
		there[f.Name] = f
	}
	p.changes = make([]change, len(found.files))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, file := range found.files {
		g.Go(func() (err error) {
			known, ok := there[file.Doc.Metadata.Name]
			p.changes[i], err = compare(gctx, c, file, known, ok, o.publish)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if o.prune {
		p.prune(found.files, there, o.labels)
	}
	order := []action{create, update, unchanged, remove}
	slices.SortStableFunc(p.changes, func(a, b change) int {
		if by := slices.Index(order, a.Action) - slices.Index(order, b.Action); by != 0 {
			return by
		}
		return strings.Compare(a.Name, b.Name)
	})
	return p, nil
}

// atOnce is how many requests are made at a time.
const atOnce = 4

// validate gives all problems, by file: what is no flow by itself, and what the server, which alone knows its node types,
// says about the rest.
func validate(ctx context.Context, c *client.Client, found *collection) ([]problem, error) {
	perFile := make([][]problem, len(found.files))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, f := range found.files {
		g.Go(func() error {
			a, err := c.ValidateText(gctx, f.Text)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			for _, one := range a.Problems {
				perFile[i] = append(perFile[i], problem{f.Name, one})
			}
			return nil
		})
	}
	err := g.Wait()
	all := append(slices.Clone(found.broken), slices.Concat(perFile...)...)
	slices.SortStableFunc(all, func(a, b problem) int { return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line)) })
	return all, err
}

// compare finds what has to be done about one file.
func compare(ctx context.Context, c *client.Client, file flowfile.File, known api.FlowSummary, there, publish bool) (change, error) {
	out := change{Action: create, Name: file.Doc.Metadata.Name, File: file.Name, Publish: publish, text: file.Text}
	if !there {
		return out, nil
	}
	f, err := c.Flow(ctx, known.ID)
	if err != nil {
		return change{}, err
	}
	out.Action, out.id, out.revision = unchanged, f.ID, f.Draft.Revision
	if f.Draft.YAML != file.Text {
		out.Action = update
		if out.Diff, err = unified("server: "+f.Name, file.Name, f.Draft.YAML, file.Text); err != nil {
			return change{}, err
		}
	}
	if publish {
		out.Publish, err = differsFromPublished(ctx, c, f, file.Doc)
	}
	return out, err
}

// differsFromPublished says whether publishing the document would make another version.
func differsFromPublished(ctx context.Context, c *client.Client, f api.Flow, doc *flow.Document) (bool, error) {
	if f.PublishedVersion == 0 {
		return true, nil
	}
	same, err := equal(f.Draft.Document, doc)
	if err != nil || same {
		return f.DraftChanged, err
	}
	v, err := c.Version(ctx, f.ID, f.PublishedVersion)
	if err != nil {
		return false, err
	}
	same, err = equal(v.Document, doc)
	return !same, err
}

func equal(a, b *flow.Document) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// prune adds the flows that the server has and no file.
func (p *plan) prune(files []flowfile.File, there map[string]api.FlowSummary, labels []string) {
	for _, f := range files {
		delete(there, f.Doc.Metadata.Name)
	}
	for _, f := range there {
		if hasLabels(f.Labels, labels) {
			p.changes = append(p.changes, change{Action: remove, Name: f.Name, id: f.ID})
		}
	}
}

func hasLabels(has map[string]string, want []string) bool {
	for _, l := range want {
		key, value, _ := strings.Cut(l, "=")
		if v, ok := has[key]; !ok || v != value {
			return false
		}
	}
	return true
}

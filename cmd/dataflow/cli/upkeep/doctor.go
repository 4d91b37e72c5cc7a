package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/coderunner/environment"
	automation "dataflow/flow-automation"
	"dataflow/flow-automation/doctor"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
)

type doctorFlags struct {
	data                string
	repair, quick, json bool
}

func newDoctor(w *console.World) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether an installation is sound, and mend what can be mended",
		Long: `Look whether an installation is sound: the disk, the database, the journals of all runs and the list of runs that is made of
them, the artifacts that they refer to, and what is left over. It says what is wrong and what to do. It ends with code 9 when
something is wrong.

It changes nothing and may be used while the server runs. With --repair it makes anew what can be made: the list and the
counts of runs from their journals, and, where the database's file is damaged, a new one of all that can be read; the
damaged one is kept. For that the server must be stopped.`,
		Example: `  dataflow doctor --data /var/lib/dataflow
  dataflow doctor --quick --json
  dataflow doctor --repair`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := console.ApplySettings(w, cmd); err != nil {
				return err
			}
			return f.examine(cmd.Context(), w)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.data, "data", "dataflow-data", "`folder` of the installation")
	fl.BoolVar(&f.repair, "repair", false, "mend what can be mended; the server must be stopped")
	fl.BoolVar(&f.quick, "quick", false, "leave out what takes long: the journals of all runs and the content of artifacts")
	fl.BoolVar(&f.json, "json", false, "write what was found as JSON to standard output")
	return cmd
}

// report is what was found, as JSON.
type report struct {
	Data     string           `json:"data"`
	Sound    bool             `json:"sound"`
	Findings []doctor.Finding `json:"findings"`
}

func (f *doctorFlags) examine(ctx context.Context, w *console.World) error {
	dir, err := installation(w, f.data)
	if err != nil {
		return err
	}
	e := &examination{dir: dir, f: f, w: w, line: &line{w: w}}
	err = e.all(ctx)
	e.line.clear()
	if err != nil {
		return err
	}
	sound := !slices.ContainsFunc(e.found, func(f doctor.Finding) bool { return f.Level == doctor.Problem && !f.Mended })
	if f.json {
		out := json.NewEncoder(w.Stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(report{Data: dir, Sound: sound, Findings: e.found}); err != nil {
			return err
		}
	} else {
		show(w, e.found, sound)
	}
	if !sound {
		return console.WithCode(console.ExitUnsound, console.ErrReported)
	}
	return nil
}

func show(w *console.World, found []doctor.Finding, sound bool) {
	signs := map[doctor.Level]string{doctor.OK: "✓", doctor.Note: "·", doctor.Warning: "!", doctor.Problem: "✗"}
	for _, f := range found {
		text := f.Text
		if f.Mended {
			text += " It was mended."
		}
		console.Say(w.Stdout, "%s %-10s %s\n", signs[f.Level], f.Check, text)
		for _, x := range f.Examples {
			console.Say(w.Stdout, "             %s\n", x)
		}
		if f.Hint != "" && !f.Mended {
			console.Say(w.Stdout, "             → %s\n", f.Hint)
		}
	}
	if sound {
		console.Say(w.Stdout, "Nothing is wrong.\n")
	} else {
		console.Say(w.Stdout, "Something is wrong: see above what to do.\n")
	}
}

// examination is one look at a data folder.
type examination struct {
	dir   string
	f     *doctorFlags
	w     *console.World
	line  *line
	found []doctor.Finding
}

func (e *examination) add(f doctor.Finding) { e.found = append(e.found, f) }

func (e *examination) all(ctx context.Context) (err error) {
	if err := e.folder(); err != nil {
		return err
	}
	if e.f.repair {
		free, err := e.own(ctx)
		if err != nil {
			return err
		}
		defer free()
	} else {
		e.holder(ctx)
	}
	for again := false; ; again = true {
		found, damaged, err := e.database(ctx)
		if !damaged || !e.f.repair || again {
			e.found = append(e.found, found...)
			return err
		}
		if err := e.save(ctx); err != nil {
			return err
		}
	}
}

// own takes the data folder from nobody: it fails when a server has it.
func (e *examination) own(ctx context.Context) (free func(), err error) {
	inUse := func(who string) error {
		return console.WithCode(console.ExitRefused, errs.Conflict("in_use", "%s uses %s.", who, e.f.data).WithHint("Stop it, then repair; without --repair it may run."))
	}
	l, err := datadir.OpenLease(ctx, e.dir, func() string { return "" }, telemetry.Discard())
	if err != nil {
		if !(db.SQLite{}).IsDamaged(err) {
			return nil, err
		}
		// The lease itself cannot be read. Nobody may have the database open.
		if lease.Anybody(filepath.Join(e.dir, datadir.Leases)) {
			return nil, inUse("A server")
		}
		return func() {}, nil
	}
	term, err := l.TryAcquire(ctx)
	if err == nil && term == nil {
		holder, _, held := l.Holder(ctx)
		if err = held; err == nil {
			err = inUse(holder.String())
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return func() {
		_ = term.Release(context.WithoutCancel(ctx)) // it ends with this process in any case
		_ = l.Close()
	}, nil
}

// holder says who has the data folder.
func (e *examination) holder(ctx context.Context) {
	l, err := datadir.OpenLease(ctx, e.dir, func() string { return "" }, telemetry.Discard())
	if err != nil {
		return // the database says more
	}
	defer func() { _ = l.Close() }()
	h, held, err := l.Holder(ctx)
	switch {
	case err != nil:
	case !held && h.Restored != nil:
		e.add(doctor.Finding{
			Check: "lease", Level: doctor.OK, Text: fmt.Sprintf("The folder is a backup that was restored %s; no server has been started on it yet.", h.Restored.Local().Format("2006-01-02 15:04:05")),
			Hint: "The first one goes on with the runs that were under way when the backup was made.",
		})
	case !held:
		e.add(doctor.Finding{Check: "lease", Level: doctor.OK, Text: "No server has the folder."})
	case lease.Alive(filepath.Join(e.dir, datadir.Leases), h):
		e.add(doctor.Finding{Check: "lease", Level: doctor.OK, Text: fmt.Sprintf("The folder is in use: %s.", h)})
	default:
		e.add(doctor.Finding{Check: "lease", Level: doctor.Note, Text: fmt.Sprintf("The last server did not end in an orderly way: %s.", h), Hint: "The next one goes on with its runs."})
	}
}

// database looks into the database and what it refers to.
func (e *examination) database(ctx context.Context) (found []doctor.Finding, damaged bool, err error) {
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(e.dir, datadir.Database)})
	if err != nil {
		if !(db.SQLite{}).IsDamaged(err) {
			return nil, false, err
		}
		return []doctor.Finding{{
			Check: "database", Level: doctor.Problem, Text: "The database cannot be opened: " + err.Error(), Hint: "Restore a backup (dataflow restore --replace).",
		}}, false, nil
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	store, err := artifacts.New(filepath.Join(e.dir, datadir.Artifacts))
	if err != nil {
		return nil, false, err
	}
	schemas, err := datadir.Schemas()
	if err != nil {
		return nil, false, err
	}
	found, err = doctor.Examine(ctx, doctor.Config{
		DB: d, References: references(d), Artifacts: store, Schemas: schemas, Quick: e.f.quick, Repair: e.f.repair, Now: e.w.Clock.Now(), Progress: e.line.show,
	})
	damaged = slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Check == "database" && f.Level == doctor.Problem })
	return found, damaged, err
}

// references calls f with what all services have that may refer to artifacts.
func references(d *db.DB) func(ctx context.Context, f func(text []byte)) error {
	return func(ctx context.Context, f func(text []byte)) error {
		return errors.Join(automation.References(d)(ctx, f), environment.References(d)(ctx, f))
	}
}

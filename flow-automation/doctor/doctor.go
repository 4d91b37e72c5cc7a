// Package doctor looks whether a data folder is sound: that its database can be read, that what the list of runs says is
// what the journal says, that artifacts are there and are what they were. It says what is wrong and what to do, and mends
// what can be made anew.
package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"dataflow/flow-automation/engine/local"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/words"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Note    Level = "note"    // worth knowing; nothing has to be done
	Warning Level = "warning" // something should be done
	Problem Level = "problem" // something is wrong
)

// Finding is what one check has come to.
type Finding struct {
	Check    string   `json:"check"`
	Level    Level    `json:"level"`
	Text     string   `json:"text"`
	Hint     string   `json:"hint,omitempty"`     // what to do
	Examples []string `json:"examples,omitempty"` // the first of those concerned
	Mends    bool     `json:"repairable,omitempty"`
	Mended   bool     `json:"repaired,omitempty"`
}

// examplesMax bounds how many of those concerned are named.
const examplesMax = 5

// Store is where artifacts are.
type Store interface {
	artifact.Store
	artifact.Collector
}

// Config says what is looked at.
type Config struct {
	DB         *db.DB
	References func(ctx context.Context, f func(text []byte)) error
	Artifacts  Store
	// Schemas are the tables that this program knows.
	Schemas []db.Schema
	// Quick leaves out what reads all of the data: the journals of all runs and the content of all artifacts.
	Quick bool
	// Repair mends what can be made anew. Nobody else may work on the folder then.
	Repair bool
	// Now is the time, for what may be too young to judge.
	Now time.Time
	// Progress is told what is being done, if it is set.
	Progress func(text string)
}

// young is how old a file must be before it counts as forgotten.
const young = 24 * time.Hour

// doctor makes one examination.
type doctor struct {
	Config
	survey *local.Survey
	all    []Finding
}

// Examine makes all checks. An error means that it could not go on; the findings until then are given all the same.
func Examine(ctx context.Context, cfg Config) ([]Finding, error) {
	if cfg.Progress == nil {
		cfg.Progress = func(string) {}
	}
	d := &doctor{Config: cfg, survey: local.NewSurvey(cfg.DB, cfg.References)}
	if !d.database(ctx) || !d.versions(ctx) {
		return d.all, ctx.Err()
	}
	for _, check := range []func(context.Context) error{d.runs, d.counts, d.referred, d.orphans} {
		if err := check(ctx); err != nil {
			return d.all, err
		}
	}
	return d.all, nil
}

func (d *doctor) add(f Finding) { d.all = append(d.all, f) }

// database checks the structure of the file; nothing else can be judged when that is damaged.
func (d *doctor) database(ctx context.Context) bool {
	d.Progress("Reading the database")
	findings, err := d.DB.Verify(ctx)
	if err != nil {
		findings = append(findings, err.Error())
	}
	if len(findings) == 0 {
		d.add(Finding{Check: "database", Level: OK, Text: "The database is sound."})
		return true
	}
	d.add(Finding{
		Check: "database", Level: Problem, Text: "The database's file is damaged.", Examples: first(findings), Mends: true,
		Hint: "Restore a backup. If there is none, stop the server and run this with --repair: it saves what can be read and keeps the damaged file.",
	})
	return false
}

func first(list []string) []string { return list[:min(len(list), examplesMax)] }

// versions compares the tables with those that this program knows.
func (d *doctor) versions(ctx context.Context) bool {
	versions, err := d.DB.Versions(ctx)
	if err != nil {
		d.add(Finding{Check: "versions", Level: Problem, Text: "The versions of the tables cannot be read: " + err.Error()})
		return false
	}
	usable := true
	for _, s := range d.Schemas {
		latest, err := s.Latest()
		if err != nil {
			d.add(Finding{Check: "versions", Level: Problem, Text: err.Error()})
			return false
		}
		switch at := versions[s.Component]; {
		case at > latest:
			usable = false
			d.add(Finding{
				Check: "versions", Level: Problem, Text: fmt.Sprintf("The tables of %s have version %d, and this program knows %d.", s.Component, at, latest),
				Hint: "A newer program has been at work here. Use that one, or restore a backup from before.",
			})
		case at < latest:
			usable = false
			d.add(Finding{
				Check: "versions", Level: Note, Text: fmt.Sprintf("The tables of %s have version %d, and this program brings them to %d when it starts.", s.Component, at, latest),
				Hint: "Start the server once, then look again: until then the runs cannot be judged.",
			})
		}
	}
	if usable {
		d.add(Finding{Check: "versions", Level: OK, Text: "The tables are those that this program knows."})
	}
	return usable
}

// runs compares the list of runs with their journals.
func (d *doctor) runs(ctx context.Context) error {
	if d.Quick {
		return nil
	}
	flaws, err := d.survey.Runs(ctx, func(done, all int64) {
		d.Progress(fmt.Sprintf("Reading the journals of runs: %d of %d", done, all))
	})
	if err != nil {
		return err
	}
	if len(flaws) == 0 {
		d.add(Finding{Check: "runs", Level: OK, Text: "Every run's journal can be read, and the list of runs says the same."})
		return nil
	}
	for _, kind := range []struct {
		kind            local.FlawKind
		one, many, hint string
		mends           bool
	}{
		{local.Unreadable, "run has a journal that cannot be read to its end.", "runs have a journal that cannot be read to its end.", "What can be read of them is shown. Restore a backup if they matter, or delete them.", false},
		{local.Unrecorded, "run is in the list and has no journal.", "runs are in the list and have no journal.", "Their steps are lost. Restore a backup if they matter, or delete them.", false},
		{local.Unlisted, "run has a journal and is not in the list.", "runs have a journal and are not in the list.", "Run this with --repair.", true},
		{local.Differs, "run is not as its journal says in the list of runs.", "runs are not as their journals say in the list of runs.", "Run this with --repair.", true},
	} {
		var concerned []int64
		var texts []string
		for _, f := range flaws {
			if f.Kind == kind.kind {
				concerned = append(concerned, f.No)
				texts = append(texts, fmt.Sprintf("run %s: %s", name(f), f.Text))
			}
		}
		if len(concerned) == 0 {
			continue
		}
		found := Finding{Check: "runs", Level: Problem, Text: words.Number(len(concerned), kind.one, kind.many), Hint: kind.hint, Examples: first(texts), Mends: kind.mends}
		if d.Repair && kind.mends {
			if err := d.survey.Rebuild(ctx, concerned); err != nil {
				return err
			}
			found.Mended = true
		}
		d.add(found)
	}
	return nil
}

func name(f local.Flaw) string {
	if f.ID != "" {
		return f.ID
	}
	return fmt.Sprintf("number %d", f.No)
}

// counts checks what lists and counts are found by.
func (d *doctor) counts(ctx context.Context) error {
	d.Progress("Counting the runs")
	wrong, lost, err := d.survey.Counts(ctx)
	if err != nil {
		return err
	}
	if wrong == 0 && lost == 0 {
		d.add(Finding{Check: "counts", Level: OK, Text: "The counts of runs are right."})
		return nil
	}
	found := Finding{
		Check: "counts", Level: Problem, Mends: true, Hint: "Run this with --repair.",
		Text: fmt.Sprintf("%s wrong, and %s not found by their flow.", words.Number(wrong, "count of runs is", "counts of runs are"), words.Number(lost, "run is", "runs are")),
	}
	if d.Repair {
		if err := d.survey.Recount(ctx); err != nil {
			return err
		}
		found.Mended = true
	}
	d.add(found)
	return nil
}

// referred checks that the artifacts of finished runs are there and are what they were.
func (d *doctor) referred(ctx context.Context) error {
	var missing, changed []string
	count := 0
	err := d.survey.Artifacts(ctx, func(r local.Reference) error {
		if count++; count%100 == 0 {
			d.Progress(fmt.Sprintf("Reading artifacts: %d", count))
		}
		what := fmt.Sprintf("%s of run %s", r.ID, r.Run)
		size, there, err := d.Artifacts.Size(ctx, r.Tenant, r.ID)
		switch {
		case err != nil:
			return err
		case !there:
			missing = append(missing, what)
			return nil
		case size != r.Size:
			changed = append(changed, what)
			return nil
		case d.Quick:
			return nil
		}
		same, err := d.same(ctx, r)
		if !same && err == nil {
			changed = append(changed, what)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, found := range []struct {
		concerned       []string
		one, many, hint string
	}{
		{missing, "artifact of runs is missing.", "artifacts of runs are missing.", "The results of these runs cannot be shown. Restore a backup if they matter: it adds those that are missing."},
		{changed, "artifact of runs is not what it was.", "artifacts of runs are not what they were.", "The disk may be failing. Move the files away and restore a backup: it adds those that are missing."},
	} {
		if len(found.concerned) > 0 {
			d.add(Finding{Check: "artifacts", Level: Problem, Text: words.Number(len(found.concerned), found.one, found.many), Hint: found.hint, Examples: first(found.concerned)})
		}
	}
	if len(missing)+len(changed) == 0 {
		d.add(Finding{Check: "artifacts", Level: OK, Text: "Nothing is missing: finished runs have " + words.Number(count, "artifact", "artifacts") + "."})
	}
	return nil
}

// same says whether an artifact's content has the hash that names it.
func (d *doctor) same(ctx context.Context, r local.Reference) (bool, error) {
	f, err := d.Artifacts.Open(ctx, r.Tenant, r.ID)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return false, nil
	}
	return hex.EncodeToString(hash.Sum(nil)) == r.ID, ctx.Err()
}

// orphans looks for artifacts that nothing refers to. The server removes them by itself, a day after it started at the
// latest.
func (d *doctor) orphans(ctx context.Context) error {
	d.Progress("Looking for artifacts that nothing refers to")
	referred, err := d.survey.Referred(ctx)
	if err != nil {
		return err
	}
	var names []string
	var bytes int64
	mark := d.Artifacts.Mark()
	err = d.Artifacts.Walk(ctx, func(b artifact.Blob) error {
		var id [32]byte
		if _, err := hex.Decode(id[:], []byte(b.ID)); err != nil || referred[id] || d.Now.Sub(b.At) < young {
			return nil //nolint:nilerr // not one of ours
		}
		names, bytes = append(names, b.Tenant+"/"+b.ID), bytes+b.Size
		if !d.Repair {
			return nil
		}
		_, err := d.Artifacts.Remove(ctx, b.Tenant, b.ID, mark)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for artifacts that nothing refers to: %w", err)
	}
	if len(names) > 0 {
		d.add(Finding{
			Check: "orphans", Level: Note, Text: fmt.Sprintf("Nothing refers to %s; that takes %d MiB.", words.Number(len(names), "artifact", "artifacts"), bytes>>20), Examples: first(names),
			Hint: "A running server removes them by itself.", Mends: true, Mended: d.Repair,
		})
	}
	return nil
}

package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/flow-automation/doctor"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/disk"
)

// What is left of the disk when it is time to say so.
const (
	fewBytes   = 1 << 30
	fewPercent = 5
)

// folder looks at the folder itself and the disk that it is on.
func (e *examination) folder() error {
	space, err := disk.Of(e.dir)
	if err != nil {
		return err
	}
	free := fmt.Sprintf("%s of %s are free.", amount(space.Free), amount(space.Total))
	switch {
	case space.ReadOnly:
		e.add(doctor.Finding{Check: "disk", Level: doctor.Problem, Text: "The disk is read-only.", Hint: "See the system's log for why; a disk that fails becomes read-only by itself."})
	case space.Free < fewBytes && space.Free*100 < space.Total*fewPercent:
		e.add(doctor.Finding{Check: "disk", Level: doctor.Warning, Text: "The disk is almost full: " + free, Hint: "Make room, set a retention (--retention-age, or in the flows), or move the folder."})
	default:
		e.add(doctor.Finding{Check: "disk", Level: doctor.OK, Text: free})
	}
	info, err := os.Stat(e.dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		e.add(doctor.Finding{Check: "access", Level: doctor.Warning, Text: fmt.Sprintf("Others than its owner may look into the folder (mode %o).", info.Mode().Perm()), Hint: "chmod 700 " + e.dir})
	}
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return err
	}
	var aside, unfinished []string
	for _, entry := range entries {
		switch name := entry.Name(); {
		case strings.HasPrefix(name, "before-restore-"), strings.HasPrefix(name, datadir.Database+".damaged-"):
			aside = append(aside, name)
		case strings.HasPrefix(name, ".restore-"):
			unfinished = append(unfinished, name)
		}
	}
	if len(aside) > 0 {
		e.add(doctor.Finding{Check: "leftovers", Level: doctor.Note, Text: "What was there before a restore or a repair is kept.", Examples: aside, Hint: "Delete it when nobody needs it."})
	}
	if len(unfinished) > 0 {
		found := doctor.Finding{Check: "leftovers", Level: doctor.Note, Text: "A restore was not finished.", Examples: unfinished, Hint: "Delete it, unless a restore is under way.", Mends: true}
		e.add(found)
	}
	return nil
}

// save makes a new database of what can be read of a damaged one, which is kept.
func (e *examination) save(ctx context.Context) error {
	path := filepath.Join(e.dir, datadir.Database)
	fresh := path + ".saved"
	for _, ending := range []string{"", "-wal", "-shm"} { // of an earlier try
		if err := os.Remove(fresh + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	e.line.show("Saving what can be read of the database")
	d, err := db.Open(ctx, db.Config{Path: path})
	if err != nil {
		return err
	}
	saved, err := d.Salvage(ctx, fresh)
	if err = errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("save what can be read of the database: %w", err)
	}
	aside := path + ".damaged-" + e.w.Clock.Now().UTC().Format("20060102T150405Z")
	for _, ending := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+ending, aside+ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	var lost []string
	for _, s := range saved {
		if s.Gaps > 0 {
			lost = append(lost, fmt.Sprintf("%s: %s saved, and %s could not be read", s.Table, console.Number(s.Rows, "row was", "rows were"), console.Number(s.Gaps, "place", "places")))
		}
	}
	e.add(doctor.Finding{
		Check: "database", Level: doctor.Problem, Text: "The database's file was damaged. A new one was made of what could be read; the damaged one is " + filepath.Base(aside) + ".",
		Examples: lost, Mends: true, Mended: true,
	})
	return nil
}

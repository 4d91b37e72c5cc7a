package upkeep

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/ide-go-lib/backup"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
	"dataflow/ide-go-lib/telemetry"
)

func newRestore(w *console.World) *cobra.Command {
	var data string
	var replace, check bool
	cmd := &cobra.Command{
		Use:   "restore FILE|FOLDER",
		Short: "Put a backup into a data folder",
		Long: `Put a backup into a data folder. Before anything is changed the whole backup is compared with the hashes that it holds, and
its database is checked.

With --replace it takes the place of an installation that is there. A server that runs on it stands by meanwhile, and goes on
with what was restored; runs that it was carrying out go on from where the backup knows them. What was there before is
kept in a folder before-restore-… in the data folder: delete that when you do not need it.`,
		Example: `  dataflow restore /backups/dataflow-2026-11-24.tar.zst --data /var/lib/dataflow
  dataflow restore backup.tar --replace
  dataflow restore backup.tar --check      # only see whether it is sound`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := console.ApplySettings(w, cmd); err != nil {
				return err
			}
			dir := w.Path(data)
			out, err := backup.Restore(cmd.Context(), w.Path(args[0]), backup.RestoreConfig{
				Dir: dir, Database: datadir.Database, LeasesDir: datadir.Leases, Replace: replace, CheckOnly: check, Check: usable, Now: w.Clock.Now(),
				Lease: func(ctx context.Context) (*lease.Lease, error) {
					return datadir.OpenLease(ctx, dir, func() string { return "" }, telemetry.Discard())
				},
				Skip: datadir.Passing, Merge: func(name string) bool { return name == datadir.Artifacts },
			})
			if errs.From(err) != nil && errs.From(err).Code == backup.CodeExists {
				return console.WithCode(console.ExitRefused, errs.Conflict(backup.CodeExists, "There is an installation in %s already.", data).
					WithHint("Restore into another folder with --data, or replace this one with --replace; what is there now is kept aside."))
			}
			if err != nil {
				return err
			}
			m := out.Manifest
			console.Say(w.Stdout, "The backup of %s is sound: %s, %s, made by version %s.\n", m.CreatedAt.Format("2006-01-02 15:04:05 MST"), console.Number(len(m.Files), "file", "files"), amount(m.Size()), m.Program)
			if check {
				return nil
			}
			console.Say(w.Stdout, "Restored into %s\n", data)
			if out.Aside != "" {
				console.Say(w.Stdout, "What was there before is in %s\n", out.Aside)
			}
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&data, "data", "dataflow-data", "`folder` of the installation")
	fl.BoolVar(&replace, "replace", false, "take the place of the installation that is there")
	fl.BoolVar(&check, "check", false, "only see whether the backup is sound")
	return cmd
}

// usable refuses a backup that a newer program has made.
func usable(ctx context.Context, dir string, m *backup.Manifest) (err error) {
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, datadir.Database), Readers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	at, err := d.Versions(ctx)
	if err != nil {
		return err
	}
	schemas, err := datadir.Schemas()
	if err != nil {
		return err
	}
	for _, s := range schemas {
		latest, err := s.Latest()
		if err != nil {
			return err
		}
		if at[s.Component] > latest {
			return errs.Conflict("backup_newer", "The backup was made by a newer program (%s): its tables of %s have version %d, and this program knows %d.",
				m.Program, s.Component, at[s.Component], latest).WithHint("Restore it with that program or a newer one.")
		}
	}
	return nil
}

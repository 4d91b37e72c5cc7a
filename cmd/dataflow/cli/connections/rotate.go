package connections

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/backup"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
	"dataflow/ide-go-lib/telemetry"
)

func newRotate(w *console.World) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Seal all secrets with a new key",
		Long: `Make a new key for the installation, seal the secrets of all connections with it, and remove the old key. It works on the data
folder while no server runs there, so it needs no login.

Whenever it is cut off, all secrets can still be read: the old key stays until all of them are sealed with the new one. Run it
again then. Backups that were made before have the old key in them, and still open their own secrets. Somebody who has read the
old key and the data knows the passwords all the same: change those, too.`,
		Example: `  dataflow connections rotate
  dataflow connections rotate --data /var/lib/dataflow`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := console.ApplySettings(w, cmd); err != nil {
				return err
			}
			dir := w.Path(data)
			if !datadir.Installed(dir) {
				return console.Usagef("there is no installation in %s; --data names its folder", data)
			}
			n, err := rotate(cmd.Context(), dir)
			if err != nil {
				return err
			}
			console.Say(w.Stdout, "The secrets of %s are sealed with a new key; the old one is gone.\n", console.Number(n, "connection", "connections"))
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "dataflow-data", "`folder` of the installation")
	return cmd
}

// rotate turns the key over. A server would go on sealing with the key that it knows, and a backup could take the data with
// one key and the key file with the other: neither may be at work.
func rotate(ctx context.Context, dir string) (n int, err error) {
	l, err := datadir.OpenLease(ctx, dir, func() string { return "" }, telemetry.Discard())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	term, err := l.TryAcquire(ctx)
	if err != nil {
		return 0, err
	}
	if term == nil {
		return 0, console.WithCode(console.ExitRefused, errs.Conflict("server_running", "A server runs on this data folder.").WithHint("Stop it first, and start it again afterwards."))
	}
	defer func() { err = errors.Join(err, term.Release(context.WithoutCancel(ctx))) }()
	release, free, err := backup.TryRemoving(dir)
	if err != nil {
		return 0, err
	}
	if !free {
		return 0, console.WithCode(console.ExitRefused, errs.Conflict("backup_running", "A backup of this data folder is being made.").WithHint("Try again when it is finished."))
	}
	defer release()
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, datadir.Database)})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	schema, err := connection.Schema()
	if err != nil {
		return 0, err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return 0, err
	}
	return turn(ctx, filepath.Join(dir, datadir.Keys), d, term.Guard)
}

// turn makes a new key, seals all secrets with it, and removes the old keys: in this order, so that whenever it is cut off
// every secret has its key. Guard says whether the data folder is still ours.
func turn(ctx context.Context, keys string, d *db.DB, guard func() error) (int, error) {
	if _, err := secret.Load(keys); err != nil { // makes one, when there is none yet
		return 0, err
	}
	box, err := secret.Rotate(keys)
	if err != nil {
		return 0, err
	}
	n, err := connection.Reseal(ctx, d, box)
	if err != nil {
		return 0, err
	}
	if err := guard(); err != nil {
		return 0, err
	}
	_, err = secret.Retire(keys)
	return n, err
}

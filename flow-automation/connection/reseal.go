package connection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
)

// Reseal seals the secrets of all tenants with the current key of the box, in one transaction: all of them or none. It
// says how many there are. Nothing else about the connections changes.
func Reseal(ctx context.Context, d *db.DB, box *secret.Box) (n int, err error) {
	err = d.Tx(ctx, func(tx *sql.Tx) error {
		all, err := envelopes(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range all {
			again, changed, err := box.Reseal(placeOf(e.tenant, e.name), e.sealed)
			if err != nil {
				return errs.Conflict("secret_unreadable", "The secret of the connection %q of the tenant %q cannot be opened: %s", e.name, e.tenant, errs.From(err).Message).
					WithHint("Enter it again or delete the connection. Nothing was changed.").Wrap(err)
			}
			if !changed {
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE connections SET sealed = ? WHERE tenant = ? AND name = ?", again, e.tenant, e.name); err != nil {
				return fmt.Errorf("seal a secret anew: %w", err)
			}
		}
		n = len(all)
		return nil
	})
	return n, err
}

// sealedBy is an envelope of a connection.
type sealedBy struct{ tenant, name, sealed string }

func envelopes(ctx context.Context, tx *sql.Tx) (all []sealedBy, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT tenant, name, sealed FROM connections WHERE sealed <> '' ORDER BY tenant, name")
	if err != nil {
		return nil, fmt.Errorf("read the sealed secrets: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e sealedBy
		if err := rows.Scan(&e.tenant, &e.name, &e.sealed); err != nil {
			return nil, fmt.Errorf("read the sealed secrets: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

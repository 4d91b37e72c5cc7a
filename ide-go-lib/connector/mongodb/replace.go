package mongodb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"dataflow/ide-go-lib/connector"
)

// replace fills a new collection with the same rules and indexes, counts it, and puts it in the place of the old one.
func (w *writing) replace(ctx context.Context) (err error) {
	name := "dataflow_" + strings.ToLower(rand.Text()[:12])
	stage := w.db.Collection(name)
	w.out.SQL = fmt.Sprintf("db.%s.insertMany([…]); db.%s.renameCollection(%q, true)", name, name, w.req.Path.Table)
	swapping := false
	defer func() {
		if err == nil {
			return
		}
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), leaveWait)
		defer stop()
		text := "Nothing was written."
		if swapping {
			text = w.fate(last, name)
		}
		if dropped := stage.Drop(last); dropped != nil {
			text = strings.TrimSuffix(text, "Nothing was written.") + fmt.Sprintf(" The collection %s, which was made for the rows, could not be removed: %v", name, failed(last, dropped, w.conn.cfg))
		}
		err = outcome(err, strings.TrimSpace(text))
	}()
	if err := w.stage(ctx, stage); err != nil {
		return err
	}
	if err := w.rows(ctx, w.insert(stage)); err != nil {
		return err
	}
	kept, err := stage.CountDocuments(ctx, bson.D{})
	if err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	if err := connector.Reconcile(w.req.Rows, w.out.Rows, kept); err != nil {
		return err
	}
	w.out.Created = w.target == nil
	if w.target != nil {
		if w.out.Removed, err = w.db.Collection(w.req.Path.Table).CountDocuments(ctx, bson.D{}); err != nil {
			return failed(ctx, err, w.conn.cfg)
		}
	}
	swapping = true
	return w.swap(ctx, name)
}

// older is where the old collection is while there are two.
func older(name string) string { return name + "_old" }

// fate finds out how far a swap has come that failed or whose answer got lost.
func (w *writing) fate(ctx context.Context, name string) string {
	there := map[string]bool{}
	for _, n := range []string{name, older(name), w.req.Path.Table} {
		found, err := w.conn.find(ctx, connector.Path{Schema: w.req.Path.Schema, Table: n})
		if err != nil {
			return fmt.Sprintf("Whether the new documents are in the place of the old ones is not known; the old ones may be in the collection %s.", older(name))
		}
		there[n] = found != nil
	}
	switch {
	case there[older(name)] && !there[w.req.Path.Table]:
		return fmt.Sprintf("The old documents are in the collection %s: rename it to %s.", older(name), w.req.Path.Table)
	case there[name]:
		return "Nothing was written."
	case there[older(name)]:
		return fmt.Sprintf("The new documents are in their place; the collection %s with the old ones is left over.", older(name))
	}
	return "The new documents are in their place."
}

// stage makes the new collection as the old one is.
func (w *writing) stage(ctx context.Context, stage *mongo.Collection) error {
	create := bson.D{{Key: "create", Value: stage.Name()}}
	if w.target != nil {
		settings, err := w.target.Options.Elements()
		if len(w.target.Options) > 0 && err != nil {
			return fmt.Errorf("read the settings of a collection: %w", err)
		}
		for _, e := range settings {
			create = append(create, bson.E{Key: e.Key(), Value: e.Value()})
		}
	}
	if err := w.db.RunCommand(ctx, create).Err(); err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	if w.target == nil {
		return nil
	}
	cursor, err := w.db.Collection(w.req.Path.Table).Indexes().List(ctx)
	if err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	var have []bson.D
	if err := cursor.All(ctx, &have); err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	var wanted bson.A
	for _, index := range have {
		var spec bson.D
		own := false
		for _, e := range index {
			own = own || e.Key == "name" && e.Value == "_id_"
			if e.Key != "ns" && e.Key != "v" {
				spec = append(spec, e)
			}
		}
		if !own {
			wanted = append(wanted, spec)
		}
	}
	if wanted == nil {
		return nil
	}
	return failed(ctx, w.db.RunCommand(ctx, bson.D{{Key: "createIndexes", Value: stage.Name()}, {Key: "indexes", Value: wanted}}).Err(), w.conn.cfg)
}

// swap puts the collection in place. MongoDB does it at once; what speaks its protocol may know only how to rename, and is
// without the collection for a moment.
func (w *writing) swap(ctx context.Context, name string) error {
	target := w.req.Path.Table
	err := w.rename(ctx, name, target, w.target != nil)
	var server mongo.ServerError
	if w.target == nil || !errors.As(err, &server) || !server.HasErrorCode(notImplemented) {
		return failed(ctx, err, w.conn.cfg)
	}
	old := older(name)
	if err := w.rename(ctx, target, old, false); err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), leaveWait) // not to be left without either
	defer stop()
	if err := w.rename(last, name, target, false); err != nil {
		if back := w.rename(last, old, target, false); back != nil {
			return failed(last, fmt.Errorf("%w, and then %w", err, back), w.conn.cfg)
		}
		return failed(last, err, w.conn.cfg)
	}
	return failed(last, w.db.Collection(old).Drop(last), w.conn.cfg)
}

func (w *writing) rename(ctx context.Context, from, to string, drop bool) error {
	command := bson.D{{Key: "renameCollection", Value: w.db.Name() + "." + from}, {Key: "to", Value: w.db.Name() + "." + to}}
	if drop {
		command = append(command, bson.E{Key: "dropTarget", Value: true})
	}
	return w.conn.client.Database("admin").RunCommand(ctx, command).Err()
}

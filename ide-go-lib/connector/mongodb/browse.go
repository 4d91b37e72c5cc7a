package mongodb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// sampled is how many documents a look at a collection reads.
const sampled = 1000

// counted is up to how many collections each is asked for its size.
const counted = 100

// Browse implements connector.Conn. A database is a schema, a collection a table and a field of its documents a column.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	switch {
	case at.Table != "":
		return c.fields(ctx, at)
	case at.Schema != "":
		return c.inDatabase(ctx, at.Schema)
	}
	return c.databases(ctx)
}

func (c *conn) databases(ctx context.Context) ([]connector.Entry, error) {
	names, err := c.client.ListDatabaseNames(ctx, bson.D{})
	var server mongo.ServerError
	if errors.As(err, &server) && server.HasErrorCode(unauthorized) {
		names, err = []string{c.cfg.Database}, nil // who may see one alone
	}
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	if !slices.Contains(names, c.cfg.Database) {
		names = append(names, c.cfg.Database)
	}
	slices.Sort(names)
	var entries []connector.Entry
	for _, own := range []bool{true, false} {
		for _, name := range names {
			if (name == c.cfg.Database) == own && !slices.Contains([]string{"admin", "local", "config"}, name) {
				entries = append(entries, connector.Entry{Kind: "schema", Name: name})
			}
		}
	}
	return entries, nil
}

func (c *conn) inDatabase(ctx context.Context, database string) ([]connector.Entry, error) {
	specs, err := c.specs(ctx, database, bson.D{})
	if err != nil {
		return nil, err
	}
	if len(specs) == 0 && database != c.cfg.Database {
		all, err := c.databases(ctx)
		if err != nil {
			return nil, err
		}
		names := make([]string, len(all))
		for i, e := range all {
			names[i] = e.Name
		}
		if !slices.Contains(names, database) {
			return nil, connector.SchemaMissing("database", database, names)
		}
	}
	entries := make([]connector.Entry, len(specs))
	for i, s := range specs {
		entries[i] = connector.Entry{Kind: "table", Schema: database, Name: s.Name}
		if s.Type == "view" {
			entries[i].Kind = "view"
			continue
		}
		if len(specs) <= counted {
			n, err := c.client.Database(database).Collection(s.Name).EstimatedDocumentCount(ctx)
			if err != nil {
				return nil, failed(ctx, err, c.cfg)
			}
			entries[i].Rows = &n
		}
	}
	return entries, nil
}

// specs describes collections by name, without those of the system and of writes that were cut off.
func (c *conn) specs(ctx context.Context, database string, filter bson.D) ([]mongo.CollectionSpecification, error) {
	all, err := c.client.Database(database).ListCollectionSpecifications(ctx, filter)
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	all = slices.DeleteFunc(all, func(s mongo.CollectionSpecification) bool { return strings.HasPrefix(s.Name, "system.") })
	slices.SortFunc(all, func(a, b mongo.CollectionSpecification) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (c *conn) collections(ctx context.Context, database string) ([]string, error) {
	specs, err := c.specs(ctx, database, bson.D{})
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	return names, err
}

// find describes one collection; nil when there is none.
func (c *conn) find(ctx context.Context, at connector.Path) (*mongo.CollectionSpecification, error) {
	specs, err := c.specs(ctx, c.database(at).Name(), bson.D{{Key: "name", Value: at.Table}})
	if err != nil || len(specs) == 0 {
		return nil, err
	}
	return &specs[0], nil
}

// missing is the error of a collection that is not there, with those that it may have meant.
func (c *conn) missing(ctx context.Context, at connector.Path) error {
	database := c.database(at).Name()
	have, err := c.collections(ctx, database)
	if err != nil {
		return err
	}
	e := errs.NotFound(connector.CodeTable, "There is no collection %q in the database %q.", at.Table, database)
	if len(have) == 0 {
		return e.WithHint("The database has no collections; check its name, letter case counts.")
	}
	return e.WithHint("%s", near.Say(at.Table, have))
}

func (c *conn) fields(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	there, err := c.find(ctx, at)
	if err != nil {
		return nil, err
	}
	if there == nil {
		return nil, c.missing(ctx, at)
	}
	found, err := c.sample(ctx, at, bson.D{})
	if err != nil {
		return nil, err
	}
	entries := make([]connector.Entry, len(found.names))
	for i, name := range found.names {
		entries[i] = connector.Entry{Kind: "column", Schema: c.database(at).Name(), Table: at.Table, Name: name, Type: found.shapes[i].called(), Key: name == "_id"}
	}
	return entries, nil
}

// sample looks at some documents of a collection.
func (c *conn) sample(ctx context.Context, at connector.Path, projection bson.D) (*fields, error) {
	cursor, err := c.database(at).Collection(at.Table).Find(ctx, bson.D{}, options.Find().SetLimit(sampled).SetProjection(projection))
	if err != nil {
		return nil, failed(ctx, err, c.cfg)
	}
	found := newFields()
	for cursor.Next(ctx) {
		if err := found.see(cursor.Current); err != nil {
			return nil, err
		}
	}
	return found, failed(ctx, errors.Join(cursor.Err(), cursor.Close(ctx)), c.cfg)
}

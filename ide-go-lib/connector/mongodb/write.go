package mongodb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// A command takes so many rows and about so many bytes.
const (
	batchRows  = 1000
	batchBytes = 4 << 20
)

// Write implements connector.Tables. MongoDB makes no transaction of many documents, so each mode has its own way to leave
// nothing half done: replace and truncate fill a new collection and swap it in, append takes back what it has added, and
// upsert gives the same when it is repeated.
func (c *conn) Write(ctx context.Context, req connector.WriteRequest) (connector.Written, error) {
	req, err := req.Prepared()
	if err != nil {
		return connector.Written{}, err
	}
	limited, stop := c.limited(ctx)
	defer stop()
	w := &writing{conn: c, req: req, db: c.database(req.Path)}
	for _, column := range req.Columns {
		w.convert = append(w.convert, converterFor(column, req.IDs))
	}
	if err := w.write(limited); err != nil {
		return connector.Written{}, c.ended(ctx, err)
	}
	return w.out, nil
}

// writing is one write under way.
type writing struct {
	conn    *conn
	db      *mongo.Database
	req     connector.WriteRequest
	target  *mongo.CollectionSpecification // nil when there is none yet
	convert []converter
	ids     ids
	out     connector.Written
}

func (w *writing) write(ctx context.Context) (err error) {
	if err := w.check(ctx); err != nil {
		return err
	}
	w.ids = newIDs(w.req)
	switch w.req.Mode {
	case connector.Append:
		return w.append(ctx)
	case connector.Upsert:
		return w.upsert(ctx)
	case connector.Delete:
		return w.delete(ctx)
	case connector.Mirror:
		return errs.Invalid(connector.CodeNoTransaction, "MongoDB cannot change and remove documents at once.").WithHint("Use the mode replace, which puts all documents in the place of the old ones.")
	}
	return w.replace(ctx)
}

func (w *writing) check(ctx context.Context) (err error) {
	for _, c := range w.req.Columns {
		if c.Name == "" || strings.HasPrefix(c.Name, "$") || strings.Contains(c.Name, ".") {
			return errs.Invalid(connector.CodeColumn, "A field of a document cannot be called %q.", c.Name).WithHint("Rename the column: no $ at the beginning, and no points.")
		}
	}
	for _, id := range w.req.IDs {
		if i := slices.IndexFunc(w.req.Columns, func(c table.Column) bool { return c.Name == id }); i < 0 && id != "_id" {
			return errs.Invalid(connector.CodeColumn, "There is no column %q, which is to hold object ids.", id).WithHint("%s", near.Say(id, w.names()))
		}
	}
	if w.req.Once != "" && w.own() {
		return errs.Invalid(connector.CodeKeys, "Rows that bring an _id cannot be written with Never twice.").WithHint("Update by the key _id, which gives the same when it is repeated.")
	}
	if w.target, err = w.conn.find(ctx, w.req.Path); err != nil {
		return err
	}
	switch {
	case w.target == nil && w.req.Mode != connector.Replace && !w.req.Create:
		return w.conn.missing(ctx, w.req.Path)
	case w.target != nil && w.target.Type != "collection" && w.target.Type != "":
		return errs.Invalid(connector.CodeTable, "%q is a %s, to which no documents are written.", w.req.Path.Table, w.target.Type)
	}
	return nil
}

func (w *writing) names() []string {
	names := make([]string, len(w.req.Columns))
	for i, c := range w.req.Columns {
		names[i] = c.Name
	}
	return names
}

// own says whether the rows bring ids of their own.
func (w *writing) own() bool { return slices.Contains(w.names(), "_id") }

// rows takes the rows in batches; row is that before the first of them.
func (w *writing) rows(ctx context.Context, each func(ctx context.Context, docs []bson.D, row int64) error) error {
	columns := make([]table.StreamColumn, len(w.req.Columns))
	for i, c := range w.req.Columns {
		columns[i] = table.StreamColumn{Column: c, Coding: codingFor(c.Type), Room: roomFor(c.Type)}
	}
	var row int64
	given, err := w.req.Give(ctx, columns, func(ctx context.Context, r io.Reader) error {
		var docs []bson.D
		bytes := 0
		flush := func() error {
			if len(docs) == 0 {
				return nil
			}
			err := each(ctx, docs, row)
			row += int64(len(docs))
			docs, bytes = docs[:0:0], 0
			return err
		}
		for rows := rowtext.NewReader(r); ; {
			fields, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return flush()
			}
			if err != nil {
				return err
			}
			doc, column, err := w.document(fields)
			if err != nil {
				return connector.Mismatch(row+int64(len(docs))+1, column, err.Error(), err)
			}
			docs = append(docs, doc)
			for _, f := range fields {
				bytes += len(f.Text)
			}
			if len(docs) == batchRows || bytes >= batchBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	})
	if err != nil {
		return err
	}
	return connector.Reconcile(w.req.Rows, given, w.out.Rows)
}

// insert adds documents to a collection.
func (w *writing) insert(to *mongo.Collection) func(ctx context.Context, docs []bson.D, row int64) error {
	return func(ctx context.Context, docs []bson.D, row int64) error {
		if !w.own() {
			for i, doc := range docs {
				docs[i] = append(bson.D{{Key: "_id", Value: w.ids.of(row + int64(i))}}, doc...)
			}
		}
		result, err := to.InsertMany(ctx, docs)
		if result != nil {
			w.out.Rows += int64(len(result.InsertedIDs))
		}
		return w.failedAt(ctx, err, row)
	}
}

// failedAt names the row of the first document that was refused.
func (w *writing) failedAt(ctx context.Context, err error, row int64) error {
	out := failed(ctx, err, w.conn.cfg)
	var bulk mongo.BulkWriteException
	var e *errs.Error
	if !errors.As(err, &bulk) || len(bulk.WriteErrors) == 0 || !errors.As(out, &e) {
		return out
	}
	at := row + int64(bulk.WriteErrors[0].Index) + 1
	return e.With(errs.At(errs.Place{Row: at}, e.Code, "This is about row %d.", at))
}

// append adds the rows, and takes them back when not all could be added. Which they are, their ids say.
func (w *writing) append(ctx context.Context) error {
	to := w.db.Collection(w.req.Path.Table)
	w.out.SQL = fmt.Sprintf("db.%s.insertMany([…])", w.req.Path.Table)
	w.out.Created = w.target == nil
	if w.req.Once != "" {
		there, err := to.CountDocuments(ctx, w.ids.all())
		if err != nil {
			return failed(ctx, err, w.conn.cfg)
		}
		if there == w.req.Rows && there > 0 {
			w.out = connector.Written{Rows: there, Already: true}
			return nil
		}
		if _, err := to.DeleteMany(ctx, w.ids.all()); err != nil { // what an attempt that was cut off has left
			return failed(ctx, err, w.conn.cfg)
		}
	}
	err := w.rows(ctx, w.insert(to))
	if err == nil {
		return nil
	}
	return w.takeBack(ctx, to, err)
}

// takeBack removes what was added before err, also when ctx has ended, and nothing that others have written meanwhile.
func (w *writing) takeBack(ctx context.Context, to *mongo.Collection, err error) error {
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), leaveWait)
	defer stop()
	if w.own() {
		if w.out.Rows == 0 {
			return w.unmade(last, to, err)
		}
		return outcome(err, fmt.Sprintf("%s had been added before and stay: rows that bring an _id are not taken back. Update by the key _id to go on from there.", words.Number(w.out.Rows, "document", "documents")))
	}
	if _, removed := to.DeleteMany(last, w.ids.all()); removed != nil {
		return outcome(err, fmt.Sprintf("%s had been added and could not be taken back: %v", words.Number(w.out.Rows, "document", "documents"), failed(last, removed, w.conn.cfg)))
	}
	return w.unmade(last, to, err)
}

// unmade tells that nothing was written. A collection that was made for it goes again, unless others have come to use it.
func (w *writing) unmade(last context.Context, to *mongo.Collection, err error) error {
	if w.out.Created {
		there, failure := to.CountDocuments(last, bson.D{})
		if failure == nil && there == 0 {
			failure = to.Drop(last)
		}
		if failure != nil {
			return outcome(err, "Nothing was written, but the new collection could not be removed again: "+failed(last, failure, w.conn.cfg).Error())
		}
	}
	return outcome(err, "Nothing was written.")
}

// outcome adds to an error what has become of the rows.
func outcome(err error, text string) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Hint == text || strings.HasSuffix(e.Hint, text) {
		return err
	}
	out := *e
	out.Hint = strings.TrimSpace(strings.TrimSuffix(e.Hint, "Nothing was written.") + " " + text)
	return &out
}

// upsert changes documents of the same key and adds the others, in the order of the rows.
func (w *writing) upsert(ctx context.Context) error {
	to := w.db.Collection(w.req.Path.Table)
	if w.target == nil {
		w.out.Created = true
		if err := w.index(ctx, to); err != nil {
			return err
		}
	} else if err := w.unique(ctx, to); err != nil {
		return err
	}
	w.out.SQL = fmt.Sprintf("db.%s.updateOne({%s: …}, {$set: …}, {upsert: true})", w.req.Path.Table, strings.Join(w.req.Keys, ": …, "))
	err := w.rows(ctx, func(ctx context.Context, docs []bson.D, row int64) error {
		models := make([]mongo.WriteModel, len(docs))
		for i, doc := range docs {
			key, set, err := w.parts(doc, row+int64(i)+1)
			if err != nil {
				return err
			}
			models[i] = mongo.NewUpdateOneModel().SetFilter(key).SetUpdate(set).SetUpsert(true)
		}
		result, err := to.BulkWrite(ctx, models)
		if result != nil {
			w.out.Updated += result.MatchedCount
			w.out.Rows += result.MatchedCount + result.UpsertedCount
		}
		return w.failedAt(ctx, err, row)
	})
	switch {
	case err == nil:
		return nil
	case w.out.Rows == 0:
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), leaveWait)
		defer stop()
		return w.unmade(last, to, err)
	}
	return outcome(err, fmt.Sprintf("%s had been written before and stay; written again, they are the same.", words.Number(w.out.Rows, "document", "documents")))
}

// delete removes the documents of these keys. What an attempt that was cut off has removed does not come back; again gives the same.
func (w *writing) delete(ctx context.Context) error {
	to := w.db.Collection(w.req.Path.Table)
	w.out.SQL = fmt.Sprintf("db.%s.deleteMany({%s: …})", w.req.Path.Table, strings.Join(w.req.Keys, ": …, "))
	err := w.rows(ctx, func(ctx context.Context, docs []bson.D, row int64) error {
		models := make([]mongo.WriteModel, len(docs))
		for i, doc := range docs {
			key, _, err := w.parts(doc, row+int64(i)+1)
			if err != nil {
				return err
			}
			models[i] = mongo.NewDeleteManyModel().SetFilter(key)
		}
		result, err := to.BulkWrite(ctx, models)
		if result != nil {
			w.out.Removed += result.DeletedCount
		}
		if err == nil {
			w.out.Rows += int64(len(docs))
		}
		return w.failedAt(ctx, err, row)
	})
	if err != nil && w.out.Removed > 0 {
		return outcome(err, fmt.Sprintf("%s had been removed before.", words.Number(w.out.Removed, "document", "documents")))
	}
	return err
}

// parts divides a document into its key and what is set.
func (w *writing) parts(doc bson.D, row int64) (key, update bson.D, err error) {
	var set bson.D
	for _, e := range doc {
		if !slices.Contains(w.req.Keys, e.Key) {
			set = append(set, e)
			continue
		}
		if e.Value == nil {
			return nil, nil, errs.Invalid(connector.CodeKeys, "The key column %q is empty in row %d.", e.Key, row).WithHint("Leave such rows out or fill the key first.")
		}
		key = append(key, bson.E{Key: e.Key, Value: bson.D{{Key: "$eq", Value: e.Value}}}) // a value is never an operator
	}
	if set == nil { // the key is all there is
		for _, e := range doc {
			if slices.Contains(w.req.Keys, e.Key) {
				set = append(set, e)
			}
		}
		return key, bson.D{{Key: "$setOnInsert", Value: set}}, nil
	}
	return key, bson.D{{Key: "$set", Value: set}}, nil
}

// index makes the key of a new collection one.
func (w *writing) index(ctx context.Context, to *mongo.Collection) error {
	if slices.Equal(w.req.Keys, []string{"_id"}) {
		return nil
	}
	keys := make(bson.D, len(w.req.Keys))
	for i, k := range w.req.Keys {
		keys[i] = bson.E{Key: k, Value: 1}
	}
	_, err := to.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: options.Index().SetUnique(true)})
	return failed(ctx, err, w.conn.cfg)
}

// unique makes sure that the key is one: otherwise each row would be looked for in the whole collection, and could be there twice.
func (w *writing) unique(ctx context.Context, to *mongo.Collection) error {
	if slices.Equal(w.req.Keys, []string{"_id"}) {
		return nil
	}
	indexes, err := to.Indexes().ListSpecifications(ctx)
	if err != nil {
		return failed(ctx, err, w.conn.cfg)
	}
	for _, index := range indexes {
		elements, err := index.KeysDocument.Elements()
		if err != nil || index.Unique == nil || !*index.Unique || len(elements) != len(w.req.Keys) {
			continue
		}
		if !slices.ContainsFunc(elements, func(e bson.RawElement) bool { return !slices.Contains(w.req.Keys, e.Key()) }) {
			return nil
		}
	}
	quoted := make([]string, len(w.req.Keys))
	for i, k := range w.req.Keys {
		quoted[i] = fmt.Sprintf("%q: 1", k)
	}
	return errs.Invalid(connector.CodeKeys, "The collection has no unique index on these key fields.").
		WithHint("Create one: db.%s.createIndex({%s}, {unique: true}); or choose _id or the fields of one that is there.", w.req.Path.Table, strings.Join(quoted, ", "))
}

// ids makes the ids of the documents of one write: they begin alike and end with the row, so that they can be found again.
type ids struct{ begin [8]byte }

func newIDs(req connector.WriteRequest) (out ids) {
	if req.Once != "" {
		sum := sha256.Sum256([]byte(req.Once + "\x00" + req.Path.Schema + "\x00" + req.Path.Table))
		copy(out.begin[:], sum[:])
		return out
	}
	first := bson.NewObjectIDFromTimestamp(time.Now()) // sorts among those that others make
	copy(out.begin[:4], first[:4])
	_, _ = rand.Read(out.begin[4:]) // never fails
	return out
}

func (s ids) of(row int64) (id bson.ObjectID) {
	copy(id[:], s.begin[:])
	binary.BigEndian.PutUint32(id[8:], uint32(row)) //nolint:gosec // four thousand million rows
	return id
}

// all is the condition that holds for them.
func (s ids) all() bson.D {
	last := s.of(0)
	for i := 8; i < len(last); i++ {
		last[i] = 0xff
	}
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: s.of(0)}, {Key: "$lte", Value: last}}}}
}

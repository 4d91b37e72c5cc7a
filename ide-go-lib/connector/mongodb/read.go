package mongodb

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Read implements connector.Tables. All documents are taken to this machine first, for their fields make the columns.
func (c *conn) Read(ctx context.Context, req connector.ReadRequest) (*connector.Reading, error) {
	a, err := parse(req)
	if err != nil {
		return nil, err
	}
	there, err := c.find(ctx, req.Path)
	if err != nil {
		return nil, err
	}
	if there == nil {
		return nil, c.missing(ctx, req.Path)
	}
	limited, stop := c.limited(ctx)
	defer stop()
	var without int64
	if req.Since != nil {
		all := *a
		if err := c.since(limited, a, *req.Since); err != nil {
			return nil, c.ended(ctx, err)
		}
		if req.Whole() {
			if without, err = c.told(ctx, all, req.Since.Column); err != nil {
				return nil, c.ended(ctx, err)
			}
		}
	}
	docs, err := c.spool(ctx)
	if err != nil {
		return nil, err
	}
	found := newFields()
	cursor, err := c.run(limited, a)
	if err != nil {
		return nil, c.ended(ctx, failed(limited, err, c.cfg))
	}
	var bytes int64
	var cut bool
	for cursor.Next(limited) {
		bytes += int64(len(cursor.Current))
		if cut = req.Bytes > 0 && bytes > req.Bytes && found.seen > 0; cut {
			break
		}
		if err = errors.Join(found.see(cursor.Current), docs.add(cursor.Current)); err != nil {
			break
		}
	}
	if err = errors.Join(err, cursor.Err(), cursor.Close(ctx)); err != nil {
		return nil, c.ended(ctx, failed(limited, err, c.cfg))
	}
	columns, err := c.columns(ctx, a, found)
	if err == nil && req.Since != nil && found.seen > 0 {
		err = comparing(req.Since.Column, columns)
	}
	if err != nil {
		return nil, err
	}
	return &connector.Reading{Columns: columns, SQL: a.text(), Without: without, Cut: cut, Feed: func(ctx context.Context, w io.Writer) error { return docs.feed(ctx, columns, w) }}, nil
}

// ended tells the end of a query's time from that of the step.
func (c *conn) ended(ctx context.Context, err error) error {
	e := errs.From(err)
	late := e.Code == "timeout" || e.Code == "canceled"
	ended := connector.Ended(ctx)
	if ended == nil && late {
		ended = tooLong(err)
	}
	switch {
	case ended == nil:
		return err
	case late && e.Hint != "":
		return outcome(ended, e.Hint) // it says what has become of the rows
	}
	return ended
}

// asked is what is asked for.
type asked struct {
	path                     connector.Path
	columns                  []string
	filter, projection, sort bson.D
	pipeline                 []bson.D // nil is none
	limit                    int64
}

func parse(req connector.ReadRequest) (*asked, error) {
	d := req.Documents
	a := &asked{path: req.Path, columns: req.Columns, limit: req.Limit}
	if req.Query.Text != "" {
		return nil, errs.Invalid(connector.CodeQuery, "MongoDB is not asked in SQL.").WithHint("Name a collection, and write a filter or a pipeline as JSON.")
	}
	if strings.TrimSpace(d.Pipeline) != "" {
		return a, a.parsePipeline(d.Pipeline)
	}
	for _, part := range []struct {
		what, text string
		into       *bson.D
	}{{"filter", d.Filter, &a.filter}, {"projection", d.Projection, &a.projection}, {"sort", d.Sort, &a.sort}} {
		if strings.TrimSpace(part.text) == "" {
			*part.into = bson.D{}
			continue
		}
		if err := bson.UnmarshalExtJSON([]byte(part.text), false, part.into); err != nil {
			return nil, badJSON(part.what, "an object such as {\"city\": \"Delft\"}", err)
		}
	}
	if len(a.columns) > 0 {
		if len(a.projection) > 0 {
			return nil, errs.Invalid(connector.CodeQuery, "A projection itself says which fields it gives.").WithHint("Leave the columns out, or the projection.")
		}
		for _, name := range a.columns {
			a.projection = append(a.projection, bson.E{Key: name, Value: 1})
		}
		if !slices.Contains(a.columns, "_id") {
			a.projection = append(a.projection, bson.E{Key: "_id", Value: 0})
		}
	}
	return a, nil
}

func badJSON(what, want string, err error) error {
	return errs.Invalid(connector.CodeQuery, "The %s is not valid JSON: %v.", what, err).WithHint("Write it as %s, with names in double quotes.", want).
		With(errs.Detail{Code: connector.CodeQuery, Message: err.Error(), Place: errs.Place{Field: "with." + what}}).Wrap(err)
}

// parsePipeline reads the stages, and refuses those that write.
func (a *asked) parsePipeline(text string) error {
	var in struct {
		Stages []bson.D `bson:"stages"`
	}
	if err := bson.UnmarshalExtJSON([]byte(`{"stages": `+text+`}`), false, &in); err != nil {
		return badJSON("pipeline", `a list of stages such as [{"$match": {"city": "Delft"}}]`, err)
	}
	for i, stage := range in.Stages {
		if len(stage) != 1 || !strings.HasPrefix(stage[0].Key, "$") {
			return badJSON("pipeline", `a list of stages such as [{"$match": {"city": "Delft"}}]`, fmt.Errorf("stage %d is no object with one name that begins with $", i+1))
		}
		if name := stage[0].Key; name == "$out" || name == "$merge" {
			return errs.Invalid(connector.CodeQuery, "The stage %s would change something.", name).WithHint("Only pipelines that read are run here; write with the node that writes.").
				With(errs.Detail{Code: connector.CodeQuery, Message: name + " would change something", Place: errs.Place{Field: "with.pipeline"}})
		}
	}
	a.pipeline = append([]bson.D{}, in.Stages...)
	if len(a.columns) > 0 {
		return errs.Invalid(connector.CodeQuery, "A pipeline itself says which fields it gives.").WithHint("Leave the columns out, and end the pipeline with $project.")
	}
	return nil
}

func (c *conn) run(ctx context.Context, a *asked) (*mongo.Cursor, error) {
	collection := c.database(a.path).Collection(a.path.Table)
	if a.pipeline != nil {
		stages := a.pipeline
		if a.limit > 0 {
			stages = append(slices.Clone(stages), bson.D{{Key: "$limit", Value: a.limit}})
		}
		return collection.Aggregate(ctx, stages, options.Aggregate().SetAllowDiskUse(true))
	}
	o := options.Find().SetProjection(a.projection).SetLimit(a.limit)
	if len(a.sort) > 0 {
		o.SetSort(a.sort).SetAllowDiskUse(true)
	}
	return collection.Find(ctx, a.filter, o)
}

// narrow adds a condition.
func (a *asked) narrow(condition bson.D) {
	switch {
	case a.pipeline != nil:
		a.pipeline = append(slices.Clone(a.pipeline), bson.D{{Key: "$match", Value: condition}})
	case len(a.filter) == 0:
		a.filter = condition
	default:
		a.filter = bson.D{{Key: "$and", Value: bson.A{a.filter, condition}}}
	}
}

// since leaves out what was read before. The mark is a text; what it means tell the documents that are there.
func (c *conn) since(ctx context.Context, a *asked, since connector.Since) error {
	if strings.ContainsAny(since.Column, ".$") || since.Column == "" {
		return errs.Invalid(connector.CodeColumn, "%q is no field at the top of a document.", since.Column).WithHint("Bring it to the top with $addFields in a pipeline.")
	}
	a.narrow(bson.D{{Key: since.Column, Value: bson.D{{Key: "$ne", Value: nil}}}})
	if since.Value == nil {
		return nil
	}
	like, err := c.alike(ctx, *a, since)
	if err != nil || like.Type == 0 { // there are none at all
		return err
	}
	value, err := mark(like, *since.Value)
	if err != nil {
		return connector.Mismatch(0, since.Column, err.Error(), err)
	}
	compare := "$gt"
	if since.Again {
		compare = "$gte"
	}
	a.narrow(bson.D{{Key: since.Column, Value: bson.D{{Key: compare, Value: value}}}})
	return nil
}

// countTime is how long documents may be counted that a warning alone is about.
const countTime = 10 * time.Second

// told is how many documents are to be warned of because they have nothing in a field; none where that takes too long to find out.
func (c *conn) told(ctx context.Context, a asked, column string) (int64, error) {
	limited, stop := context.WithTimeout(ctx, countTime)
	defer stop()
	n, err := c.without(limited, a, column)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return 0, nil // the read itself is not to fail for it
	}
	return n, err
}

// without counts the documents that have nothing in a field.
func (c *conn) without(ctx context.Context, a asked, column string) (int64, error) {
	a.narrow(bson.D{{Key: column, Value: nil}})
	if a.pipeline == nil {
		var out struct{ N int64 }
		err := c.database(a.path).RunCommand(ctx, bson.D{{Key: "count", Value: a.path.Table}, {Key: "query", Value: a.filter}}).Decode(&out)
		return out.N, failed(ctx, err, c.cfg)
	}
	a.pipeline = append(slices.Clone(a.pipeline), bson.D{{Key: "$count", Value: "n"}})
	cursor, err := c.run(ctx, &a)
	if err != nil {
		return 0, failed(ctx, err, c.cfg)
	}
	var out []struct{ N int64 } // none is zero
	if err := cursor.All(ctx, &out); err != nil || len(out) == 0 {
		return 0, failed(ctx, err, c.cfg)
	}
	return out[0].N, nil
}

// alike gives a value like those of a field, and refuses one that has values of several kinds: no comparison would ever find those of
// the others. Values are sorted by kind first, so that the least and the greatest tell, which an index has at its ends.
func (c *conn) alike(ctx context.Context, a asked, since connector.Since) (bson.RawValue, error) {
	first, err := c.end(ctx, a, since.Column, 1)
	if err != nil || first.Type == 0 {
		return first, err
	}
	last, err := c.end(ctx, a, since.Column, -1)
	if err != nil || last.Type == 0 {
		return last, err
	}
	if sorted(first.Type) == sorted(last.Type) {
		if kindOf(last) == isDecimal { // as which any number can be read
			return last, nil
		}
		return first, nil
	}
	keep := first
	if _, err := mark(last, *since.Value); err == nil && kindOf(last) != isText {
		keep = last
	}
	return first, errs.Invalid(connector.CodeType, "Documents have values of different kinds in %q (%s and %s), so that no order says which are new.", since.Column, first.Type, last.Type).
		WithHint("Choose a field that is of one kind in all documents, or leave the others out by a filter such as {%q: {\"$type\": %d}}, which is %s.", since.Column, keep.Type, keep.Type)
}

// end gives the least value of a field, or with -1 the greatest.
func (c *conn) end(ctx context.Context, a asked, column string, direction int) (end bson.RawValue, err error) {
	sort := bson.D{{Key: column, Value: direction}}
	if a.limit = 1; a.pipeline != nil {
		a.pipeline = append(slices.Clone(a.pipeline), bson.D{{Key: "$sort", Value: sort}})
	} else {
		a.sort, a.projection = sort, bson.D{{Key: column, Value: 1}, {Key: "_id", Value: 0}}
		if column == "_id" {
			a.projection = a.projection[:1]
		}
	}
	cursor, err := c.run(ctx, &a)
	if err != nil {
		return end, failed(ctx, err, c.cfg)
	}
	if cursor.Next(ctx) {
		end = cursor.Current.Lookup(column)
	}
	if err := errors.Join(cursor.Err(), cursor.Close(ctx)); err != nil {
		return end, failed(ctx, err, c.cfg)
	}
	return end, nil
}

// sorted gives one of the types that a type is sorted among.
func sorted(t bson.Type) bson.Type {
	switch t {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDecimal128:
		return bson.TypeDouble
	case bson.TypeSymbol:
		return bson.TypeString
	}
	return t
}

// mark reads a text as a value of the kind that another one is of.
func mark(like bson.RawValue, text string) (any, error) {
	switch kindOf(like) {
	case isInt, isLong, isDouble:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number, which the documents have there", text)
		}
		return f, nil
	case isDecimal:
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no number, which the documents have there", text)
		}
		return d, nil
	case isText:
		return text, nil
	case isTime:
		for _, layout := range []string{"2006-01-02 15:04:05.999999-07", time.RFC3339Nano, "2006-01-02 15:04:05.999999", time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				return bson.NewDateTimeFromTime(t), nil
			}
		}
		return nil, fmt.Errorf("%q is no time, which the documents have there", text)
	case isID:
		id, err := bson.ObjectIDFromHex(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no object id, which the documents have there", text)
		}
		return id, nil
	case isUUID:
		data, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
		if err != nil || len(data) != 16 {
			return nil, fmt.Errorf("%q is no UUID, which the documents have there", text)
		}
		return bson.Binary{Subtype: bson.TypeBinaryUUID, Data: data}, nil
	}
	return nil, errors.New("the documents have values there that cannot be compared; choose a field of numbers, times, texts or ids")
}

// comparing makes sure that a column has a greatest value.
func comparing(name string, columns []table.StreamColumn) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	i, err := connector.Index(name, names)
	if err != nil {
		return err
	}
	if c := columns[i]; c.Coding != table.Plain || c.Type == "BOOLEAN" {
		return errs.Invalid(connector.CodeColumn, "The field %q holds values that cannot be compared with each other.", name).
			WithHint("Choose a field that holds numbers, times, texts or ids in all documents.")
	}
	return nil
}

// columns gives those of the table. Where no documents came, those of the collection tell which there would be.
func (c *conn) columns(ctx context.Context, a *asked, found *fields) ([]table.StreamColumn, error) {
	if found.seen == 0 && a.pipeline == nil {
		var err error
		if found, err = c.sample(ctx, a.path, a.projection); err != nil {
			return nil, err
		}
	}
	if len(a.columns) == 0 {
		columns := make([]table.StreamColumn, len(found.names))
		for i, name := range found.names {
			columns[i] = found.shapes[i].column(name)
		}
		if len(columns) == 0 {
			columns = append(columns, shape{}.column("_id"))
		}
		return columns, nil
	}
	columns := make([]table.StreamColumn, len(a.columns))
	for i, name := range a.columns {
		at, known := found.at[name]
		if !known {
			// No document that was read has it. Some have a field only now and then; a name that none has is misspelt.
			all, err := c.sample(ctx, a.path, bson.D{})
			if err != nil {
				return nil, err
			}
			if _, there := all.at[name]; !there && all.seen > 0 {
				return nil, connector.ColumnMissing(a.path.Table, name, all.names)
			}
			columns[i] = shape{}.column(name)
			continue
		}
		columns[i] = found.shapes[at].column(name)
	}
	return columns, nil
}

// text says for people what runs.
func (a *asked) text() string {
	if a.pipeline != nil {
		return fmt.Sprintf("db.%s.aggregate(%s)", a.path.Table, jsonOf(a.pipeline))
	}
	text := fmt.Sprintf("db.%s.find(%s", a.path.Table, jsonOf(a.filter))
	if len(a.projection) > 0 {
		text += ", " + jsonOf(a.projection)
	}
	text += ")"
	if len(a.sort) > 0 {
		text += ".sort(" + jsonOf(a.sort) + ")"
	}
	return text
}

func jsonOf(v any) string {
	raw, err := bson.MarshalExtJSON(bson.D{{Key: "", Value: v}}, false, false)
	if err != nil {
		return "…"
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(raw), `{"":`), "}")
}

package mongodb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// spool keeps documents on disk until all have been seen: only then is known which columns they make. A second look at the
// server could find others.
type spool struct {
	file *os.File
	w    *bufio.Writer
}

const spoolBuffer = 256 << 10

// spool makes one, which goes when the connection is closed.
func (c *conn) spool(ctx context.Context) (*spool, error) {
	dir, remove, err := c.world.Files.Scratch(ctx, c.world.Tenant)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "documents.bson"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in a folder of our own
	if err != nil {
		remove()
		return nil, errs.Internal(fmt.Errorf("keep documents on disk: %w", err))
	}
	c.remove = append(c.remove, func() { _ = file.Close(); remove() })
	return &spool{file: file, w: bufio.NewWriterSize(file, spoolBuffer)}, nil
}

func (s *spool) add(doc bson.Raw) error {
	if _, err := s.w.Write(doc); err != nil {
		return errs.Internal(fmt.Errorf("keep documents on disk: %w", err))
	}
	return nil
}

// feed writes the documents as rows.
func (s *spool) feed(ctx context.Context, columns []table.StreamColumn, w io.Writer) error {
	if err := s.w.Flush(); err != nil {
		return errs.Internal(fmt.Errorf("keep documents on disk: %w", err))
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return errs.Internal(fmt.Errorf("read documents from disk: %w", err))
	}
	names, at := make([]string, len(columns)), map[string]int{}
	for i, c := range columns {
		names[i], at[c.Name] = c.Name, i
	}
	in, out := bufio.NewReaderSize(s.file, spoolBuffer), rowtext.NewWriter(w, names)
	values := make([]bson.RawValue, len(columns))
	for {
		doc, err := bson.ReadDocument(in)
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return errs.Internal(fmt.Errorf("read documents from disk: %w", err))
		}
		if ended := connector.Ended(ctx); ended != nil {
			return ended
		}
		elements, err := doc.Elements()
		if err != nil {
			return err
		}
		clear(values)
		for _, e := range elements {
			if i, ok := at[e.Key()]; ok {
				values[i] = e.Value()
			}
		}
		for i, v := range values {
			if err := put(out, columns[i], v); err != nil {
				return err
			}
		}
		if err := out.End(); err != nil {
			return err
		}
	}
}

// put writes one value for its column.
func put(w *rowtext.Writer, c table.StreamColumn, v bson.RawValue) error {
	if v.Type == 0 || v.Type == bson.TypeNull {
		w.Null()
		return nil
	}
	if c.Type == "JSON" {
		text, err := extended(v)
		if err != nil {
			return err
		}
		w.Text(text)
		return nil
	}
	switch v.Type {
	case bson.TypeBoolean:
		w.Bare(strconv.AppendBool(nil, v.Boolean()))
	case bson.TypeInt32, bson.TypeInt64:
		w.Int(v.AsInt64())
	case bson.TypeDouble:
		f := v.Double()
		if text := special(f); text != "" {
			w.Bare([]byte(text))
			return nil
		}
		w.Bare(strconv.AppendFloat(nil, f, 'g', -1, 64))
	case bson.TypeDecimal128:
		w.Bare([]byte(plainDecimal(v.Decimal128())))
	case bson.TypeString:
		w.Text([]byte(v.StringValue()))
	case bson.TypeDateTime:
		w.Bare(time.UnixMilli(v.DateTime()).UTC().AppendFormat(nil, "2006-01-02 15:04:05.000+00"))
	case bson.TypeObjectID:
		w.Bare([]byte(v.ObjectID().Hex()))
	case bson.TypeBinary:
		subtype, data := v.Binary()
		if subtype == bson.TypeBinaryUUID {
			w.Bare(fmt.Appendf(nil, "%x-%x-%x-%x-%x", data[0:4], data[4:6], data[6:8], data[8:10], data[10:16]))
			return nil
		}
		w.Hex(data)
	default:
		return errs.Internal(fmt.Errorf("a value of the type %s in the column %s of %s", v.Type, c.Name, c.Type))
	}
	return nil
}

// extended gives a value as relaxed Extended JSON.
func extended(v bson.RawValue) ([]byte, error) {
	raw, err := bson.MarshalExtJSON(bson.D{{Key: "", Value: v}}, false, false)
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("write a value as JSON: %w", err))
	}
	const before, after = `{"":`, `}`
	return raw[len(before) : len(raw)-len(after)], nil
}

// plainDecimal writes a decimal without an exponent.
func plainDecimal(d bson.Decimal128) string {
	n, exp, err := d.BigInt()
	if err != nil {
		return d.String()
	}
	text, sign := n.String(), ""
	if text[0] == '-' {
		text, sign = text[1:], "-"
	}
	for ; exp > 0; exp-- {
		text += "0"
	}
	if exp < 0 {
		for len(text) <= -exp {
			text = "0" + text
		}
		text = text[:len(text)+exp] + "." + text[len(text)+exp:]
	}
	return sign + text
}

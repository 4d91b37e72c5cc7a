package exampletest

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/folder"
)

// BucketFolder is the folder behind the connection bucket, which the examples of storage use.
const BucketFolder = "bucket"

// BucketTime is when the objects that are in it from the beginning were changed.
var BucketTime = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func (s *Connections) bucket(ctx context.Context, tenant string) (connector.Conn, error) {
	s.full.Do(s.fillBucket)
	typ := folder.Type()
	return typ.Open(ctx, connector.World{Tenant: tenant, Files: s.files}, json.RawMessage(`{"folder": "`+BucketFolder+`"}`))
}

func (s *Connections) fillBucket() {
	s.t.Helper()
	for name, text := range map[string]string{"in/orders.csv": "id,amount\n1,12.5\n2,3.25\n", "in/2026/old.csv": "id,amount\n9\n", "in/note.txt": "Ask Ann."} {
		if _, err := s.files.Put(s.t.Context(), Tenant, BucketFolder+"/"+name, strings.NewReader(text)); err != nil {
			s.t.Fatal(err)
		}
		path, err := s.files.Local(s.t.Context(), Tenant, BucketFolder+"/"+name)
		if err == nil {
			err = os.Chtimes(path, BucketTime, BucketTime)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

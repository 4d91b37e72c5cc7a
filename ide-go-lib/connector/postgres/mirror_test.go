package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/table"
)

// A row that a trigger gives another key is not removed with those whose key did not come in.
func TestNoRowIsMirroredAway(t *testing.T) {
	b, _, exec := build(t)
	exec(`CREATE TABLE people (email text PRIMARY KEY, name text); INSERT INTO people VALUES ('ada@x', 'Ada')`)
	exec(`CREATE FUNCTION small() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.email := lower(NEW.email); RETURN NEW; END$$`)
	exec(`CREATE TRIGGER small BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION small()`)
	columns := []table.StreamColumn{connectortest.Column("email", "VARCHAR", table.Plain), connectortest.Column("name", "VARCHAR", table.Plain)}
	req := connector.WriteRequest{Path: connector.Path{Table: "people"}, Mode: connector.Mirror, Keys: []string{"email"}}
	_, e := b.Write(t.Context(), b.Table(columns, "Ada@x,A\nbob@x,Bob\n"), req)
	require.NotNil(t, e, "ada@x did not come in")
	require.Equal(t, connector.CodeCount, e.Code, e)
	require.Equal(t, "ada@x,Ada\n", b.Query("SELECT * FROM people"))
	_, e = b.Write(t.Context(), b.Table(columns, "bob@x,Bob\n"), req)
	require.Nil(t, e)
	require.Equal(t, "bob@x,Bob\n", b.Query("SELECT * FROM people"))
}

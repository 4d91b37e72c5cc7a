package connector_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// plain is a connection that can do nothing in particular.
type plain struct{}

func (plain) Test(context.Context) (string, error) { return "plain", nil }
func (plain) Browse(context.Context, connector.Path) ([]connector.Entry, error) {
	return nil, nil
}
func (plain) Close() error { return nil }

// keeper keeps tables.
type keeper struct{ plain }

func (keeper) Read(context.Context, connector.ReadRequest) (*connector.Reading, error) {
	return nil, nil
}

func (keeper) Write(context.Context, connector.WriteRequest) (connector.Written, error) {
	return connector.Written{}, nil
}

// front has the methods of a keeper, whatever is behind it.
type front struct {
	keeper
	behind connector.Conn
}

func (f front) Within() connector.Conn { return f.behind }

func TestUseAsksTheOneWithin(t *testing.T) {
	for _, conn := range []connector.Conn{keeper{}, front{behind: keeper{}}} {
		got, err := connector.Use[connector.Tables](conn)
		require.NoError(t, err)
		require.Equal(t, conn, got)
	}
	for _, conn := range []connector.Conn{plain{}, front{behind: plain{}}} {
		_, err := connector.Use[connector.Tables](conn)
		require.Equal(t, connector.CodeUnfit, errs.From(err).Code)
	}
}

func TestHostsAreNamesAlone(t *testing.T) {
	type config struct {
		Host string `json:"host" required:"true"`
		connector.Reach
	}
	typ := connector.Define(connector.Type{Name: "x"}, func(c config) string { return c.Host },
		func(context.Context, connector.World, config) (connector.Conn, error) { return plain{}, nil })
	for host, good := range map[string]bool{"db.example.org": true, "127.0.0.1": true, "::1": true, "127.0.0.1:6390": false, "http://db": false, "a@b": false, "db/x": false} {
		_, err := typ.Open(t.Context(), connector.World{}, []byte(`{"host": "`+host+`"}`))
		require.Equal(t, good, err == nil, "%s: %v", host, err)
		if !good {
			require.Equal(t, "config.host", errs.From(err).Details[0].Field)
		}
	}
}

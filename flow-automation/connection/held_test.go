package connection

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// bare is a system that reads and writes tables.
type bare struct{ connector.Tables }

func (bare) Close() error { return nil }

type opens struct{ conn connector.Conn }

func (o opens) Way(context.Context, string, string) (node.Way, error) { return node.Way{}, nil }

func (o opens) Open(context.Context, string, string) (connector.Conn, error) { return o.conn, nil }

// Systems of keys have the methods of databases, but no SQL.
func TestConnectionsFitTheNode(t *testing.T) {
	keys := &connector.Type{Offers: []connector.Offer{connector.OffersKeys}}
	for offer, fits := range map[connector.Offer]bool{connector.OffersKeys: true, connector.OffersSQL: false} {
		left := false
		conn := &held{Conn: bare{}, kind: keys, leave: func() { left = true }}
		_, err := node.Connect[connector.Tables](t.Context(), &node.Call{Env: &node.Env{Connections: opens{conn}}, Offer: offer}, "cache")
		if fits {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, connector.CodeUnfit, errs.From(err).Code, offer)
		require.Equal(t, "with.connection", errs.From(err).Details[0].Field)
		require.True(t, left, "what does not fit is closed")
	}
}

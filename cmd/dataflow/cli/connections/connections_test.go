package connections

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
)

// A dot in front is that of a table without a schema, and part of any other name.
func TestPathsOfNames(t *testing.T) {
	for _, c := range []struct {
		text    string
		offered []connector.Offer
		rows    bool
		want    connector.Path
	}{
		{".env", []connector.Offer{connector.OffersObjects}, true, connector.Path{Table: ".env"}},
		{".well-known/", []connector.Offer{connector.OffersObjects}, false, connector.Path{Schema: ".well-known"}},
		{".topic", []connector.Offer{connector.OffersMessages}, true, connector.Path{Table: ".topic"}},
		{".orders", []connector.Offer{connector.OffersSQL}, true, connector.Path{Table: "orders"}},
		{".orders", []connector.Offer{connector.OffersSQL, connector.OffersMessages}, true, connector.Path{Table: "orders"}},
		{"public.orders", []connector.Offer{connector.OffersSQL}, true, connector.Path{Schema: "public", Table: "orders"}},
	} {
		require.Equal(t, c.want, pathOf(c.text, c.offered, c.rows), "%+v", c)
	}
}

func TestNothingIsListed(t *testing.T) {
	require.Contains(t, nothing("api", []connector.Offer{connector.OffersHTTP}), "http.read")
	require.Contains(t, nothing("post", []connector.Offer{connector.OffersOutbox}), "mail.send")
	require.NotContains(t, nothing("box", []connector.Offer{connector.OffersOutbox, connector.OffersInbox}), "mail.send")
	require.Contains(t, nothing("shop", []connector.Offer{connector.OffersSQL}), "nothing here")
}

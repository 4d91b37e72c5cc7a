package nodes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
)

// Marks are kept as each node writes them, also by former versions; people are told what they are of.
func TestMarksInWords(t *testing.T) {
	all := nodes.All()
	for name, c := range map[string]struct {
		typ, subject, value string
		want                node.Marked
	}{
		"table":             {"sql.read", `["public","orders","",null,"shop","postgres db:5432/shop","id"]`, "7", node.Marked{Kind: "table", Connection: "shop", Leads: "postgres db:5432/shop", Name: "public.orders", Column: "id", Value: "7"}},
		"table, no values":  {"sql.read", `["","orders","","shop","sqlite shop.db","id"]`, "7", node.Marked{Kind: "table", Connection: "shop", Leads: "sqlite shop.db", Name: "orders", Column: "id", Value: "7"}},
		"query with values": {"sql.read", `["","","SELECT * FROM o WHERE r = $1",["EU"],"shop","sqlite shop.db","id"]`, "7", node.Marked{Kind: "query", Connection: "shop", Leads: "sqlite shop.db", Name: "SELECT * FROM o WHERE r = $1", Only: `["EU"]`, Column: "id", Value: "7"}},
		"rows at the mark":  {"sql.read", `["","orders","",null,"shop","sqlite shop.db","at"]`, `{"value":"2026-01-02 03:04:05","again":true,"rows":["x"],"columns":"y"}`, node.Marked{Kind: "table", Connection: "shop", Leads: "sqlite shop.db", Name: "orders", Column: "at", Value: "2026-01-02 03:04:05"}},
		"collection":        {"mongo.read", `["shop","orders","{\"a\": 1}","","docs","mongodb db","_id"]`, "7", node.Marked{Kind: "collection", Connection: "docs", Leads: "mongodb db", Name: "shop.orders", Only: `{"a": 1}`, Column: "_id", Value: "7"}},
		"objects":           {"storage.read", `["read","in/","*.csv","bucket","s3 bucket"]`, "AAAAAAAAAAEAAAAAAAAAAg e30", node.Marked{Kind: "objects", Connection: "bucket", Leads: "s3 bucket", Name: "in/*.csv", Seen: 2}},
		"list of objects":   {"storage.list", `["objects","","","bucket","s3 bucket"]`, "", node.Marked{Kind: "objects", Connection: "bucket", Leads: "s3 bucket"}},
		"topic":             {"message.read", `["events","orders"]`, "0:5,1:7\nkafka broker:9092", node.Marked{Kind: "topic", Connection: "events", Leads: "kafka broker:9092", Name: "orders", Value: "0:5,1:7"}},
		"columns of topic":  {"message.read", `["columns","events","orders"]`, "[]", node.Marked{Kind: "columns", Connection: "events", Name: "orders"}},
		"mails":             {"mail.read", `["mailbox","imap mail","INBOX","ada@example.org","bill",true]`, "3:17", node.Marked{Kind: "folder", Connection: "mailbox", Leads: "imap mail", Name: "INBOX", Only: "from: ada@example.org subject: bill unseen", Column: "uid", Value: "17"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := all.Get(c.typ).Marked(c.subject, c.value)
			require.True(t, ok)
			require.Equal(t, c.want, got)
			_, ok = all.Get(c.typ).Marked(`["x"]`, c.value)
			require.False(t, ok, "what is something else is not told as this")
			_, ok = all.Get(c.typ).Marked(`words`, c.value)
			require.False(t, ok)
		})
	}
}

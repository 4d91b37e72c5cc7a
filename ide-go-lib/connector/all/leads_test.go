package all_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector/all"
)

// Another user of a database reads the same tables; another user of a mailbox, or of a server of files, has other ones.
func TestWhereConnectionsLead(t *testing.T) {
	t.Parallel()
	personal := map[string]bool{"imap": true, "sftp": true}
	for _, typ := range all.Types().All() {
		config := func(user string) json.RawMessage {
			raw, err := json.Marshal(map[string]any{"host": "example.org", "port": 1, "user": user, "database": "shop"})
			require.NoError(t, err)
			return raw
		}
		require.Equal(t, personal[typ.Name], typ.Leads(config("ada")) != typ.Leads(config("bob")), typ.Name)
	}
}

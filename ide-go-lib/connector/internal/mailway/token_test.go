package mailway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/egress"
)

// Two connections whose common token was taken back fetch one between them, and neither ever logs in without.
func TestTokensOfTwoConnections(t *testing.T) {
	var issued atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("token-%d", issued.Add(1))})
	}))
	defer s.Close()
	way := Way{User: "ada", Auth: "oauth2", Grant: oauth.Grant{TokenURL: s.URL, ClientID: "dataflow", ClientSecret: "secret"}}
	world := connector.World{Shared: &connector.Shared{}, Egress: egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	login := func(takes string, before func()) ([]string, error) {
		var used []string
		err := way.withToken(t.Context(), t.Context(), world, func(token string) error {
			used = append(used, token)
			if before != nil {
				before()
			}
			if token != takes {
				return connector.Upstream(connector.CodeLogin, "no")
			}
			return nil
		})
		return used, err
	}
	_, err := login("token-1", nil)
	require.NoError(t, err)

	ctx, refused := context.WithCancel(t.Context()) // ends when the first is in with the new token
	var both, done sync.WaitGroup
	both.Add(2)
	meet := func() func() { return sync.OnceFunc(func() { both.Done(); both.Wait() }) }
	done.Go(func() {
		defer refused()
		used, err := login("token-2", meet())
		if err != nil || fmt.Sprint(used) != "[token-1 token-2]" {
			t.Errorf("%v %v", used, err)
		}
	})
	done.Go(func() {
		together := meet()
		used, err := login("token-2", func() { together(); <-ctx.Done() })
		if err != nil || fmt.Sprint(used) != "[token-1 token-2]" {
			t.Errorf("%v %v", used, err)
		}
	})
	done.Wait()
	require.EqualValues(t, 2, issued.Load(), "that of the first is not dropped by the second")

	used, err := login("none", nil)
	require.Error(t, err)
	require.Equal(t, []string{"token-2", "token-3"}, used, "once more, and no further")
	used, err = login("none", nil)
	require.Error(t, err)
	require.Equal(t, []string{"token-4"}, used, "one that was just fetched is what is wrong")
}

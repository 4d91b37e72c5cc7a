package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector/internal/oauth"
)

// A service that gives a new refresh token with each token takes the one before no more.
func TestRefreshTokensAreReplaced(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.FormValue("grant_type")+" "+r.FormValue("refresh_token"))
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "token of " + r.FormValue("refresh_token"), "refresh_token": r.FormValue("refresh_token") + "+"})
	}))
	defer s.Close()
	from := oauth.Source{Grant: oauth.Grant{TokenURL: s.URL, ClientID: "dataflow"}, Refresh: "first", Transport: http.DefaultTransport}
	tokens := oauth.New()
	for range 2 {
		require.NoError(t, tokens.Ready(t.Context(), from))
		require.Equal(t, "token of first", tokens.Current(), "without an end it is good until it is refused")
	}
	require.True(t, tokens.Forget())
	require.NoError(t, tokens.Ready(t.Context(), from))
	require.Equal(t, "token of first+", tokens.Current())
	require.Equal(t, []string{"refresh_token first", "refresh_token first+"}, asked)
}

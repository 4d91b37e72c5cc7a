package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
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
		token, _, err := tokens.Ready(t.Context(), from)
		require.NoError(t, err)
		require.Equal(t, "token of first", token, "without an end it is good until it is refused")
	}
	require.True(t, tokens.Refused("token of first", true))
	token, kept, err := tokens.Ready(t.Context(), from)
	require.NoError(t, err)
	require.Equal(t, "token of first+", token)
	require.False(t, kept)
	require.True(t, tokens.Refused("token of first", true), "another is there by now")
	token, kept, err = tokens.Ready(t.Context(), from)
	require.NoError(t, err)
	require.Equal(t, "token of first+", token)
	require.True(t, kept)
	require.False(t, tokens.Refused("token of first+", false), "one that was just fetched")
	require.Equal(t, []string{"refresh_token first", "refresh_token first+"}, asked)
}

// What a service says is cut, and no error can show what it has given.
func TestWhatServicesSay(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_grant", "error_description": strings.Repeat("é", 400), "refresh_token": "rotated"})
	}))
	defer s.Close()
	var secrets []string
	from := oauth.Source{Grant: oauth.Grant{TokenURL: s.URL, ClientID: "dataflow"}, Refresh: "first", Transport: http.DefaultTransport, Secret: func(text string) { secrets = append(secrets, text) }}
	_, _, err := oauth.New().Ready(t.Context(), from)
	require.ErrorContains(t, err, strings.Repeat("é", 300)+"…)")
	require.Equal(t, []string{"first", "rotated"}, secrets)
}

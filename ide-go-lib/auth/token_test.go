package auth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
)

func TestTokens(t *testing.T) {
	f := newFixture(t)
	_, p := f.login(t, auth.AdminName, password)
	ends := f.clock.Now().Add(time.Hour)
	made, secret, err := f.CreateToken(t.Context(), p, auth.TokenRequest{Name: " ci ", Permissions: []auth.Permission{auth.FlowRun, auth.RunRead}, ExpiresAt: &ends})
	require.NoError(t, err)
	require.Equal(t, "ci", made.Name)
	require.Regexp(t, `^dft_[A-Za-z0-9_-]{43}$`, secret)

	got, err := f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	require.Equal(t, p.ID, got.ID)
	require.Equal(t, []auth.Permission{auth.FlowRun, auth.RunRead}, got.Permissions)

	list, err := f.Tokens(t.Context(), p)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, f.clock.Now(), *list[0].LastUsedAt)
	list[0].LastUsedAt = nil
	require.Equal(t, made, list[0])

	f.clock.Advance(time.Hour - time.Second)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	f.clock.Advance(time.Second)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	requireCode(t, err, http.StatusUnauthorized, "token_invalid")
}

func TestTokenIsRevokedAtOnce(t *testing.T) {
	f := newFixture(t)
	_, p := f.login(t, auth.AdminName, password)
	made, secret, err := f.CreateToken(t.Context(), p, auth.TokenRequest{Name: "ci"})
	require.NoError(t, err)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	require.NoError(t, f.DeleteToken(t.Context(), p, made.ID))
	_, err = f.Authenticate(withToken(t.Context(), secret))
	requireCode(t, err, http.StatusUnauthorized, "token_invalid")
	requireCode(t, f.DeleteToken(t.Context(), p, made.ID), http.StatusNotFound, "token_not_found")
}

func TestTokenNeverDoesMoreThanItsOwner(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.AddUser(t.Context(), "olga", password, auth.Operator))
	_, olga := f.login(t, "olga", password)
	_, _, err := f.CreateToken(t.Context(), olga, auth.TokenRequest{Name: "x", Permissions: []auth.Permission{auth.FlowWrite}})
	requireCode(t, err, http.StatusUnprocessableEntity, "token_request_invalid")

	_, secret, err := f.CreateToken(t.Context(), olga, auth.TokenRequest{Name: "x"})
	require.NoError(t, err)
	_, err = f.db.Write.ExecContext(t.Context(), `UPDATE auth_users SET roles = '["viewer"]' WHERE name = 'olga'`)
	require.NoError(t, err)
	got, err := f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	require.Equal(t, auth.Viewer.Permissions(), got.Permissions, "what the owner has lost the token has lost")

	_, err = f.db.Write.ExecContext(t.Context(), `UPDATE auth_users SET disabled = 1 WHERE name = 'olga'`)
	require.NoError(t, err)
	f.clock.Advance(10 * time.Second)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	requireCode(t, err, http.StatusUnauthorized, "token_invalid")
}

func TestTokenMakesNoneThatOutlivesIt(t *testing.T) {
	f := newFixture(t)
	_, admin := f.login(t, auth.AdminName, password)
	ends := f.clock.Now().Add(time.Hour)
	_, secret, err := f.CreateToken(t.Context(), admin, auth.TokenRequest{Name: "short", ExpiresAt: &ends})
	require.NoError(t, err)
	machine, err := f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	later := ends.Add(time.Second)
	for _, at := range []*time.Time{nil, &later} {
		_, _, err = f.CreateToken(t.Context(), machine, auth.TokenRequest{Name: "longer", ExpiresAt: at})
		requireCode(t, err, http.StatusUnprocessableEntity, "token_request_invalid")
	}
	_, _, err = f.CreateToken(t.Context(), machine, auth.TokenRequest{Name: "as long", ExpiresAt: &ends})
	require.NoError(t, err)
}

func TestOthersTokensAreNotThere(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.AddUser(t.Context(), "dev", password, auth.Developer))
	_, admin := f.login(t, auth.AdminName, password)
	_, dev := f.login(t, "dev", password)
	made, secret, err := f.CreateToken(t.Context(), admin, auth.TokenRequest{Name: "admins own"})
	require.NoError(t, err)

	foreign := admin
	foreign.Tenant = "another"
	for _, p := range []auth.Principal{dev, foreign} {
		list, err := f.Tokens(t.Context(), p)
		require.NoError(t, err)
		require.Empty(t, list)
		requireCode(t, f.DeleteToken(t.Context(), p, made.ID), http.StatusNotFound, "token_not_found")
	}
	_, err = f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
}

func TestTokenRequestsAreChecked(t *testing.T) {
	f := newFixture(t)
	_, p := f.login(t, auth.AdminName, password)
	past := f.clock.Now()
	for name, req := range map[string]auth.TokenRequest{
		"without name":       {Name: " "},
		"expired":            {Name: "x", ExpiresAt: &past},
		"unknown permission": {Name: "x", Permissions: []auth.Permission{"flow.fly"}},
		"not a real one":     {Name: "x", Permissions: []auth.Permission{auth.LoggedIn}},
		"without permission": {Name: "x", Permissions: []auth.Permission{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := f.CreateToken(t.Context(), p, req)
			requireCode(t, err, http.StatusUnprocessableEntity, "token_request_invalid")
		})
	}
	_, secret, err := f.CreateTokenFor(t.Context(), auth.AdminName, auth.TokenRequest{Name: "cli"})
	require.NoError(t, err)
	got, err := f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	require.Equal(t, p, got)
}

func TestBadCredentialsAreRefused(t *testing.T) {
	f := newFixture(t)
	session, _ := f.login(t, auth.AdminName, password)
	for _, header := range []string{"Basic YWRtaW46eA==", "Bearer", "Bearer ", "Bearer dft_", "Bearer dft_wrong", "Bearer " + session, "dft_x"} {
		r := withSession(t.Context(), session)
		r.Header.Set("Authorization", header)
		_, err := f.Authenticate(r)
		requireCode(t, err, http.StatusUnauthorized, "token_invalid")
	}
}

func TestRequestsDoNotEachAskTheDatabase(t *testing.T) {
	f := newFixture(t)
	_, p := f.login(t, auth.AdminName, password)
	_, secret, err := f.CreateToken(t.Context(), p, auth.TokenRequest{Name: "ci"})
	require.NoError(t, err)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	require.NoError(t, err)
	require.NoError(t, f.db.Close())
	for range 3 {
		f.clock.Advance(3 * time.Second)
		got, err := f.Authenticate(withToken(t.Context(), secret))
		require.NoError(t, err)
		require.Equal(t, p.ID, got.ID)
	}
	f.clock.Advance(time.Second)
	_, err = f.Authenticate(withToken(t.Context(), secret))
	require.Error(t, err, "after a while it is asked again")
}

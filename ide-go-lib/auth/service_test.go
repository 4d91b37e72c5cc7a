package auth_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit/dbtest"
)

const password = "correct horse battery"

type fixture struct {
	*auth.Service
	db    *db.DB
	clock *clock.Fake
	log   *bytes.Buffer
}

// newFixture has the administrator with the password above.
func newFixture(t *testing.T) fixture {
	t.Helper()
	f := fixture{db: dbtest.Temp(t), clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), log: &bytes.Buffer{}}
	f.Service = f.open(t)
	generated, created, err := f.EnsureAdmin(t.Context(), password)
	require.NoError(t, err)
	require.True(t, created)
	require.Empty(t, generated, "a password that is given is not shown")
	return f
}

func (f fixture) open(t *testing.T) *auth.Service {
	t.Helper()
	s, err := auth.New(t.Context(), auth.Config{
		DB: f.db, Clock: f.clock, Cost: auth.Cost{MemoryKiB: 64, Passes: 1}, Log: slog.New(slog.NewTextHandler(f.log, nil)),
	})
	require.NoError(t, err)
	return s
}

func (f fixture) login(t *testing.T, name, password string) (string, auth.Principal) {
	t.Helper()
	session, p, err := f.Login(t.Context(), name, password, "192.0.2.1")
	require.NoError(t, err)
	return session, p
}

func withSession(ctx context.Context, session string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: auth.SessionCookie, Value: session})
	return r
}

func withToken(ctx context.Context, token string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func requireCode(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *errs.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
	require.Equal(t, status, e.Status)
}

func TestFirstStartMakesOneAdministrator(t *testing.T) {
	f := fixture{db: dbtest.Temp(t), clock: clock.NewFake(time.Unix(1e9, 0)), log: &bytes.Buffer{}}
	f.Service = f.open(t)
	_, _, err := f.EnsureAdmin(t.Context(), "short")
	requireCode(t, err, http.StatusUnprocessableEntity, "password_weak")
	generated, created, err := f.EnsureAdmin(t.Context(), "")
	require.NoError(t, err)
	require.True(t, created)
	require.Len(t, generated, 20)
	unchanged, err := f.HasGeneratedPassword(t.Context())
	require.NoError(t, err)
	require.True(t, unchanged)

	again, created, err := f.open(t).EnsureAdmin(t.Context(), "another one")
	require.NoError(t, err)
	require.False(t, created)
	require.Empty(t, again)

	session, p := f.login(t, auth.AdminName, generated)
	require.Equal(t, []auth.Role{auth.Administrator}, p.Roles)
	require.Equal(t, auth.Permissions(), p.Permissions)
	require.Equal(t, auth.DefaultTenant, p.Tenant)
	require.NoError(t, f.ChangePassword(t.Context(), p, session, generated, password))
	unchanged, err = f.HasGeneratedPassword(t.Context())
	require.NoError(t, err)
	require.False(t, unchanged)
}

func TestSession(t *testing.T) {
	f := newFixture(t)
	session, p := f.login(t, auth.AdminName, password)
	got, err := f.Authenticate(withSession(t.Context(), session))
	require.NoError(t, err)
	require.Equal(t, p, got)

	got, err = f.Authenticate(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	require.NoError(t, err)
	require.True(t, got.Nobody())

	_, err = f.Authenticate(withSession(t.Context(), session+"x"))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")

	require.NoError(t, f.Logout(t.Context(), session))
	_, err = f.Authenticate(withSession(t.Context(), session))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")
}

func TestSessionsEndByThemselves(t *testing.T) {
	f := newFixture(t)
	used, _ := f.login(t, auth.AdminName, password)
	idle, _ := f.login(t, auth.AdminName, password)
	for range 4 {
		f.clock.Advance(6 * 24 * time.Hour)
		_, err := f.Authenticate(withSession(t.Context(), used))
		require.NoError(t, err)
	}
	_, err := f.Authenticate(withSession(t.Context(), idle))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")
	f.clock.Advance(6*24*time.Hour - time.Second)
	_, err = f.Authenticate(withSession(t.Context(), used))
	require.NoError(t, err)
	f.clock.Advance(time.Second)
	_, err = f.Authenticate(withSession(t.Context(), used))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")

	f.login(t, auth.AdminName, password)
	var n int
	require.NoError(t, f.db.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM auth_sessions").Scan(&n))
	require.Equal(t, 1, n, "a login clears away what has ended")
}

func TestEveryRefusedLoginLooksTheSame(t *testing.T) {
	f := newFixture(t)
	_, _, wrong := f.Login(t.Context(), auth.AdminName, "wrong", "192.0.2.1")
	_, _, nobody := f.Login(t.Context(), "nobody", "wrong", "192.0.2.2")
	_, _, empty := f.Login(t.Context(), "nobody", "", "192.0.2.3")
	requireCode(t, wrong, http.StatusUnauthorized, "login_failed")
	require.Equal(t, wrong, nobody)
	require.Equal(t, wrong, empty)
	require.NotContains(t, f.log.String(), password)
}

func TestGuessingGetsSlower(t *testing.T) {
	f := newFixture(t)
	guess := func(name, address string) (wait int) {
		_, _, err := f.Login(t.Context(), name, "wrong", address)
		wait, ok := auth.RetryAfter(err)
		if ok {
			requireCode(t, err, http.StatusTooManyRequests, "too_many_attempts")
		} else {
			requireCode(t, err, http.StatusUnauthorized, "login_failed")
		}
		return wait
	}
	for i := range 5 {
		require.Zero(t, guess(auth.AdminName, "192.0.2.1"), i)
	}
	for _, wait := range []int{1, 2, 4, 8, 16, 30, 30} {
		require.Equal(t, wait, guess(auth.AdminName, "192.0.2.1"))
		_, _, err := f.Login(t.Context(), auth.AdminName, password, "198.51.100.7")
		requireCode(t, err, http.StatusTooManyRequests, "too_many_attempts")
		f.clock.Advance(time.Duration(wait) * time.Second)
		require.Zero(t, guess(auth.AdminName, "192.0.2.1"))
	}
	require.Zero(t, guess("another", "192.0.2.99"), "others are not held up")

	f.clock.Advance(30 * time.Second)
	f.login(t, auth.AdminName, password)
	require.Zero(t, guess(auth.AdminName, "192.0.2.1"), "success forgets the failures")

	slow := 0
	for i := range 40 {
		slow = max(slow, guess(strings.Repeat("u", i+1), "203.0.113.5"))
	}
	require.Positive(t, slow, "an address that tries many names is slowed down too")
}

func TestManyLogInAtOnce(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, _, err := f.Login(t.Context(), auth.AdminName, password, "192.0.2.1"); err != nil {
				t.Errorf("login: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestChangePassword(t *testing.T) {
	f := newFixture(t)
	here, p := f.login(t, auth.AdminName, password)
	elsewhere, _ := f.login(t, auth.AdminName, password)
	requireCode(t, f.ChangePassword(t.Context(), p, here, "wrong", "a new password"), http.StatusUnprocessableEntity, "password_wrong")
	requireCode(t, f.ChangePassword(t.Context(), p, here, password, "short"), http.StatusUnprocessableEntity, "password_weak")
	_, err := f.Authenticate(withSession(t.Context(), elsewhere))
	require.NoError(t, err)

	require.NoError(t, f.ChangePassword(t.Context(), p, here, password, "a new password"))
	_, err = f.Authenticate(withSession(t.Context(), here))
	require.NoError(t, err, "the session that changed it goes on")
	_, err = f.Authenticate(withSession(t.Context(), elsewhere))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")
	_, _, err = f.Login(t.Context(), auth.AdminName, password, "192.0.2.1")
	requireCode(t, err, http.StatusUnauthorized, "login_failed")
	f.login(t, auth.AdminName, "a new password")
}

func TestResetPassword(t *testing.T) {
	f := newFixture(t)
	session, _ := f.login(t, auth.AdminName, password)
	generated, err := f.ResetPassword(t.Context(), auth.AdminName)
	require.NoError(t, err)
	_, err = f.Authenticate(withSession(t.Context(), session))
	requireCode(t, err, http.StatusUnauthorized, "session_ended")
	f.login(t, auth.AdminName, generated)
	_, err = f.ResetPassword(t.Context(), "nobody")
	requireCode(t, err, http.StatusNotFound, "user_not_found")
}

func TestAddUser(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.AddUser(t.Context(), "vic", password, auth.Viewer))
	_, p := f.login(t, "vic", password)
	require.True(t, p.Can(auth.FlowRead))
	require.False(t, p.Can(auth.FlowWrite))
	requireCode(t, f.AddUser(t.Context(), "vic", password, auth.Viewer), http.StatusConflict, "user_exists")
	requireCode(t, f.AddUser(t.Context(), " ", password, auth.Viewer), http.StatusUnprocessableEntity, "user_name_invalid")
	requireCode(t, f.AddUser(t.Context(), "x", password, "emperor"), http.StatusUnprocessableEntity, "role_invalid")
	requireCode(t, f.AddUser(t.Context(), "x", "short", auth.Viewer), http.StatusUnprocessableEntity, "password_weak")
}

func TestHashesFollowTheCost(t *testing.T) {
	f := newFixture(t)
	hash := func() (h string) {
		require.NoError(t, f.db.Read.QueryRowContext(t.Context(), "SELECT password FROM auth_users").Scan(&h))
		return h
	}
	require.True(t, strings.HasPrefix(hash(), "$argon2id$v=19$m=64,t=1,p=1$"))
	before := hash()
	f.login(t, auth.AdminName, password)
	require.Equal(t, before, hash())

	dearer, err := auth.New(t.Context(), auth.Config{DB: f.db, Clock: f.clock, Cost: auth.Cost{MemoryKiB: 128, Passes: 2}})
	require.NoError(t, err)
	_, _, err = dearer.Login(t.Context(), auth.AdminName, password, "192.0.2.1")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash(), "$argon2id$v=19$m=128,t=2,p=1$"))
	f.login(t, auth.AdminName, password)
}

func TestHashingGivesUpWithItsRequest(t *testing.T) {
	f := newFixture(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.Login(ended, auth.AdminName, password, "192.0.2.1")
	require.ErrorIs(t, err, context.Canceled)
}

// TestNoSecretIsKept looks for every secret in all that the database has written to disk.
func TestNoSecretIsKept(t *testing.T) {
	f := newFixture(t)
	session, p := f.login(t, auth.AdminName, password)
	_, token, err := f.CreateToken(t.Context(), p, auth.TokenRequest{Name: "ci"})
	require.NoError(t, err)
	_, err = f.Authenticate(withToken(t.Context(), token))
	require.NoError(t, err)

	var path string
	require.NoError(t, f.db.Read.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path))
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, secret := range []string{password, session, token, strings.TrimPrefix(token, auth.TokenPrefix)} {
			require.NotContains(t, string(data), secret, name)
		}
	}
	require.NotContains(t, f.log.String(), token)
}

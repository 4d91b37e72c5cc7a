package secret_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
)

var here = secret.Place{Tenant: "default", ID: "connection/warehouse"}

func code(err error) string { return errs.From(err).Code }

func TestSealedValuesOpenOnlyWhereTheyBelong(t *testing.T) {
	box, err := secret.Load(filepath.Join(t.TempDir(), "keys"))
	require.NoError(t, err)
	sealed, err := box.Seal(here, []byte("open sesame"))
	require.NoError(t, err)
	require.NotContains(t, sealed, "sesame")
	again, err := box.Seal(here, []byte("open sesame"))
	require.NoError(t, err)
	require.NotEqual(t, sealed, again, "equal secrets do not look alike")

	got, err := box.Open(here, sealed)
	require.NoError(t, err)
	require.Equal(t, "open sesame", string(got))
	for _, other := range []secret.Place{
		{Tenant: "other", ID: here.ID}, {Tenant: "default", ID: "connection/lake"}, {Tenant: "defaultc", ID: "onnection/warehouse"},
	} {
		_, err := box.Open(other, sealed)
		require.Equal(t, secret.CodeDamaged, code(err), other)
	}
	for i := range len(sealed) {
		flipped := []byte(sealed)
		flipped[i] ^= 1
		got, err := box.Open(here, string(flipped))
		require.False(t, err == nil && string(got) != "open sesame", "a changed envelope opened as something else")
	}
	for _, garbage := range []string{"", "x", sealed[:10], "bm90IGpzb24"} {
		_, err := box.Open(here, garbage)
		require.Equal(t, secret.CodeDamaged, code(err))
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first, err := secret.Load(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	sealed, err := first.Seal(here, []byte("old"))
	require.NoError(t, err)

	rotated, err := secret.Rotate(path)
	require.NoError(t, err)
	got, err := rotated.Open(here, sealed)
	require.NoError(t, err)
	require.Equal(t, "old", string(got))
	again, changed, err := rotated.Reseal(here, sealed)
	require.NoError(t, err)
	require.True(t, changed)
	_, err = first.Open(here, again)
	require.Equal(t, secret.CodeKeyMissing, code(err), "sealed with a key that the former file had not")
	same, changed, err := rotated.Reseal(here, again)
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, again, same)

	reloaded, err := secret.Load(path)
	require.NoError(t, err)
	got, err = reloaded.Open(here, again)
	require.NoError(t, err)
	require.Equal(t, "old", string(got))

	old, err := secret.Retire(path)
	require.NoError(t, err)
	require.Equal(t, 1, old)
	retired, err := secret.Load(path)
	require.NoError(t, err)
	got, err = retired.Open(here, again)
	require.NoError(t, err)
	require.Equal(t, "old", string(got))
	_, err = retired.Open(here, sealed)
	require.Equal(t, secret.CodeKeyMissing, code(err))
	old, err = secret.Retire(path)
	require.NoError(t, err)
	require.Zero(t, old)

	require.NoError(t, os.Chmod(path, 0o640))
	_, err = secret.Load(path)
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = secret.Load(path)
	require.ErrorContains(t, err, "backup")
	require.NoError(t, os.WriteFile(path, []byte(`{"current":"a","keys":{}}`), 0o600))
	_, err = secret.Load(path)
	require.ErrorContains(t, err, "no key")
}

// Two processes that start on an empty folder at once agree on one key.
func TestFirstStartsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	boxes := make([]*secret.Box, 8)
	problems := make([]error, len(boxes))
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() { boxes[i], problems[i] = secret.Load(path) })
	}
	all.Wait()
	require.NoError(t, errors.Join(problems...))
	sealed, err := boxes[0].Seal(here, []byte("x"))
	require.NoError(t, err)
	for _, b := range boxes {
		_, err := b.Open(here, sealed)
		require.NoError(t, err)
	}
}

func TestTextIsNotPrinted(t *testing.T) {
	config := struct{ Password secret.Text }{"sesame"}
	raw, err := json.Marshal(config)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "password", config.Password, "config", config)
	for _, text := range []string{
		string(raw), fmt.Sprint(config), fmt.Sprintf("%v %+v %#v %s %q", config, config, config, config.Password, config.Password), log.String(),
	} {
		require.NotContains(t, text, "sesame")
	}
	require.NoError(t, json.Unmarshal([]byte(`"other"`), &config.Password))
	require.Equal(t, "other", config.Password.Reveal())
}

func TestPassingKeyIsKeptNowhere(t *testing.T) {
	t.Chdir(t.TempDir())
	box, err := secret.Passing()
	require.NoError(t, err)
	sealed, err := box.Seal(here, []byte("open sesame"))
	require.NoError(t, err)
	got, err := box.Open(here, sealed)
	require.NoError(t, err)
	require.Equal(t, "open sesame", string(got))
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)
	other, err := secret.Passing()
	require.NoError(t, err)
	_, err = other.Open(here, sealed)
	require.Equal(t, secret.CodeKeyMissing, code(err))
}

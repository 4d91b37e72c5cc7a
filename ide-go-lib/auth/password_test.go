package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBrokenHashesAreNoPassword(t *testing.T) {
	h := newHasher(Cost{MemoryKiB: 64, Passes: 1})
	good, err := h.hash(t.Context(), "x")
	require.NoError(t, err)
	for _, hash := range []string{
		"x", "$argon2id$v=19$m=64,t=1,p=1$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=18", 1),
		strings.Replace(good, "m=64", "m=x", 1), good[:len(good)-1] + "!", good[:len(good)-4],
	} {
		ok, err := h.verify(t.Context(), hash, "x")
		require.Error(t, err, hash)
		require.False(t, ok)
		require.True(t, h.outdated(hash))
	}
	ok, err := h.verify(t.Context(), good, "x")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = h.verify(t.Context(), "", "")
	require.NoError(t, err)
	require.False(t, ok, "nobody has the empty password")
}

func TestGeneratedPasswordsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		p, err := generatePassword()
		require.NoError(t, err)
		require.Regexp(t, `^[a-zA-Z2-9]{20}$`, p)
		seen[p] = true
	}
	require.Len(t, seen, 100)
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(Cost{})
	for b.Loop() {
		if _, err := h.hash(b.Context(), "correct horse battery"); err != nil {
			b.Fatal(err)
		}
	}
}

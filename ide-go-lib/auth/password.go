package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is how hard passwords are to guess from the database. The zero value is DefaultCost.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// DefaultCost takes about 50 ms on a small machine.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 << 10, Passes: 5} }

const (
	saltBytes = 16
	keyBytes  = 32
	// maxHashing limits how many passwords are hashed at once, and with it memory and processors.
	maxHashing = 2
)

// hasher hashes passwords with argon2id.
type hasher struct {
	cost  Cost
	slots chan struct{}
}

func newHasher(cost Cost) *hasher {
	if cost == (Cost{}) {
		cost = DefaultCost()
	}
	return &hasher{cost: cost, slots: make(chan struct{}, maxHashing)}
}

func (h *hasher) key(ctx context.Context, password string, salt []byte, cost Cost) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, 1, keyBytes), nil
}

// hash gives the password's hash in the PHC format, which names the cost.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// verify says whether the password is the one of the hash. An empty hash is nobody's and takes as long as any other.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	cost, salt, want := h.cost, make([]byte, saltBytes), make([]byte, keyBytes)
	if hash != "" {
		var err error
		if cost, salt, want, err = parseHash(hash); err != nil {
			return false, err
		}
	}
	got, err := h.key(ctx, password, salt, cost)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && hash != "", nil
}

// outdated says that a hash was made with another cost than new ones.
func (h *hasher) outdated(hash string) bool {
	cost, _, _, err := parseHash(hash)
	return err != nil || cost != h.cost
}

func parseHash(hash string) (cost Cost, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	broken := errors.New("the password's hash in the database is not readable")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return cost, nil, nil, broken
	}
	var version int
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &cost.MemoryKiB, &cost.Passes); err != nil || version != argon2.Version {
		return cost, nil, nil, broken
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(key) != keyBytes {
		return cost, nil, nil, broken
	}
	return cost, salt, key, nil
}

// generatePassword makes one that a person can copy from a terminal: 20 letters and digits without look-alikes,
// more than 110 bits.
func generatePassword() (string, error) {
	const letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	const length = 20
	var out []byte
	random := make([]byte, 64)
	for len(out) < length {
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		for _, b := range random {
			// Bytes past the last whole multiple would make some letters more likely.
			if int(b) < 256/len(letters)*len(letters) && len(out) < length {
				out = append(out, letters[int(b)%len(letters)])
			}
		}
	}
	return string(out), nil
}

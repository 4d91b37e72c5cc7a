// Package secret seals what must be kept and must not be read: passwords, tokens, keys. Each value is sealed with a key
// of its own, and that key with the installation's (an envelope). The installation's keys lie in a file beside the data;
// every envelope says which of them it needs, so that a new one can be taken into use while old values are still read.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"dataflow/ide-go-lib/errs"
)

// Codes of what can go wrong with a sealed value.
const (
	CodeKeyMissing = "secret_key_missing"
	CodeDamaged    = "secret_damaged"
)

const (
	format  = 1
	keySize = 32 // AES-256
)

// Box seals and opens values. It is safe for concurrent use.
type Box struct {
	current string
	keys    map[string]cipher.AEAD
}

// Place is where a sealed value belongs. It is bound to the value: an envelope that is put elsewhere does not open there.
type Place struct {
	Tenant string
	ID     string // of what the value belongs to, such as connection/warehouse
}

// bound gives the place as associated data. Lengths go in front, so that no two places look alike.
func (p Place) bound() []byte {
	out := append([]byte("dataflow\x00"), strconv.Itoa(len(p.Tenant))...)
	out = append(append(out, ':'), p.Tenant...)
	out = append(append(out, strconv.Itoa(len(p.ID))...), ':')
	return append(out, p.ID...)
}

// envelope is a sealed value as it is kept.
type envelope struct {
	Format int    `json:"v"`
	Key    string `json:"key"`  // which of the installation's keys
	Sealed []byte `json:"dek"`  // the value's own key, sealed with that one
	Data   []byte `json:"data"` // the value, sealed with its own key
}

// Seal gives the value as an envelope that only this place can open.
func (b *Box) Seal(at Place, value []byte) (string, error) {
	own := make([]byte, keySize)
	if _, err := rand.Read(own); err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	inner, err := aead(own)
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	e := envelope{Format: format, Key: b.current}
	if e.Sealed, err = seal(b.keys[b.current], own, at.bound()); err != nil {
		return "", err
	}
	if e.Data, err = seal(inner, value, at.bound()); err != nil {
		return "", err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	return base64.RawStdEncoding.EncodeToString(raw), nil
}

// Open gives the value of an envelope that Seal made for the same place.
func (b *Box) Open(at Place, sealed string) ([]byte, error) {
	e, err := read(sealed)
	if err != nil {
		return nil, err
	}
	outer, ok := b.keys[e.Key]
	if !ok {
		return nil, errs.New(http.StatusInternalServerError, CodeKeyMissing, "A secret was sealed with the key %s, which the key file of this installation does not have.", e.Key).
			WithHint("Put the key file back that belongs to the data (it is part of a backup), or enter the secret again.")
	}
	own, err := open(outer, e.Sealed, at.bound())
	if err != nil {
		return nil, damaged(err)
	}
	inner, err := aead(own)
	if err != nil {
		return nil, damaged(err)
	}
	value, err := open(inner, e.Data, at.bound())
	if err != nil {
		return nil, damaged(err)
	}
	return value, nil
}

// Reseal gives the envelope sealed with the current key; changed is false when it was already.
func (b *Box) Reseal(at Place, sealed string) (again string, changed bool, err error) {
	e, err := read(sealed)
	if err != nil {
		return "", false, err
	}
	if e.Key == b.current {
		return sealed, false, nil
	}
	value, err := b.Open(at, sealed)
	if err != nil {
		return "", false, err
	}
	again, err = b.Seal(at, value)
	return again, err == nil, err
}

func read(sealed string) (e envelope, err error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	if err == nil && e.Format != format {
		err = fmt.Errorf("the envelope has format %d", e.Format)
	}
	if err != nil {
		return e, damaged(err)
	}
	return e, nil
}

func damaged(cause error) *errs.Error {
	return errs.New(http.StatusInternalServerError, CodeDamaged, "A secret cannot be opened: it is damaged, or belongs to something else.").
		WithHint("Enter the secret again.").Wrap(cause)
}

func aead(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		return nil, errors.New("the key has not 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal puts a random nonce in front.
func seal(a cipher.AEAD, value, bound []byte) ([]byte, error) {
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(value)+a.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return a.Seal(nonce, nonce, value, bound), nil
}

func open(a cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	if len(sealed) < a.NonceSize() {
		return nil, errors.New("the sealed value is too short")
	}
	return a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], bound)
}

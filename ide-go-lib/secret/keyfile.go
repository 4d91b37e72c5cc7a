package secret

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile is the installation's keys: values are sealed with the current one, and opened with any.
type keyFile struct {
	Current string            `json:"current"`
	Keys    map[string]string `json:"keys"` // base64 by id
}

// Load opens the key file, which is made when it is not there. Nobody but its owner may be able to read it.
func Load(path string) (*Box, error) {
	f, err := readKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		f = keyFile{Keys: map[string]string{}}
		if err := f.add(); err != nil {
			return nil, err
		}
		if err = writeKeys(path, f, false); errors.Is(err, fs.ErrExist) { // another process was quicker
			f, err = readKeys(path)
		}
	}
	if err != nil {
		return nil, err
	}
	return f.box(path)
}

// Passing gives a key that is kept nowhere, for what does not outlive the process.
func Passing() (*Box, error) {
	f := keyFile{Keys: map[string]string{}}
	if err := f.add(); err != nil {
		return nil, err
	}
	return f.box("of this process")
}

// Rotate adds a new key to the file and seals with it from now on; what was sealed before still opens.
func Rotate(path string) (*Box, error) {
	f, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	if err := f.add(); err != nil {
		return nil, err
	}
	if err := writeKeys(path, f, true); err != nil {
		return nil, err
	}
	return f.box(path)
}

// Retire removes all keys from the file but the current one and says how many there were. What was sealed with them does
// not open any more.
func Retire(path string) (int, error) {
	f, err := readKeys(path)
	if err != nil {
		return 0, err
	}
	if _, err := f.box(path); err != nil {
		return 0, err
	}
	old := len(f.Keys) - 1
	f.Keys = map[string]string{f.Current: f.Keys[f.Current]}
	return old, writeKeys(path, f, true)
}

func readKeys(path string) (f keyFile, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return f, fmt.Errorf("the key file of secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return f, fmt.Errorf("the key file %s can be read by others (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return f, fmt.Errorf("the key file of secrets: %w", err)
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("the key file %s is damaged (%w); put it back from a backup", path, err)
	}
	return f, nil
}

// writeKeys puts the file in place at once. Without replace, one that is there stays, and the error is fs.ErrExist.
func writeKeys(path string, f keyFile, replace bool) (err error) {
	raw, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-") // has mode 0600
	if err != nil {
		return fmt.Errorf("make the key file of secrets: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(append(raw, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("make the key file of secrets: %w", err)
	}
	place := os.Link
	if replace {
		place = os.Rename
	}
	if err := place(tmp.Name(), path); err != nil {
		return fmt.Errorf("make the key file of secrets: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("make the key file of secrets: %w", err)
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync() // or a power cut could leave sealed values without their key
}

// add makes a new key the current one.
func (f *keyFile) add() error {
	const idSize = 4
	random := make([]byte, keySize+idSize)
	if _, err := rand.Read(random); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	f.Current = hex.EncodeToString(random[keySize:])
	f.Keys[f.Current] = base64.StdEncoding.EncodeToString(random[:keySize])
	return nil
}

func (f *keyFile) box(path string) (*Box, error) {
	b := &Box{current: f.Current, keys: map[string]cipher.AEAD{}}
	for id, text := range f.Keys {
		key, err := base64.StdEncoding.DecodeString(text)
		if err == nil {
			b.keys[id], err = aead(key)
		}
		if err != nil {
			return nil, fmt.Errorf("the key %s in %s is damaged (%w); put the file back from a backup", id, path, err)
		}
	}
	if b.keys[f.Current] == nil {
		return nil, fmt.Errorf("the key file %s has no key %q, which it calls the current one; put it back from a backup", path, f.Current)
	}
	return b, nil
}

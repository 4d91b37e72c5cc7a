package fields

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// slowly is what Low means, a byte at a time.
func slowly(text []byte, from int, delim, quote byte) (found []uint32) {
	for i := from; i < len(text); i++ {
		before, at := text[i-1], text[i]
		if (before == delim || before == quote || before <= '\r') && '\r' < at && at < '1' && at != delim && at != quote {
			found = append(found, uint32(i))
		}
	}
	return found
}

func TestLow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "\n\r,;\"'0123456789+- .xyzé"
	var found [32]uint32
	for range 2000 {
		text := make([]byte, 1+r.IntN(200))
		for i := range text {
			text[i] = letters[r.IntN(len(letters))]
		}
		delim, quote := ",;\t"[r.IntN(3)], "\"',"[r.IntN(3)]
		from := 1 + r.IntN(20)
		var got []uint32
		for at := from; at < len(text); {
			n, next := Low(text, at, delim, quote, found[:])
			if next <= at {
				t.Fatalf("%q does not go on at %d", text, at)
			}
			got, at = append(got, found[:n]...), next
		}
		if want := slowly(text, from, delim, quote); !slices.Equal(got, want) {
			t.Fatalf("%q from %d: %v, want %v", text, from, got, want)
		}
	}
}

func BenchmarkLow(b *testing.B) {
	line := []byte("1234,17,2020-03-04,998.25,7,returned,customer 4711\n")
	text := []byte{'\n'}
	for len(text) < 256<<10 {
		text = append(text, line...)
	}
	var found [1024]uint32
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for at := 1; at < len(text); {
			_, at = Low(text, at, ',', '"', found[:])
		}
	}
}

package rowtext_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table/rowtext"
)

// What is written is read again, whatever is in it.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		field := rapid.Custom(func(t *rapid.T) *string {
			if rapid.Bool().Draw(t, "null") {
				return nil
			}
			s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{`"`, ",", "\n", "\r", "a", "😀", `\.`, " "})).Draw(t, "text"), "")
			return &s
		})
		rows := rapid.SliceOf(rapid.SliceOfN(field, width, width)).Draw(t, "rows")
		var text bytes.Buffer
		w := rowtext.NewWriter(&text, []string{"a", "b", "c", "d"})
		for _, row := range rows {
			for _, f := range row {
				if f == nil {
					w.Null()
				} else {
					w.Text([]byte(*f))
				}
			}
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || w.Rows() != int64(len(rows)) {
			t.Fatal(err)
		}
		r := rowtext.NewReader(&text)
		for _, row := range rows {
			got, err := r.Next()
			if err != nil || len(got) != width {
				t.Fatalf("%v %v", got, err)
			}
			for i, f := range row {
				if got[i].Null != (f == nil) || f != nil && string(got[i].Text) != *f {
					t.Fatalf("%+v is not %v", got[i], f)
				}
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
}

func TestOtherForms(t *testing.T) {
	var text bytes.Buffer
	w := rowtext.NewWriter(&text, []string{"a", "b", "c"})
	w.Int(-1 << 63)
	w.Hex([]byte{0, 255})
	w.Hex(nil)
	require.NoError(t, w.End())
	w.Bare([]byte("2024-01-01"))
	w.Text([]byte("x\x00y"))
	err := w.End()
	require.Equal(t, "nul_character", errs.From(err).Code)
	require.Contains(t, err.Error(), `"b" of row 2`)
	require.Error(t, w.Close())

	text.Reset()
	w = rowtext.NewWriter(&text, []string{"a", "b", "c"})
	w.Int(7)
	w.Hex([]byte{1, 0xab})
	w.Hex(nil)
	require.NoError(t, w.End())
	require.NoError(t, w.Close())
	require.Equal(t, "7,01AB,\"\"\n", text.String())

	for _, broken := range []string{`"x`, `"x"`, "x", "x,", `"x""`} {
		_, err := rowtext.NewReader(strings.NewReader(broken)).Next()
		require.ErrorContains(t, err, "within a record", broken)
	}
	long := strings.Repeat("x", 1<<20)
	got, err := rowtext.NewReader(strings.NewReader(`"` + long + `",` + long + "\n")).Next()
	require.NoError(t, err)
	require.Equal(t, long, string(got[0].Text))
	require.Equal(t, long, string(got[1].Text))
}

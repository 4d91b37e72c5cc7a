package imap

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// nested is a text within so many multiparts.
func nested(depth int) string {
	var text strings.Builder
	for i := range depth {
		fmt.Fprintf(&text, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	text.WriteString("Content-Type: text/plain\n\ndeep\n")
	for i := range depth {
		fmt.Fprintf(&text, "--b%d--\n", depth-1-i)
	}
	return text.String()
}

func TestMailsThatCannotBeReadAsAWhole(t *testing.T) {
	const head = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n"
	const file = "--b\nContent-Disposition: attachment; filename=a.csv\n\nx\n"
	for name, c := range map[string]struct {
		mail, text string
		files      int
		broken     bool
	}{
		"whole":           {head + file + "--b--\n", "hello", 1, false},
		"nested":          {nested(mostDepth), "deep", 0, false},
		"nested too deep": {nested(mostDepth + 1), "", 0, true},
		"nested a lot":    {nested(2000), "", 0, true},
		"cut off":         {head + file, "hello", 1, true},
		"many parts":      {head + strings.Repeat(file, mostParts-2) + "--b--\n", "hello", mostParts - 2, false},
		"too many parts":  {head + strings.Repeat(file, mostParts) + "--b--\n", "hello", mostParts - 2, true},
		"broken header":   {head + "--b\nno header\n\nx\n" + file + "--b--\n", "hello", 0, true},
		"broken inside":   {head + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n" + file + "--b--\n", "hello", 2, true},
		"broken base64":   {head + "--b\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nAAEC!!!!\n" + file + "--b--\n", "hello", 2, true},
		"a long text":     {"Content-Type: text/plain\n\n" + strings.Repeat("x", mostText), strings.Repeat("x", mostText), 0, false},
		"a longer text":   {"Content-Type: text/plain\n\n" + strings.Repeat("x", mostText-1) + "é", strings.Repeat("x", mostText-1), 0, true},
		"no characters":   {"Content-Type: text/plain\n\na\xffb", "a\uFFFDb", 0, true},
		"no mail":         {"no header\n\nx", "", 0, true},
	} {
		files := 0
		text, _, err := parse(strings.NewReader(strings.ReplaceAll(c.mail, "\n", "\r\n")), func(_, _ string, content io.Reader) error {
			files++
			_, err := io.Copy(io.Discard, content)
			return err
		})
		if c.broken {
			require.Equal(t, connector.CodeBroken, errs.From(err).Code, name)
		} else {
			require.NoError(t, err, name)
		}
		require.Equal(t, c.text, strings.TrimSpace(text), name)
		require.Equal(t, c.files, files, name)
	}
}

func TestFewLargeMailsAreDescribedAtOnce(t *testing.T) {
	of := func(sizes ...int64) (out []connector.ReceivedMail) {
		for _, s := range sizes {
			out = append(out, connector.ReceivedMail{Size: s})
		}
		return out
	}
	require.Equal(t, 3, together(of(1, 2, 3)))
	require.Equal(t, 1, together(of(2*mostHeads, 1)))
	require.Equal(t, 2, together(of(mostHeads/2, mostHeads/2, 1)))
}

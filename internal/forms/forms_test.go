package forms_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/internal/forms"
)

const source = `package a

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

const label = "Not told to anybody."

var hints = map[string]string{"a": "Look at a.", "b": "Look at b."}

func f(kind string) error {
	if bad {
		return errs.Invalid(code, "There is no table %q of %d.", name, 3).WithHint("Make " + "one.")
	}
	refuse := func(format string, args ...any) error { return errs.Conflict("x", "%s", fmt.Sprintf(format, args...)) }
	if worse {
		return refuse("There are %s.", words.Number(n, "row", "rows"))
	}
	hint := hints[kind]
	if kind == "" {
		hint = "Name the " + strings.TrimSpace(kind) + "."
	}
	return missing("folder").WithHint("%s", hint)
}

func missing(what string) *errs.Error {
	return errs.NotFound("run_not_found", "There is no %s %q.", what, id)
}
`

// library is what the source above uses of the project's own.
var library = map[string]string{
	"ide-go-lib/errs/errs.go": `package errs

func Invalid(code, format string, args ...any) *Error  { return nil }
func Conflict(code, format string, args ...any) *Error { return nil }
func NotFound(code, format string, args ...any) *Error { return nil }

func (e *Error) WithHint(format string, args ...any) *Error { return e }
`,
	"ide-go-lib/words/words.go": "package words\n\nfunc Number(n int, one, many string) string { return one }\n",
}

func read(t *testing.T) *forms.Code {
	dir := t.TempDir()
	files := map[string]string{"a/a.go": source, "a/a_test.go": "package a\n\nvar x = \"Only in a test.\"\n"}
	for _, more := range []map[string]string{files, library} {
		for name, text := range more {
			at := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o750))
			require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
		}
	}
	code, err := forms.Read(dir)
	require.NoError(t, err)
	return code
}

func TestTextsAreHeldAgainstTheCode(t *testing.T) {
	code := read(t)
	require.Empty(t, code.Check(map[string]string{
		"There is no table {0} of {1}.": "{1} 没有表 {0}。", "Make one.": "请创建。", "There is no {0} {1}.": "没有{0!} {1}。", "folder": "文件夹",
		"There are {0}.": "有 {0!}。", "{0} row": "{0} 行", "{0} rows": "{0} 行", "Look at a.": "请看 a。", "Name the {0}.": "请指定{0}。",
	}))
	require.Equal(t, []string{
		`"Not told to anybody." is no message of the code: write it as it stands there, or leave it out`,
		`"Only in a test." is no message of the code: write it as it stands there, or leave it out`,
		`"There is no table {0} of {1}." has no part 2, which its text names`,
		`"There is no table {0}." is no message of the code: write it as it stands there, or leave it out`,
	}, code.Check(map[string]string{
		"There is no table {0} of {1}.": "{2}", "There is no table {0}.": "没有", "Only in a test.": "x", "Not told to anybody.": "x",
	}))
}

// A part that is said in another language needs all the words that the code puts there.
func TestPartsAreHeldAgainstTheCode(t *testing.T) {
	require.Equal(t, []string{
		`"folder" has no text; it is a part of "There is no {0} {1}."`,
		`"{0} row" has no text; it is a part of "There are {0}."`,
	}, read(t).Check(map[string]string{"There is no {0} {1}.": "没有{0!} {1}。", "There are {0}.": "有 {0!}。", "{0} rows": "{0} 行"}))
}

func TestMissingTexts(t *testing.T) {
	require.Equal(t, []forms.Message{
		{"Look at a.", "a/a.go:13"}, {"Look at b.", "a/a.go:13"}, {"Make one.", "a/a.go:17"}, {"There are {0}.", "a/a.go:21"},
		{"Name the {0}.", "a/a.go:25"}, {"There is no {0} {1}.", "a/a.go:31"},
	}, read(t).Missing(map[string]string{"There is no table {0} of {1}.": "x"}))
}

// What the web has in Chinese is what the server says today, and all of it.
func TestTextsOfTheWeb(t *testing.T) {
	data, err := os.ReadFile("../../dia-flow-web/src/locales/zh/problems.json")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, json.Unmarshal(data, &texts))
	code, err := forms.Read("../..")
	require.NoError(t, err)
	require.Empty(t, code.Check(texts))
	require.Empty(t, code.Missing(texts))
}

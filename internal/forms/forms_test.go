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

func f() error {
	if bad {
		return errs.Invalid(code, "There is no table %q of %d.", name, 3).WithHint("Make " + "one.")
	}
	return errs.NotFound("run_not_found", "There is no run %q.", id)
}
`

func TestTextsAreHeldAgainstTheCode(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte(source), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a_test.go"), []byte("package a\n\nvar x = \"Only in a test.\"\n"), 0o600))
	code, err := forms.Read(dir)
	require.NoError(t, err)
	require.Empty(t, code.Check(map[string]string{"There is no table {0} of {1}.": "{1} 没有表 {0!}。", "Make one.": "请创建。"}))
	require.Equal(t, []string{
		`"Only in a test." is no message of the code: write it as it stands there, or leave it out`,
		`"There is no run {0}." has no part 1, which its text names`,
		`"There is no table {0}." is no message of the code: write it as it stands there, or leave it out`,
	}, code.Check(map[string]string{"There is no run {0}.": "{1}", "There is no table {0}.": "没有", "Only in a test.": "x"}))
	require.Equal(t, []forms.Message{{"", "Make one."}, {"", "There is no table {0} of {1}."}}, code.Missing(map[string]string{"There is no run {0}.": "x"}))
}

// What the web has in Chinese is what the server says today.
func TestTextsOfTheWeb(t *testing.T) {
	data, err := os.ReadFile("../../dia-flow-web/src/locales/zh/problems.json")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, json.Unmarshal(data, &texts))
	code, err := forms.Read("../..")
	require.NoError(t, err)
	require.Empty(t, code.Check(texts))
}

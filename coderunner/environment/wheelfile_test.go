package environment

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/coderunner/client"
)

func TestWheelsThatFitNoPython(t *testing.T) {
	base := client.Base{Python: "3.11.2", Platform: "linux-x86_64"}
	for tags, fit := range map[string]bool{
		"py3-none-any":                      true,
		"py2.py3-none-any":                  true,
		"py310-none-any":                    true,
		"py312-none-any":                    false,
		"py2-none-any":                      false,
		"cp311-cp311-manylinux_2_28_x86_64": true,
		"cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64": true,
		"cp312-cp312-manylinux_2_28_x86_64":                      false,
		"cp38-abi3-manylinux_2_28_x86_64":                        true,
		"cp311-cp311-manylinux_2_28_aarch64":                     false,
		"cp311-cp311-win_amd64":                                  false,
		"cp311-cp311-macosx_11_0_x86_64":                         false,
	} {
		require.Equal(t, fit, fits("acme-1.2-"+tags+".whl", base) == nil, tags)
		require.NoError(t, fits("acme-1.2-"+tags+".whl", client.Base{}), "where nothing is known of Python")
	}
}

func TestWheelsThatAreNone(t *testing.T) {
	const metadata = "Metadata-Version: 2.1\nName: Acme.Rates\nVersion: 1.2+Local.1\n\nName: other\n"
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"good":           {map[string]string{"acme_rates-1.2+local.1.dist-info/METADATA": metadata, "acme/..x/__init__.py": ""}, ""},
		"no metadata":    {map[string]string{"acme/METADATA": metadata, "x/acme.dist-info/METADATA": metadata}, ".dist-info/METADATA"},
		"two packages":   {map[string]string{"a.dist-info/METADATA": metadata, "b.dist-info/METADATA": metadata}, "one package"},
		"another name":   {map[string]string{"a.dist-info/METADATA": "Name: acme\nVersion: 1.2+local.1\n"}, "acme 1.2+local.1 by its METADATA"},
		"another number": {map[string]string{"a.dist-info/METADATA": "Name: acme-rates\nVersion: 1.3\n"}, "1.3 by its METADATA"},
		"leads out":      {map[string]string{"a.dist-info/METADATA": metadata, "acme/../../x.py": ""}, "leads out"},
		"leads to root":  {map[string]string{"a.dist-info/METADATA": metadata, "/etc/x.py": ""}, "leads out"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "content")
			out, err := os.Create(file)
			require.NoError(t, err)
			archive := zip.NewWriter(out)
			for path, text := range c.files {
				w, err := archive.Create(path)
				require.NoError(t, err)
				_, err = w.Write([]byte(text))
				require.NoError(t, err)
			}
			require.NoError(t, archive.Close())
			require.NoError(t, out.Close())
			err = checkWheel("acme_rates-1.2+local.1-py3-none-any.whl", file, client.Base{})
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
	require.ErrorContains(t, checkWheel("a-1-py3-none-any.whl", os.DevNull, client.Base{}), "zip")
}

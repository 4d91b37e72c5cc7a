package read

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "a/b.csv", true},
		{"*.csv", "a/b.csv", true},
		{"*.csv", "a/b.json", false},
		{"b.???", "a/b.csv", true},
		{"a/*.csv", "a/b.csv", true},
		{"a/*.csv", "a/b/c.csv", false},
		{"a/*.csv", "b/a/c.csv", false},
		{"a/**/*.csv", "a/c.csv", true},
		{"a/**/*.csv", "a/b/b/c.csv", true},
		{"a/**", "a/b/c.csv", true},
		{"a/**", "b/c.csv", false},
		{"**/x/**/c.csv", "x/c.csv", true},
		{"**/x/**/c.csv", "a/x/b/x/d/c.csv", true},
		{"**/x/**/c.csv", "a/c.csv", false},
		{"day=*/[a-c].csv", "day=1/b.csv", true},
		{`a/\*.csv`, "a/*.csv", true},
	} {
		require.Equal(t, c.want, fits(c.pattern, c.name), "%q %q", c.pattern, c.name)
	}
	for match, want := range map[string]string{"in/2026/**/*.csv": "in/2026/", "in/a[bc]/x": "in/a", "*.csv": "", "in/x.csv": "in/x.csv"} {
		require.Equal(t, want, Config{Match: match}.begin(), match)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range [][3]string{
		{"", "in/orders*.csv", "in/"}, {"", "in/2026/**/*.csv", "in/2026/"}, {"", "in/{{ a * b[0] }}/x*.csv", "in/{{ a * b[0] }}/"},
		{"", "in/x.csv", "in/x.csv"}, {"", "*.csv", "*.csv"}, {"", "a*/b.csv", "a*/b.csv"}, {"in/x", "*.csv", "in/x"}, {"", "", "*"},
	} {
		require.Equal(t, c[2], Config{Prefix: c[0], Match: c[1]}.place(), "%v", c)
	}
}

func TestWhatIsHidden(t *testing.T) {
	for _, c := range []struct {
		prefix, match, name string
		want                bool
	}{
		{"", "*.csv", "a/b.csv", false},
		{"", "", "_SUCCESS", true},
		{"", "*.json", "_log/1.json", true},
		{"", "*", ".hidden", true},
		{"", "_*.csv", "_x.csv", false},
		{"", `\_*.csv`, "_x.csv", false},
		{"", "_*.csv", "_log/_x.csv", true},
		{"", "", "_k=1/a.csv", false},
		{"", "", ".k=1/a.csv", true},
		// where all names begin within a part
		{"", "in/orders*.csv", "in/orders.csv", false},
		{"", "in/orders*.csv", "in/orders_2026.csv", false},
		{"sales", "", "sales_2026/a.csv", false},
		{"sales", "", "sales.d/a.csv", false},
		{"sales", "", "sales_2026/_log/a.csv", true},
		{"in/_", "", "in/_x/a.csv", false},
		{"in/", "", "in/_x/a.csv", true},
		{"in/_x/", "", "in/_x/a.csv", false},
		{"in/_x/", "", "in/_x/_a.csv", true},
		// where the pattern names a folder
		{"", "tables/*/_delta_log/*.json", "tables/t/_delta_log/1.json", false},
		{"", "tables/*/_delta_log/*.json", "tables/_t/_delta_log/1.json", true},
		{"", "tables/*/_delta_log/*.json", "tables/t/_delta_log/_1.json", true},
		{"", "**/.well-known/*.json", "a/.well-known/b.json", false},
		{"", "**/.well-known/*.json", ".a/.well-known/b.json", true},
		{"", "**/.well-known/*.json", ".well-known/b.json", false},
		{"", "**/_*/**/*.csv", "_a/b/c.csv", false},
		{"", "**/_*/**/*.csv", "_a/_b/c.csv", true},
		{"t/", "t/**/_log/*", "t/_log/x", false},
		{"", "**/[_]x", "a/_x", true},
	} {
		require.True(t, fits(c.match, c.name), "%+v", c)
		require.Equal(t, c.want, isHidden(c.name, Config{Prefix: c.prefix, Match: c.match}.begin(), c.match), "%+v", c)
	}
}

func TestFoldersAreTyped(t *testing.T) {
	f := &folders{}
	for _, name := range []string{
		"y=2026/m=01/d=2026-01-31/ok=true/n=1/s=a%2Fb/e=__HIVE_DEFAULT_PARTITION__/x.csv",
		"y=2025/m=12/d=2026-02-01/ok=false/n=x/s=c/x=y.csv",
		"none.csv",
	} {
		f.learn(name)
	}
	types := map[string]string{}
	for _, c := range f.typed() {
		types[c.Name] = c.Type
	}
	require.Equal(t, map[string]string{"y": "BIGINT", "m": "VARCHAR", "d": "DATE", "ok": "BOOLEAN", "n": "VARCHAR", "s": "VARCHAR", "e": "VARCHAR"}, types)
	for _, name := range []string{"=1/x.csv", "a\xff=1/x.csv", "a%0Ab=1/x.csv", "a\x00=1/x.csv", "%01=1/x.csv"} {
		given(name, func(column string, _ *string) { t.Errorf("%q makes a column %q", name, column) })
	}
	given("a%FF=1%FF/x.csv", func(column string, value *string) { require.Equal(t, "a%FF=1%FF", column+"="+*value) })
	values := f.values("Y=1/s=a%2Fb/x.csv")
	require.Equal(t, "1", *values[0])
	require.Nil(t, values[1])
	require.Equal(t, "a/b", *values[5])
}

func TestTypesThatHoldBoth(t *testing.T) {
	for _, c := range [][3]string{
		{"BIGINT", "BIGINT", "BIGINT"}, {"INTEGER", "BIGINT", "BIGINT"}, {"UINTEGER", "INTEGER", "BIGINT"}, {"UBIGINT", "BIGINT", "DECIMAL(20,0)"},
		{"BIGINT", "DOUBLE", "DOUBLE"}, {"FLOAT", "DOUBLE", "DOUBLE"}, {"DECIMAL(18,2)", "DECIMAL(10,4)", "DECIMAL(20,4)"}, {"BIGINT", "DECIMAL(18,2)", "DECIMAL(21,2)"},
		{"DECIMAL(38,0)", "DECIMAL(38,10)", "DOUBLE"}, {"DATE", "TIMESTAMP", "TIMESTAMP"}, {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"},
		{"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_NS"}, {"TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "VARCHAR"},
		{"DATE", "BIGINT", "VARCHAR"}, {"BOOLEAN", "BIGINT", "VARCHAR"}, {"BIGINT[]", "BIGINT", "JSON"}, {"STRUCT(a BIGINT)", "STRUCT(a BIGINT, b VARCHAR)", "JSON"}, {"VARCHAR", "JSON", "JSON"},
	} {
		require.Equal(t, c[2], common(c[0], c[1]), "%v", c)
		require.Equal(t, c[2], common(c[1], c[0]), "%v", c)
	}
}

package sqltype_test

import (
	"strings"
	"testing"

	"dataflow/ide-go-lib/table/sqltype"
)

func TestTypes(t *testing.T) {
	for text, want := range map[string]string{
		"int8": "BIGINT", " Text ": "VARCHAR", "numeric": "DECIMAL(18,3)", "DECIMAL()": "DECIMAL(18,3)", "decimal( 10 , 2 )": "DECIMAL(10,2)", "DECIMAL(9)": "DECIMAL(9,0)", "varchar(20)": "VARCHAR",
		"timestamptz": "TIMESTAMP WITH TIME ZONE", "timestamp with time zone": "TIMESTAMP WITH TIME ZONE", "double precision": "DOUBLE", "INTEGER[]": "INTEGER[]", "int[3][]": "INTEGER[3][]",
		`struct(a int, "b "" c" text[])[]`: `STRUCT("a" INTEGER, "b "" c" VARCHAR[])[]`, "map(text, int)": "MAP(VARCHAR, INTEGER)",
		"": "", "NOPE": "", "DOUBLE) * 2 AS x, CAST(1 AS INT": "", "DOUBLE; DROP TABLE x": "", "INTEGER[": "", "STRUCT(a)": "", "MAP(INT)": "", "INT INT": "", "STRUCT(1 INT)": "", `"a`: "",
		"VARCHAR COLLATE NOCASE": "", "(SELECT 1)": "", "DECIMAL(1,2,3)": "", "DECIMAL(50,2)": "", "DECIMAL(2,4)": "", "INTEGER(3)": "",
	} {
		if got, ok := sqltype.Parse(text); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q %v, not %q", text, got, ok, want)
		}
	}
}

func TestWhatIsWrongWithAType(t *testing.T) {
	for text, want := range map[string]string{
		"int": "", "DECIMAL(38,38)": "", "BIGNIT": `There is no type "BIGNIT". Did you mean "BIGINT"`, "DECIMAL(50,2)": "between 1 and 38", "DECIMAL(2,4)": "between 1 and 38", "INTEGER(3)": "write INTEGER alone", "DOUBLE[": "write DOUBLE alone",
		"INTEGER) AS x, getenv('HOME": `Did you mean "INTEGER"`,
	} {
		if got := sqltype.Wrong(text); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, not %q", text, got, want)
		}
	}
}

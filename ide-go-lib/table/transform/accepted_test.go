package transform_test

import (
	"fmt"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/sql"
)

func described(t *testing.T, e *duck.Engine, text string) (string, error) {
	t.Helper()
	d, err := e.Describe(t.Context(), tenant, table.Plan{Relation: sql.Config{Select: query(text)}})
	if err != nil {
		return "", err
	}
	return d[0].Type, nil
}

// The formats of dates are those that the engine reads, letter by letter.
func TestFormatsAreThoseOfTheEngine(t *testing.T) {
	e := engine(t)
	for c := '!'; c <= '~'; c++ {
		if c == '\'' || c == '$' || c == '?' {
			continue
		}
		for _, format := range []string{"%" + string(c), "%-" + string(c)} {
			if format == "%-" {
				continue
			}
			_, err := described(t, e, "SELECT try_strptime('x', '"+format+"') AS x")
			var check columns.Checker
			check.Format("f", format)
			if refused := len(check.Details()) > 0; refused != (err != nil) {
				t.Errorf("%s: refused %v, but the engine says %v", format, refused, err)
			}
		}
	}
}

// typeTexts are names of types as people of other databases write them, right ones and wrong ones.
const typeTexts = `INT8 INT16 INT32 INT64 INT128 INT1 INT2 INT4 INT INTEGER INTEGRAL SIGNED LONG SHORT OID TINYINT SMALLINT BIGINT HUGEINT UINT8 UINT16 UINT32 UINT64 UINT128
UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM VARINT BOOL BOOLEAN LOGICAL BIT BIT(3) BITSTRING BLOB BYTEA BINARY VARBINARY UUID GUID JSON DATE DATE()
FLOAT FLOAT(1) FLOAT(24) FLOAT(25) FLOAT(53) FLOAT(54) FLOAT(0) FLOAT() FLOAT4 FLOAT4(3) FLOAT8 REAL REAL(3) DOUBLE DOUBLE(10) DOUBLE(10,2) DOUBLE_PRECISION DOUBLE~PRECISION DOUBLE~PRECISION(3)
DECIMAL NUMERIC DEC NUMERIC() DECIMAL(0) DECIMAL(38) DECIMAL(39) DECIMAL(5,5) DECIMAL(5,6) DECIMAL(05,02) NUMERIC(3) DEC(3,1) DECIMAL(-1) DECIMAL(1,2,3)
VARCHAR VARCHAR(20) VARCHAR(0) VARCHAR(100000000) VARCHAR(20,3) VARCHAR() TEXT TEXT(1) STRING STRING(20) CHAR CHAR(3) BPCHAR BPCHAR(3) NVARCHAR NVARCHAR(20) NCHAR NCHAR(3) NCHAR~VARYING(3)
CHARACTER CHARACTER(20) CHARACTER~VARYING CHARACTER~VARYING(20) CHAR~VARYING(3) NATIONAL~CHARACTER~VARYING(20) NATIONAL~CHAR(2) NATIONAL VARCHAR~VARYING VARCHAR2(20) CLOB NUMBER NUMBER(10) MONEY SERIAL
DATETIME DATETIME(3) DATETIME2 SMALLDATETIME TIMESTAMP TIMESTAMP() TIMESTAMP(0) TIMESTAMP(1) TIMESTAMP(2) TIMESTAMP(3) TIMESTAMP(4) TIMESTAMP(5) TIMESTAMP(6) TIMESTAMP(7) TIMESTAMP(8) TIMESTAMP(9) TIMESTAMP(10)
TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_US TIMESTAMP_NS TIMESTAMP_NS(3) TIMESTAMPTZ TIMESTAMPTZ(3) TIMESTAMP~WITH~TIME~ZONE TIMESTAMP~WITHOUT~TIME~ZONE TIMESTAMP(3)~WITH~TIME~ZONE TIMESTAMP(3)~WITHOUT~TIME~ZONE TIMESTAMP~WITH~LOCAL~TIME~ZONE DATETIME~WITH~TIME~ZONE
TIME TIME(3) TIME~WITHOUT~TIME~ZONE TIME~WITH~TIME~ZONE TIME(3)~WITH~TIME~ZONE TIMETZ TIMETZ(3) TIME_NS DATE(3)
INTERVAL INTERVAL~YEAR INTERVAL~MONTHS INTERVAL~YEAR~TO~MONTH INTERVAL~DAY~TO~SECOND INTERVAL~DAYS~TO~HOURS INTERVAL~HOUR~TO~MINUTE INTERVAL~MINUTE~TO~SECOND INTERVAL~MONTH~TO~YEAR INTERVAL~SECOND~TO~DAY INTERVAL(3)~SECOND
INTEGER[] INTEGER[3] INTEGER[0] INTEGER[100000] INTEGER[100001] INTEGER[~] INT[3][] INT[~]~[] INTEGER~ARRAY INTEGER~ARRAY[3] INTEGER~ARRAY[] INTEGER[]~ARRAY VARCHAR(3)~ARRAY DOUBLE~ARRAY~ARRAY ARRAY ARRAY(INT) LIST LIST(INT) SETOF~INTEGER
STRUCT(a~INT,b~TEXT) STRUCT(a~TIMESTAMP(3))[] ROW(a~INT) STRUCT(int~INT) STRUCT("a~b"~INT) STRUCT(é~INT) STRUCT(a-b~INT) STRUCT() STRUCT STRUCT(a~INT)~ARRAY MAP(TEXT,INT~ARRAY) MAP(INT) MAP(INT,INT)[] MAP UNION(a~INT,b~TEXT) UNION
ENUM('a','b') ENUM('it''s') ENUM('a','a') ENUM ENUM(a) "INTEGER" "integer" "int" "VARCHAR"[] "NOPE" "DOUBLE~PRECISION" main.INTEGER
INTEGER(3) INT(11) INT() BIGINT(20) TINYINT(1) BOOLEAN(1) BLOB(3) BINARY(3) UUID(3) UUID() JSON(3) TEXT() SHORT() GEOMETRY VARIANT
INT~UNSIGNED BIGINT~UNSIGNED UNSIGNED VARCHAR~COLLATE~NOCASE NULL ANY TABLE NOPE REGCLASS INT~INT INT)`

// Types are those that the engine takes, however they are written, and mean the same when they are written anew.
func TestTypesAreThoseOfTheEngine(t *testing.T) {
	e := engine(t)
	for text := range strings.FieldsSeq(typeTexts) {
		text = strings.ReplaceAll(text, "~", " ")
		want, err := described(t, e, fmt.Sprintf("SELECT TRY_CAST(NULL AS %s) AS x", text))
		typ, ok := sqltype.Parse(text)
		if ok != (err == nil) {
			t.Errorf("%s: taken %v, but the engine says %v", text, ok, err)
			continue
		}
		if !ok {
			continue
		}
		if got, err := described(t, e, fmt.Sprintf("SELECT TRY_CAST(NULL AS %s) AS x", typ)); err != nil || got != want {
			t.Errorf("%s: %s, which is %s, not %s (%v)", text, typ, got, want, err)
		}
	}
}

// Package sample is the transform that keeps some rows by chance.
package sample

import (
	"fmt"
	"strconv"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says how many rows to keep.
type Config struct {
	By      string   `json:"by" title:"Size by" zh:"抽样方式" enum:"rows,percent" default:"rows" doc:"rows: exactly so many. percent: each row with that probability" doc_zh:"rows：恰好这么多行；percent：每行按该概率保留"`
	Rows    int64    `json:"rows,omitempty" title:"Rows" zh:"行数" default:"100" minimum:"0" when:"by=rows" doc:"For rows: how many to keep; all, when there are no more" doc_zh:"用于 rows：保留的行数；不足时全部保留"`
	Percent float64  `json:"percent,omitempty" title:"Percent" zh:"百分比" default:"10" minimum:"0" maximum:"100" when:"by=percent" doc:"For percent: about how many of a hundred rows to keep" doc_zh:"用于 percent：每百行大约保留多少行"`
	Each    []string `json:"each,omitempty" title:"Of each" zh:"每组" widget:"columns" when:"by=rows" doc:"For rows: takes so many rows of each combination of these columns" doc_zh:"用于 rows：这些列的每种组合各取这么多行"`
	Seed    int64    `json:"seed,omitempty" title:"Seed" zh:"随机种子" default:"1" doc:"The same seed picks the same rows of the same table; another one picks others" doc_zh:"相同种子对相同的表总是抽取相同的行；换一个种子则抽取其他行"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	if c.By == "percent" && len(c.Each) > 0 {
		check.Fail("config_invalid", "with.each", "Groups need a number of rows; a percentage takes about the same share of each group by itself.")
	}
	return check.Details()
}

// Query implements table.Relation. The choice is made by a hash of the row's number, so that it is the same whenever and by
// however many threads it is computed. The rows keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	check.Columns(in, "with.each", c.Each)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	row := sqltext.Quote(columns.Free(columns.Row, in))
	chance := fmt.Sprintf("hash(%s + %d)", row, offset(c.Seed))
	var b sqltext.Builder
	b.Text("SELECT * EXCLUDE (", row, ") FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ")")
	switch {
	case c.By == "percent" && c.Percent < 100:
		b.Text(" WHERE ", chance, " / 18446744073709551616.0 < ", strconv.FormatFloat(c.Percent/100, 'f', -1, 64), "::DOUBLE")
	case c.By == "percent":
	case len(c.Each) > 0:
		b.Text(" QUALIFY row_number() OVER (PARTITION BY ").Names(c.Each).Text(" ORDER BY ", chance, ", ", row, ") <= ", strconv.FormatInt(c.Rows, 10))
	default:
		b = sqltext.Builder{}
		b.Text("SELECT * EXCLUDE (", row, ") FROM (SELECT * FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") ORDER BY ",
			chance, ", ", row, " LIMIT ", strconv.FormatInt(c.Rows, 10), ")")
	}
	b.Text(" ORDER BY ", row)
	return b.Query()
}

// offset shifts the numbers that are hashed far enough that no two seeds have them in common. The mixing is splitmix64's.
func offset(seed int64) int64 {
	z := uint64(seed) + 0x9e3779b97f4a7c15 //nolint:gosec // its bits are what is wanted
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) >> 2)
}

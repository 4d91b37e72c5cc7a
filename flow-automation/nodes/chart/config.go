package chart

import (
	"dataflow/ide-go-lib/errs"
)

// Config says what to draw.
type Config struct {
	Type      string   `json:"type" title:"Chart" zh:"图表类型" enum:"bar,line,area,scatter,pie,histogram" default:"bar"`
	Title     string   `json:"title,omitempty" title:"Title" zh:"标题"`
	X         string   `json:"x" title:"X" zh:"X 轴" required:"true" widget:"column" doc:"Column along the axis; of a pie, the slices; of a histogram, the numbers to count" doc_zh:"横轴列；饼图为各扇区；直方图为要计数的数值列"`
	Y         []string `json:"y,omitempty" title:"Y" zh:"Y 轴" widget:"columns" doc:"Columns to draw; left empty, rows are counted" doc_zh:"要绘制的列；留空则统计行数"`
	Series    string   `json:"series,omitempty" title:"Series" zh:"系列" widget:"column" doc:"One colour for each value of this column" doc_zh:"该列的每个值使用一种颜色"`
	Aggregate string   `json:"aggregate" title:"Aggregate" zh:"汇总方式" enum:"sum,avg,min,max,median,count,none" default:"sum" doc:"What to make of several rows with the same X; none draws every row" doc_zh:"X 相同的多行如何汇总；none 表示逐行绘制"`
	Bucket    string   `json:"bucket" title:"Time step" zh:"时间步长" enum:"none,year,quarter,month,week,day,hour" default:"none" doc:"Puts dates of X together" doc_zh:"将 X 的日期按此合并"`
	Sort      string   `json:"sort" title:"Order" zh:"顺序" enum:"auto,x,value" default:"auto" doc:"auto orders numbers and dates by X, names by value with the highest first" doc_zh:"auto：数字和日期按 X 排序，名称按值从高到低"`
	Limit     int64    `json:"limit,omitempty" title:"Values of X at most" zh:"X 值数量上限" minimum:"0" maximum:"2000" doc:"The first in order are shown; left empty, 50 bars, 12 slices, otherwise 2,000 points" doc_zh:"按顺序显示前若干个；留空时柱形 50、扇区 12，其他为 2000 个点"`
	Bins      int64    `json:"bins" title:"Bins" zh:"分箱数" minimum:"1" maximum:"200" default:"20" doc:"Of a histogram" doc_zh:"直方图的分箱数"`

	step, total int64 // every step-th row of total is drawn
}

// Check finds combinations that make no sense.
func (c Config) Check() []errs.Detail {
	problem := func(field, message string) []errs.Detail {
		return []errs.Detail{{Code: "config_invalid", Message: message, Place: errs.Place{Field: "with." + field}}}
	}
	switch {
	case c.Type == "scatter" && len(c.Y) == 0:
		return problem("y", "A scatter chart needs a column for Y.")
	case c.Type == "pie" && len(c.Y) > 1:
		return problem("y", "A pie shows one column; choose one, or another kind of chart.")
	case c.Type == "pie" && c.Series != "":
		return problem("series", "A pie has no series; choose bars to compare several.")
	case c.Aggregate == "none" && len(c.Y) == 0 && c.Type != "histogram":
		return problem("y", "Choose a column for Y, or aggregate with count.")
	}
	return nil
}

// rowwise says whether rows are drawn as they are.
func (c Config) rowwise() bool {
	return c.Type == "scatter" || c.Aggregate == "none" && c.Type != "histogram"
}

func (c Config) needsTotal() bool { return c.rowwise() }

func (c Config) limit() int64 {
	switch {
	case c.Limit > 0:
		return c.Limit
	case c.Type == "bar":
		return 50
	case c.Type == "pie":
		return 12
	}
	return MaxPoints
}

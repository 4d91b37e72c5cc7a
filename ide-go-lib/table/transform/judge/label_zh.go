package judge

import "strings"

// LabelZH is Label in Chinese.
func (r Rule) LabelZH() string {
	of := strings.Join(r.Columns, "、")
	switch r.Check {
	case Unique:
		return of + " 不重复"
	case InSet:
		return of + " 只取 " + r.set("、")
	case InRange:
		return of + " " + r.boundsZH()
	case Pattern:
		return of + " 形如 " + r.Pattern
	case OfType:
		return of + " 的类型为 " + r.Type
	case Condition:
		return r.Where.Text
	case Reference:
		return of + " 在参照表中"
	case RowCount:
		var parts []string
		if bounds := r.boundsZH(); bounds != "" {
			parts = append(parts, bounds)
		}
		if r.Change > 0 {
			parts = append(parts, "与上次运行相比增减不超过 "+short(r.Change)+"%")
		}
		return "行数" + strings.Join(parts, "，")
	case Freshness:
		return of + " 距今不超过 " + r.Within
	case Distribution:
		return r.measureZH(of) + r.boundsZH()
	}
	return of + " 不为空"
}

func (r Rule) boundsZH() string {
	switch {
	case r.Min.IsZero() && r.Max.IsZero():
		return ""
	case r.Max.IsZero():
		return "不小于 " + r.Min.String()
	case r.Min.IsZero():
		return "不大于 " + r.Max.String()
	}
	return "在 " + r.Min.String() + " 到 " + r.Max.String() + " 之间"
}

func (r Rule) measureZH(of string) string {
	switch r.Measure {
	case Quantile:
		return of + " 的 " + percent(r.Quantile) + "% 分位数"
	case NullPercent:
		return of + " 为空的行的百分比"
	case ValuePercent:
		return of + " 为 " + r.Value.String() + " 的行的百分比"
	case Distinct:
		return of + " 的不同取值数"
	case Deviation:
		return of + " 的标准差"
	}
	names := map[string]string{Mean: "平均值", Median: "中位数", Least: "最小值", Greatest: "最大值"}
	if name := names[r.Measure]; name != "" {
		return of + " 的" + name
	}
	return of + " 的 " + r.Measure
}

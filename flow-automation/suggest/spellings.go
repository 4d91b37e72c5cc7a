package suggest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/clean"
)

// mostSpellings is how many different values a column of names from a list may have.
const mostSpellings = 1000

// Letter case means nothing in words of some letters of which one spelling is that much more usual.
const (
	shortest = 4
	rarely   = 3
)

// spelling is a value and how often it is there.
type spelling struct {
	Value string `json:"v"`
	Count int64  `json:"n"`
}

// spellings suggests to put one spelling in place of several that differ only in letter case, accents and blanks. What else
// differs, such as 1.5 and 15 or C and C#, differs for a reason.
func (l *look) spellings(c table.ColumnProfile) error {
	if c.Distinct < 2 || c.Distinct > mostSpellings || c.Distinct*2 > l.rows-c.Nulls {
		return nil
	}
	same := query(func(b *sqltext.Builder, from string) {
		v := sqltext.Quote(c.Name)
		b.Text("SELECT list({'v': v, 'n': n} ORDER BY n DESC, v) AS spellings FROM (SELECT lower(strip_accents(v)) AS k, v, count(*) AS n FROM (SELECT ",
			"trim(regexp_replace(", v, `, '[\s\p{Z}]+', ' ', 'g')) AS v FROM `, from, " WHERE ", v, ` IS NOT NULL) GROUP BY ALL) WHERE regexp_matches(k, '\p{L}') GROUP BY k HAVING count(*) > 1 ORDER BY max(n) DESC, k`)
	})
	var values []map[string]string
	var changed int64
	var such []string
	rare := true
	accents := false
	err := l.over(same, func(row json.RawMessage) error {
		var cells [1][]spelling
		if err := json.Unmarshal(row, &cells); err != nil {
			return err
		}
		usual := cells[0][0]
		for _, s := range cells[0][1:] {
			if strings.Contains(s.Value+usual.Value, expression) {
				continue
			}
			accents = accents || !strings.EqualFold(s.Value, usual.Value)
			rare = rare && s.Count*rarely <= usual.Count && utf8.RuneCountInString(s.Value) >= shortest
			values = append(values, map[string]string{"from": s.Value, "to": usual.Value})
			changed += s.Count
			if len(such) < 3 {
				such = append(such, fmt.Sprintf("%q → %q", s.Value, usual.Value))
			}
		}
		return nil
	})
	if err != nil || len(values) == 0 {
		return err
	}
	how := certain
	switch {
	case accents:
		how = guess("Accents may tell words apart", "重音可能区分不同的词")
	case !rare:
		how = likely("Both spellings are usual, or so short that letter case may mean something", "两种写法都常见，或文本很短，大小写可能有含义")
	}
	return l.add(how.on(Suggestion{
		Columns: []string{c.Name}, Title: both("One spelling in %s", "统一 %s 的拼写", c.Name), Affected: changed,
		Why: node.Text{
			EN: "Some of its values differ only in letter case, accents or blanks: " + strings.Join(such, ", "),
			ZH: "有些取值仅在大小写、重音或空白上不同：" + strings.Join(such, "、"),
		},
	}), step{"do": clean.Map, "columns": []string{c.Name}, "values": values})
}

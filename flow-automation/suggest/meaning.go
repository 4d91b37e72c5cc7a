package suggest

import (
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// What a column is called says what to expect of it. It is never the only reason for a suggestion, but it decides how sure one is.
var (
	namesIdentifier = named("id", "uuid", "guid", "key", "code", "sku", "isbn", "iban", "email", "mail", "number", "no", "nr", "编号", "主键", "订单号")
	namesAmount     = named("count", "quantity", "qty", "age", "population", "height", "weight", "length", "width", "area", "duration", "size", "votes", "数量", "年龄", "人口")
	namesPast       = named("created", "updated", "modified", "inserted", "ordered", "placed", "paid", "shipped", "born", "birth", "birthday", "birthdate", "registered", "received", "logged", "recorded", "measured", "observed", "timestamp", "visited", "创建时间", "更新时间")
	namesCode       = named("version", "zip", "zipcode", "postcode", "postal", "plz", "phone", "telephone", "tel", "fax", "mobile", "code", "id", "no", "nr", "number", "isbn", "ean", "sku", "account", "iban", "serial", "版本", "邮编", "电话", "编号")
	namesPercent    = named("percent", "percentage", "share", "pct", "rate", "比例", "百分比")
)

// named finds one of the words among those that a name is made of: order_id, orderId and Order ID have the word id.
func named(list ...string) func(name string) bool {
	return func(name string) bool {
		for _, part := range splitName.Regexp().Split(camel.ReplaceAllString(name, "${1} ${2}"), -1) {
			for _, w := range list {
				if strings.EqualFold(part, w) {
					return true
				}
			}
		}
		return false
	}
}

var (
	splitName = pattern.Of(`[^\p{L}]+`)
	camel     = pattern.Of(`(\p{Ll})(\p{Lu})`)
)

// identifies says whether a column seems to have a value of its own in every row, and is called as if that were meant. How
// many differ is known about only.
func (l *look) identifies(c table.ColumnProfile) bool {
	return key(c) && c.Nulls == 0 && float64(c.Distinct) >= 0.75*float64(l.rows) && (c.Type == "UUID" || namesIdentifier(c.Name))
}

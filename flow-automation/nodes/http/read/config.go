// Package read has the node that reads the pages of a JSON API into a table.
package read

import (
	"fmt"
	"strings"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table/sqltype"
)

// Config says whom to ask, and how the pages follow each other.
type Config struct {
	Connection string         `json:"connection,omitempty" title:"Connection" zh:"连接" widget:"connection" of:"http" example:"api" doc:"A web service; left empty, the whole address is given below" doc_zh:"Web 服务连接；留空则在下方填写完整地址"`
	URL        string         `json:"url,omitempty" title:"URL" zh:"网址" widget:"text" example:"https://api.example.com/items" doc:"Address with http:// or https://; with a connection, the path behind its address" doc_zh:"以 http:// 或 https:// 开头的地址；使用连接时为其地址之后的路径"`
	Query      map[string]any `json:"query,omitempty" title:"Query" zh:"查询参数" widget:"keyvalue" doc:"Added to the address; a list gives the name several times" doc_zh:"附加到地址；列表会使同名参数重复出现"`
	Headers    map[string]any `json:"headers,omitempty" title:"Headers" zh:"请求头" widget:"keyvalue" doc:"Sent with every request" doc_zh:"随每个请求发送"`
	Items      string         `json:"items,omitempty" title:"Items at" zh:"数据位置" example:"data.items" doc:"Where in the answer the list is, by the names on the way to it; left empty, the answer itself is the list" doc_zh:"列表在响应中的位置，以点分隔的名称表示；留空表示响应本身就是列表"`
	Paging     string         `json:"paging" title:"Pages by" zh:"分页方式" enum:"none,page,offset,cursor,next,link" default:"none" doc:"none: there is one. page: a number that grows. offset: how many items to leave out. cursor: a text in the answer that the next request gives back. next: an address in the answer. link: an address in the header Link" doc_zh:"none：只有一页；page：递增的页码；offset：跳过的数量；cursor：响应中的文本，由下一请求带回；next：响应中的地址；link：响应头 Link 中的地址"`
	Parameter  string         `json:"parameter,omitempty" title:"Parameter" zh:"参数" example:"page" doc:"Of the query, for page, offset and cursor; left empty, it is called like them" doc_zh:"用于 page、offset 和 cursor 的查询参数；留空则与之同名"`
	First      *int64         `json:"first,omitempty" title:"First" zh:"起始值" minimum:"0" doc:"Of page and offset; left empty, pages begin with 1 and offsets with 0" doc_zh:"用于 page 和 offset；留空时页码从 1 开始，偏移从 0 开始"`
	SizeName   string         `json:"size_parameter,omitempty" title:"Parameter of the size" zh:"每页数量参数" example:"limit" doc:"Of the query; left empty, the service decides how many items a page has" doc_zh:"查询参数；留空则由服务决定每页数量"`
	Size       int64          `json:"size,omitempty" title:"Items on a page" zh:"每页数量" minimum:"0" maximum:"100000" doc:"That are asked for; 0 is not known" doc_zh:"所请求的数量；0 表示未知"`
	Short      string         `json:"short,omitempty" title:"A shorter page" zh:"较短的页" enum:"go_on,end" default:"go_on" when:"paging=page,offset" doc:"One with fewer items than were asked for. go_on: the last page is the one without any, for services may leave items out of their pages. end: it is the last, once another had more; spares a request" doc_zh:"数量少于所请求的页。go_on：没有数据的页才是最后一页，因为服务可能从页中剔除部分数据；end：若此前有更多数据的页，则它就是最后一页，可节省一次请求"`
	Next       string         `json:"next,omitempty" title:"Next at" zh:"下一页位置" example:"meta.next" doc:"Of cursor and next: where in the answer it is; when it is empty or null, the page was the last" doc_zh:"用于 cursor 和 next：在响应中的位置；为空或为 null 时即为最后一页"`
	More       string         `json:"more,omitempty" title:"More at" zh:"更多标志位置" example:"meta.has_more" doc:"Where in the answer it says whether there are more pages, if it does; false is the end" doc_zh:"响应中表示是否还有更多页的位置（如有）；false 表示结束"`
	Total      string         `json:"total,omitempty" title:"Total at" zh:"总数位置" example:"meta.total" doc:"Where in the answer it says how many items there are on all pages, if it does; with as many the reading ends, and the log warns of fewer" doc_zh:"响应中表示所有页数据总数的位置（如有）；读满即结束，不足时日志会警告"`
	AtMissing  string         `json:"at_missing" title:"When it is not there" zh:"不存在时" more:"true" enum:"auto,fail,end" default:"auto" doc:"Next at, More at, Total at or the header Link. auto: a first page without Next at or the header is taken for all there is, with a warning; the step fails when it has as many items as were asked for, when something else in the answer leads on (such as next, cursor or has_more), or when any page lacks Total at. Without More at the reading goes on until there is nothing. fail: it fails when the first page lacks any of them, and when the service refuses a page. end: a page without it is the last" doc_zh:"指下一页位置、更多标志位置、总数位置或响应头 Link。auto：首页缺少下一页位置或该响应头时，以该页为全部并给出警告；若该页数量达到所请求的数量、响应中另有指向下一页的内容（如 next、cursor 或 has_more），或任一页缺少总数位置，则步骤失败。缺少更多标志时一直读到没有数据为止。fail：首页缺少其中任何一项，或服务拒绝某一页时失败；end：缺少它的页即为最后一页"`
	MaxPages   int64          `json:"max_pages" title:"At most pages" zh:"最多页数" more:"true" default:"1000" minimum:"1" maximum:"1000000"`
	AtLimit    string         `json:"at_limit" title:"When there are more" zh:"超出时" more:"true" enum:"fail,stop" default:"fail" doc:"fail: the step fails, for a part is easily taken for all. stop: what was read is the outcome" doc_zh:"fail：步骤失败，以免把部分当作全部；stop：以已读取的内容为结果"`
	Types      []Typed        `json:"types,omitempty" title:"Types" zh:"类型" more:"true" doc:"Types of columns, instead of those found out. When there are no items at all, these are the columns" doc_zh:"指定列的类型，代替自动识别的类型；完全没有数据时，表即由这些列组成"`
	Timeout    string         `json:"timeout,omitempty" title:"Timeout" zh:"超时" more:"true" default:"1m" example:"30s" doc:"For each page, at most 10m" doc_zh:"每页的时间，最长 10m"`
	MaxBytes   int64          `json:"max_bytes,omitempty" title:"Largest page" zh:"最大页" more:"true" default:"33554432" minimum:"1" maximum:"268435456" doc:"In bytes; a larger one fails the step" doc_zh:"字节数；超过则步骤失败"`
}

// Typed gives one column its type.
type Typed struct {
	Column string `json:"column" title:"Column" zh:"列" required:"true"`
	Type   string `json:"type" title:"Type" zh:"类型" required:"true" widget:"type" example:"VARCHAR"`
}

const maxTimeout = 10 * time.Minute

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	refuse := func(field, message string) {
		details = append(details, errs.Detail{Code: node.CodeConfigInvalid, Message: message, Place: errs.Place{Field: "with." + field}})
	}
	if wrong := web.CheckAddress(c.URL, c.Connection); wrong != "" {
		refuse("url", wrong)
	}
	if !strings.Contains(c.Timeout, "{{") {
		if d, err := flow.Duration(c.Timeout).Parse(); err != nil {
			refuse("timeout", err.Error())
		} else if d > maxTimeout {
			refuse("timeout", "The timeout is at most 10m")
		}
	}
	switch {
	case (c.Paging == "cursor" || c.Paging == "next") && c.Next == "":
		refuse("next", "Say where in the answer the "+map[string]string{"cursor": "cursor", "next": "address of the next page"}[c.Paging]+" is")
	case c.Size > 0 && c.SizeName == "" && c.Paging != "page" && c.Paging != "offset":
		refuse("size_parameter", "Say in which parameter the size is given")
	case c.SizeName != "" && c.Size == 0:
		refuse("size", "Say how many items a page is to have")
	}
	for i, t := range c.Types {
		if wrong := sqltype.Wrong(t.Type); wrong != "" && !strings.Contains(t.Type, "{{") {
			details = append(details, errs.Detail{Code: "type_unknown", Message: wrong, Place: errs.Place{Field: fmt.Sprintf("with.types[%d].type", i)}})
		}
	}
	return append(details, web.CheckHeaders(c.Headers)...)
}

// parameter is the name of what grows.
func (c Config) parameter() string {
	if c.Parameter != "" {
		return c.Parameter
	}
	return c.Paging
}

// first is where numbers begin.
func (c Config) first() int64 {
	switch {
	case c.First != nil:
		return *c.First
	case c.Paging == "page":
		return 1
	}
	return 0
}

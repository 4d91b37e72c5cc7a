package read

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/words"
)

// word is what an answer says about further pages.
type word int

const (
	silent word = iota
	more
	last
)

// next says where the next page is, and whether there is one.
func (r *reader) next(p page, items int, target string, number *int64) (string, url.Values, bool, error) {
	c := r.cfg
	said, err := r.says(p.body)
	if err != nil || said == last {
		return "", nil, false, err
	}
	r.promised = said == more
	switch c.Paging {
	case "page", "offset":
		switch {
		case items == 0 && said == more && c.Paging == "offset":
			return "", nil, false, r.contradicts("no items")
		case items == 0 && said != more, c.Short == "end" && int64(items) < c.Size && items < r.widest:
			return "", nil, false, nil
		}
		r.short = int64(items) < c.Size
		r.fewer = r.short || items < r.widest
		r.widest = max(r.widest, items) // a service may give fewer than it is asked for, on every page
		if c.Paging == "offset" {
			*number += int64(items)
		} else {
			*number++
		}
		return target, r.query(strconv.FormatInt(*number, 10)), true, nil
	case "cursor":
		cursor, err := r.lead(p.body, items, said)
		if err != nil || cursor == "" {
			return "", nil, false, err
		}
		return target, r.query(cursor), true, r.once(cursor)
	case "next":
		link, err := r.lead(p.body, items, said)
		if err != nil || link == "" {
			return "", nil, false, err
		}
		return r.follow(p, link)
	case "link":
		link := nextLink(p.header)
		if link == "" {
			return "", nil, false, r.unlinked(p, items, said)
		}
		return r.follow(p, link)
	default:
		switch path := onward(p.body); {
		case r.pages != 1:
		case nextLink(p.header) != "":
			r.warn("The service names a next page in the header Link, which is not read: choose to read pages by link.")
		case path != "":
			r.warn(fmt.Sprintf("The answer leads on at %q, which is not followed: choose what pages are read by.", path))
		default:
			if path, all := counted(p.body); all > int64(items) {
				r.warn(fmt.Sprintf("The answer has %s and says at %q that there are %d: choose what pages are read by.", words.Number(items, "item", "items"), path, all))
			}
		}
	}
	return "", nil, false, nil
}

// follow goes to an address that an answer gives.
func (r *reader) follow(p page, link string) (string, url.Values, bool, error) {
	u, err := p.from.Parse(link)
	if err != nil {
		return "", nil, false, web.Invalid(connector.CodeAnswer, "next", "%.200q is not the address of a page", link)
	}
	if home := r.home(p); u.Scheme != home.Scheme || u.Host != home.Host {
		return "", nil, false, web.Invalid(connector.CodeElsewhere, "paging", "The next page lies elsewhere, at %s; it is not followed, for the headers are for %s alone", u.Host, home.Host)
	}
	return u.String(), nil, true, r.once(u.String())
}

// home is where the headers may be sent to: the address that a person has written, or the host of the connection, which no
// redirect leaves.
func (r *reader) home(p page) *url.URL {
	if u, err := url.Parse(r.cfg.URL); err == nil && u.Host != "" {
		return u
	}
	return p.from
}

// once makes sure that pages do not go round.
func (r *reader) once(on string) error {
	if r.seen[on] {
		return web.Invalid("paging_loop", "paging", "After page %d the service leads back to a page that was read", r.pages)
	}
	r.seen[on] = true
	return nil
}

// beyond says whether what was answered in place of a page means that there is none, because the one before, with fewer items
// than were asked for, was the last. Only what may be about the number of the page says so, and not where others are still to come.
func (r *reader) beyond(p page) bool {
	if !r.short || !missed(p.status) || r.promised || r.announced > r.items || r.cfg.AtMissing == "fail" || r.cfg.Paging != "page" && r.cfg.Paging != "offset" {
		return false
	}
	if p.status == http.StatusNotFound || p.status == http.StatusGone {
		r.call.Log("info", fmt.Sprintf("There is no page %d.", r.pages+1))
		return true
	}
	r.warn(fmt.Sprintf("Page %d was answered by %d %s, which was taken for the end: page %d was a shorter one.", r.pages+1, p.status, http.StatusText(p.status), r.pages))
	return true
}

// refused is the error of what was answered in place of a page. Where nobody has said how the end is known, it says how to.
func (r *reader) refused(p page, err error) error {
	c := r.cfg
	if r.pages == 0 || !missed(p.status) || r.promised || c.Size > 0 || c.Total != "" || c.Paging != "page" && c.Paging != "offset" {
		return err
	}
	e := *errs.From(err)
	hint := "say how that is known, at best by *Total at* or *More at*, else by *Items on a page*"
	if c.More != "" {
		hint = "set *When it is not there* to end"
	}
	e.Hint = fmt.Sprintf("Where page %d was the last one, %s. %s", r.pages, hint, e.Hint)
	return &e
}

// missed says whether a status may be about the number of the page, and not about who asks, or when.
func missed(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusRequestedRangeNotSatisfiable, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// says is what an answer says at More at and Total at.
func (r *reader) says(answer json.RawMessage) (word, error) {
	c, said := r.cfg, silent
	if c.Total != "" {
		total, err := r.total(answer)
		if err != nil {
			return silent, err
		}
		if r.announced = total; total >= 0 && r.items >= total {
			return last, nil
		}
	}
	if c.More != "" {
		text, gone := saying(answer, c.More)
		switch {
		case gone != nil && c.AtMissing == "end":
			return last, nil
		case gone != nil && c.AtMissing == "fail":
			return silent, r.absent("more", c.More, gone, answer)
		case gone != nil && r.flagged: // services leave it out where it would be false
			return last, nil
		case gone != nil: // going on until there is nothing loses nothing
			r.unsaid("more", c.More, gone, answer, "what follows was read until there was nothing")
			return silent, nil
		}
		r.flagged = true
		switch strings.ToLower(text) {
		case "", "0", "false", "no":
			return last, nil
		}
		said = more
	}
	return said, nil
}

// total is how many items the service says that there are; -1 when it does not know.
func (r *reader) total(answer json.RawMessage) (int64, error) {
	text, gone := saying(answer, r.cfg.Total)
	switch {
	case gone != nil && r.cfg.AtMissing == "end", gone == nil && text == "":
		return -1, nil
	case gone != nil:
		return 0, r.absent("total", r.cfg.Total, gone, answer)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, web.Invalid(connector.CodeAnswer, "total", "Page %d has %.100q at %q, which is no number of items", r.pages, text, r.cfg.Total)
	}
	return n, nil
}

// lead gives what leads on; "" at the last page. A service may leave it out of its last page, which the first may be: then
// somebody is told, for the path may as well be wrong. It surely is when the page is full, or something else leads on.
func (r *reader) lead(answer json.RawMessage, items int, said word) (string, error) {
	c := r.cfg
	on, gone := saying(answer, c.Next)
	switch {
	case on != "" && on[0] == '{':
		return "", web.Invalid(connector.CodeAnswer, "next", "What is at %q is an object", c.Next).WithHint("Name the text in it: %s.", strings.Join(names(json.RawMessage(on)), ", "))
	case on != "":
		return on, nil
	case c.AtMissing == "end":
		return "", nil
	case gone != nil && said == more:
		return "", r.absent("next", c.Next, gone, answer)
	case said == more:
		return "", r.contradicts(fmt.Sprintf("nothing at %q", c.Next))
	case gone == nil || r.pages > 1:
		return "", nil
	}
	gone.like = onward(answer, gone.name, c.Next[strings.LastIndexByte(c.Next, '.')+1:])
	switch {
	case gone.like != "", c.Size > 0 && int64(items) >= c.Size:
		return "", r.absent("next", c.Next, gone, answer)
	case items == 0 && resembling(answer, gone) == "":
	case c.AtMissing == "fail":
		return "", r.absent("next", c.Next, gone, answer)
	default:
		r.unsaid("next", c.Next, gone, answer, "it was taken for all there is")
	}
	return "", nil
}

// unlinked judges a page whose header leads nowhere. Many services send the header only where there is a next page, so that
// the first page may be all there is.
func (r *reader) unlinked(p page, items int, said word) error {
	c := r.cfg
	without := r.pages == 1 && items > 0 && len(p.header.Values("Link")) == 0 && int64(items) >= c.Size
	switch {
	case c.AtMissing == "end":
	case said == more:
		return r.contradicts("no next page in the header Link")
	case without && (c.AtMissing == "fail" || onward(p.body) != ""):
		return web.Invalid(connector.CodeAnswer, "paging", "The answer has no header Link").
			WithHint("%s", "The service may lead on in another way"+offers(leading(p.body, p.header))+". Where it sends the header only when there is a next page, set *When it is not there* to auto or end.")
	case without:
		r.warn("The first page came without a header Link, and was taken for all there is" + offers(leading(p.body, p.header)) + ".")
	}
	return nil
}

// contradicts is the error of a page that says there are more, and does not say where.
func (r *reader) contradicts(has string) error {
	return web.Invalid(connector.CodeAnswer, "more", "Page %d says that there are more pages, and has %s", r.pages, has).
		WithHint("Look into the service's documentation for how it leads on; *When it is not there* set to end takes the page for the last.")
}

// absent is the error of a path that leads nowhere.
func (r *reader) absent(field, path string, gone *hole, answer json.RawMessage) error {
	e := web.Invalid(connector.CodeAnswer, field, "Page %d has nothing at %q: there is no %q", r.pages, path, gone.name)
	return e.WithHint("%s Where the service leaves it out of its last page, set *When it is not there* to end.", gone.instead(answer))
}

// unsaid warns of a path that leads nowhere, once.
func (r *reader) unsaid(field, path string, gone *hole, answer json.RawMessage, taken string) {
	if r.told[field] {
		return
	}
	r.told[field] = true
	text := fmt.Sprintf("Page %d has nothing at %q (with.%s): %s. %s", r.pages, path, field, taken, gone.instead(answer))
	if len(gone.have) > 0 {
		text += fmt.Sprintf(" There: %s.", strings.Join(gone.have[:min(len(gone.have), 10)], ", "))
	}
	r.warn(text + " Where that is as it should be, set *When it is not there* to end.")
}

// warn tells something in the log and with the step.
func (r *reader) warn(text string) {
	r.call.Log("warn", text)
	r.warnings = append(r.warnings, text)
}

// finish says what came short of what was announced.
func (r *reader) finish() {
	if r.announced > r.items && (r.cfg.First == nil || *r.cfg.First <= 1) {
		r.warn(fmt.Sprintf("The service says that there are %s, and its pages had %d.", words.Number(r.announced, "item", "items"), r.items))
	}
}

// hole is where a path through an answer ends.
type hole struct {
	name string   // that is not there
	have []string // that are
	like string   // the path to what leads on in the answer; empty is not known
}

// instead says what there is in place of what is missing.
func (h *hole) instead(answer json.RawMessage) string {
	if like := cmp.Or(h.like, resembling(answer, h)); like != "" {
		return fmt.Sprintf("Did you mean %q?", like)
	}
	if hint := near.Hint(h.name, h.have); hint != "" {
		return hint
	}
	return "The answer began with: " + web.Beginning(answer)
}

// saying gives what an answer says at a path: "" where it says nothing, as with null, false or an empty object, also on the way.
// The hole is where the path leads nowhere.
func saying(answer json.RawMessage, path string) (string, *hole) {
	part, missing, have := at(answer, path)
	if missing != "" && !hollow(part) {
		return "", &hole{name: missing, have: have}
	}
	var s string
	if json.Unmarshal(part, &s) == nil {
		return s, nil
	}
	if missing != "" || hollow(part) {
		return "", nil
	}
	return string(part), nil // a number
}

func hollow(part json.RawMessage) bool {
	switch string(part) {
	case "null", "false", "{}", "[]", `""`:
		return true
	}
	return false
}

// resembling is the path to something in the answer that is called like what is missing; "" when there is none.
func resembling(answer json.RawMessage, gone *hole) string {
	paths := map[string]string{}
	walk(answer, "", 4, func(path, name string, _ json.RawMessage) {
		if _, twice := paths[name]; !twice {
			paths[name] = path
		}
	})
	if found := near.Names(gone.name, slices.Sorted(maps.Keys(paths)), 1); len(found) > 0 {
		return paths[found[0]]
	}
	return ""
}

// leading are the paths in an answer that look as if they led on.
func leading(answer json.RawMessage, header http.Header) []string {
	var found []string
	walk(answer, "", 4, func(path, name string, _ json.RawMessage) {
		if leads(strings.ToLower(name)) {
			found = append(found, path)
		}
	})
	for name := range header {
		if strings.Contains(strings.ToLower(name), "next") {
			found = append(found, "the header "+name)
		}
	}
	slices.Sort(found)
	return found[:min(len(found), 3)]
}

func offers(found []string) string {
	if len(found) == 0 {
		return ""
	}
	return "; it has " + strings.Join(found, ", ")
}

// walk visits what objects have, not through lists, those higher up first.
func walk(part json.RawMessage, path string, depth int, visit func(path, name string, part json.RawMessage)) {
	var object map[string]json.RawMessage
	if depth == 0 || len(part) == 0 || part[0] != '{' || json.Unmarshal(part, &object) != nil {
		return
	}
	sorted := slices.Sorted(maps.Keys(object))
	for _, name := range sorted {
		visit(strings.TrimPrefix(path+"."+name, "."), name, bytes.TrimSpace(object[name]))
	}
	for _, name := range sorted {
		walk(object[name], path+"."+name, depth-1, visit)
	}
}

// names are those of an object.
func names(part json.RawMessage) []string {
	var object map[string]json.RawMessage
	if json.Unmarshal(part, &object) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(object))
}

package forms

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// whole is where a text goes that is a message itself.
var whole = place{part: part{N: -1}}

// place is where a text goes, and whether as a format.
type place struct {
	part
	format bool
}

// errors are what makes messages, by what all of it starts.
const (
	errsPath  = module + "ide-go-lib/errs"
	wordsPath = module + "ide-go-lib/words"
)

// told are the fields that users read, by the beginning of the packages in which they are no pairs of languages.
var told = map[string]string{"Message": module, "Hint": module, "Why": module + "flow-automation/engine"}

// follow follows texts from where they are written to where users are told them, until nothing more is found. It goes
// by names, not by types, so that it may take a text for a part of a message that is none; it is no less strict for messages.
func (s *source) follow() {
	for s.more = true; s.more; {
		s.more = false
		for _, p := range s.packages {
			for _, f := range p.files {
				for _, d := range f.ast.Decls {
					in := p.declared(d)
					s.calls(f, in, d)
				}
			}
		}
		s.fields()
	}
}

func (p *pkg) declared(d ast.Decl) *fun {
	if d, ok := d.(*ast.FuncDecl); ok {
		for _, f := range p.funcs[d.Name.Name] {
			if f.body == d.Body && f.body != nil {
				return f
			}
		}
	}
	return nil
}

// fields follows what is set to fields that users read.
func (s *source) fields() {
	for _, p := range s.packages {
		for name, within := range told {
			if !strings.HasPrefix(p.path, within) {
				continue
			}
			for _, each := range p.fields[name] {
				s.text(each, whole)
			}
		}
	}
}

// calls follows what is given to functions that make messages.
func (s *source) calls(f *file, in *fun, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if of := f.pkg.closures[n]; of != nil && of != in {
				s.calls(f, of, n.Body)
				return false
			}
		case *ast.CallExpr:
			for i, to := range s.sinksOf(f, n) {
				if i < len(n.Args) {
					for where := range to {
						s.given(scoped{n.Args[i], in, f}, where, n.Args[i+1:], s.takesParts(f, n, i))
					}
				}
			}
		}
		return true
	})
}

// given follows a text that is given, and its parts where it is a format.
func (s *source) given(text scoped, to place, rest []ast.Expr, format bool) {
	if to.format = format; format {
		for _, form := range s.formats(text) {
			for i, each := range rest {
				where := place{part: part{form, i}}
				if !worded(form) {
					where.part = to.part
				}
				s.text(scoped{each, text.in, text.file}, where)
			}
		}
	}
	s.text(text, to)
}

// formats are the forms that a format may have.
func (s *source) formats(text scoped) (all []string) {
	if literal, ok := literal(text.expr); ok {
		return []string{form(literal)}
	}
	if name, ok := text.expr.(*ast.Ident); ok {
		for _, each := range append(text.locals(name.Name), text.file.pkg.values[name.Name]...) {
			if literal, ok := literal(each.expr); ok {
				all = append(all, form(literal))
			}
		}
	}
	return all
}

func (t scoped) locals(name string) (all []scoped) {
	for f := t.in; f != nil; f = f.around {
		for _, each := range f.sets[name] {
			all = append(all, scoped{each.expr, f, f.file})
		}
	}
	return all
}

// takesParts says whether a function is given parts behind its i-th parameter.
func (s *source) takesParts(f *file, call *ast.CallExpr, i int) bool {
	return slices.ContainsFunc(s.callees(f, call), func(of *fun) bool {
		n := of.typ.Params.NumFields()
		if n != i+2 {
			return false
		}
		list := of.typ.Params.List
		_, variadic := list[len(list)-1].Type.(*ast.Ellipsis)
		return variadic
	})
}

// callees are the functions that a call may be of.
func (s *source) callees(f *file, call *ast.CallExpr) []*fun {
	switch of := call.Fun.(type) {
	case *ast.Ident:
		return slices.DeleteFunc(slices.Clone(f.pkg.funcs[of.Name]), func(c *fun) bool { return c.method })
	case *ast.IndexExpr:
		return s.callees(f, &ast.CallExpr{Fun: of.X})
	case *ast.SelectorExpr:
		if name, ok := of.X.(*ast.Ident); ok {
			if at, imported := f.imports[name.Name]; imported {
				if p := s.packages[at]; p != nil {
					return slices.DeleteFunc(slices.Clone(p.funcs[of.Sel.Name]), func(c *fun) bool { return c.method })
				}
				return nil
			}
		}
		var all []*fun
		for _, c := range s.methods[of.Sel.Name] {
			if (c.file.pkg == f.pkg || of.Sel.IsExported()) && c.typ.Params.NumFields() <= len(call.Args)+1 {
				all = append(all, c)
			}
		}
		return all
	}
	return nil
}

// sinksOf are the arguments of a call that go into messages, and where.
func (s *source) sinksOf(f *file, call *ast.CallExpr) map[int]map[place]bool {
	out := map[int]map[place]bool{}
	for _, of := range s.callees(f, call) {
		if of.file.pkg.path == errsPath {
			if i := slices.Index(names(of.typ.Params), "format"); i >= 0 {
				out[i] = map[place]bool{whole: true}
			}
			continue
		}
		for i, to := range s.sinks[of.typ] {
			if out[i] == nil {
				out[i] = map[place]bool{}
			}
			for each := range to {
				out[i][each] = true
			}
		}
	}
	return out
}

// text follows a text to where it was written.
func (s *source) text(t scoped, to place) { s.results(t, 0, to, false) }

// results follows the n-th result of an expression, or its elements.
func (s *source) results(t scoped, n int, to place, elements bool) {
	v := visit{t.expr, to, elements}
	if t.expr == nil || s.seen[v] {
		return
	}
	s.seen[v] = true
	s.more = true
	switch e := t.expr.(type) {
	case *ast.ParenExpr:
		s.results(scoped{e.X, t.in, t.file}, n, to, elements)
	case *ast.BasicLit, *ast.BinaryExpr:
		s.written(t, to)
	case *ast.Ident:
		s.named(t, e.Name, to, elements)
	case *ast.SelectorExpr:
		if name, ok := e.X.(*ast.Ident); ok {
			if at, imported := t.file.imports[name.Name]; imported {
				if p := s.packages[at]; p != nil {
					for _, each := range p.values[e.Sel.Name] {
						s.results(each, 0, to, elements)
					}
				}
				return
			}
		}
		for _, each := range t.file.pkg.fields[e.Sel.Name] {
			s.results(each, 0, to, elements)
		}
	case *ast.IndexExpr:
		s.results(scoped{e.X, t.in, t.file}, 0, to, true)
	case *ast.CompositeLit:
		if elements {
			for _, each := range e.Elts {
				if kv, ok := each.(*ast.KeyValueExpr); ok {
					each = kv.Value
				}
				s.text(scoped{each, t.in, t.file}, to)
			}
		}
	case *ast.CallExpr:
		s.called(t, e, n, to)
	}
}

// named follows a name: a parameter, what it is set to, or what the package begins with.
func (s *source) named(t scoped, name string, to place, elements bool) {
	for f := t.in; f != nil; f = f.around {
		if i := slices.Index(names(f.typ.Params), name); i >= 0 {
			at := s.sinks[f.typ]
			if at == nil {
				at = map[int]map[place]bool{}
				s.sinks[f.typ] = at
			}
			if at[i] == nil {
				at[i] = map[place]bool{}
			}
			at[i][to] = true
		}
		for _, each := range f.sets[name] {
			s.results(scoped{each.expr, f, f.file}, each.n, to, elements || each.elements)
		}
	}
	for _, each := range t.file.pkg.values[name] {
		s.results(each, 0, to, elements)
	}
}

// passing are functions of other packages that hand on a text, by how many of their arguments.
var passing = map[string]int{
	"cmp.Or": 9, "strings.TrimSpace": 1, "strings.TrimSuffix": 1, "strings.TrimPrefix": 1, "strings.TrimRight": 1, "strings.ToLower": 1,
	"string": 1,
}

func (s *source) called(t scoped, e *ast.CallExpr, n int, to place) {
	name := ""
	switch of := e.Fun.(type) {
	case *ast.Ident:
		name = of.Name
	case *ast.SelectorExpr:
		if pkg, ok := of.X.(*ast.Ident); ok && t.file.imports[pkg.Name] != "" {
			name = pkg.Name + "." + of.Sel.Name
		}
	}
	switch {
	case name == "append":
		for _, each := range e.Args[1:] {
			s.text(scoped{each, t.in, t.file}, to)
		}
		return
	case name == "strings.Join":
		s.results(scoped{e.Args[0], t.in, t.file}, 0, to, true)
		return
	case name == "fmt.Sprintf":
		s.given(scoped{e.Args[0], t.in, t.file}, to, e.Args[1:], true)
		return
	case t.file.imports["words"] == wordsPath && name == "words.Number", t.file.pkg.path == wordsPath && name == "Number":
		for _, word := range e.Args[1:] {
			s.counted(scoped{word, t.in, t.file}, to)
		}
		return
	}
	for i := range min(passing[name], len(e.Args)) {
		s.text(scoped{e.Args[i], t.in, t.file}, to)
	}
	for _, of := range s.callees(t.file, e) {
		if of.file.pkg.path == errsPath || of.body == nil {
			continue
		}
		if of.method && (of.file.pkg != t.file.pkg || of.name == "Error") {
			continue
		}
		ast.Inspect(of.body, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				if n < len(node.Results) {
					s.text(scoped{node.Results[n], of, of.file}, to)
				} else if len(node.Results) == 1 {
					s.results(scoped{node.Results[0], of, of.file}, n, to, false)
				}
			}
			return true
		})
	}
}

// counted notes the form of a count with its word.
func (s *source) counted(word scoped, to place) {
	text, rest, ok := sum(word.expr, false)
	if !ok || text == "%s" {
		return
	}
	f := form("%s " + text)
	s.note(f, to, word.expr)
	for i, each := range rest {
		s.text(scoped{each, word.in, word.file}, place{part: part{f, i + 1}})
	}
}

// written notes the form of a text, with a part for what is put between by +.
func (s *source) written(t scoped, to place) {
	format, rest, ok := sum(t.expr, to.format)
	if !ok {
		return
	}
	if len(rest) == 0 && !to.format {
		s.note(strings.TrimSpace(strings.ReplaceAll(format, "%%", "%")), to, t.expr)
		return
	}
	f := form(format)
	if !worded(f) {
		for _, each := range rest {
			s.text(scoped{each, t.in, t.file}, to)
		}
		return
	}
	s.note(f, to, t.expr)
	for i, each := range rest {
		s.text(scoped{each, t.in, t.file}, place{part: part{f, i}})
	}
}

func (s *source) note(f string, to place, at ast.Expr) {
	if !worded(f) {
		return
	}
	if to.N < 0 && strings.ContainsRune(f, ' ') {
		p := s.fset.Position(at.Pos())
		where := fmt.Sprintf("%s:%d", p.Filename, p.Line)
		if known, there := s.found.told[f]; !there || where < known {
			s.found.told[f] = where
		}
		return
	}
	s.found.inside[f] = true
	if !speaks(f) {
		return
	}
	if !slices.Contains(s.found.parts[to.part], f) {
		s.found.parts[to.part] = append(s.found.parts[to.part], f)
	}
}

// speaks says whether a part is of a language, and no name of a type or a code.
func speaks(f string) bool {
	small := strings.ContainsFunc(placeholder.ReplaceAllString(f, ""), func(r rune) bool { return r >= 'a' && r <= 'z' })
	return small && (strings.ContainsRune(f, ' ') || !strings.ContainsRune(f, '_'))
}

// worded says whether a form has words of its own.
func worded(f string) bool {
	return f != "%s" && strings.ContainsFunc(placeholder.ReplaceAllString(f, ""), letter)
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// sum is a format of what is put together by +, which are formats themselves or texts, and what goes into it.
func sum(e ast.Expr, formats bool) (format string, rest []ast.Expr, ok bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return sum(e.X, formats)
	case *ast.BasicLit:
		text, ok := literal(e)
		if !formats {
			text = strings.ReplaceAll(text, "%", "%%")
		}
		return text, nil, ok
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", nil, false
		}
		left, a, ok := sum(e.X, formats)
		right, b, also := sum(e.Y, formats)
		return left + right, append(a, b...), ok && also
	}
	return "%s", []ast.Expr{e}, true
}

// literal is the text of a literal, or of several with + between.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		x, left := literal(e.X)
		y, right := literal(e.Y)
		return x + y, left && right && e.Op == token.ADD
	}
	return "", false
}

// form is what an error carries of a text, or the text where it is its own form, without space around.
func form(text string) string { return strings.TrimSpace(cmp.Or(errs.Form(text), text)) }

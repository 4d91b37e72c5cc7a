package forms

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the beginning of what packages of the project are imported by.
const module = "dataflow/"

// outside are folders of the repository that users are told nothing by: tests and measurements, with what only they use.
var outside = []string{"bench", "internal", "test", "testservers", "examples", "dia-flow-web/node_modules"}

// source is the code, with what is needed to follow texts through it.
type source struct {
	fset     *token.FileSet
	root     string
	packages map[string]*pkg
	// methods are those of all packages, by name.
	methods map[string][]*fun
	// sinks are parameters that end up in messages, by the function, and where in which.
	sinks map[*ast.FuncType]map[int]map[place]bool
	// seen are expressions that were followed already, by where they go.
	seen  map[visit]bool
	found *Code
	more  bool
}

type visit struct {
	expr ast.Expr
	to   place
	all  bool
}

// pkg is the code of one folder.
type pkg struct {
	path  string
	files []*file
	// funcs are functions and methods, values what variables and constants begin with, fields what fields are set to, and
	// structs the names of fields in their order.
	funcs   map[string][]*fun
	values  map[string][]scoped
	fields  map[string][]scoped
	structs map[string][]string
	// closures are the functions within others that have a name.
	closures map[*ast.FuncLit]*fun
}

type file struct {
	pkg     *pkg
	imports map[string]string
	ast     *ast.File
}

// fun is a function, or one within it that has a name.
type fun struct {
	file   *file
	name   string
	method bool
	typ    *ast.FuncType
	body   *ast.BlockStmt
	// sets are what the names within it are set to.
	sets   map[string][]set
	around *fun
}

// set is an expression that a name is set to: the n-th result of it, or the elements of it.
type set struct {
	expr     ast.Expr
	n        int
	elements bool
}

// scoped is an expression and the function around it, or nil.
type scoped struct {
	expr ast.Expr
	in   *fun
	file *file
}

func parse(root string) (*source, error) {
	s := &source{
		fset: token.NewFileSet(), root: root, packages: map[string]*pkg{}, methods: map[string][]*fun{}, sinks: map[*ast.FuncType]map[int]map[place]bool{}, seen: map[visit]bool{},
		found: &Code{told: map[string]string{}, parts: map[part][]string{}, inside: map[string]bool{}},
	}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if below != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "testkit" || strings.HasSuffix(name, "test") || slices.Contains(outside, filepath.ToSlash(below))) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(at) //nolint:gosec // below the folder that was named
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(s.fset, below, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.add(module+path.Dir(filepath.ToSlash(below)), parsed)
		return nil
	})
	for _, p := range s.packages {
		p.declare()
		for name, all := range p.funcs {
			for _, f := range all {
				if f.method {
					s.methods[name] = append(s.methods[name], f)
				}
			}
		}
	}
	return s, err
}

func (s *source) add(at string, parsed *ast.File) {
	p := s.packages[at]
	if p == nil {
		p = &pkg{path: at, funcs: map[string][]*fun{}, values: map[string][]scoped{}, fields: map[string][]scoped{}, structs: map[string][]string{}, closures: map[*ast.FuncLit]*fun{}}
		s.packages[at] = p
	}
	f := &file{pkg: p, imports: map[string]string{}, ast: parsed}
	p.files = append(p.files, f)
	for _, i := range parsed.Imports {
		if of, err := strconv.Unquote(i.Path.Value); err == nil {
			name := path.Base(of)
			if i.Name != nil {
				name = i.Name.Name
			}
			f.imports[name] = of
		}
	}
}

// declare notes what the package declares. Structs come first, for their fields' names.
func (p *pkg) declare() {
	for _, f := range p.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if of, ok := spec.Type.(*ast.StructType); ok {
					p.structs[spec.Name.Name] = names(of.Fields)
				}
			}
			return true
		})
	}
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				each := &fun{file: f, name: d.Name.Name, method: d.Recv != nil, typ: d.Type, body: d.Body, sets: map[string][]set{}}
				p.funcs[each.name] = append(p.funcs[each.name], each)
				if d.Body != nil {
					p.inspect(f, each, d.Body)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok {
						p.value(f, spec)
					}
				}
			}
		}
	}
}

func (p *pkg) value(f *file, spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		if i < len(spec.Values) {
			p.values[name.Name] = append(p.values[name.Name], scoped{spec.Values[i], nil, f})
		}
	}
	for _, v := range spec.Values {
		p.inspect(f, nil, v)
	}
}

func names(of *ast.FieldList) (all []string) {
	for _, field := range of.List {
		for _, name := range field.Names {
			all = append(all, name.Name)
		}
	}
	return all
}

// inspect notes what is set below n.
func (p *pkg) inspect(f *file, in *fun, n ast.Node) {
	assign := func(to []ast.Expr, from []ast.Expr) {
		for i, target := range to {
			each := set{n: i}
			if len(from) == len(to) {
				each = set{expr: from[i]}
			} else if len(from) == 1 {
				each.expr = from[0]
			} else {
				continue
			}
			switch target := target.(type) {
			case *ast.Ident:
				if in != nil {
					in.sets[target.Name] = append(in.sets[target.Name], each)
				}
				if closure, ok := each.expr.(*ast.FuncLit); ok && in != nil {
					of := &fun{file: f, name: target.Name, typ: closure.Type, body: closure.Body, sets: in.sets, around: in}
					p.funcs[target.Name] = append(p.funcs[target.Name], of)
					p.closures[closure] = of
				}
			case *ast.SelectorExpr:
				p.fields[target.Sel.Name] = append(p.fields[target.Sel.Name], scoped{each.expr, in, f})
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			assign(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			to := make([]ast.Expr, len(n.Names))
			for i, name := range n.Names {
				to[i] = name
			}
			if len(n.Values) > 0 {
				assign(to, n.Values)
			}
		case *ast.RangeStmt:
			if name, ok := n.Value.(*ast.Ident); ok && in != nil {
				in.sets[name.Name] = append(in.sets[name.Name], set{expr: n.X, elements: true})
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				p.fields[key.Name] = append(p.fields[key.Name], scoped{n.Value, in, f})
			}
		case *ast.CompositeLit:
			p.positional(f, in, n)
		case *ast.FuncLit:
			if of := p.closures[n]; of != nil && of != in {
				p.inspect(f, of, n.Body)
				return false
			}
		}
		return true
	})
}

// positional notes what the fields of a struct are set to where they are not named.
func (p *pkg) positional(f *file, in *fun, n *ast.CompositeLit) {
	list := []*ast.CompositeLit{n}
	of := n.Type
	if array, ok := of.(*ast.ArrayType); ok {
		list, of = nil, array.Elt
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			if each, ok := e.(*ast.CompositeLit); ok && each.Type == nil {
				list = append(list, each)
			}
		}
	}
	if m, ok := of.(*ast.MapType); ok {
		list, of = nil, m.Value
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if each, ok := kv.Value.(*ast.CompositeLit); ok && each.Type == nil {
					list = append(list, each)
				}
			}
		}
	}
	var fields []string
	switch of := of.(type) {
	case *ast.Ident:
		fields = p.structs[of.Name]
	case *ast.StructType:
		fields = names(of.Fields)
	}
	for _, each := range list {
		for i, e := range each.Elts {
			if _, named := e.(*ast.KeyValueExpr); !named && i < len(fields) {
				p.fields[fields[i]] = append(p.fields[fields[i]], scoped{e, in, f})
			}
		}
	}
}

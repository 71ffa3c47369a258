package conventions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// listed is a package of this module, or one that it needs.
type listed struct {
	ImportPath, Name, Dir, Export string
	GoFiles, CgoFiles             []string
	XTestGoFiles                  []string
	Module                        *struct{ Main bool }
}

// module returns the packages of this module, and for each package that they need the file where
// the compiler has written what it exports.
func module(t *testing.T) (packages []listed, exports map[string]string) {
	t.Helper()
	m, err := listOnce()
	if err != nil {
		t.Fatal(err)
	}
	return m.packages, m.exports
}

type moduleList struct {
	packages []listed
	all      []listed // internal ones too
	exports  map[string]string
}

var listOnce = sync.OnceValues(func() (m moduleList, err error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,CgoFiles,XTestGoFiles,Module", "./...")
	cmd.Dir = "../../.."
	var said bytes.Buffer
	cmd.Stderr = &said
	output, err := cmd.Output()
	if err != nil {
		return m, fmt.Errorf("%w: %s", err, &said)
	}
	m.exports = make(map[string]string)
	for d := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return m, err
		}
		m.exports[p.ImportPath] = p.Export
		if p.Module == nil || !p.Module.Main {
			continue
		}
		m.all = append(m.all, p)
		if !strings.Contains(p.ImportPath, "/internal/") { // what others can import, and the commands
			m.packages = append(m.packages, p)
		}
	}
	if len(m.packages) < 10 {
		return m, fmt.Errorf("the module must have its packages, got %d", len(m.packages))
	}
	return m, nil
})

func parse(t *testing.T, files *token.FileSet, folder string, names ...[]string) (parsed []*ast.File) {
	t.Helper()
	for _, name := range slices.Concat(names...) {
		file, err := parser.ParseFile(files, filepath.Join(folder, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	return parsed
}

// documented returns a package as go doc shows it.
func documented(t *testing.T, p listed) *doc.Package {
	t.Helper()
	files := token.NewFileSet()
	d, err := doc.NewFromFiles(files, parse(t, files, p.Dir, p.GoFiles, p.CgoFiles), p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEveryExportedIdentifierIsDocumented(t *testing.T) {
	packages, _ := module(t)
	count := 0
	for _, p := range packages {
		d := documented(t, p)
		check := func(documented bool, name string) {
			t.Helper()
			if count++; !documented {
				t.Errorf("%s: %s needs documentation, and of functions and types one that begins with the name", p.ImportPath, name)
			}
		}
		check(strings.HasPrefix(d.Doc, "Package "+p.Name+" ") || p.Name == "main" && d.Doc != "", "the package")
		values := func(all []*doc.Value) {
			for _, v := range all {
				for _, spec := range v.Decl.Specs {
					spec := spec.(*ast.ValueSpec)
					for _, name := range spec.Names {
						if name.IsExported() {
							check(spec.Doc.Text() != "" || spec.Comment.Text() != "" || !v.Decl.Lparen.IsValid() && v.Doc != "", name.Name)
						}
					}
				}
			}
		}
		funcs := func(all []*doc.Func, of string) {
			for _, f := range all {
				check(begins(f.Doc, f.Name), of+f.Name)
			}
		}
		values(slices.Concat(d.Consts, d.Vars))
		funcs(d.Funcs, "")
		for _, typ := range d.Types {
			check(begins(typ.Doc, typ.Name), typ.Name)
			values(slices.Concat(typ.Consts, typ.Vars))
			funcs(typ.Funcs, "")
			funcs(typ.Methods, typ.Name+".")
			for _, field := range fieldsOf(typ.Decl) {
				for _, name := range field.Names {
					// A field may be told of by itself, or in what is told of the type.
					if name.IsExported() {
						check(field.Doc.Text() != "" || field.Comment.Text() != "" || mentions(typ.Doc, name.Name), typ.Name+"."+name.Name)
					}
				}
			}
		}
	}
	t.Logf("%d packages, %d exported identifiers", len(packages), count)
}

// begins reports whether a text begins with a name, as Go doc comments do.
func begins(text, name string) bool {
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	return strings.HasPrefix(text, name+" ")
}

// fieldsOf returns the fields of a struct type, or the methods of an interface.
func fieldsOf(decl *ast.GenDecl) (fields []*ast.Field) {
	for _, spec := range decl.Specs {
		switch typ := spec.(*ast.TypeSpec).Type.(type) {
		case *ast.StructType:
			fields = append(fields, typ.Fields.List...)
		case *ast.InterfaceType:
			fields = append(fields, typ.Methods.List...)
		}
	}
	return fields
}

// mentions reports whether a word is in a text.
func mentions(text, word string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !isLetter(r) }), word)
}

func isLetter(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func TestEveryExportedTypeIsShownByAnExampleThatRuns(t *testing.T) {
	packages, exports := module(t)
	examples, shown := 0, 0
	for _, p := range packages {
		files := token.NewFileSet()
		parsed := parse(t, files, p.Dir, p.XTestGoFiles)
		for _, example := range doc.Examples(parsed...) {
			if examples++; example.Output == "" && !example.EmptyOutput {
				t.Errorf("%s: Example%s has no Output, so it doesn't run", p.ImportPath, example.Name)
			}
		}
		used := usedByExamples(files, parsed, exports, p.ImportPath)
		for _, typ := range documented(t, p).Types {
			if p.Name == "main" {
				continue
			}
			if !used[typ.Name] {
				t.Errorf("%s: no Example uses %s", p.ImportPath, typ.Name)
				continue
			}
			shown++
		}
	}
	t.Logf("%d Examples, which use %d exported types", examples, shown)
}

// usedByExamples returns the types of a package that its Examples name, have a value of, or use in
// a call.
func usedByExamples(files *token.FileSet, parsed []*ast.File, exports map[string]string, path string) map[string]bool {
	open := func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no package %s", path)
		}
		return os.Open(exports[path])
	}
	info := types.Info{Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object)}
	// Other tests of the package may use what only its own tests export: such errors tell nothing
	// of Examples.
	check := types.Config{Importer: importer.ForCompiler(files, "gc", open), Error: func(error) {}}
	_, _ = check.Check(path+"_test", files, parsed, &info)

	used := make(map[string]bool)
	var mark func(typ types.Type)
	mark = func(typ types.Type) {
		switch typ := typ.(type) {
		case *types.Alias:
			if typ.Obj().Pkg() != nil && typ.Obj().Pkg().Path() == path {
				used[typ.Obj().Name()] = true
			}
			mark(types.Unalias(typ))
		case *types.Named:
			if typ.Obj().Pkg() != nil && typ.Obj().Pkg().Path() == path {
				used[typ.Obj().Name()] = true
			}
		case *types.Pointer:
			mark(typ.Elem())
		case *types.Slice:
			mark(typ.Elem())
		case *types.Map:
			mark(typ.Elem())
		case *types.Tuple:
			for v := range typ.Variables() {
				mark(v.Type())
			}
		case *types.Signature: // of a function that is called or given
			mark(typ.Params())
			mark(typ.Results())
			for p := range typ.TypeParams().TypeParams() {
				mark(p.Constraint())
			}
		}
	}
	for _, file := range parsed {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if expr, ok := n.(ast.Expr); ok {
					mark(info.Types[expr].Type)
				}
				if name, ok := n.(*ast.Ident); ok && info.Uses[name] != nil {
					of := info.Uses[name]
					if _, isType := of.(*types.TypeName); isType && of.Pkg() != nil && of.Pkg().Path() == path {
						used[of.Name()] = true // an alias too
					}
					mark(of.Type())
				}
				return true
			})
		}
	}
	return used
}

// Package plan holds the words of a plan for a flow: its architecture (layers, transformers, the
// mixing between them), the recipe of its training, its precision, and for a transport the relation
// of the conditions, the penalties and the direction.
//
// Package f4f names all of them again, so that a plan reads in one import:
//
//	f4f.Base(source).LayerKind(f4f.Coupling).Recipe(f4f.Paper())
//
// Import this package for what f4f does not name: PaperArchitecture, and the methods that say what
// a value means, such as Architecture.Build or Recipe.Resolved. The values are plain. Nothing here
// trains a flow or touches a disk, and the graphs of flows are built elsewhere.
package plan

// Package plan holds what a plan for a flow is made of: its architecture (layers, transformers, the
// mixing between them), the recipe of its training, its precision, and for a transport the relation
// of the conditions, the penalties and the direction.
//
// Package f4f names all of them again, so that a plan reads in one import:
//
//	f4f.Base(source).LayerKind(f4f.Coupling).Recipe(f4f.Paper())
//
// The values are plain. A plan needs the fields of Recipe and LayerPlace, and the methods
// Relation.Ordered and Penalty.Annealed. The other methods say what a value means, for packages
// that build flows from it: Architecture.Build, Recipe.Resolved, Relation.See and the like. Nothing
// here trains a flow or touches a disk.
//
// The paper is arXiv:2211.02487.
package plan

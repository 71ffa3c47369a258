package conventions_test

import (
	"context"
	"fmt"
	"go/ast"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/cluster"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
	flowstore "github.com/flowsforflows/flows/f4f/store" // store is a folder in these tests
	"github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// absent are receivers that hold nothing: nil pointers and zero values.
var absent = []any{
	(*f4f.Density)(nil), (*f4f.Transport)(nil), f4f.Layer{}, f4f.BasePlan{}, f4f.BetweenPlan{}, f4f.Task{}, f4f.Audit{}, cluster.Status{},
	(*f4f.DensityEnsemble)(nil), &f4f.DensityEnsemble{}, (*f4f.TransportEnsemble)(nil), &f4f.TransportEnsemble{}, (*f4f.CrossDensity)(nil), &f4f.CrossDensity{}, (*f4f.CrossTransport)(nil), &f4f.CrossTransport{},
	f4f.EnsemblePlan[*f4f.DensityEnsemble]{}, f4f.EnsemblePlan[*f4f.CrossTransport]{}, flowstore.Entry{}, f4f.Relation{}, f4f.Penalty{}, f4f.Direction{},
	(*data.Plane)(nil), &data.Plane{}, (*data.Table)(nil), &data.Table{}, (*data.ConditionalTable)(nil), &data.ConditionalTable{}, (*data.Warped)(nil), &data.Warped{}, data.Points{}, data.Scaler{},
	(*data.Normal)(nil), &data.Normal{}, (*data.Mixture)(nil), &data.Mixture{}, (*data.Box)(nil), &data.Box{}, (*data.Discrete)(nil), &data.Discrete{}, (*data.OptimalPair)(nil), &data.OptimalPair{}, (*data.Ridges)(nil), &data.Ridges{}, f4f.GivenDensity{}, metric.Cost{},
	data.ColumnMap{}, data.ColumnMaps{}, &data.Pipeline{}, data.Nodes{}, data.Preparation(nil), data.Proposal{},
	(*fit.State)(nil), &fit.State{}, fit.Snapshot(nil), fit.Recipe{}, fit.Event{},
	(*kernelext.Progress)(nil), &kernelext.Progress{}, kernelext.Slider{}, kernelext.Table{},
	(*plot.Figure)(nil), metric.Predictions{}, metric.PIT{}, metric.PITHistogram{}, metric.ROCCurve{}, metric.DisplacementCurve{}, metric.CorrelationMatrix{}, metric.FeatureRatios{}, metric.RatioBin{}, metric.SICPoint{}, metric.Uniformity{},
}

// byContract are methods that panic on an index out of range, as gonum's matrices do.
var byContract = []string{"data.Points.At", "data.Points.XY", "data.Points.Row"}

// takers are functions that take a pointer, an interface or a function, by package and name.
var takers = map[string]any{
	"f4f.Base": f4f.Base, "metric.Bootstrap": metric.Bootstrap, "f4f.BaseTransfer": f4f.BaseTransfer, "f4f.Between": f4f.Between, "f4f.FitAll": f4f.FitAll[f4f.Plan[*f4f.Density], *f4f.Density],
	"f4f.PenaltyFunc": f4f.PenaltyFunc, "f4f.RelationFunc": f4f.RelationFunc, "f4f.WithEvents": f4f.WithEvents, "f4f.WithGlimpses": f4f.WithGlimpses,
	"data.NewWarped": data.NewWarped, "data.Elliptic": data.Elliptic, "data.FromPoints": data.FromPoints, "data.FromPointsWithConditions": data.FromPointsWithConditions,
	"data.NewNormal": data.NewNormal, "data.NewMixture": data.NewMixture, "data.NewBuresPair": data.NewBuresPair, "data.NewQuantilePair": data.NewQuantilePair, "data.NewPushedPair": data.NewPushedPair,
	"f4f.Known": f4f.Known, "f4f.DensityFunc": f4f.DensityFunc, "data.Radial": data.Radial, "data.ReadCSVFrom": data.ReadCSVFrom, "data.ReadNPYFrom": data.ReadNPYFrom, "data.Rotated": data.Rotated,
	"metric.KL": metric.KL, "metric.DiscreteKL": metric.DiscreteKL, "metric.Outside": metric.Outside, "metric.OutsideShare": metric.OutsideShare, "metric.ReverseKL": metric.ReverseKL, "metric.Predict": metric.Predict,
	"fit.Prepare": fit.Prepare, "fit.Run": fit.Run, "fit.RunTogether": fit.RunTogether, "fit.TakeSnapshot": fit.TakeSnapshot, "fit.WriteState": fit.WriteState,
	"plot.Cells": plot.Cells, "plot.Deformation": plot.Deformation, "plot.Grid": plot.Grid, "plot.LogDensity": plot.LogDensity, "plot.LogRatio": plot.LogRatio,
}

// callWithNothing calls a function with zero arguments except for a context, and a variadic
// function again with one nil. It fails the test if the call panics.
func callWithNothing(t *testing.T, name string, f reflect.Value) {
	t.Helper()
	arguments := make([]reflect.Value, f.Type().NumIn())
	for k := range arguments {
		of := f.Type().In(k)
		arguments[k] = reflect.Zero(of)
		if of == reflect.TypeFor[context.Context]() {
			arguments[k] = reflect.ValueOf(t.Context())
		}
	}
	call := func(call func([]reflect.Value) []reflect.Value) {
		t.Helper()
		defer func() {
			t.Helper()
			if r := recover(); r != nil {
				t.Errorf("%s panics: %v", name, r)
			}
		}()
		for _, r := range call(arguments) {
			if err, ok := r.Interface().(error); ok {
				t.Logf("%s: %v", name, err)
			}
		}
	}
	if !f.Type().IsVariadic() {
		call(f.Call)
		return
	}
	call(f.CallSlice)
	last := len(arguments) - 1
	arguments[last] = reflect.Zero(f.Type().In(last).Elem())
	call(f.Call)
}

func TestNoMethodPanicsOnWhatIsNotThere(t *testing.T) {
	for _, v := range absent {
		of := reflect.ValueOf(v)
		for i := range of.NumMethod() {
			if name := fmt.Sprintf("%T.%s", v, of.Type().Method(i).Name); !slices.Contains(byContract, name) && !buildsGraph(of.Method(i).Type()) {
				callWithNothing(t, name, of.Method(i))
			}
		}
	}
}

// buildsGraph reports whether a function takes nodes of a graph. Such functions panic by contract.
func buildsGraph(f reflect.Type) bool {
	for i := range f.NumIn() {
		if f.In(i) == reflect.TypeFor[*graph.Node]() {
			return true
		}
	}
	return false
}

func TestNoFunctionPanicsOnNil(t *testing.T) {
	for name, f := range takers {
		callWithNothing(t, name, reflect.ValueOf(f))
	}
}

// Every type with methods on its pointer, and every function that takes a pointer to something
// other than a graph node, must be among those that the tests above call.
func TestWhatTakesAPointerIsTriedWithoutOne(t *testing.T) {
	var tried []string
	for _, v := range absent {
		tried = append(tried, reflect.TypeOf(v).String())
	}
	takesPointer := func(f *ast.FuncDecl) bool {
		return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
			of := p.Type
			if many, ok := of.(*ast.Ellipsis); ok {
				of = many.Elt
			}
			pointer, ok := of.(*ast.StarExpr)
			if !ok {
				return false
			}
			name, _ := pointer.X.(*ast.Ident)
			return name == nil || name.Name != "Node"
		})
	}
	packages, _ := module(t)
	for _, p := range packages {
		if !slices.Contains([]string{"data", "f4f", "f4f/fit", "f4f/metric", "kernelext", "kernelext/plot"}, strings.TrimPrefix(p.ImportPath, "github.com/flowsforflows/flows/")) {
			continue
		}
		d := documented(t, p)
		functions := d.Funcs
		for _, typ := range d.Types {
			functions = append(functions, typ.Funcs...)
			for _, m := range typ.Methods {
				if of := "*" + p.Name + "." + typ.Name; m.Level == 0 && strings.HasPrefix(m.Recv, "*") && !slices.Contains(tried, of) {
					t.Errorf("%s.%s must be tried on a nil %s", of, m.Name, of)
				}
			}
		}
		for _, f := range functions {
			if p.Name == "kernelext" { // whose functions end the cell where there is an error
				continue
			}
			if name := p.Name + "." + f.Name; takesPointer(f.Decl) && takers[name] == nil {
				t.Errorf("%s must be tried with nil", name)
			}
		}
	}
}

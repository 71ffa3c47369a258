package f4f_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/flowsforflows/flows/f4f"
	flowstore "github.com/flowsforflows/flows/f4f/store" // store is a folder in these tests
)

func TestNoMethodPanicsOnWhatIsNotThere(t *testing.T) {
	for _, v := range []any{(*f4f.Density)(nil), (*f4f.Transport)(nil), f4f.Link{}, f4f.BasePlan{}, f4f.BetweenPlan{}, f4f.Audit{}, flowstore.Entry{}, f4f.Relation{}, f4f.Penalty{}, f4f.Direction{}} {
		of := reflect.ValueOf(v)
		for i := range of.NumMethod() {
			method := fmt.Sprintf("%T.%s", v, of.Type().Method(i).Name)
			call, arguments := of.Method(i), []reflect.Value{}
			for k := range call.Type().NumIn() {
				arguments = append(arguments, reflect.Zero(call.Type().In(k)))
			}
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s panics: %v", method, r)
					}
				}()
				var results []reflect.Value
				if call.Type().IsVariadic() {
					results = call.CallSlice(arguments)
				} else {
					results = call.Call(arguments)
				}
				for _, r := range results {
					if err, ok := r.Interface().(error); ok {
						t.Logf("%s: %v", method, err)
					}
				}
			}()
		}
	}
}

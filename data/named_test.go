package data

import (
	"strings"
	"testing"
)

func TestByNameFindsEverySet(t *testing.T) {
	seen := map[string]bool{}
	for _, set := range Named() {
		if seen[set.Name()] {
			t.Errorf("two sets are named %q", set.Name())
		}
		seen[set.Name()] = true
		for _, name := range []string{
			set.Name(), strings.ToUpper(set.Name()), strings.ReplaceAll(set.Name(), " ", "-"), strings.ReplaceAll(set.Name(), " ", "_"),
		} {
			found, err := ByName(name)
			if err != nil || found != set {
				t.Errorf("ByName(%q) is %v, %v; want %v", name, found, err, set)
			}
		}
	}
}

func TestByNameOfNothingListsWhatThereIs(t *testing.T) {
	for _, name := range []string{"", "chequerboard"} {
		_, err := ByName(name)
		if err == nil {
			t.Fatalf("ByName(%q) found a set", name)
		}
		for _, set := range Named() {
			if !strings.Contains(err.Error(), set.Name()) {
				t.Errorf("the error leaves out %q: %v", set.Name(), err)
			}
		}
	}
}

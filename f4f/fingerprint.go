package f4f

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/flowsforflows/flows/f4f/internal/flowfile"
)

// fingerprint returns a hash of everything in a plan that decides what it trains.
func fingerprint(plan any) (string, error) {
	text, err := json.Marshal(struct {
		Format string
		Plan   any
	}{flowfile.Format, plan})
	if err != nil {
		return "", fmt.Errorf("f4f: the plan can't be written as JSON: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

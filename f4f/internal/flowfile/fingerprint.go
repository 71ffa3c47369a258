package flowfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Fingerprint returns a hash of everything in a plan that decides what it trains.
func Fingerprint(plan any) (string, error) {
	text, err := json.Marshal(struct {
		Format string
		Plan   any
	}{Format, plan})
	if err != nil {
		return "", fmt.Errorf("f4f: the plan can't be written as JSON: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

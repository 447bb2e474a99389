// Shop asks the stock, with an ID token of its own.
package main

import (
	"io"
	"log"
	"net/http"
	"net/url"
	"os"

	"cloud.google.com/go/compute/metadata"
)

func main() {
	stock := os.Getenv("STOCK_URL")
	http.HandleFunc("GET /buy/{name}", func(w http.ResponseWriter, r *http.Request) {
		identity := "instance/service-accounts/default/identity?audience=" + url.QueryEscape(stock)
		token, err := metadata.GetWithContext(r.Context(), identity)
		if err != nil {
			http.Error(w, "no ID token", http.StatusBadGateway)
			return
		}
		asked, _ := http.NewRequestWithContext(r.Context(), "GET", stock+"/items/"+url.PathEscape(r.PathValue("name")), nil)
		asked.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(asked)
		if err != nil {
			http.Error(w, "no stock", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

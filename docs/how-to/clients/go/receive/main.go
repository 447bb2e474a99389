// SERVICE_URL=https://ITSELF PORT=8080 go run ./receive
// A private service that looks itself at the token of Authorization, which its front end has let in.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"cloud.google.com/go/auth/credentials/idtoken"
)

func main() {
	audience := os.Getenv("SERVICE_URL")
	if audience == "" {
		log.Fatal("SERVICE_URL is not set: a token for anybody would do")
	}
	// Empty: Google's own keys.
	options := idtoken.ValidatorOptions{RS256CertsURL: os.Getenv("GOOGLE_CERTS_URL")}
	validator, err := idtoken.NewValidator(&options)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		email, err := callerOf(r.Context(), validator, r.Header.Get("Authorization"), audience)
		if err != nil {
			log.Println("refused:", err)
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "Please send a valid bearer token.", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "Hello, %s.\n", email)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

// callerOf is the e-mail that the token proves.
func callerOf(ctx context.Context, validator *idtoken.Validator, header, audience string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return "", errors.New("no bearer token")
	}
	payload, err := validator.Validate(ctx, strings.TrimSpace(token), audience)
	if err != nil {
		return "", err
	}
	// Validate leaves these to its caller.
	if payload.Issuer != "https://accounts.google.com" && payload.Issuer != "accounts.google.com" {
		return "", errors.New("not Google's token")
	}
	email, _ := payload.Claims["email"].(string)
	if verified, _ := payload.Claims["email_verified"].(bool); !verified || email == "" {
		return "", errors.New("no verified e-mail")
	}
	return email, nil
}

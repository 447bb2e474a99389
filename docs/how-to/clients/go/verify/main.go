// go run ./verify AUDIENCE [CERTIFICATES_URL] < token
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"cloud.google.com/go/auth/credentials/idtoken"
)

func main() {
	var options idtoken.ValidatorOptions
	if len(os.Args) > 2 {
		options.RS256CertsURL = os.Args[2]
	}
	validator, err := idtoken.NewValidator(&options)
	if err != nil {
		log.Fatal(err)
	}
	token, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	payload, err := validator.Validate(context.Background(), string(token), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if payload.Issuer != "https://accounts.google.com" && payload.Issuer != "accounts.google.com" {
		log.Fatal("not Google's token") // Validate leaves the issuer to its caller
	}
	fmt.Println(payload.Claims["email"])
}

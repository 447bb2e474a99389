// go run ./call https://RECEIVER/PATH [AUDIENCE]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"google.golang.org/api/idtoken"
)

func main() {
	url, audience := os.Args[1], os.Args[len(os.Args)-1]
	client, err := idtoken.NewClient(context.Background(), audience)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, string(body))
}

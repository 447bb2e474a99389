// Started by run-edges exec: everything is up, and where it is stands in the environment.
package shop

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
)

// token gives an ID token of a caller of edges.yaml, or of the stranger, whom no edge names.
func token(t *testing.T, caller, audience string) string {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"audience": audience})
	asked, _ := http.NewRequest("POST", os.Getenv("RUN_EDGES_URL")+"/run-edges/v1/callers/"+caller+"/id-token", bytes.NewReader(body))
	asked.Header.Set("Authorization", "Bearer "+os.Getenv("RUN_EDGES_TOKEN"))
	asked.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var given struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&given); err != nil || given.Token == "" {
		t.Fatalf("%s gets no token: %s %v", caller, answer.Status, err)
	}
	return given.Token
}

// call asks as a caller; as nobody where that is empty.
func call(t *testing.T, caller, url, path string) (int, string) {
	t.Helper()
	asked, _ := http.NewRequest("GET", url+path, nil)
	if caller != "" {
		asked.Header.Set("Authorization", "Bearer "+token(t, caller, url))
	}
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

func TestEverybodyMayBuy(t *testing.T) {
	if status, body := call(t, "", os.Getenv("SHOP_URL"), "/buy/tea"); status != 200 || body != "3 of tea left" {
		t.Errorf("%d %s", status, body)
	}
}

func TestTheShopAloneMayLookIntoTheStock(t *testing.T) {
	for caller, expected := range map[string]int{"shop": 200, "stock": 403, "stranger": 403, "": 403} {
		if status, _ := call(t, caller, os.Getenv("STOCK_URL"), "/items/tea"); status != expected {
			t.Errorf("%q: %d, not %d", caller, status, expected)
		}
	}
}

import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Started by run-edges exec: everything is up, and where it is stands in the environment. */
class EdgesTest {
  static final HttpClient client = HttpClient.newHttpClient();
  static final Map<String, String> env = System.getenv();

  /** An ID token of a caller of edges.yaml, or of the stranger, whom no edge names. */
  static String token(String caller, String audience) throws Exception {
    var request = HttpRequest.newBuilder(
            URI.create(env.get("RUN_EDGES_URL") + "/run-edges/v1/callers/" + caller + "/id-token"))
        .header("Authorization", "Bearer " + env.get("RUN_EDGES_TOKEN"))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("{\"audience\": \"" + audience + "\"}"))
        .build();
    var answer = client.send(request, ofString());
    assertEquals(200, answer.statusCode(), answer.body());
    return answer.body().replaceAll("^\\{\"token\":\"|\"}$", "");
  }

  static HttpResponse<String> get(String url) throws Exception {
    return client.send(HttpRequest.newBuilder(URI.create(url)).build(), ofString());
  }

  @Test
  void everybodyMayBuy() throws Exception {
    var answer = get(env.get("SHOP_URL") + "/buy/tea");
    assertEquals("200 3 of tea left", answer.statusCode() + " " + answer.body());
  }

  @ParameterizedTest
  @CsvSource({"shop, 200", "stock, 403", "stranger, 403"})
  void theShopAloneMayLookIntoTheStock(String caller, int expected) throws Exception {
    var stock = env.get("STOCK_URL");
    var request = HttpRequest.newBuilder(URI.create(stock + "/items/tea"))
        .header("Authorization", "Bearer " + token(caller, stock))
        .build();
    assertEquals(expected, client.send(request, ofString()).statusCode());
  }

  @Test
  void norMayAnybodyWithoutAnIdentity() throws Exception {
    assertEquals(403, get(env.get("STOCK_URL") + "/items/tea").statusCode());
  }
}

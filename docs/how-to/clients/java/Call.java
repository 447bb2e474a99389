// java -cp 'target/dependency/*' Call.java https://RECEIVER/PATH [AUDIENCE]
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.IdTokenCredentials;
import com.google.auth.oauth2.IdTokenProvider;

class Call {
  public static void main(String[] args) throws Exception {
    var url = args[0];
    var audience = args[args.length - 1];
    var credentials =
        IdTokenCredentials.newBuilder()
            .setIdTokenProvider((IdTokenProvider) GoogleCredentials.getApplicationDefault())
            .setTargetAudience(audience)
            .build();
    var response =
        new NetHttpTransport()
            .createRequestFactory(new HttpCredentialsAdapter(credentials))
            .buildGetRequest(new GenericUrl(url))
            .setThrowExceptionOnExecuteError(false)
            .execute();
    System.out.println(response.getStatusCode() + " " + response.parseAsString());
  }
}

// GOOGLE_APPLICATION_CREDENTIALS=config.json java -cp 'target/dependency/*' CallFromOutside.java https://RECEIVER/PATH [AUDIENCE]
// By workload identity federation: config.json is what `gcloud iam workload-identity-pools create-cred-config` wrote.
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.gson.GsonFactory;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.IdTokenCredentials;
import com.google.auth.oauth2.IdTokenProvider;
import com.google.auth.oauth2.ImpersonatedCredentials;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class CallFromOutside {
  static final List<String> SCOPES = List.of("https://www.googleapis.com/auth/cloud-platform");

  public static void main(String[] args) throws Exception {
    var url = args[0];
    var audience = args[args.length - 1];
    var file = Files.readString(Path.of(System.getenv("GOOGLE_APPLICATION_CREDENTIALS")));
    var config = GsonFactory.getDefaultInstance().fromString(file, GenericJson.class);

    // The token of the Security Token Service asks the account for an ID token, where others ask for an access token.
    var impersonation = (String) config.remove("service_account_impersonation_url");
    var account = impersonation.replaceAll(".*/|:generateAccessToken$", "");
    var text = GsonFactory.getDefaultInstance().toString(config);
    var federated = GoogleCredentials.fromStream(new ByteArrayInputStream(text.getBytes())).createScoped(SCOPES);
    var credentials =
        IdTokenCredentials.newBuilder()
            .setIdTokenProvider(ImpersonatedCredentials.create(federated, account, null, SCOPES, 3600))
            .setTargetAudience(audience)
            .setOptions(List.of(IdTokenProvider.Option.INCLUDE_EMAIL))
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

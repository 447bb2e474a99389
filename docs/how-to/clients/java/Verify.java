// java -cp 'target/dependency/*' Verify.java AUDIENCE [CERTIFICATES_URL] < token
import com.google.auth.oauth2.TokenVerifier;

class Verify {
  public static void main(String[] args) throws Exception {
    var verifier =
        TokenVerifier.newBuilder().setAudience(args[0]).setIssuer("https://accounts.google.com");
    if (args.length > 1) verifier.setCertificatesLocation(args[1]);
    var token = new String(System.in.readAllBytes());
    System.out.println(verifier.build().verify(token).getPayload().get("email"));
  }
}

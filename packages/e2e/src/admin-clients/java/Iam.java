// The IAM API by google-api-services-iam: what each step came to, as JSON. java Iam ENDPOINT PROJECT
import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.client.googleapis.services.AbstractGoogleClientRequest;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.services.iam.v1.IamScopes;
import com.google.api.services.iam.v1.model.Binding;
import com.google.api.services.iam.v1.model.CreateRoleRequest;
import com.google.api.services.iam.v1.model.CreateServiceAccountKeyRequest;
import com.google.api.services.iam.v1.model.CreateServiceAccountRequest;
import com.google.api.services.iam.v1.model.DisableServiceAccountKeyRequest;
import com.google.api.services.iam.v1.model.DisableServiceAccountRequest;
import com.google.api.services.iam.v1.model.EnableServiceAccountKeyRequest;
import com.google.api.services.iam.v1.model.EnableServiceAccountRequest;
import com.google.api.services.iam.v1.model.Oidc;
import com.google.api.services.iam.v1.model.Operation;
import com.google.api.services.iam.v1.model.PatchServiceAccountRequest;
import com.google.api.services.iam.v1.model.QueryGrantableRolesRequest;
import com.google.api.services.iam.v1.model.QueryTestablePermissionsRequest;
import com.google.api.services.iam.v1.model.Role;
import com.google.api.services.iam.v1.model.ServiceAccount;
import com.google.api.services.iam.v1.model.SetIamPolicyRequest;
import com.google.api.services.iam.v1.model.TestIamPermissionsRequest;
import com.google.api.services.iam.v1.model.UndeleteRoleRequest;
import com.google.api.services.iam.v1.model.UndeleteServiceAccountRequest;
import com.google.api.services.iam.v1.model.UndeleteWorkloadIdentityPoolRequest;
import com.google.api.services.iam.v1.model.WorkloadIdentityPool;
import com.google.api.services.iam.v1.model.WorkloadIdentityPoolProvider;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.gson.Gson;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

class Iam {
  record Page(Stream<String> names, String next) {}

  interface Pages {
    Page at(String token) throws IOException;
  }

  static final Map<String, Object> said = new LinkedHashMap<>();
  static com.google.api.services.iam.v1.Iam iam;
  static String project;
  static String parent;

  public static void main(String[] args) throws Exception {
    project = args[1];
    parent = "projects/" + project;
    var credentials = GoogleCredentials.getApplicationDefault().createScoped(IamScopes.CLOUD_PLATFORM);
    iam =
        new com.google.api.services.iam.v1.Iam.Builder(
                new NetHttpTransport(), GsonFactory.getDefaultInstance(), new HttpCredentialsAdapter(credentials))
            .setRootUrl(args[0])
            .setApplicationName("run-edges")
            .build();
    serviceAccounts();
    roles();
    questions();
    pools();
    System.out.println(new Gson().toJson(said));
  }

  static void serviceAccounts() throws IOException {
    var accounts = iam.projects().serviceAccounts();
    var wanted = new ServiceAccount().setDisplayName("Clerk").setDescription("keeps the books");
    var create = new CreateServiceAccountRequest().setAccountId("clerk-run").setServiceAccount(wanted);
    var clerk = accounts.create(parent, create).execute();
    var name = clerk.getName();
    said.put("created", join(Map.of("email", clerk.getEmail()), texts(clerk.getDisplayName(), clerk.getDescription())));
    said.put("exists", refusal(accounts.create(parent, create)));
    said.put(
        "listed",
        inPages(
            token -> {
              var page = accounts.list(parent).setPageSize(2).setPageToken(token).execute();
              return new Page(page.getAccounts().stream().map(ServiceAccount::getEmail), page.getNextPageToken());
            }));
    said.put("noPage", refusal(accounts.list(parent).setPageToken("nobody-gave-this")));

    var change = new ServiceAccount().setDisplayName("Not asked for").setEtag(clerk.getEtag());
    var patch = new PatchServiceAccountRequest().setServiceAccount(change).setUpdateMask("description");
    var masked = accounts.patch(name, patch).execute();
    said.put("masked", texts(masked.getDisplayName(), masked.getDescription()));
    var found = accounts.get("projects/-/serviceAccounts/" + clerk.getEmail()).execute();
    var updated = accounts.update(name, found.setDisplayName("Head clerk")).execute();
    said.put("updated", texts(updated.getDisplayName(), updated.getDescription()));
    accounts.disable(name, new DisableServiceAccountRequest()).execute();
    var disabled = accounts.get(name).execute().getDisabled();
    accounts.enable(name, new EnableServiceAccountRequest()).execute();
    said.put("disabled", List.of(is(disabled), is(accounts.get(name).execute().getDisabled())));

    keyOf(name);

    var policy = accounts.getIamPolicy(name).execute();
    var bindings = new ArrayList<>(Objects.requireNonNullElse(policy.getBindings(), List.<Binding>of()));
    var members = List.of("serviceAccount:" + clerk.getEmail());
    bindings.add(new Binding().setRole("roles/iam.serviceAccountUser").setMembers(members));
    accounts.setIamPolicy(name, new SetIamPolicyRequest().setPolicy(policy.setBindings(bindings))).execute();
    var permissions = List.of("iam.serviceAccounts.get", "iam.serviceAccounts.delete");
    var asked = new TestIamPermissionsRequest().setPermissions(permissions);
    said.put(
        "policy",
        Map.of(
            "bindings", accounts.getIamPolicy(name).execute().getBindings(),
            "held", accounts.testIamPermissions(name, asked).execute().getPermissions().stream().sorted().toList()));

    accounts.delete(name).execute();
    said.put("deleted", refusal(accounts.get(name)));
    var gone = parent + "/serviceAccounts/" + clerk.getUniqueId();
    var undeleted = accounts.undelete(gone, new UndeleteServiceAccountRequest()).execute();
    said.put("undeleted", undeleted.getRestoredAccount().getEmail());
  }

  static void keyOf(String account) throws IOException {
    var keys = iam.projects().serviceAccounts().keys();
    var key = keys.create(account, new CreateServiceAccountKeyRequest()).execute();
    var name = key.getName();
    var kept = keys.list(account).setKeyTypes(List.of("USER_MANAGED")).execute().getKeys();
    var certificate = keys.get(name).setPublicKeyType("TYPE_X509_PEM_FILE").execute().decodePublicKeyData();
    keys.disable(name, new DisableServiceAccountKeyRequest()).execute();
    var disabled = keys.get(name).execute().getDisabled();
    keys.enable(name, new EnableServiceAccountKeyRequest()).execute();
    var enabled = keys.get(name).execute().getDisabled();
    keys.delete(name).execute();
    var file = JsonParser.parseString(new String(key.decodePrivateKeyData())).getAsJsonObject();
    said.put(
        "key",
        Map.of(
            "file", file.get("client_email").getAsString(),
            "listed", kept.size() == 1 && kept.get(0).getName().equals(name),
            "certificate", new String(certificate).split("\n")[0],
            "disabled", List.of(is(disabled), is(enabled)),
            "deleted", refusal(keys.get(name))));
  }

  static void roles() throws IOException {
    var roles = iam.projects().roles();
    for (var id : List.of("bookkeeper", "auditor", "cashier")) {
      var role = new Role().setTitle(id).setIncludedPermissions(List.of("run.services.get")).setStage("GA");
      roles.create(parent, new CreateRoleRequest().setRoleId(id).setRole(role)).execute();
    }
    var name = parent + "/roles/bookkeeper";
    var change = new Role().setTitle("Bookkeeper").setIncludedPermissions(List.of());
    roles.patch(name, change).setUpdateMask("title").execute();
    var masked = roles.get(name).execute();
    var role = new LinkedHashMap<String, Object>();
    role.put("masked", Map.of("title", masked.getTitle(), "includedPermissions", masked.getIncludedPermissions()));
    role.put("deleted", roles.delete(name).execute().getDeleted());
    role.put("listed", inPages(token -> rolePage(token, true)));
    role.put("left", inPages(token -> rolePage(token, false)));
    role.put("undeleted", is(roles.undelete(name, new UndeleteRoleRequest()).execute().getDeleted()));
    role.put("invoker", iam.roles().get("roles/run.invoker").execute().getIncludedPermissions());
    said.put("role", role);
  }

  static Page rolePage(String token, boolean deleted) throws IOException {
    var list = iam.projects().roles().list(parent).setPageSize(2).setShowDeleted(deleted);
    var page = list.setPageToken(token).execute();
    return new Page(page.getRoles().stream().map(Role::getName), page.getNextPageToken());
  }

  static void questions() throws IOException {
    var resource = "//cloudresourcemanager.googleapis.com/" + parent;
    var roles = new QueryGrantableRolesRequest().setFullResourceName(resource).setPageSize(1000);
    var grantable = iam.roles().queryGrantableRoles(roles).execute().getRoles();
    var permissions = new QueryTestablePermissionsRequest().setFullResourceName(resource).setPageSize(1000);
    var testable = iam.permissions().queryTestablePermissions(permissions).execute().getPermissions();
    said.put(
        "questions",
        Map.of(
            "grantable", grantable.stream().anyMatch(one -> one.getName().equals("roles/run.invoker")),
            "testable", testable.stream().anyMatch(one -> one.getName().equals("run.routes.invoke"))));
  }

  static void pools() throws IOException {
    var pools = iam.projects().locations().workloadIdentityPools();
    var below = parent + "/locations/global";
    Operation operation = null;
    for (var id : List.of("first-pool", "second-pool", "third-pool")) {
      var pool = new WorkloadIdentityPool().setDisplayName("Pool").setDescription("of the tests");
      operation = pools.create(below, pool).setWorkloadIdentityPoolId(id).execute();
    }
    var name = below + "/workloadIdentityPools/third-pool";
    var change = new WorkloadIdentityPool().setDisplayName("Not asked for");
    pools.patch(name, change).setUpdateMask("description").execute();
    var masked = pools.get(name).execute();
    var provider =
        new WorkloadIdentityPoolProvider()
            .setOidc(new Oidc().setIssuerUri("https://issuer.example"))
            .setAttributeMapping(Map.of("google.subject", "assertion.sub"));
    pools.providers().create(name, provider).setWorkloadIdentityPoolProviderId("provider").execute();
    var response = operation.getResponse();
    var pool = new LinkedHashMap<String, Object>();
    pool.put("operation", List.of(operation.getDone(), response.get("@type"), response.get("state")));
    pool.put("listed", inPages(token -> poolPage(token, false)));
    pool.put("masked", texts(masked.getDisplayName(), masked.getDescription()));
    pool.put("issuer", pools.providers().get(name + "/providers/provider").execute().getOidc().getIssuerUri());
    pools.delete(name).execute();
    pool.put("deleted", pools.get(name).execute().getState());
    pool.put("left", inPages(token -> poolPage(token, false)));
    pool.put("withDeleted", inPages(token -> poolPage(token, true)));
    pools.undelete(name, new UndeleteWorkloadIdentityPoolRequest()).execute();
    pool.put("undeleted", pools.get(name).execute().getState());
    said.put("pool", pool);
  }

  static Page poolPage(String token, boolean deleted) throws IOException {
    var list = iam.projects().locations().workloadIdentityPools().list(parent + "/locations/global").setPageSize(2);
    var page = list.setShowDeleted(deleted).setPageToken(token).execute();
    return new Page(page.getWorkloadIdentityPools().stream().map(WorkloadIdentityPool::getName), page.getNextPageToken());
  }

  static Map<String, Object> inPages(Pages pages) throws IOException {
    var all = new ArrayList<String>();
    long most = 0;
    String token = null;
    do {
      var page = pages.at(token);
      var names = page.names().toList();
      most = Math.max(most, names.size());
      all.addAll(names);
      token = page.next();
    } while (token != null);
    return Map.of("most", most, "all", all.stream().sorted().toList());
  }

  static int refusal(AbstractGoogleClientRequest<?> request) throws IOException {
    try {
      request.execute();
      return 200;
    } catch (GoogleJsonResponseException error) {
      return error.getStatusCode();
    }
  }

  static Map<String, Object> texts(String displayName, String description) {
    return Map.of("displayName", text(displayName), "description", text(description));
  }

  static String text(String value) {
    return value == null ? "" : value;
  }

  static boolean is(Boolean value) {
    return value != null && value;
  }

  static Map<String, Object> join(Map<String, Object> one, Map<String, Object> other) {
    var both = new LinkedHashMap<>(one);
    both.putAll(other);
    return both;
  }
}

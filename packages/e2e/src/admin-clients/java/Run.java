// Cloud Run's v2 API by google-cloud-run: what each step came to, as JSON. java Run ENDPOINT PROJECT REGION
import com.google.api.gax.longrunning.OperationTimedPollAlgorithm;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.cloud.run.v2.Container;
import com.google.cloud.run.v2.CreateServiceRequest;
import com.google.cloud.run.v2.IngressTraffic;
import com.google.cloud.run.v2.ListRevisionsRequest;
import com.google.cloud.run.v2.ListServicesRequest;
import com.google.cloud.run.v2.Revision;
import com.google.cloud.run.v2.RevisionTemplate;
import com.google.cloud.run.v2.RevisionsClient;
import com.google.cloud.run.v2.RevisionsSettings;
import com.google.cloud.run.v2.Service;
import com.google.cloud.run.v2.ServicesClient;
import com.google.cloud.run.v2.ServicesSettings;
import com.google.cloud.run.v2.UpdateServiceRequest;
import com.google.gson.Gson;
import com.google.iam.v1.Binding;
import com.google.iam.v1.GetIamPolicyRequest;
import com.google.iam.v1.SetIamPolicyRequest;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.protobuf.FieldMask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

class Run {
  static final Map<String, Object> said = new LinkedHashMap<>();
  /** Futures ask again every 100 ms, not after 5 s as they would by themselves. */
  static final OperationTimedPollAlgorithm OFTEN =
      OperationTimedPollAlgorithm.create(
          RetrySettings.newBuilder()
              .setInitialRetryDelayDuration(Duration.ofMillis(100))
              .setMaxRetryDelayDuration(Duration.ofMillis(100))
              .setTotalTimeoutDuration(Duration.ofSeconds(30))
              .build());

  public static void main(String[] args) throws Exception {
    var settings = ServicesSettings.newHttpJsonBuilder().setEndpoint(args[0]);
    settings.createServiceOperationSettings().setPollingAlgorithm(OFTEN);
    settings.updateServiceOperationSettings().setPollingAlgorithm(OFTEN);
    settings.deleteServiceOperationSettings().setPollingAlgorithm(OFTEN);
    var ofRevisions = RevisionsSettings.newHttpJsonBuilder().setEndpoint(args[0]);
    ofRevisions.deleteRevisionOperationSettings().setPollingAlgorithm(OFTEN);
    var parent = "projects/" + args[1] + "/locations/" + args[2];
    try (var services = ServicesClient.create(settings.build());
        var revisions = RevisionsClient.create(ofRevisions.build())) {
      life(services, revisions, parent, args[1]);
    }
    System.out.println(new Gson().toJson(said));
  }

  static void life(ServicesClient services, RevisionsClient revisions, String parent, String project) throws Exception {
    var name = parent + "/services/books";
    var service =
        Service.newBuilder()
            .setTemplate(template("search", project))
            .setIngress(IngressTraffic.INGRESS_TRAFFIC_ALL)
            .putLabels("team", "books")
            .setDescription("lends books")
            .build();
    var create = CreateServiceRequest.newBuilder().setParent(parent).setServiceId("books").setService(service).build();
    var created = services.createServiceAsync(create).get();
    var state = created.getTerminalCondition().getState().name();
    said.put("created", List.of(created.getName(), state, created.getIngress().name()));
    said.put("exists", refusal(() -> services.createServiceAsync(create).get()));
    var list = ListServicesRequest.newBuilder().setParent(parent);
    var pages = services.listServices(list.setPageSize(1).build()).iteratePages();
    said.put("listed", inPages(stream(pages).map(page -> stream(page.getValues()).map(Service::getName).toList())));
    said.put("noPage", refusal(() -> services.listServices(list.setPageToken("nobody-gave-this").build())));

    var change = Service.newBuilder().setName(name).putLabels("team", "loans").build();
    var masked = services.updateServiceAsync(update(change, "labels")).get();
    said.put("masked", List.of(masked.getLabelsOrThrow("team"), masked.getDescription()));
    said.put("noField", refusal(() -> services.updateServiceAsync(update(change, "shelves")).get()));
    var other = Service.newBuilder().setName(name).setTemplate(template("login", project)).build();
    var updated = services.updateServiceAsync(update(other, "template")).get();
    said.put("updated", updated.getTemplate().getContainersList().stream().map(Container::getImage).toList());
    try {
      var nothing = Service.newBuilder().setName(name).setTemplate(template("nothing", project)).build();
      services.updateServiceAsync(update(nothing, "template")).get();
    } catch (ExecutionException error) {
      said.put("failed", error.getMessage());
    }

    var ofService = ListRevisionsRequest.newBuilder().setParent(name).setPageSize(1).build();
    var names = new ArrayList<String>();
    for (var page : revisions.listRevisions(ofService).iteratePages())
      page.getValues().forEach((Revision revision) -> names.add(revision.getName()));
    var first = names.stream().sorted().toList().get(0);
    said.put("revisions", names.size());
    revisions.deleteRevisionAsync(first).get();
    said.put("revisionDeleted", refusal(() -> revisions.getRevision(first)));

    var policy = services.getIamPolicy(GetIamPolicyRequest.newBuilder().setResource(name).build());
    var invoker = "serviceAccount:login-run@" + project + ".iam.gserviceaccount.com";
    var binding = Binding.newBuilder().setRole("roles/run.invoker").addMembers(invoker);
    var granted = policy.toBuilder().addBindings(binding).build();
    services.setIamPolicy(SetIamPolicyRequest.newBuilder().setResource(name).setPolicy(granted).build());
    var now = services.getIamPolicy(GetIamPolicyRequest.newBuilder().setResource(name).build());
    said.put("invokers", now.getBindingsList().stream().flatMap(one -> one.getMembersList().stream()).toList());
    var permissions = List.of("run.services.get", "run.routes.invoke");
    var asked = TestIamPermissionsRequest.newBuilder().setResource(name).addAllPermissions(permissions).build();
    said.put("held", services.testIamPermissions(asked).getPermissionsList().stream().sorted().toList());

    services.deleteServiceAsync(name).get();
    said.put("deleted", refusal(() -> services.getService(name)));
  }

  static RevisionTemplate template(String image, String project) {
    return RevisionTemplate.newBuilder()
        .setServiceAccount("search-run@" + project + ".iam.gserviceaccount.com")
        .addContainers(Container.newBuilder().setImage(image))
        .build();
  }

  static UpdateServiceRequest update(Service service, String path) {
    var mask = FieldMask.newBuilder().addPaths(path);
    return UpdateServiceRequest.newBuilder().setService(service).setUpdateMask(mask).build();
  }

  static <T> Stream<T> stream(Iterable<T> all) {
    return java.util.stream.StreamSupport.stream(all.spliterator(), false);
  }

  static Map<String, Object> inPages(Stream<List<String>> pages) {
    var all = pages.toList();
    var most = all.stream().mapToInt(List::size).max().orElse(0);
    return Map.of("most", most, "all", all.stream().flatMap(List::stream).sorted().toList());
  }

  static int refusal(Callable<?> call) throws Exception {
    try {
      call.call();
      return 200;
    } catch (ApiException error) {
      return error.getStatusCode().getCode().getHttpStatusCode();
    } catch (ExecutionException error) {
      if (!(error.getCause() instanceof ApiException refusal)) throw error;
      return refusal.getStatusCode().getCode().getHttpStatusCode();
    }
  }
}

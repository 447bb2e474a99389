// The Service Usage API by google-cloud-service-usage: what each step came to, as JSON. java ServiceUsage ENDPOINT PROJECT
import com.google.api.gax.rpc.ApiException;
import com.google.api.serviceusage.v1.BatchEnableServicesRequest;
import com.google.api.serviceusage.v1.BatchGetServicesRequest;
import com.google.api.serviceusage.v1.DisableServiceRequest;
import com.google.api.serviceusage.v1.EnableServiceRequest;
import com.google.api.serviceusage.v1.GetServiceRequest;
import com.google.api.serviceusage.v1.ListServicesRequest;
import com.google.api.serviceusage.v1.Service;
import com.google.api.serviceusage.v1.ServiceUsageClient;
import com.google.api.serviceusage.v1.ServiceUsageSettings;
import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

class ServiceUsage {
  static String parent;

  public static void main(String[] args) throws Exception {
    parent = "projects/" + args[1];
    var said = new LinkedHashMap<String, Object>();
    var settings = ServiceUsageSettings.newHttpJsonBuilder().setEndpoint(args[0]).build();
    try (var client = ServiceUsageClient.create(settings)) {
      var secrets = name("secretmanager");
      said.put("before", shown(client.getService(GetServiceRequest.newBuilder().setName(secrets).build())));
      var enable = EnableServiceRequest.newBuilder().setName(secrets).build();
      said.put("enabled", shown(client.enableServiceAsync(enable).get().getService()));
      var several = List.of("secretmanager.googleapis.com", "firestore.googleapis.com");
      var batch = BatchEnableServicesRequest.newBuilder().setParent(parent).addAllServiceIds(several).build();
      said.put("batch", all(client.batchEnableServicesAsync(batch).get().getServicesList()));
      var names = List.of(secrets, name("firestore"));
      var read = BatchGetServicesRequest.newBuilder().setParent(parent).addAllNames(names).build();
      said.put("several", all(client.batchGetServices(read).getServicesList()));
      said.put("listed", enabled(client));
      var disable = DisableServiceRequest.newBuilder().setName(secrets).build();
      said.put("disabled", shown(client.disableServiceAsync(disable).get().getService()));
      said.put("left", ((List<?>) enabled(client).get("all")).contains("secretmanager.googleapis.com"));
      try {
        client.disableServiceAsync(disable).get();
      } catch (ExecutionException error) {
        if (!(error.getCause() instanceof ApiException refusal)) throw error;
        said.put("notEnabled", refusal.getStatusCode().getCode().getHttpStatusCode());
      }
    }
    System.out.println(new Gson().toJson(said));
  }

  static String name(String api) {
    return parent + "/services/" + api + ".googleapis.com";
  }

  static List<String> shown(Service service) {
    return List.of(service.getConfig().getName(), service.getState().name());
  }

  static List<List<String>> all(List<Service> services) {
    return services.stream().map(ServiceUsage::shown).sorted(Comparator.comparing(one -> one.get(0))).toList();
  }

  static Map<String, Object> enabled(ServiceUsageClient client) {
    var list = ListServicesRequest.newBuilder().setParent(parent).setFilter("state:ENABLED").setPageSize(2).build();
    var apis = new ArrayList<String>();
    int most = 0;
    for (var page : client.listServices(list).iteratePages()) {
      int before = apis.size();
      page.getValues().forEach(service -> apis.add(service.getConfig().getName()));
      most = Math.max(most, apis.size() - before);
    }
    return Map.of("most", most, "all", apis.stream().sorted().toList());
  }
}

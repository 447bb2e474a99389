"""The Service Usage API by google-cloud-service-usage: what each step came to, as JSON. python service_usage.py ENDPOINT PROJECT"""
import json
import sys

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import service_usage_v1

endpoint, project = sys.argv[1:]
client = service_usage_v1.ServiceUsageClient(transport="rest", client_options={"api_endpoint": endpoint})
parent = f"projects/{project}"


def name(api):
    return f"{parent}/services/{api}.googleapis.com"


def shown(service):
    return [service.config.name, service.state.name]


def enabled():
    pages = client.list_services(request={"parent": parent, "filter": "state:ENABLED", "page_size": 2}).pages
    sizes = [[service.config.name for service in page.services] for page in pages]
    return {"most": max(map(len, sizes)), "all": sorted(api for page in sizes for api in page)}


said = {}
said["before"] = shown(client.get_service(request={"name": name("secretmanager")}))
said["enabled"] = shown(client.enable_service(request={"name": name("secretmanager")}).result(timeout=30).service)
several = {"parent": parent, "service_ids": ["secretmanager.googleapis.com", "firestore.googleapis.com"]}
batch = client.batch_enable_services(request=several).result(timeout=30)
said["batch"] = sorted(map(shown, batch.services))
several = {"parent": parent, "names": [name("secretmanager"), name("firestore")]}
said["several"] = sorted(map(shown, client.batch_get_services(request=several).services))
said["listed"] = enabled()
said["disabled"] = shown(client.disable_service(request={"name": name("secretmanager")}).result(timeout=30).service)
said["left"] = "secretmanager.googleapis.com" in enabled()["all"]
try:
    client.disable_service(request={"name": name("secretmanager")})
except GoogleAPICallError as error:
    said["notEnabled"] = error.code

print(json.dumps(said))

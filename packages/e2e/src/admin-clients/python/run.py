"""Cloud Run's v2 API by google-cloud-run: what each step came to, as JSON. python run.py ENDPOINT PROJECT REGION"""
import json
import sys

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import run_v2

endpoint, project, region = sys.argv[1:]
options = {"transport": "rest", "client_options": {"api_endpoint": endpoint}}
services = run_v2.ServicesClient(**options)
revisions = run_v2.RevisionsClient(**options)
parent = f"projects/{project}/locations/{region}"
name = f"{parent}/services/books"
invoker = f"serviceAccount:login-run@{project}.iam.gserviceaccount.com"


def refusal(call, request):
    try:
        call(request=request)
    except GoogleAPICallError as error:
        return error.code
    return 200


def template(image):
    return {
        "service_account": f"search-run@{project}.iam.gserviceaccount.com",
        "containers": [{"image": image}],
    }


def in_pages(pages, field):
    all_pages = [[one.name for one in getattr(page, field)] for page in pages]
    return {"most": max(map(len, all_pages)), "all": sorted(one for page in all_pages for one in page)}


said = {}
service = run_v2.Service(
    template=template("search"),
    ingress=run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
    labels={"team": "books"},
    description="lends books",
)
created = services.create_service(request={"parent": parent, "service_id": "books", "service": service}).result(30)
said["created"] = [created.name, created.terminal_condition.state.name, created.ingress.name]
said["exists"] = refusal(services.create_service, {"parent": parent, "service_id": "books", "service": service})
said["listed"] = in_pages(services.list_services(request={"parent": parent, "page_size": 1}).pages, "services")
said["noPage"] = refusal(services.list_services, {"parent": parent, "page_token": "nobody-gave-this"})

change = {"name": name, "labels": {"team": "loans"}}
masked = services.update_service(request={"service": change, "update_mask": "labels"}).result(30)
said["masked"] = [masked.labels["team"], masked.description]
said["noField"] = refusal(services.update_service, {"service": change, "update_mask": "shelves"})
change = {"name": name, "template": template("login")}
updated = services.update_service(request={"service": change, "update_mask": "template"}).result(30)
said["updated"] = [container.image for container in updated.template.containers]
try:
    change = {"name": name, "template": template("nothing")}
    services.update_service(request={"service": change, "update_mask": "template"}).result(30)
except GoogleAPICallError as error:
    said["failed"] = error.message

first, *later = in_pages(revisions.list_revisions(request={"parent": name, "page_size": 1}).pages, "revisions")["all"]
said["revisions"] = 1 + len(later)
revisions.delete_revision(request={"name": first}).result(30)
said["revisionDeleted"] = refusal(revisions.get_revision, {"name": first})

policy = services.get_iam_policy(request={"resource": name})
policy.bindings.add(role="roles/run.invoker", members=[invoker])
services.set_iam_policy(request={"resource": name, "policy": policy})
bindings = services.get_iam_policy(request={"resource": name}).bindings
said["invokers"] = [member for binding in bindings for member in binding.members]
asked = {"resource": name, "permissions": ["run.services.get", "run.routes.invoke"]}
said["held"] = sorted(services.test_iam_permissions(request=asked).permissions)

services.delete_service(request={"name": name}).result(30)
said["deleted"] = refusal(services.get_service, {"name": name})

print(json.dumps(said))

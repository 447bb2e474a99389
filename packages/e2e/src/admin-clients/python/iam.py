"""The IAM API by google-api-python-client: what each step came to, as JSON. python iam.py ENDPOINT PROJECT"""
import base64
import json
import sys

from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

endpoint, project = sys.argv[1:]
iam = build("iam", "v1", client_options={"api_endpoint": endpoint})
parent = f"projects/{project}"
accounts = iam.projects().serviceAccounts()
keys = accounts.keys()
roles = iam.projects().roles()
pools = iam.projects().locations().workloadIdentityPools()


def refusal(request):
    try:
        request.execute()
    except HttpError as error:
        return error.status_code
    return 200


def pages(collection, field, **query):
    request = collection.list(pageSize=2, **query)
    while request is not None:
        page = request.execute()
        yield page.get(field, [])
        request = collection.list_next(request, page)


def in_pages(collection, field, key, **query):
    all_pages = list(pages(collection, field, **query))
    return {"most": max(map(len, all_pages)), "all": sorted(one[key] for page in all_pages for one in page)}


def texts(account):
    return {name: account.get(name, "") for name in ("displayName", "description")}


said = {}

clerk = accounts.create(
    name=parent,
    body={"accountId": "clerk-run", "serviceAccount": {"displayName": "Clerk", "description": "keeps the books"}},
).execute()
email, name = clerk["email"], clerk["name"]
said["created"] = {"email": email, **texts(clerk)}
said["exists"] = refusal(accounts.create(name=parent, body={"accountId": "clerk-run"}))
said["listed"] = in_pages(accounts, "accounts", "email", name=parent)
said["noPage"] = refusal(accounts.list(name=parent, pageToken="nobody-gave-this"))

patch = {"serviceAccount": {"displayName": "Not asked for", "etag": clerk["etag"]}, "updateMask": "description"}
said["masked"] = texts(accounts.patch(name=name, body=patch).execute())
found = accounts.get(name=f"projects/-/serviceAccounts/{email}").execute()
found["displayName"] = "Head clerk"
said["updated"] = texts(accounts.update(name=name, body=found).execute())
accounts.disable(name=name, body={}).execute()
disabled = accounts.get(name=name).execute()
accounts.enable(name=name, body={}).execute()
enabled = accounts.get(name=name).execute()
said["disabled"] = [disabled.get("disabled", False), enabled.get("disabled", False)]

key = keys.create(name=name, body={}).execute()
kept = [one["name"] for one in keys.list(name=name, keyTypes="USER_MANAGED").execute()["keys"]]
certificate = keys.get(name=key["name"], publicKeyType="TYPE_X509_PEM_FILE").execute()["publicKeyData"]
keys.disable(name=key["name"], body={}).execute()
key_disabled = keys.get(name=key["name"]).execute()
keys.enable(name=key["name"], body={}).execute()
key_enabled = keys.get(name=key["name"]).execute()
keys.delete(name=key["name"]).execute()
said["key"] = {
    "file": json.loads(base64.b64decode(key["privateKeyData"]))["client_email"],
    "listed": kept == [key["name"]],
    "certificate": base64.b64decode(certificate).decode().split("\n")[0],
    "disabled": [key_disabled.get("disabled", False), key_enabled.get("disabled", False)],
    "deleted": refusal(keys.get(name=key["name"])),
}

policy = accounts.getIamPolicy(resource=name).execute()
user = {"role": "roles/iam.serviceAccountUser", "members": [f"serviceAccount:{email}"]}
policy["bindings"] = policy.get("bindings", []) + [user]
accounts.setIamPolicy(resource=name, body={"policy": policy}).execute()
asked = {"permissions": ["iam.serviceAccounts.get", "iam.serviceAccounts.delete"]}
said["policy"] = {
    "bindings": accounts.getIamPolicy(resource=name).execute()["bindings"],
    "held": sorted(accounts.testIamPermissions(resource=name, body=asked).execute()["permissions"]),
}

accounts.delete(name=name).execute()
said["deleted"] = refusal(accounts.get(name=name))
undeleted = accounts.undelete(name=f"{parent}/serviceAccounts/{clerk['uniqueId']}", body={}).execute()
said["undeleted"] = undeleted["restoredAccount"]["email"]

for role_id in ("bookkeeper", "auditor", "cashier"):
    role = {"title": role_id, "includedPermissions": ["run.services.get"], "stage": "GA"}
    roles.create(parent=parent, body={"roleId": role_id, "role": role}).execute()
bookkeeper = f"{parent}/roles/bookkeeper"
change = {"title": "Bookkeeper", "includedPermissions": []}
roles.patch(name=bookkeeper, body=change, updateMask="title").execute()
masked = roles.get(name=bookkeeper).execute()
gone = roles.delete(name=bookkeeper).execute()
said["role"] = {
    "masked": {name: masked[name] for name in ("title", "includedPermissions")},
    "deleted": gone["deleted"],
    "listed": in_pages(roles, "roles", "name", parent=parent, showDeleted=True),
    "left": in_pages(roles, "roles", "name", parent=parent),
    "undeleted": roles.undelete(name=bookkeeper, body={}).execute().get("deleted", False),
    "invoker": iam.roles().get(name="roles/run.invoker").execute()["includedPermissions"],
}
resource = f"//cloudresourcemanager.googleapis.com/{parent}"
grantable = iam.roles().queryGrantableRoles(body={"fullResourceName": resource, "pageSize": 1000}).execute()["roles"]
testable = iam.permissions().queryTestablePermissions(body={"fullResourceName": resource, "pageSize": 1000}).execute()
said["questions"] = {
    "grantable": any(one["name"] == "roles/run.invoker" for one in grantable),
    "testable": any(one["name"] == "run.routes.invoke" for one in testable["permissions"]),
}

below = f"{parent}/locations/global"
for pool_id in ("first-pool", "second-pool", "third-pool"):
    operation = pools.create(
        parent=below, workloadIdentityPoolId=pool_id, body={"displayName": "Pool", "description": "of the tests"}
    ).execute()
pool = f"{below}/workloadIdentityPools/third-pool"
change = {"displayName": "Not asked for"}
pools.patch(name=pool, body=change, updateMask="description").execute()
provider = {"oidc": {"issuerUri": "https://issuer.example"}, "attributeMapping": {"google.subject": "assertion.sub"}}
pools.providers().create(parent=pool, workloadIdentityPoolProviderId="provider", body=provider).execute()
said["pool"] = {
    "operation": [operation["done"], operation["response"]["@type"], operation["response"]["state"]],
    "listed": in_pages(pools, "workloadIdentityPools", "name", parent=below),
    "masked": texts(pools.get(name=pool).execute()),
    "issuer": pools.providers().get(name=f"{pool}/providers/provider").execute()["oidc"]["issuerUri"],
}
pools.delete(name=pool).execute()
said["pool"]["deleted"] = pools.get(name=pool).execute()["state"]
said["pool"]["left"] = in_pages(pools, "workloadIdentityPools", "name", parent=below)
said["pool"]["withDeleted"] = in_pages(pools, "workloadIdentityPools", "name", parent=below, showDeleted=True)
pools.undelete(name=pool, body={}).execute()
said["pool"]["undeleted"] = pools.get(name=pool).execute()["state"]

print(json.dumps(said))

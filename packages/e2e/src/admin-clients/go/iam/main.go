// The IAM API by google.golang.org/api/iam/v1: what each step came to, as JSON. iam ENDPOINT PROJECT
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"admin-clients/story"

	"google.golang.org/api/iam/v1"
	"google.golang.org/api/option"
)

var ctx = context.Background()

func main() {
	endpoint, parent := os.Args[1], "projects/"+os.Args[2]
	service := story.Must(iam.NewService(ctx, option.WithEndpoint(endpoint)))
	said := story.Said{}
	accounts(service, parent, said)
	said["role"] = roles(service, parent)
	said["questions"] = questions(service, "//cloudresourcemanager.googleapis.com/"+parent)
	said["pool"] = pools(service, parent+"/locations/global")
	said.Print()
}

func accounts(service *iam.Service, parent string, said story.Said) {
	accounts := service.Projects.ServiceAccounts
	create := &iam.CreateServiceAccountRequest{
		AccountId:      "clerk-run",
		ServiceAccount: &iam.ServiceAccount{DisplayName: "Clerk", Description: "keeps the books"},
	}
	clerk := story.Must(accounts.Create(parent, create).Do())
	name := clerk.Name
	said["created"] = map[string]string{
		"email": clerk.Email, "displayName": clerk.DisplayName, "description": clerk.Description,
	}
	_, err := accounts.Create(parent, create).Do()
	said["exists"] = story.Refusal(err)
	listed := &story.Pages{}
	story.Check(accounts.List(parent).PageSize(2).Pages(ctx, func(page *iam.ListServiceAccountsResponse) error {
		listed.Add(story.Names(page.Accounts, func(one *iam.ServiceAccount) string { return one.Email }))
		return nil
	}))
	said["listed"] = listed
	_, err = accounts.List(parent).PageToken("nobody-gave-this").Do()
	said["noPage"] = story.Refusal(err)

	change := &iam.ServiceAccount{DisplayName: "Not asked for", Etag: clerk.Etag}
	patch := &iam.PatchServiceAccountRequest{ServiceAccount: change, UpdateMask: "description"}
	masked := story.Must(accounts.Patch(name, patch).Do())
	said["masked"] = texts(masked.DisplayName, masked.Description)
	found := story.Must(accounts.Get("projects/-/serviceAccounts/" + clerk.Email).Do())
	found.DisplayName = "Head clerk"
	updated := story.Must(accounts.Update("projects/-/serviceAccounts/"+clerk.Email, found).Do())
	said["updated"] = texts(updated.DisplayName, updated.Description)
	story.Must(accounts.Disable(name, &iam.DisableServiceAccountRequest{}).Do())
	disabled := story.Must(accounts.Get(name).Do()).Disabled
	story.Must(accounts.Enable(name, &iam.EnableServiceAccountRequest{}).Do())
	said["disabled"] = []bool{disabled, story.Must(accounts.Get(name).Do()).Disabled}
	said["key"] = key(service, name)

	policy := story.Must(accounts.GetIamPolicy(name).Do())
	user := &iam.Binding{Role: "roles/iam.serviceAccountUser", Members: []string{"serviceAccount:" + clerk.Email}}
	policy.Bindings = append(policy.Bindings, user)
	story.Must(accounts.SetIamPolicy(name, &iam.SetIamPolicyRequest{Policy: policy}).Do())
	permissions := []string{"iam.serviceAccounts.get", "iam.serviceAccounts.delete"}
	held := story.Must(accounts.TestIamPermissions(name, &iam.TestIamPermissionsRequest{Permissions: permissions}).Do())
	slices.Sort(held.Permissions)
	said["policy"] = map[string]any{
		"bindings": story.Must(accounts.GetIamPolicy(name).Do()).Bindings,
		"held":     held.Permissions,
	}

	story.Must(accounts.Delete(name).Do())
	_, err = accounts.Get(name).Do()
	said["deleted"] = story.Refusal(err)
	gone := parent + "/serviceAccounts/" + clerk.UniqueId
	undeleted := story.Must(accounts.Undelete(gone, &iam.UndeleteServiceAccountRequest{}).Do())
	said["undeleted"] = undeleted.RestoredAccount.Email
}

func key(service *iam.Service, account string) map[string]any {
	keys := service.Projects.ServiceAccounts.Keys
	key := story.Must(keys.Create(account, &iam.CreateServiceAccountKeyRequest{}).Do())
	kept := story.Must(keys.List(account).KeyTypes("USER_MANAGED").Do()).Keys
	certificate := story.Must(keys.Get(key.Name).PublicKeyType("TYPE_X509_PEM_FILE").Do()).PublicKeyData
	story.Must(keys.Disable(key.Name, &iam.DisableServiceAccountKeyRequest{}).Do())
	disabled := story.Must(keys.Get(key.Name).Do()).Disabled
	story.Must(keys.Enable(key.Name, &iam.EnableServiceAccountKeyRequest{}).Do())
	enabled := story.Must(keys.Get(key.Name).Do()).Disabled
	story.Must(keys.Delete(key.Name).Do())
	_, err := keys.Get(key.Name).Do()
	var file struct {
		Email string `json:"client_email"`
	}
	story.Check(json.Unmarshal(story.Must(base64.StdEncoding.DecodeString(key.PrivateKeyData)), &file))
	pem := string(story.Must(base64.StdEncoding.DecodeString(certificate)))
	return map[string]any{
		"file":        file.Email,
		"listed":      len(kept) == 1 && kept[0].Name == key.Name,
		"certificate": strings.Split(pem, "\n")[0],
		"disabled":    []bool{disabled, enabled},
		"deleted":     story.Refusal(err),
	}
}

func roles(service *iam.Service, parent string) map[string]any {
	roles := service.Projects.Roles
	for _, id := range []string{"bookkeeper", "auditor", "cashier"} {
		role := &iam.Role{Title: id, IncludedPermissions: []string{"run.services.get"}, Stage: "GA"}
		story.Must(roles.Create(parent, &iam.CreateRoleRequest{RoleId: id, Role: role}).Do())
	}
	name := parent + "/roles/bookkeeper"
	change := &iam.Role{Title: "Bookkeeper", ForceSendFields: []string{"IncludedPermissions"}}
	story.Must(roles.Patch(name, change).UpdateMask("title").Do())
	masked := story.Must(roles.Get(name).Do())
	list := func(deleted bool) *story.Pages {
		pages := &story.Pages{}
		call := roles.List(parent).PageSize(2).ShowDeleted(deleted)
		story.Check(call.Pages(ctx, func(page *iam.ListRolesResponse) error {
			pages.Add(story.Names(page.Roles, func(one *iam.Role) string { return one.Name }))
			return nil
		}))
		return pages
	}
	return map[string]any{
		"masked":    map[string]any{"title": masked.Title, "includedPermissions": masked.IncludedPermissions},
		"deleted":   story.Must(roles.Delete(name).Do()).Deleted,
		"listed":    list(true),
		"left":      list(false),
		"undeleted": story.Must(roles.Undelete(name, &iam.UndeleteRoleRequest{}).Do()).Deleted,
		"invoker":   story.Must(service.Roles.Get("roles/run.invoker").Do()).IncludedPermissions,
	}
}

func questions(service *iam.Service, resource string) map[string]bool {
	roles := &iam.QueryGrantableRolesRequest{FullResourceName: resource, PageSize: 1000}
	permissions := &iam.QueryTestablePermissionsRequest{FullResourceName: resource, PageSize: 1000}
	grantable := story.Must(service.Roles.QueryGrantableRoles(roles).Do()).Roles
	testable := story.Must(service.Permissions.QueryTestablePermissions(permissions).Do()).Permissions
	return map[string]bool{
		"grantable": slices.ContainsFunc(grantable, func(one *iam.Role) bool { return one.Name == "roles/run.invoker" }),
		"testable":  slices.ContainsFunc(testable, func(one *iam.Permission) bool { return one.Name == "run.routes.invoke" }),
	}
}

func pools(service *iam.Service, parent string) map[string]any {
	pools := service.Projects.Locations.WorkloadIdentityPools
	var operation *iam.Operation
	for _, id := range []string{"first-pool", "second-pool", "third-pool"} {
		pool := &iam.WorkloadIdentityPool{DisplayName: "Pool", Description: "of the tests"}
		operation = story.Must(pools.Create(parent, pool).WorkloadIdentityPoolId(id).Do())
	}
	var response map[string]any
	story.Check(json.Unmarshal(operation.Response, &response))
	name := parent + "/workloadIdentityPools/third-pool"
	change := &iam.WorkloadIdentityPool{DisplayName: "Not asked for"}
	story.Must(pools.Patch(name, change).UpdateMask("description").Do())
	masked := story.Must(pools.Get(name).Do())
	provider := &iam.WorkloadIdentityPoolProvider{
		Oidc:             &iam.Oidc{IssuerUri: "https://issuer.example"},
		AttributeMapping: map[string]string{"google.subject": "assertion.sub"},
	}
	story.Must(pools.Providers.Create(name, provider).WorkloadIdentityPoolProviderId("provider").Do())
	list := func(deleted bool) *story.Pages {
		pages := &story.Pages{}
		call := pools.List(parent).PageSize(2).ShowDeleted(deleted)
		story.Check(call.Pages(ctx, func(page *iam.ListWorkloadIdentityPoolsResponse) error {
			pages.Add(story.Names(page.WorkloadIdentityPools, func(one *iam.WorkloadIdentityPool) string { return one.Name }))
			return nil
		}))
		return pages
	}
	said := map[string]any{
		"operation": []any{operation.Done, response["@type"], response["state"]},
		"listed":    list(false),
		"masked":    texts(masked.DisplayName, masked.Description),
		"issuer":    story.Must(pools.Providers.Get(name + "/providers/provider").Do()).Oidc.IssuerUri,
	}
	story.Must(pools.Delete(name).Do())
	said["deleted"] = story.Must(pools.Get(name).Do()).State
	said["left"] = list(false)
	said["withDeleted"] = list(true)
	story.Must(pools.Undelete(name, &iam.UndeleteWorkloadIdentityPoolRequest{}).Do())
	said["undeleted"] = story.Must(pools.Get(name).Do()).State
	return said
}

func texts(displayName, description string) map[string]string {
	return map[string]string{"displayName": displayName, "description": description}
}

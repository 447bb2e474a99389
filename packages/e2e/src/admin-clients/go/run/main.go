// Cloud Run's v2 API by cloud.google.com/go/run: what each step came to, as JSON. run ENDPOINT PROJECT REGION
package main

import (
	"context"
	"os"
	"slices"

	"admin-clients/story"

	"cloud.google.com/go/iam/apiv1/iampb"
	run "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

var (
	ctx     = context.Background()
	project string
)

func main() {
	endpoint := option.WithEndpoint(os.Args[1])
	services := story.Must(run.NewServicesRESTClient(ctx, endpoint))
	defer services.Close()
	revisions := story.Must(run.NewRevisionsRESTClient(ctx, endpoint))
	defer revisions.Close()
	project = os.Args[2]
	life(services, revisions, "projects/"+project+"/locations/"+os.Args[3]).Print()
}

func life(services *run.ServicesClient, revisions *run.RevisionsClient, parent string) story.Said {
	said := story.Said{}
	name := parent + "/services/books"
	create := &runpb.CreateServiceRequest{
		Parent:    parent,
		ServiceId: "books",
		Service: &runpb.Service{
			Template:    template("search"),
			Ingress:     runpb.IngressTraffic_INGRESS_TRAFFIC_ALL,
			Labels:      map[string]string{"team": "books"},
			Description: "lends books",
		},
	}
	created := story.Must(story.Must(services.CreateService(ctx, create)).Wait(ctx))
	said["created"] = []string{created.Name, created.TerminalCondition.State.String(), created.Ingress.String()}
	_, err := services.CreateService(ctx, create)
	said["exists"] = story.Refusal(err)
	pager := iterator.NewPager(services.ListServices(ctx, &runpb.ListServicesRequest{Parent: parent}), 1, "")
	said["listed"] = inPages(pager, func(one *runpb.Service) string { return one.Name })
	_, err = services.ListServices(ctx, &runpb.ListServicesRequest{Parent: parent, PageToken: "nobody-gave-this"}).Next()
	said["noPage"] = story.Refusal(err)

	update := func(change *runpb.Service, path string) (*run.UpdateServiceOperation, error) {
		change.Name = name
		mask := &fieldmaskpb.FieldMask{Paths: []string{path}}
		return services.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: change, UpdateMask: mask})
	}
	loans := &runpb.Service{Labels: map[string]string{"team": "loans"}}
	masked := story.Must(story.Must(update(loans, "labels")).Wait(ctx))
	said["masked"] = []string{masked.Labels["team"], masked.Description}
	_, err = update(loans, "shelves")
	said["noField"] = story.Refusal(err)
	updated := story.Must(story.Must(update(&runpb.Service{Template: template("login")}, "template")).Wait(ctx))
	said["updated"] = story.Names(updated.Template.Containers, func(one *runpb.Container) string { return one.Image })
	if _, err = story.Must(update(&runpb.Service{Template: template("nothing")}, "template")).Wait(ctx); err != nil {
		said["failed"] = err.Error()
	}

	ofService := iterator.NewPager(revisions.ListRevisions(ctx, &runpb.ListRevisionsRequest{Parent: name}), 1, "")
	all := inPages(ofService, func(one *runpb.Revision) string { return one.Name }).All
	said["revisions"] = len(all)
	story.Must(story.Must(revisions.DeleteRevision(ctx, &runpb.DeleteRevisionRequest{Name: all[0]})).Wait(ctx))
	_, err = revisions.GetRevision(ctx, &runpb.GetRevisionRequest{Name: all[0]})
	said["revisionDeleted"] = story.Refusal(err)

	policy := story.Must(services.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name}))
	login := "serviceAccount:login-run@" + project + ".iam.gserviceaccount.com"
	policy.Bindings = append(policy.Bindings, &iampb.Binding{Role: "roles/run.invoker", Members: []string{login}})
	story.Must(services.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name, Policy: policy}))
	now := story.Must(services.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name}))
	said["invokers"] = now.Bindings[0].Members
	asked := []string{"run.services.get", "run.routes.invoke"}
	test := &iampb.TestIamPermissionsRequest{Resource: name, Permissions: asked}
	held := story.Must(services.TestIamPermissions(ctx, test)).Permissions
	slices.Sort(held)
	said["held"] = held

	story.Must(story.Must(services.DeleteService(ctx, &runpb.DeleteServiceRequest{Name: name})).Wait(ctx))
	_, err = services.GetService(ctx, &runpb.GetServiceRequest{Name: name})
	said["deleted"] = story.Refusal(err)
	return said
}

func template(image string) *runpb.RevisionTemplate {
	return &runpb.RevisionTemplate{
		ServiceAccount: "search-run@" + project + ".iam.gserviceaccount.com",
		Containers:     []*runpb.Container{{Image: image}},
	}
}

func inPages[T any](pager *iterator.Pager, name func(T) string) *story.Pages {
	pages := &story.Pages{}
	for {
		var page []T
		next := story.Must(pager.NextPage(&page))
		pages.Add(story.Names(page, name))
		if next == "" {
			return pages
		}
	}
}

// The Service Usage API by cloud.google.com/go/serviceusage: what each step came to, as JSON. serviceusage ENDPOINT PROJECT
package main

import (
	"context"
	"os"
	"slices"

	"admin-clients/story"

	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

var (
	ctx    = context.Background()
	client *serviceusage.Client
	parent string
)

func main() {
	client = story.Must(serviceusage.NewRESTClient(ctx, option.WithEndpoint(os.Args[1])))
	defer client.Close()
	parent = "projects/" + os.Args[2]
	said := story.Said{}
	pubsub := name("pubsub")
	said["before"] = shown(story.Must(client.GetService(ctx, &serviceusagepb.GetServiceRequest{Name: pubsub})))
	enabling := story.Must(client.EnableService(ctx, &serviceusagepb.EnableServiceRequest{Name: pubsub}))
	said["enabled"] = shown(story.Must(enabling.Wait(ctx)).Service)
	both := []string{"pubsub.googleapis.com", "cloudtasks.googleapis.com"}
	batch := &serviceusagepb.BatchEnableServicesRequest{Parent: parent, ServiceIds: both}
	said["batch"] = all(story.Must(story.Must(client.BatchEnableServices(ctx, batch)).Wait(ctx)).Services)
	several := &serviceusagepb.BatchGetServicesRequest{Parent: parent, Names: []string{pubsub, name("cloudtasks")}}
	said["several"] = all(story.Must(client.BatchGetServices(ctx, several)).Services)
	said["listed"] = enabled()
	disable := &serviceusagepb.DisableServiceRequest{Name: pubsub}
	disabling := story.Must(client.DisableService(ctx, disable))
	said["disabled"] = shown(story.Must(disabling.Wait(ctx)).Service)
	said["left"] = slices.Contains(enabled().All, "pubsub.googleapis.com")
	_, err := client.DisableService(ctx, disable)
	said["notEnabled"] = story.Refusal(err)
	said.Print()
}

func name(api string) string {
	return parent + "/services/" + api + ".googleapis.com"
}

func shown(service *serviceusagepb.Service) []string {
	return []string{service.Config.Name, service.State.String()}
}

func all(services []*serviceusagepb.Service) [][]string {
	list := [][]string{}
	for _, service := range services {
		list = append(list, shown(service))
	}
	slices.SortFunc(list, slices.Compare[[]string])
	return list
}

func enabled() *story.Pages {
	list := &serviceusagepb.ListServicesRequest{Parent: parent, Filter: "state:ENABLED"}
	pager := iterator.NewPager(client.ListServices(ctx, list), 2, "")
	pages := &story.Pages{}
	for {
		var page []*serviceusagepb.Service
		next := story.Must(pager.NextPage(&page))
		pages.Add(story.Names(page, func(one *serviceusagepb.Service) string { return one.Config.Name }))
		if next == "" {
			return pages
		}
	}
}

# What follows from the declaration, without any provider: Terraform alone computes and tests it.

locals {
  document = yamldecode(file(var.file))

  declared     = local.document.services
  jobs         = { for name, given in try(local.document.jobs, {}) : name => given }
  worker_pools = { for name, given in try(local.document.workerPools, {}) : name => given }
  principals   = { for name, given in try(local.document.principals, {}) : name => given }
  external     = { for name, given in try(local.document.external, {}) : name => given }
  senders      = { for name, given in try(local.document.senders, {}) : name => given }

  # What runs in containers, and who calls.
  workloads = merge(local.declared, local.jobs, local.worker_pools)
  callers   = merge(local.workloads, local.principals, local.senders)

  # In a project of a domain, example.com:app, e-mails end in @app.example.com.iam.gserviceaccount.com.
  account_domain = "${join(".", reverse(split(":", var.project)))}.iam.gserviceaccount.com"

  public = { for name, given in local.declared : name => try(given.public, false) }

  # Calls, each a name or what it is limited to, too.
  calls = merge(
    { for name, given in local.callers : name => [for call in try(given.calls, []) : try(call.to, tostring(call))] },
    { for name, given in local.senders : name => [given.to] },
  )

  # Google gives a federated member no ID token: an account that it may act as has the edges.
  federated = { for name, given in local.principals : name => given.member if can(regex("^principal(Set)?:", given.member)) }

  ids = {
    for name, given in merge(local.workloads, { for name, member in local.federated : name => local.principals[name] }, local.own_senders) :
    name => try(given.serviceAccount, "${name}-run")
  }
  emails = { for name, id in local.ids : name => "${id}@${local.account_domain}" }

  accounts = merge(local.ids, { stranger = "stranger" })

  # Who share an account have one: that of the first.
  holders    = { for name, id in local.accounts : id => name... }
  identities = { for id, names in local.holders : names[0] => id }

  # How policies name a caller.
  members = {
    for name, given in local.callers :
    name => try("serviceAccount:${local.emails[name]}", given.member, "serviceAccount:${local.sender_emails[name]}")
  }

  # Who share an account share their edges.
  shared_calls = {
    for name in keys(local.callers) :
    name => distinct(flatten([for other, called in local.calls : called if local.members[other] == local.members[name]]))
  }

  # Where each is: what it declares, under its name and its region, or where everything is, under its name.
  regions = { for name, given in local.workloads : name => tolist(try(given.regions, [var.region])) }
  places = {
    for name, given in local.workloads : name => {
      for region in local.regions[name] : (can(given.regions) ? "${name}@${region}" : name) => { name = name, region = region }
    }
  }
  service_places = merge([for name in keys(local.declared) : local.places[name]]...)
  job_places     = merge([for name in keys(local.jobs) : local.places[name]]...)
  pool_places    = merge([for name in keys(local.worker_pools) : local.places[name]]...)
  all_places     = merge(local.service_places, local.job_places, local.pool_places)

  invoker_check = { for name in keys(local.declared) : name => !local.public[name] || var.public_access == "all-users" }

  # Others' may be called by an image of theirs.
  images = { for name, given in local.workloads : name => try(given.image, null) }

  # The demo's own apps keep data in a container's SQLite, which is one instance's: more of them would each have their own.
  manifests = { for name, given in local.declared : name => "${dirname(var.file)}/${try(given.source, "../apps/${name}")}/package.json" }
  keeps_data = {
    for name, manifest in local.manifests :
    name => fileexists(manifest) && !can(local.declared[name].image) && !can(local.declared[name].build) ? can(jsondecode(file(manifest)).dependencies["@run-edges/service"]) : false
  }
  max_instances = {
    for name, given in local.declared : name => try(given.maxInstances, 100) == 100 && local.keeps_data[name] && !var.stateless && !contains(keys(var.databases), name) ? 1 : try(given.maxInstances, 100)
  }

  ingress = {
    all                               = "INGRESS_TRAFFIC_ALL"
    internal                          = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    internal-and-cloud-load-balancing = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }
}

# What follows from the declaration, without any provider: Terraform alone computes and tests it.

locals {
  declared = yamldecode(file(var.file)).services

  calls   = { for name, given in local.declared : name => tolist(try(given.calls, [])) }
  public  = { for name, given in local.declared : name => try(given.public, false) }
  ids     = { for name, given in local.declared : name => try(given.serviceAccount, "${name}-run") }
  emails  = { for name, id in local.ids : name => "${id}@${var.project}.iam.gserviceaccount.com" }
  urls    = { for name in keys(local.declared) : name => "https://${name}-${var.project_number}.${var.region}.run.app" }
  callers = { for name in keys(local.declared) : name => [for caller, called in local.calls : caller if contains(called, name)] }

  # A caller is told where those are that it may call, and nobody else.
  receivers = {
    for name in keys(local.declared) :
    name => [for other in keys(local.declared) : other if other != name && (local.public[other] || contains(local.calls[name], other))]
  }

  invoker_check = { for name in keys(local.declared) : name => !local.public[name] || var.public_access == "all-users" }

  invokers = {
    for name in keys(local.declared) :
    name => concat(
      local.public[name] && local.invoker_check[name] ? ["allUsers"] : [],
      [for caller in local.callers[name] : "serviceAccount:${local.emails[caller]}"],
    )
  }

  # Data in a container's own SQLite is one instance's: more of them would each have their own.
  max_instances = {
    for name, given in local.declared :
    name => var.stateless || contains(keys(var.databases), name) ? try(given.maxInstances, 100) : 1
  }

  ingress = {
    all                               = "INGRESS_TRAFFIC_ALL"
    internal                          = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    internal-and-cloud-load-balancing = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }
}

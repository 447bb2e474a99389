# What follows from the declaration, without any provider: Terraform alone computes and tests it.

locals {
  declared = yamldecode(file(var.file)).services

  # In a project of a domain, example.com:app, e-mails end in @app.example.com.iam.gserviceaccount.com.
  account_domain = "${join(".", reverse(split(":", var.project)))}.iam.gserviceaccount.com"

  calls   = { for name, given in local.declared : name => tolist(try(given.calls, [])) }
  public  = { for name, given in local.declared : name => try(given.public, false) }
  ids     = { for name, given in local.declared : name => try(given.serviceAccount, "${name}-run") }
  emails  = { for name, id in local.ids : name => "${id}@${local.account_domain}" }
  urls    = { for name in keys(local.declared) : name => "https://${name}-${var.project_number}.${var.region}.run.app" }
  callers = { for name in keys(local.declared) : name => [for caller, called in local.calls : caller if contains(called, name)] }

  accounts = merge(local.ids, { stranger = "stranger" })

  # A caller is told where those are that it may call, and nobody else.
  receivers = {
    for name in keys(local.declared) :
    name => [for other in keys(local.declared) : other if other != name && (local.public[other] || contains(local.calls[name], other))]
  }

  known_urls = { for name, receivers in local.receivers : name => { for other in concat([name], receivers) : other => local.urls[other] } }

  # In a value, ${services.NAME.url} is that URL, and $${services. the text, as packages/edges reads them.
  env = {
    for name, given in local.declared : name => {
      for variable, value in try(tomap(given.env), {}) : variable => join("", [
        for part in regexall("\\$((?i:\\$\\{[ \\t]*services?[ \\t]*[.\\[]))|\\$\\{services\\.([-a-z0-9]+)\\.url\\}|([^$]+|\\$)", value) :
        part[1] == null ? coalesce(part[0], part[2]) : local.known_urls[name][part[1]]
      ])
    }
  }

  invoker_check = { for name in keys(local.declared) : name => !local.public[name] || var.public_access == "all-users" }

  invokers = {
    for name in keys(local.declared) :
    name => concat(
      local.public[name] && local.invoker_check[name] ? ["allUsers"] : [],
      [for caller in local.callers[name] : "serviceAccount:${local.emails[caller]}"],
    )
  }

  # The demo's own apps keep data in a container's SQLite, which is one instance's: more of them would each have their own.
  manifests = { for name, given in local.declared : name => "${dirname(var.file)}/${try(given.source, "../apps/${name}")}/package.json" }
  keeps_data = {
    for name, manifest in local.manifests :
    name => fileexists(manifest) ? can(jsondecode(file(manifest)).dependencies["@run-edges/service"]) : false
  }
  max_instances = {
    for name, given in local.declared :
    name => local.keeps_data[name] && !var.stateless && !contains(keys(var.databases), name) ? 1 : try(given.maxInstances, 100)
  }

  ingress = {
    all                               = "INGRESS_TRAFFIC_ALL"
    internal                          = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    internal-and-cloud-load-balancing = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }
}

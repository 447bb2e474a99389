output "services" {
  description = "Each service with every default filled in, and its environment."
  value = {
    for name, given in local.declared : name => {
      url           = local.urls[name]
      ingress       = local.ingress[try(given.ingress, "all")]
      invoker_check = local.invoker_check[name]
      audiences     = tolist(try(given.audiences, []))
      concurrency   = try(given.concurrency, 80)
      min_instances = try(given.minInstances, 0)
      max_instances = local.max_instances[name]
      # What is derived counts, whatever is written.
      env = merge(
        local.env[name],
        { SERVICE_URL = local.urls[name] },
        { for receiver in local.receivers[name] : "${upper(replace(receiver, "-", "_"))}_URL" => local.urls[receiver] },
        local.public[name] ? {} : { ALLOWED_CALLERS = join(",", [for caller in local.callers[name] : local.emails[caller]]) },
      )
    }
  }
}

output "accounts" {
  description = "Account ids, by service; and the stranger's, whom no edge names: check needs somebody to refuse."
  value       = local.accounts
}

output "invokers" {
  description = "Everybody with run.invoker, by service; services without any are left out."
  value       = { for name, members in local.invokers : name => members if length(members) > 0 }
}

output "edges" {
  description = "One entry for each grant, by a name that stays the same whatever else is declared."
  value = merge([
    for receiver, members in local.invokers : {
      for member in members :
      "${replace(member, "serviceAccount:", "")} -> ${receiver}" => { receiver = receiver, member = member }
    }
  ]...)
}

output "tests" {
  description = "One entry for each tester and each account."
  value = merge([
    for account in keys(local.accounts) : {
      for member in var.testers : "${member} as ${account}" => { account = account, member = member }
    }
  ]...)
}

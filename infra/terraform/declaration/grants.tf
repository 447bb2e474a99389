# Who may invoke what, and when: as packages/edges says it, so that verify finds the same.

locals {
  limits = merge([
    for caller, given in local.callers : {
      for call in try(given.calls, []) : "${caller} ${call.to}" => {
        paths = [
          for path in try(call.paths, []) :
          endswith(path, "/*") ? "request.path.startsWith(\"${trimsuffix(path, "*")}\")" : "request.path == \"${path}\""
        ]
        # YAML's dates have a time of day.
        until = try(substr(call.until, 0, 10), "")
      } if can(call.paths) || can(call.until)
    }
  ]...)

  expressions = {
    for edge, limit in local.limits : edge => {
      title = "run-edges:${length(limit.paths) == 0 ? "" : " limited paths"}${limit.until == "" ? "" : " until ${limit.until}"}"
      path  = length(limit.paths) > 1 && limit.until != "" ? "(${join(" || ", limit.paths)})" : join(" || ", limit.paths)
      time  = limit.until == "" ? "" : "request.time < timestamp(\"${timeadd("${limit.until}T00:00:00Z", "24h")}\")"
    }
  }
  conditions = {
    for edge, one in local.expressions :
    edge => { title = one.title, expression = join(" && ", compact([one.path, one.time])) }
    if one.path != "" || one.time != ""
  }

  # One entry for each grant; who share an account may have the same one.
  grants = flatten([
    for receiver in keys(local.declared) : concat(
      local.public[receiver] && local.invoker_check[receiver] ? [{ receiver = receiver, member = "allUsers", condition = null }] : [],
      [
        for caller, called in local.calls :
        { receiver = receiver, member = local.members[caller], condition = try(local.conditions["${caller} ${receiver}"], null) }
        if contains(called, receiver)
      ],
    )
  ])

  placed_grants = flatten([
    for grant in local.grants : [
      for key, place in local.service_places : merge(grant, { receiver = key }) if place.name == grant.receiver
    ]
  ])
}

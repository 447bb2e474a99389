# The variables of each container, as packages/edges derives them.

locals {
  # A caller is told where those are that it may call, and nobody else.
  receivers = {
    for name in keys(local.workloads) :
    name => [for other in keys(local.declared) : other if other != name && (local.public[other] || contains(local.shared_calls[name], other))]
  }

  # In its own region, else in the receiver's first.
  known_urls = {
    for key, place in local.all_places : key => {
      for other in concat(contains(keys(local.declared), place.name) ? [place.name] : [], local.receivers[place.name]) :
      other => "https://${other}-${var.project_number}.${contains(local.regions[other], place.region) ? place.region : local.regions[other][0]}.run.app"
    }
  }

  # In a value, ${services.NAME.url} is that URL, and $${services. the text.
  written = {
    for key, place in local.all_places : key => {
      for variable, value in try(tomap(local.workloads[place.name].env), {}) : variable => join("", [
        for part in regexall("\\$((?i:\\$\\{[ \\t]*services?[ \\t]*[.\\[]))|\\$\\{services\\.([-a-z0-9]+)\\.url\\}|([^$]+|\\$)", value) :
        part[1] == null ? coalesce(part[0], part[2]) : local.known_urls[key][part[1]]
      ])
    }
  }

  told_external = {
    for name in keys(local.workloads) : name => merge([
      for other, given in local.external : merge(
        { "${upper(replace(other, "-", "_"))}_URL" = given.url },
        try(given.audience, given.url) == given.url ? {} : { "${upper(replace(other, "-", "_"))}_AUDIENCE" = given.audience },
      ) if contains(local.shared_calls[name], other)
    ]...)
  }

  # Of whoever has no account here, the address; no token says who belongs to a group or a domain.
  addresses = {
    for name, member in local.members : name => try(regex("^(?:user|serviceAccount):(.+)$", member)[0], "*")
  }
  invoking = {
    for name in keys(local.declared) :
    name => distinct([for caller, called in local.calls : local.addresses[caller] if contains(called, name)])
  }
  allowed_callers = {
    for name, invoking in local.invoking : name => contains(invoking, "*") ? "*" : join(",", invoking)
  }

  # What is derived counts, whatever is written.
  env = {
    for key, place in local.all_places : key => merge(
      local.written[key],
      contains(keys(local.declared), place.name) ? { SERVICE_URL = local.known_urls[key][place.name] } : {},
      { for receiver in local.receivers[place.name] : "${upper(replace(receiver, "-", "_"))}_URL" => local.known_urls[key][receiver] },
      local.told_external[place.name],
      local.told_of_senders[key],
      try(local.public[place.name], true) ? {} : { ALLOWED_CALLERS = local.allowed_callers[place.name] },
    )
  }
}

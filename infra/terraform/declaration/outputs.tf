output "services" {
  description = "Each service, in each of its regions, with every default filled in, and its environment."
  value = {
    for key, place in local.service_places : key => {
      name          = place.name
      region        = place.region
      url           = local.known_urls[key][place.name]
      account       = local.holders[local.ids[place.name]][0]
      image         = local.images[place.name]
      ingress       = local.ingress[try(local.declared[place.name].ingress, "all")]
      invoker_check = local.invoker_check[place.name]
      audiences     = tolist(try(local.declared[place.name].audiences, []))
      concurrency   = try(local.declared[place.name].concurrency, 80)
      http2         = try(local.declared[place.name].http2, null)
      min_instances = try(local.declared[place.name].minInstances, 0)
      max_instances = local.max_instances[place.name]
      env           = local.env[key]
    }
  }
}

output "jobs" {
  description = "Each job, in each of its regions."
  value = {
    for key, place in local.job_places : key => {
      name        = place.name
      region      = place.region
      account     = local.holders[local.ids[place.name]][0]
      image       = local.images[place.name]
      command     = tolist(try(local.jobs[place.name].command, []))
      tasks       = try(local.jobs[place.name].tasks, 1)
      parallelism = try(local.jobs[place.name].parallelism, 0)
      max_retries = try(local.jobs[place.name].maxRetries, 3)
      timeout     = try(local.jobs[place.name].timeout, 600)
      env         = local.env[key]
    }
  }
}

output "worker_pools" {
  description = "Each worker pool, in each of its regions."
  value = {
    for key, place in local.pool_places : key => {
      name      = place.name
      region    = place.region
      account   = local.holders[local.ids[place.name]][0]
      image     = local.images[place.name]
      instances = try(local.worker_pools[place.name].instances, 1)
      env       = local.env[key]
    }
  }
}

output "accounts" {
  description = "Account ids, by caller; and the stranger's, whom no edge names: check needs somebody to refuse."
  value       = local.accounts
}

output "identities" {
  description = "Account ids, each once: by the first of the callers that share it."
  value       = local.identities
}

output "holders" {
  description = "By whose name the account of each caller is known."
  value       = { for name, id in local.accounts : name => local.holders[id][0] }
}

output "federated" {
  description = "Members of other identity providers, each with the account that it acts as, by name."
  value = {
    for name, member in local.federated : name => { account = local.holders[local.ids[name]][0], member = member }
  }
}

output "invokers" {
  description = "Everybody with run.invoker and no condition, by service; services without any are left out."
  value = {
    for receiver, members in { for grant in local.placed_grants : grant.receiver => grant.member... if grant.condition == null } :
    receiver => distinct(members)
  }
}

output "limited_invokers" {
  description = "Everybody with run.invoker on a condition, by service and condition."
  value = {
    for key, grants in { for grant in local.placed_grants : "${grant.receiver} when ${grant.condition.expression}" => grant... if grant.condition != null } :
    key => { receiver = grants[0].receiver, condition = grants[0].condition, members = distinct(grants[*].member) }
  }
}

output "edges" {
  description = "One entry for each grant, by a name that stays the same whatever else is declared."
  value = {
    for key, grants in {
      for grant in local.placed_grants :
      "${replace(grant.member, "serviceAccount:", "")} -> ${grant.receiver}${grant.condition == null ? "" : " when ${grant.condition.expression}"}" => grant...
    } : key => grants[0]
  }
}

output "senders" {
  description = "What senders are made of, and who may make them call."
  value = {
    topics        = local.topics
    subscriptions = local.subscriptions
    queues        = local.queues
    schedules     = local.schedules
    triggers      = local.triggers
    grants        = local.source_grants
  }
}

output "tests" {
  description = "One entry for each tester and each account."
  value = merge([
    for account in keys(local.identities) : {
      for member in var.testers : "${member} as ${account}" => { account = account, member = member }
    }
  ]...)
}

# What calls when something happens: as packages/edges and run-edges deploy say it.

locals {
  # One of another project is made there.
  own_senders = { for name, given in local.senders : name => given if try(given.project, var.project) == var.project }

  sender_emails = {
    for name, given in local.senders :
    name => "${try(given.serviceAccount, "${name}-run")}@${join(".", reverse(split(":", try(given.project, var.project))))}.iam.gserviceaccount.com"
  }
  sender_paths = { for name, given in local.senders : name => try(given.path, "/") }

  # In the region that is asked for, else in the receiver's first.
  sender_regions = {
    for name, given in local.senders :
    name => contains(keys(local.declared), given.to) ? (contains(local.regions[given.to], var.region) ? var.region : local.regions[given.to][0]) : var.region
  }
  sender_urls = {
    for name, given in local.senders :
    name => contains(keys(local.declared), given.to) ? "https://${given.to}-${var.project_number}.${local.sender_regions[name]}.run.app" : local.external[given.to].url
  }
  sender_audiences = {
    for name, given in local.senders : name => try(local.external[given.to].audience, local.sender_urls[name])
  }

  # An id is a topic of the sender's project.
  topic_names = {
    for topic in distinct(flatten([
      for name, given in local.senders : [
        for topic in [try(given.pubsub.topic, null), try(given.pubsub.deadLetter.topic, null), try(given.eventarc.topic, null)] :
        { project = try(given.project, var.project), topic = topic } if topic != null
      ]
    ])) : "${topic.project} ${topic.topic}" => startswith(topic.topic, "projects/") ? topic.topic : "projects/${topic.project}/topics/${topic.topic}"
  }
  sender_topics = {
    for name, given in local.senders :
    name => try(local.topic_names["${try(given.project, var.project)} ${try(given.pubsub.topic, given.eventarc.topic)}"], null)
  }
  dead_topics = {
    for name, given in local.senders :
    name => try(local.topic_names["${try(given.project, var.project)} ${given.pubsub.deadLetter.topic}"], null)
  }
  topics = {
    for topic in distinct(compact(concat(
      [for name in keys(local.own_senders) : local.sender_topics[name]],
      [for name in keys(local.own_senders) : local.dead_topics[name]],
    ))) : reverse(split("/", topic))[0] => topic if startswith(topic, "projects/${var.project}/")
  }

  subscriptions = {
    for name, given in local.own_senders : try(given.pubsub.subscription, name) => {
      topic         = local.sender_topics[name]
      endpoint      = "${local.sender_urls[name]}${local.sender_paths[name]}"
      account       = local.sender_emails[name]
      audience      = local.sender_audiences[name]
      ack_deadline  = try(given.pubsub.ackDeadline, 10)
      filter        = try(given.pubsub.filter, null)
      ordering      = try(given.pubsub.ordering, false)
      min_backoff   = try("${given.pubsub.minBackoff}s", null)
      max_backoff   = try("${given.pubsub.maxBackoff}s", null)
      dead_topic    = local.dead_topics[name]
      most_attempts = try(given.pubsub.deadLetter.maxAttempts, 5)
      unwrapped     = try(given.pubsub.unwrapped, false)
      metadata      = try(given.pubsub.metadata, false)
    } if can(given.pubsub)
  }

  # Those that share a queue say the same of it.
  queues = {
    for queue, several in { for name, given in local.own_senders : given.tasks.queue => given.tasks... if can(given.tasks) } : queue => {
      most_per_second = try(several[0].maxPerSecond, 500)
      most_at_once    = try(several[0].maxConcurrent, 1000)
      most_attempts   = try(several[0].maxAttempts, 100)
      most_duration   = try("${several[0].maxRetryDuration}s", null)
      min_backoff     = "${try(several[0].minBackoff, 0.1)}s"
      max_backoff     = "${try(several[0].maxBackoff, 3600)}s"
      most_doublings  = try(several[0].maxDoublings, 16)
    }
  }

  schedules = {
    for name, given in local.own_senders : name => {
      schedule       = given.scheduler.schedule
      time_zone      = try(given.scheduler.timeZone, "Etc/UTC")
      uri            = "${local.sender_urls[name]}${local.sender_paths[name]}"
      method         = try(given.scheduler.method, "POST")
      body           = try(base64encode(given.scheduler.body), null)
      headers        = { for header, value in try(given.scheduler.headers, {}) : header => value }
      account        = local.sender_emails[name]
      audience       = local.sender_audiences[name]
      deadline       = "${try(given.scheduler.deadline, 180)}s"
      retries        = try(given.scheduler.retries, 0)
      most_duration  = "${try(given.scheduler.maxRetryDuration, 0)}s"
      min_backoff    = "${try(given.scheduler.minBackoff, 5)}s"
      max_backoff    = "${try(given.scheduler.maxBackoff, 3600)}s"
      most_doublings = try(given.scheduler.maxDoublings, 5)
    } if can(given.scheduler)
  }

  triggers = {
    for name, given in local.own_senders : name => {
      filters = merge({ type = given.eventarc.type }, { for attribute, value in try(given.eventarc.filters, {}) : attribute => value })
      topic   = local.sender_topics[name]
      service = given.to
      region  = local.sender_regions[name]
      path    = local.sender_paths[name]
      account = local.sender_emails[name]
    } if can(given.eventarc)
  }

  # Who may make senders call, and what Pub/Sub and Eventarc need themselves.
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  all_source_grants = flatten([
    for name, given in local.own_senders : concat(
      [
        for caller in try(given.from, []) : { on = "topic", name = reverse(split("/", local.sender_topics[name]))[0], role = "roles/pubsub.publisher", member = local.members[caller] }
        if try(startswith(local.sender_topics[name], "projects/${var.project}/"), false)
      ],
      [for caller in try(given.from, []) : { on = "queue", name = given.tasks.queue, role = "roles/cloudtasks.enqueuer", member = local.members[caller] } if can(given.tasks)],
      [for caller in try(given.from, []) : { on = "account", name = local.holders[local.ids[name]][0], role = "roles/iam.serviceAccountUser", member = local.members[caller] } if can(given.tasks)],
      [
        for topic in compact([local.dead_topics[name]]) : { on = "topic", name = reverse(split("/", topic))[0], role = "roles/pubsub.publisher", member = local.pubsub_agent }
        if startswith(topic, "projects/${var.project}/")
      ],
      [for topic in compact([local.dead_topics[name]]) : { on = "subscription", name = try(given.pubsub.subscription, name), role = "roles/pubsub.subscriber", member = local.pubsub_agent }],
      can(given.eventarc) ? [{ on = "project", name = var.project, role = "roles/eventarc.eventReceiver", member = local.members[name] }] : [],
    )
  ])
  source_grants = {
    for key, grants in { for grant in local.all_source_grants : "${replace(grant.member, "serviceAccount:", "")} ${grant.role} on ${grant.on} ${grant.name}" => grant... } :
    key => grants[0]
  }

  # Its receiver is told who calls; who makes it call is told where, and for a queue what a task says.
  told_of_senders = {
    for key, place in local.all_places : key => merge([
      for name, given in local.senders : merge(
        given.to == place.name || (can(given.tasks) && contains(try(given.from, []), place.name)) ? { "${upper(replace(name, "-", "_"))}_ACCOUNT" = local.sender_emails[name] } : {},
        contains(try(given.from, []), place.name) && local.sender_topics[name] != null ? { "${upper(replace(name, "-", "_"))}_TOPIC" = local.sender_topics[name] } : {},
        contains(try(given.from, []), place.name) && can(given.tasks) ? {
          "${upper(replace(name, "-", "_"))}_QUEUE"    = "projects/${try(given.project, var.project)}/locations/${var.region}/queues/${given.tasks.queue}"
          "${upper(replace(name, "-", "_"))}_URL"      = "${local.told_urls[key][given.to]}${local.sender_paths[name]}"
          "${upper(replace(name, "-", "_"))}_AUDIENCE" = try(local.external[given.to].audience, local.told_urls[key][given.to])
        } : {},
      )
    ]...)
  }
  # As whoever is in that region finds it.
  told_urls = {
    for key, place in local.all_places : key => merge(
      { for other, given in local.external : other => given.url },
      {
        for other in keys(local.declared) :
        other => "https://${other}-${var.project_number}.${contains(local.regions[other], place.region) ? place.region : local.regions[other][0]}.run.app"
      },
    )
  }
}

# What calls when something happens: Pub/Sub, Cloud Tasks, Cloud Scheduler and Eventarc, each as an account of its own.

locals {
  senders = module.declaration.senders
  sender_apis = concat(
    length(local.senders.topics) + length(local.senders.subscriptions) == 0 ? [] : ["pubsub.googleapis.com"],
    length(local.senders.queues) == 0 ? [] : ["cloudtasks.googleapis.com"],
    length(local.senders.schedules) == 0 ? [] : ["cloudscheduler.googleapis.com"],
    length(local.senders.triggers) == 0 ? [] : ["eventarc.googleapis.com"],
  )
  source_grants = { for on in ["topic", "subscription", "queue", "account", "project"] : on => { for key, grant in local.senders.grants : key => grant if grant.on == on } }
}

resource "google_pubsub_topic" "topic" {
  for_each = local.senders.topics

  project = var.project
  name    = each.key

  labels = {
    managed-by = "terraform"
  }

  depends_on = [google_project_service.used]
}

resource "google_pubsub_subscription" "subscription" {
  for_each = local.senders.subscriptions

  project                 = var.project
  name                    = each.key
  topic                   = each.value.topic
  ack_deadline_seconds    = each.value.ack_deadline
  filter                  = each.value.filter
  enable_message_ordering = each.value.ordering

  labels = {
    managed-by = "terraform"
  }

  # Else it is deleted after a month without a message.
  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = each.value.endpoint

    oidc_token {
      service_account_email = each.value.account
      audience              = each.value.audience
    }

    dynamic "no_wrapper" {
      for_each = each.value.unwrapped ? [each.value.metadata] : []

      content {
        write_metadata = no_wrapper.value
      }
    }
  }

  dynamic "retry_policy" {
    for_each = each.value.min_backoff == null ? [] : [each.value]

    content {
      minimum_backoff = retry_policy.value.min_backoff
      maximum_backoff = retry_policy.value.max_backoff
    }
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_topic[*]

    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = each.value.most_attempts
    }
  }

  depends_on = [google_pubsub_topic.topic, google_service_account.caller]
}

resource "google_cloud_tasks_queue" "queue" {
  for_each = local.senders.queues

  project  = var.project
  location = var.region
  name     = each.key

  rate_limits {
    max_dispatches_per_second = each.value.most_per_second
    max_concurrent_dispatches = each.value.most_at_once
  }

  retry_config {
    max_attempts       = each.value.most_attempts
    max_retry_duration = each.value.most_duration
    min_backoff        = each.value.min_backoff
    max_backoff        = each.value.max_backoff
    max_doublings      = each.value.most_doublings
  }

  depends_on = [google_project_service.used]
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each = local.senders.schedules

  project          = var.project
  region           = var.region
  name             = each.key
  schedule         = each.value.schedule
  time_zone        = each.value.time_zone
  attempt_deadline = each.value.deadline

  retry_config {
    retry_count          = each.value.retries
    max_retry_duration   = each.value.most_duration
    min_backoff_duration = each.value.min_backoff
    max_backoff_duration = each.value.max_backoff
    max_doublings        = each.value.most_doublings
  }

  http_target {
    uri         = each.value.uri
    http_method = each.value.method
    body        = each.value.body
    headers     = each.value.headers

    oidc_token {
      service_account_email = each.value.account
      audience              = each.value.audience
    }
  }

  depends_on = [google_project_service.used, google_service_account.caller]
}

resource "google_eventarc_trigger" "trigger" {
  for_each = local.senders.triggers

  project         = var.project
  location        = var.region
  name            = each.key
  service_account = each.value.account

  labels = {
    managed-by = "terraform"
  }

  dynamic "matching_criteria" {
    for_each = each.value.filters

    content {
      attribute = matching_criteria.key
      value     = matching_criteria.value
    }
  }

  destination {
    cloud_run_service {
      service = each.value.service
      region  = each.value.region
      path    = each.value.path
    }
  }

  dynamic "transport" {
    for_each = each.value.topic[*]

    content {
      pubsub {
        topic = transport.value
      }
    }
  }

  # Its account receives events, once it may.
  depends_on = [
    google_project_service.used,
    google_pubsub_topic.topic,
    google_service_account.caller,
    google_cloud_run_v2_service.service,
    google_project_iam_member.event_receiver,
  ]
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.source_grants.topic

  project = var.project
  topic   = google_pubsub_topic.topic[each.value.name].name
  role    = each.value.role
  member  = each.value.member

  depends_on = [google_service_account.caller]
}

resource "google_pubsub_subscription_iam_member" "subscriber" {
  for_each = local.source_grants.subscription

  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.value.name].name
  role         = each.value.role
  member       = each.value.member
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.source_grants.queue

  project  = var.project
  location = var.region
  name     = google_cloud_tasks_queue.queue[each.value.name].name
  role     = each.value.role
  member   = each.value.member

  depends_on = [google_service_account.caller]
}

# Who puts tasks into a queue says whose tokens they carry, and so must be allowed to act as that account.
resource "google_service_account_iam_member" "task_creator" {
  for_each = local.source_grants.account

  service_account_id = google_service_account.caller[each.value.name].name
  role               = each.value.role
  member             = each.value.member

  depends_on = [google_service_account.caller]
}

resource "google_project_iam_member" "event_receiver" {
  for_each = local.source_grants.project

  project = var.project
  role    = each.value.role
  member  = each.value.member

  depends_on = [google_service_account.caller]
}

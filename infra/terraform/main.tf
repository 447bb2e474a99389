# The deployment of ../edges.yaml: one service account for each service, and exactly the declared edges.

data "google_project" "this" {
  project_id = var.project
}

module "declaration" {
  source = "./declaration"

  file           = coalesce(var.edges_file, "${path.module}/../edges.yaml")
  project        = var.project
  project_number = data.google_project.this.number
  region         = var.region
  public_access  = var.public_access
  databases      = var.databases
  stateless      = var.stateless
  testers        = var.testers
}

locals {
  image_prefix = coalesce(var.image_prefix, "${var.region}-docker.pkg.dev/${replace(var.project, ":", "/")}/run-edges")

  apis = concat(
    ["run.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com"],
    length(var.databases) == 0 ? [] : ["secretmanager.googleapis.com"],
    var.cloud_sql_instance == null ? [] : ["sqladmin.googleapis.com"],
    local.sender_apis,
  )
}

resource "google_project_service" "used" {
  for_each = toset(var.enable_apis ? local.apis : [])

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

# Who share an account have one.
resource "google_service_account" "caller" {
  for_each = module.declaration.identities

  project      = var.project
  account_id   = each.value
  display_name = "run-edges: ${each.key}"
  description  = "managed-by=terraform"

  depends_on = [google_project_service.used]
}

resource "google_cloud_run_v2_service" "service" {
  for_each = module.declaration.services

  project              = var.project
  location             = each.value.region
  name                 = each.value.name
  ingress              = each.value.ingress
  invoker_iam_disabled = !each.value.invoker_check
  custom_audiences     = each.value.audiences
  deletion_protection  = var.deletion_protection

  labels = {
    managed-by         = "terraform"
    run-edges-bindings = var.bindings
  }

  template {
    service_account                  = google_service_account.caller[each.value.account].email
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = each.value.min_instances
      max_instance_count = each.value.max_instances
    }

    containers {
      image = coalesce(each.value.image, "${local.image_prefix}/${each.value.name}:${var.image_tag}")

      # Where nothing is said, what is deployed stays as it is.
      dynamic "ports" {
        for_each = each.value.http2[*]

        content {
          name           = ports.value ? "h2c" : "http1"
          container_port = 8080
        }
      }

      dynamic "env" {
        for_each = each.value.env

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = contains(keys(var.databases), each.value.name) ? [var.databases[each.value.name]] : []

        content {
          name = "DATABASE_URL"

          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      dynamic "volume_mounts" {
        for_each = local.sql_users[each.key]

        content {
          name       = "cloudsql"
          mount_path = "/cloudsql"
        }
      }
    }

    dynamic "volumes" {
      for_each = local.sql_users[each.key]

      content {
        name = "cloudsql"

        cloud_sql_instance {
          instances = [volumes.value]
        }
      }
    }
  }

  depends_on = [google_project_service.used, google_secret_manager_secret_iam_member.reader]
}

# Trying an edge takes an ID token of its caller.
resource "google_service_account_iam_member" "tester" {
  for_each = module.declaration.tests

  service_account_id = google_service_account.caller[each.value.account].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value.member
}

# Who comes from another identity provider acts as an account, which has the edges.
resource "google_service_account_iam_member" "federated" {
  for_each = module.declaration.federated

  service_account_id = google_service_account.caller[each.value.account].name
  role               = "roles/iam.workloadIdentityUser"
  member             = each.value.member
}

# Additive: a grant for each edge, beside what others grant.
resource "google_cloud_run_v2_service_iam_member" "edge" {
  for_each = var.bindings == "additive" ? module.declaration.edges : {}

  project  = var.project
  location = google_cloud_run_v2_service.service[each.value.receiver].location
  name     = google_cloud_run_v2_service.service[each.value.receiver].name
  role     = "roles/run.invoker"
  member   = each.value.member

  dynamic "condition" {
    for_each = each.value.condition[*]

    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }

  depends_on = [google_service_account.caller]
}

# Authoritative: the whole list of invokers of a service, computed from all edges, so that none wipes another.
resource "google_cloud_run_v2_service_iam_binding" "invokers" {
  for_each = var.bindings == "authoritative" ? module.declaration.invokers : {}

  project  = var.project
  location = google_cloud_run_v2_service.service[each.key].location
  name     = google_cloud_run_v2_service.service[each.key].name
  role     = "roles/run.invoker"
  members  = each.value

  depends_on = [google_service_account.caller]
}

# The same, of those whose edge is limited, condition by condition.
resource "google_cloud_run_v2_service_iam_binding" "limited" {
  for_each = var.bindings == "authoritative" ? module.declaration.limited_invokers : {}

  project  = var.project
  location = google_cloud_run_v2_service.service[each.value.receiver].location
  name     = google_cloud_run_v2_service.service[each.value.receiver].name
  role     = "roles/run.invoker"
  members  = each.value.members

  condition {
    title      = each.value.condition.title
    expression = each.value.condition.expression
  }

  depends_on = [google_service_account.caller]
}

# What calls and has no address: jobs, which run when they are executed, and worker pools, which run all the time.

resource "google_cloud_run_v2_job" "job" {
  for_each = module.declaration.jobs

  project             = var.project
  location            = each.value.region
  name                = each.value.name
  deletion_protection = var.deletion_protection

  labels = {
    managed-by = "terraform"
  }

  template {
    task_count  = each.value.tasks
    parallelism = each.value.parallelism == 0 ? null : each.value.parallelism

    template {
      service_account = google_service_account.caller[each.value.account].email
      max_retries     = each.value.max_retries
      timeout         = "${each.value.timeout}s"

      containers {
        image   = coalesce(each.value.image, "${local.image_prefix}/${each.value.name}:${var.image_tag}")
        command = each.value.command

        dynamic "env" {
          for_each = each.value.env

          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_cloud_run_v2_worker_pool" "pool" {
  for_each = module.declaration.worker_pools

  project             = var.project
  location            = each.value.region
  name                = each.value.name
  deletion_protection = var.deletion_protection

  labels = {
    managed-by = "terraform"
  }

  scaling {
    manual_instance_count = each.value.instances
  }

  template {
    service_account = google_service_account.caller[each.value.account].email

    containers {
      image = coalesce(each.value.image, "${local.image_prefix}/${each.value.name}:${var.image_tag}")

      dynamic "env" {
        for_each = each.value.env

        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  # It calls as soon as it is there.
  depends_on = [
    google_project_service.used,
    google_cloud_run_v2_service_iam_member.edge,
    google_cloud_run_v2_service_iam_binding.invokers,
    google_cloud_run_v2_service_iam_binding.limited,
  ]
}

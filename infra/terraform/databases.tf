# Who may read which database; nothing without var.databases.

locals {
  # The Cloud SQL instance, for each service that has a database on it.
  sql_users = {
    for service in keys(module.declaration.services) :
    service => var.cloud_sql_instance != null && contains(keys(var.databases), service) ? [var.cloud_sql_instance] : []
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = var.databases

  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.caller[each.key].email}"
}

resource "google_project_iam_member" "sql_client" {
  for_each = toset([for service, instances in local.sql_users : service if length(instances) > 0])

  project = var.project
  role    = "roles/cloudsql.client"
  member  = "serviceAccount:${google_service_account.caller[each.value].email}"
}

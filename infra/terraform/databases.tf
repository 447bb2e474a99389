# Who may read which database; nothing without var.databases.

locals {
  # The Cloud SQL instance, for each service that has a database on it.
  sql_users = {
    for key, service in module.declaration.services :
    key => var.cloud_sql_instance != null && contains(keys(var.databases), service.name) ? [var.cloud_sql_instance] : []
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = { for service, secret in var.databases : service => { secret = secret, account = module.declaration.holders[service] } }

  project   = var.project
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.caller[each.value.account].email}"
}

resource "google_project_iam_member" "sql_client" {
  for_each = {
    for service in keys(var.databases) : service => { account = module.declaration.holders[service] } if var.cloud_sql_instance != null
  }

  project = var.project
  role    = "roles/cloudsql.client"
  member  = "serviceAccount:${google_service_account.caller[each.value.account].email}"
}

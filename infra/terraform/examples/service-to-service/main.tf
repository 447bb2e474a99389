# A public service that may call a private one, as Google's page on service-to-service authentication has it:
# https://docs.cloud.google.com/run/docs/authenticating/service-to-service#set-up-sa

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

# Anybody may call it. It runs as an account of its own, and is told where the private one is.
resource "google_cloud_run_v2_service" "public" {
  name     = "public-service"
  location = "us-central1"

  deletion_protection = false # true, where it is in use

  template {
    service_account = google_service_account.default.email

    containers {
      image = "us-docker.pkg.dev/cloudrun/container/hello" # yours goes here

      env {
        name  = "URL"
        value = google_cloud_run_v2_service.private.uri
      }
    }
  }
}

data "google_iam_policy" "public" {
  binding {
    role    = "roles/run.invoker"
    members = ["allUsers"]
  }
}

resource "google_cloud_run_service_iam_policy" "public" {
  location = google_cloud_run_v2_service.public.location
  project  = google_cloud_run_v2_service.public.project
  service  = google_cloud_run_v2_service.public.name

  policy_data = data.google_iam_policy.public.policy_data
}

# What the public service is to others. It has no role but the one below.
resource "google_service_account" "default" {
  account_id   = "cloud-run-interservice-id"
  description  = "Identity used by a public Cloud Run service to call private Cloud Run services."
  display_name = "cloud-run-interservice-id"
}

# That account alone may call it.
resource "google_cloud_run_v2_service" "private" {
  name     = "private-service"
  location = "us-central1"

  deletion_protection = false # true, where it is in use

  template {
    containers {
      image = "us-docker.pkg.dev/cloudrun/container/hello" # yours goes here
    }
  }
}

data "google_iam_policy" "private" {
  binding {
    role    = "roles/run.invoker"
    members = ["serviceAccount:${google_service_account.default.email}"]
  }
}

resource "google_cloud_run_service_iam_policy" "private" {
  location = google_cloud_run_v2_service.private.location
  project  = google_cloud_run_v2_service.private.project
  service  = google_cloud_run_v2_service.private.name

  policy_data = data.google_iam_policy.private.policy_data
}

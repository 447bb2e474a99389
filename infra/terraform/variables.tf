variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Cloud Run region."
  type        = string
  default     = "us-central1"
}

variable "edges_file" {
  description = "The declaration. Default: infra/edges.yaml, beside this folder."
  type        = string
  default     = null
}

variable "image_prefix" {
  description = "Images are PREFIX/SERVICE:TAG. Default: the repository that run-edges deploy builds into."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the images."
  type        = string
  default     = "latest"
}

variable "bindings" {
  description = "additive: a member for each edge, beside what others grant. authoritative: run.invoker of each service that has an invoker is exactly what the declaration says, and other grants are undone."
  type        = string
  default     = "additive"

  validation {
    condition     = contains(["additive", "authoritative"], var.bindings)
    error_message = "bindings is additive or authoritative."
  }
}

variable "public_access" {
  description = "How public services are opened: all-users binds allUsers; no-iam-check turns the invoker check off, where an organisation forbids allUsers (domain restricted sharing)."
  type        = string
  default     = "all-users"

  validation {
    condition     = contains(["all-users", "no-iam-check"], var.public_access)
    error_message = "public_access is all-users or no-iam-check."
  }
}

variable "testers" {
  description = "Who may try the edges as each service, for example user:you@example.com: run-edges check --target PROJECT."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.testers : can(regex("^(user|group|serviceAccount):[^\\s@]+@[^\\s@]+$", member))])
    error_message = "testers are members such as user:you@example.com, group:team@example.com or serviceAccount:ACCOUNT."
  }
}

variable "deletion_protection" {
  description = "Keeps terraform destroy, and an apply without a service, from deleting services, and their grants with them."
  type        = bool
  default     = true
}

variable "databases" {
  description = "Secret Manager's secrets that hold a DATABASE_URL, by service."
  type        = map(string)
  default     = {}
}

variable "cloud_sql_instance" {
  description = "Connection name (PROJECT:REGION:INSTANCE) of the Cloud SQL instance of those databases."
  type        = string
  default     = null
}

variable "stateless" {
  description = "True: no app of the demo keeps data in its container, so that it may have as many instances as declared, even without a database. Other services have as many as they declare."
  type        = bool
  default     = false
}

variable "enable_apis" {
  description = "Enable the APIs that are used."
  type        = bool
  default     = true
}

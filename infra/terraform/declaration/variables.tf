variable "file" {
  description = "Path of the declaration."
  type        = string
}

variable "project" {
  type = string
}

variable "project_number" {
  description = "It is part of every URL."
  type        = string
}

variable "region" {
  type = string
}

variable "public_access" {
  type    = string
  default = "all-users"
}

variable "databases" {
  type    = map(string)
  default = {}

  validation {
    condition     = alltrue([for service in keys(var.databases) : contains(keys(yamldecode(file(var.file)).services), service)])
    error_message = "databases names a service that is not declared."
  }
}

variable "stateless" {
  type    = bool
  default = false
}

variable "testers" {
  description = "Who may act as each account, to try its edges."
  type        = set(string)
  default     = []
}

output "urls" {
  description = "The URL of each service, in each of its regions."
  value       = { for name, service in google_cloud_run_v2_service.service : name => service.uri }
}

output "accounts" {
  description = "The service account of each caller that has one here."
  value       = { for name, holder in module.declaration.holders : name => google_service_account.caller[holder].email }
}

output "edges" {
  description = "Who may call whom: member by member, service by service."
  value       = module.declaration.edges
}

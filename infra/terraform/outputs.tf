output "urls" {
  description = "The URL of each service."
  value       = { for name, service in google_cloud_run_v2_service.service : name => service.uri }
}

output "accounts" {
  description = "The service account of each service."
  value       = { for name, account in google_service_account.caller : name => account.email }
}

output "edges" {
  description = "Who may call whom: member by member, service by service."
  value       = module.declaration.edges
}

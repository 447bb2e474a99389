# What is guarded from deletion is guarded whole. A service refuses for itself, but only when it is its turn: after its
# grants, which need it. So something comes before them that refuses, too.

resource "terraform_data" "guard" {
  for_each = module.declaration.services

  input            = var.deletion_protection
  triggers_replace = [var.project, var.region]

  # Terraform destroys a thing before what it depends on, and nothing of that where it fails.
  depends_on = [
    google_project_service.used,
    google_service_account.caller,
    google_cloud_run_v2_service.service,
    google_cloud_run_v2_service_iam_member.edge,
    google_cloud_run_v2_service_iam_binding.invokers,
    google_cloud_run_v2_service_iam_binding.limited,
    google_cloud_run_v2_job.job,
    google_cloud_run_v2_worker_pool.pool,
    google_service_account_iam_member.tester,
    google_service_account_iam_member.federated,
    google_secret_manager_secret_iam_member.reader,
    google_project_iam_member.sql_client,
    google_pubsub_topic.topic,
    google_pubsub_subscription.subscription,
    google_cloud_tasks_queue.queue,
    google_cloud_scheduler_job.schedule,
    google_eventarc_trigger.trigger,
    google_pubsub_topic_iam_member.publisher,
    google_pubsub_subscription_iam_member.subscriber,
    google_cloud_tasks_queue_iam_member.enqueuer,
    google_service_account_iam_member.task_creator,
    google_project_iam_member.event_receiver,
  ]

  provisioner "local-exec" {
    when    = destroy
    command = self.output ? "echo 'Guarded: apply with deletion_protection=false first.' >&2; exit 1" : "true"
    quiet   = true
  }
}

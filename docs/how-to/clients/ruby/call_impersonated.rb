# GOOGLE_APPLICATION_CREDENTIALS=user.json ruby call_impersonated.rb https://RECEIVER SERVICE_ACCOUNT_EMAIL
# As a service account that you may impersonate: the file is what `gcloud auth application-default login` wrote.
require "faraday"
require "googleauth"
require "json"

url, account = ARGV
you = Google::Auth.get_application_default("https://www.googleapis.com/auth/cloud-platform")
answer = Faraday.post(
  "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/#{account}:generateIdToken",
  JSON.generate(audience: url, includeEmail: true),
  you.apply("Content-Type" => "application/json").transform_keys(&:to_s)
)
abort "#{answer.status} #{answer.body}" unless answer.success?
token = JSON.parse(answer.body).fetch("token")
response = Faraday.get(url, nil, "Authorization" => "Bearer #{token}")
puts "#{response.status} #{response.body}"

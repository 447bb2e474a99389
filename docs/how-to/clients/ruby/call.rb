# ruby call.rb https://RECEIVER/PATH [AUDIENCE]
require "faraday"
require "googleauth"

url, audience = ARGV.values_at(0, -1)
key = ENV["GOOGLE_APPLICATION_CREDENTIALS"]
credentials =
  if key
    Google::Auth::ServiceAccountCredentials.make_creds(json_key_io: File.open(key), target_audience: audience)
  else
    Google::Auth::GCECredentials.new(target_audience: audience)
  end
response = Faraday.get(url, nil, "Authorization" => credentials.apply({})[:authorization])
puts "#{response.status} #{response.body}"

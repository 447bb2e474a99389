# ruby verify.rb AUDIENCE [CERTIFICATES_URL] < token
require "googleauth"

audience, certificates = ARGV
# Certificates, where the library's own choice is a JWK set: those are read with any version of it, and of OpenSSL.
keys = Google::Auth::IDTokens::X509CertHttpKeySource.new(certificates || "https://www.googleapis.com/oauth2/v1/certs")
verifier = Google::Auth::IDTokens::Verifier.new(key_source: keys, iss: Google::Auth::IDTokens::OIDC_ISSUERS)
puts verifier.verify($stdin.read.strip, aud: audience).fetch("email")

#!/bin/sh
# ./call-with-access-token.sh https://RECEIVER SERVICE_ACCOUNT_EMAIL
set -eu
api=${CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS:-https://iamcredentials.googleapis.com/}
answer=$(curl -sS -H "Authorization: Bearer $(gcloud auth print-access-token)" -H 'Content-Type: application/json' \
  -d "{\"audience\": \"$1\", \"includeEmail\": true}" "${api}v1/projects/-/serviceAccounts/$2:generateIdToken")
token=$(printf '%s' "$answer" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
curl -sS -w '\n%{http_code}\n' -H "Authorization: Bearer $token" "$1"

#!/bin/sh
# ./call.sh https://RECEIVER [OPTION_OF_PRINT_IDENTITY_TOKEN ...]
set -eu
url=$1
shift
token=$(gcloud auth print-identity-token --audiences="$url" "$@")
curl -sS -w '\n%{http_code}\n' -H "Authorization: Bearer $token" "$url"

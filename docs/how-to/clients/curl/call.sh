#!/bin/sh
# ./call.sh https://RECEIVER
set -eu
server="http://${GCE_METADATA_HOST:-metadata.google.internal}"
account="$server/computeMetadata/v1/instance/service-accounts/default"
token=$(curl -sSf -G -H 'Metadata-Flavor: Google' --data-urlencode "audience=$1" "$account/identity")
curl -sS -w '\n%{http_code}\n' -H "Authorization: Bearer $token" "$1"

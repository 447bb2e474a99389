<?php
// php call.php https://RECEIVER/PATH [AUDIENCE]

[$url, $audience] = [$argv[1], end($argv)];

function ask(string $url, array $headers): array
{
    $request = curl_init($url);
    curl_setopt_array($request, [CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => $headers]);
    $body = curl_exec($request);
    if ($body === false) {
        fwrite(STDERR, curl_error($request) . "\n");
        exit(1);
    }
    return [curl_getinfo($request, CURLINFO_RESPONSE_CODE), $body];
}

$account = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default';
$query = http_build_query(['audience' => $audience]);
[$status, $token] = ask("$account/identity?$query", ['Metadata-Flavor: Google']);
if ($status !== 200) {
    fwrite(STDERR, "$status $token\n");
    exit(1);
}
[$status, $body] = ask($url, ["Authorization: Bearer $token"]);
echo "$status $body\n";

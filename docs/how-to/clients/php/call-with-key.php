<?php
// GOOGLE_APPLICATION_CREDENTIALS=key.json php call-with-key.php https://RECEIVER/PATH [AUDIENCE]
// By a JWT that the account's key signs, exchanged for an ID token.

[$url, $audience] = [$argv[1], end($argv)];
$key = json_decode(file_get_contents(getenv('GOOGLE_APPLICATION_CREDENTIALS')), true, 512, JSON_THROW_ON_ERROR);

function ask(string $url, array $options): array
{
    $request = curl_init($url);
    curl_setopt_array($request, [CURLOPT_RETURNTRANSFER => true] + $options);
    $body = curl_exec($request);
    if ($body === false) {
        fwrite(STDERR, curl_error($request) . "\n");
        exit(1);
    }
    return [curl_getinfo($request, CURLINFO_RESPONSE_CODE), $body];
}

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

$now = time();
$claims = ['iss' => $key['client_email'], 'aud' => $key['token_uri'], 'iat' => $now, 'exp' => $now + 3600];
$header = ['alg' => 'RS256', 'typ' => 'JWT', 'kid' => $key['private_key_id']];
$signed = base64url(json_encode($header)) . '.' . base64url(json_encode($claims + ['target_audience' => $audience]));
openssl_sign($signed, $signature, $key['private_key'], OPENSSL_ALGO_SHA256);
$grant = [
    'grant_type' => 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'assertion' => "$signed." . base64url($signature),
];
[$status, $body] = ask($key['token_uri'], [CURLOPT_POSTFIELDS => http_build_query($grant)]);
if ($status !== 200) {
    fwrite(STDERR, "$status $body\n");
    exit(1);
}
$token = json_decode($body, true, 512, JSON_THROW_ON_ERROR)['id_token'];
[$status, $body] = ask($url, [CURLOPT_HTTPHEADER => ["Authorization: Bearer $token"]]);
echo "$status $body\n";

<?php
// composer require google/auth guzzlehttp/guzzle && php call-with-library.php https://RECEIVER/PATH [AUDIENCE]
require 'vendor/autoload.php';

use Google\Auth\ApplicationDefaultCredentials;
use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;

[$url, $audience] = [$argv[1], end($argv)];
$stack = HandlerStack::create();
$stack->push(ApplicationDefaultCredentials::getIdTokenMiddleware($audience));
$client = new Client(['handler' => $stack, 'auth' => 'google_auth', 'http_errors' => false]);
$response = $client->get($url);
echo $response->getStatusCode(), ' ', $response->getBody(), "\n";

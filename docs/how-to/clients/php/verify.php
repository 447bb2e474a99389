<?php
// composer require google/auth firebase/php-jwt && php verify.php AUDIENCE < token
require 'vendor/autoload.php';

use Google\Auth\AccessToken;

$token = trim(stream_get_contents(STDIN));
$claims = (new AccessToken())->verify($token, ['audience' => $argv[1], 'throwException' => true]);
echo $claims['email'], "\n";

<?php
// Calls methods as it is told on stdin: a JSON list of `[method, "json" or "proto", argument]`, messages in hex.
// Prints the list of their results.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

$rpc = new Rpc($argv[1], Codec::Json, 20.0);
$results = [];
foreach (json_decode(stream_get_contents(STDIN), true) as [$method, $codec, $argument]) {
    try {
        $results[] = match ($codec) {
            'json' => $rpc->call($method, $argument, Codec::Json),
            'proto' => bin2hex($rpc->call($method, hex2bin($argument), Codec::Proto)),
        };
    } catch (ServiceException $e) {
        $results[] = ['error' => $e->error];
    }
}
echo json_encode($results, JSON_UNESCAPED_SLASHES);

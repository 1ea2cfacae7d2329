<?php

/**
 * Calls a method one after the other: address, method, seconds. Prints how long each took, in microseconds.
 */

declare(strict_types=1);

use RR\Rpc;

require __DIR__ . '/../../php-src/autoload.php';

[, $address, $method, $seconds] = $argv;
$rpc = new Rpc($address, timeout: 10.0);
$rpc->call($method, true);
$latencies = [];
$now = hrtime(true);
$end = $now + (int) $seconds * 1_000_000_000;
while ($now < $end) {
    $rpc->call($method, true);
    $then = hrtime(true);
    $latencies[] = ($then - $now) / 1000;
    $now = $then;
}
echo implode("\n", $latencies), "\n";

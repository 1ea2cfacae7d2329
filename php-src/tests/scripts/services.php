<?php

/**
 * The services that the clients call: answers what was recorded, and a few things more. What it does not know it
 * answers by an error that shows the argument.
 */

declare(strict_types=1);

use RR\Client\Proto;
use RR\Tests\Support\Peer;
use RR\Tests\Support\Vectors;

require __DIR__ . '/../bootstrap.php';

$server = stream_socket_server($argv[1]);
echo 'tcp://' . stream_socket_get_name($server, false), "\n";

/** Results by flags, method and argument. */
$known = [];
$vectors = Vectors::of('rpc-plugins');
foreach ($vectors as $name => $vector) {
    if (str_ends_with($name, '-request')) {
        $start = 20 + strlen($vector['decoded']['method']);
        $answer = $vectors[str_replace('-request', '-response', $name)]['bytes'];
        $known[$vector['decoded']['flags'] . substr($vector['bytes'], 20)] = substr($answer, $start);
    }
}
$json = static fn (string $method, mixed $argument): string => 0x08 . $method . json_encode($argument);
$worker = [
    'pid' => 7,
    'status' => 1,
    'numExecs' => 3,
    'created' => 1_500_000_000,
    'memoryUsage' => 4096,
    'CPUPercent' => 2,
    'command' => '',
    'statusStr' => 'ready',
];
$http = Proto::bytes(1, 'http');
$known = [
    $json('informer.List', true) => '["http"]',
    $json('resetter.List', true) => '["http"]',
    $json('informer.Workers', 'nope') => '{"workers":null}',
    $json('informer.Workers', 'http') => json_encode(['workers' => [$worker]]),
    0x80 . 'status.Status' . $http => Proto::integer(1, 200),
    0x80 . 'status.Ready' . $http => Proto::integer(1, 503) . Proto::bytes(2, 'busy'),
    0x80 . 'service.Statuses' . Proto::bytes(1, 'idle') => '',
    0x80 . 'lock.Release' . Proto::bytes(1, 'no') . Proto::bytes(2, 'no') => '',
] + $known;

while ($connection = stream_socket_accept($server, 20)) {
    $peer = new Peer($connection, $connection);
    try {
        while (true) {
            $call = $peer->read();
            $method = $call['context'];
            $result = $known[$call['flags'] . $method . $call['body']] ?? null;
            $flags = $call['flags'] | ($result === null ? 0x40 : 0);
            $peer->write(Peer::frame($flags, $call['options'], $method . ($result ?? $call['body'])));
        }
    } catch (RuntimeException) {
        // the client went away
    }
    fclose($connection);
}

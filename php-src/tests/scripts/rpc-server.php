<?php

/**
 * An RPC server that answers as recorded, or misbehaves as the method's name says. One connection at a time.
 */

declare(strict_types=1);

use RR\Tests\Support\Peer;
use RR\Tests\Support\Vectors;

require __DIR__ . '/../bootstrap.php';

$server = stream_socket_server($argv[1]);
echo str_starts_with($argv[1], 'tcp') ? 'tcp://' . stream_socket_get_name($server, false) : $argv[1], "\n";

/** Recorded answers by flags and payload of their requests: `[flags, body]`. */
$recorded = [];
foreach (['rpc', 'rpc-plugins'] as $file) {
    $vectors = Vectors::of($file);
    foreach ($vectors as $name => $vector) {
        if (str_ends_with($name, '-request')) {
            $response = $vectors[str_replace('-request', '-response', $name)];
            $result = substr($response['bytes'], 20 + strlen($vector['decoded']['method']));
            $call = $vector['decoded']['flags'] . substr($vector['bytes'], 20);
            $recorded[$call] = [$response['decoded']['flags'], $result];
        }
    }
}

/** Answers until the connection ends, or until the method says to end it. */
$serve = static function (Peer $peer) use ($recorded): void {
    $held = [];
    while (true) {
        $call = $peer->read();
        [$sequence, $length] = $call['options'];
        $method = $call['context'];
        $answer = static fn (string $body, int $more = 0): string
            => Peer::frame($call['flags'] | $more, [$sequence, $length], $method . $body);
        switch ($method) {
            case 'test.Echo':
                $peer->write($answer($call['body']));
                break;
            case 'test.Fail':
                $peer->write($answer("it failed: {$call['body']}", 0x40));
                break;
            case 'test.Hold':
                $held[] = $answer($call['body']);
                break;
            case 'test.Release':
                $peer->write($answer($call['body']) . implode('', array_reverse($held)));
                break;
            case 'test.Sleep':
                usleep(300_000);
                $peer->write($answer($call['body']));
                break;
            case 'test.Slam':
                $peer->write($answer($call['body']));
                return;
            case 'test.Close':
                return;
            case 'test.Half':
                $peer->write(substr($answer($call['body']), 0, -1));
                return;
            case 'test.Garbage':
                $peer->write('this is no frame, not at all');
                break;
            case 'test.Stranger':
                $peer->write(Peer::frame($call['flags'], [$sequence + 77, $length], $method));
                break;
            case 'test.OneOption':
                $peer->write(Peer::frame($call['flags'], [0], $method));
                break;
            default:
                [$flags, $body] = $recorded[$call['flags'] . $method . $call['body']] ?? [0x40, 'not recorded'];
                $peer->write(Peer::frame($flags, [$sequence, $length], $method . $body));
        }
    }
};

while ($connection = stream_socket_accept($server, 20)) {
    try {
        $serve(new Peer($connection, $connection));
    } catch (RuntimeException) {
        // the client went away
    }
    fclose($connection);
}

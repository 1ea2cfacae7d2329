<?php

/**
 * Makes the calls to its own server that the body asks for: a JSON list of `[client, method, arguments]`, answered by
 * the list of their results. An error is `{"error": text}`.
 */

declare(strict_types=1);

use RR\Client\Collector;
use RR\Client\Informer;
use RR\Client\Locks;
use RR\Client\Logger;
use RR\Client\Metrics;
use RR\Client\Programs;
use RR\Client\Resetter;
use RR\Client\Status;
use RR\Exception\ServiceException;
use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;
use RR\Rpc;

require __DIR__ . '/../../../php-src/autoload.php';

$worker = HttpWorker::create();
$rpc = Rpc::create();
$clients = [
    'informer' => new Informer($rpc),
    'locks' => new Locks($rpc),
    'logger' => new Logger($rpc),
    'metrics' => new Metrics($rpc),
    'programs' => new Programs($rpc),
    'resetter' => new Resetter($rpc),
    'status' => new Status($rpc),
];

$worker->run(static function (Request $request) use ($clients): Response {
    $results = [];
    foreach (json_decode($request->body, true) as [$client, $method, $arguments]) {
        // `{"counter": [..]}` stands for a collector.
        foreach ($arguments as &$argument) {
            $kind = is_array($argument) ? array_key_first($argument) : null;
            if (is_string($kind) && method_exists(Collector::class, $kind)) {
                $argument = Collector::$kind(...$argument[$kind]);
            }
        }
        try {
            $results[] = $clients[$client]->$method(...$arguments);
        } catch (ServiceException $e) {
            $results[] = ['error' => $e->error];
        }
    }

    return new Response(200, json_encode($results));
});

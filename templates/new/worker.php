<?php

/** Answers HTTP requests: with what the server's own service `greeter` has to say, asked for over RPC. */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;
use RR\Rpc;

require __DIR__ . '/rr-php/autoload.php';

$worker = HttpWorker::create();
$rpc = Rpc::create();

$worker->run(static function (Request $request) use ($rpc): Response {
    $name = $request->query()['name'] ?? 'world';

    return Response::text($rpc->call('greeter.Greet', $name) . "\n");
});

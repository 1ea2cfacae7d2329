<?php
// Takes one of what the path names, and says how many are left.
declare(strict_types=1);

require __DIR__ . '/../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;
use RR\Rpc;

$rpc = Rpc::create();

HttpWorker::create()->run(static function (Request $request) use ($rpc): Response {
    $left = $rpc->call('inventory.Take', ltrim($request->path(), '/'));

    return Response::text("{$left} left\n");
});

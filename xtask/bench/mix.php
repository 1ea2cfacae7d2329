<?php

/**
 * Applications of several kinds in one: nothing to do, work for a processor, waiting, and a mixture.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../php-src/autoload.php';

/** About 5 ms, whatever else the processor does meanwhile. */
function work(): void
{
    for ($i = 0, $x = ''; $i < 50_000; $i++) {
        $x = md5($x);
    }
}

$requests = 0;

HttpWorker::create()->run(static function (Request $request) use (&$requests): Response {
    match ($request->path()) {
        '/cpu' => work(),
        '/sleep' => usleep(20_000),
        '/mixed' => ++$requests % 20 ?: work(),
        default => null,
    };

    return new Response(200, 'Hello, world!', ['Content-Type' => 'text/plain']);
});

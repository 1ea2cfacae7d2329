<?php

/**
 * Tasks that take no time, that wait, and that work.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../../php-src/autoload.php';

HttpWorker::create()->run(static function (Request $request): Response {
    match ($request->path()) {
        '/sleep' => usleep(300_000),
        '/work' => work(0.003),
        default => null,
    };
    return Response::text((string) getmypid());
});

/**
 * Keeps the CPU busy for so many seconds.
 */
function work(float $seconds): void
{
    for ($end = microtime(true) + $seconds; microtime(true) < $end;) {
    }
}

<?php

/**
 * An HTTP worker whose paths misbehave in every way that a handler can.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../autoload.php';

$worker = HttpWorker::create();
$worker->run(static fn (Request $request): Response|string|null => match ($request->path()) {
    '/hello' => Response::text("hello {$request->query()['a']}"),
    '/err' => throw new RuntimeException('application exploded'),
    '/stream' => new Response(200, (static function (): iterable {
        try {
            for ($i = 0; $i < 100_000; ++$i) {
                yield "part$i;";
                usleep(100);
            }
        } finally {
            echo "stream closed\n";
        }
    })()),
    '/late' => (static function () use ($worker): void {
        $worker->respond(200, 'in time');
        throw new RuntimeException('too late');
    })(),
    '/stop' => (static function () use ($worker): string {
        $worker->worker->stop();

        return 'for nobody';
    })(),
    '/103' => (static function () use ($worker): Response {
        $worker->inform(103, ['Link' => '</a.css>; rel=preload']);

        return new Response(404, 'nf');
    })(),
});

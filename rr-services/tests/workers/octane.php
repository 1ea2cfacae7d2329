<?php
// Behaves as the worker of Laravel Octane does: its events are lines of JSON on stderr.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

function event(array $event): Response
{
    fwrite(STDERR, json_encode($event) . "\n");

    return Response::text('told');
}

HttpWorker::create()->run(static fn (Request $request): Response => match ($request->path()) {
    '/env' => Response::json(getenv()),
    '/arguments' => Response::json(['arguments' => $_SERVER['argv'], 'pid' => getmypid()]),
    // As large as the trace of a deep stack.
    '/throws' => event([
        'type' => 'throwable',
        'class' => 'RuntimeException',
        'code' => 0,
        'file' => '/app/a "b".php',
        'line' => 7,
        'message' => "two\nlines\tand \\ \u{e9}",
        'trace' => array_fill(0, 2000, ['file' => '/app/vendor/laravel/framework/src/Kernel.php', 'line' => 1]),
    ]),
    '/shuts-down' => event(['type' => 'shutdown']),
    '/busy' => (static function (): Response {
        sleep(60);

        return Response::text('late');
    })(),
    default => Response::text('page ' . $request->uri),
});

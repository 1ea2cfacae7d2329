<?php
// A worker that tells of its own process, and starts others.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

HttpWorker::create()->run(static fn (Request $request): Response => match ($request->path()) {
    '/slow' => (static function (): Response {
        usleep(1_500_000);
        return Response::text('at last');
    })(),
    '/pid' => Response::text((string) getmypid()),
    '/colour' => Response::text((string) getenv('COLOUR')),
    '/user' => Response::text((string) posix_geteuid()),
    '/descriptors' => Response::json(array_values(array_filter(array_map(
        static fn (string $name): string|false => @readlink("/proc/self/fd/$name"),
        scandir('/proc/self/fd'),
    )))),
    // The shell ends at once; what it leaves behind has no parent any more.
    '/orphan' => Response::text(exec('sleep 0.3 > /dev/null 2>&1 & echo $!')),
    '/busy' => (static function (): Response {
        for ($until = microtime(true) + 60; microtime(true) < $until;) {
        }
        return Response::text('done');
    })(),
    default => Response::text('hello'),
});

<?php
// A worker whose application takes a note of each boot, and has state from before the first request.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;
use RR\Rpc;

file_put_contents(getenv('BOOTS'), getmypid() . "\n", FILE_APPEND);
$worker = HttpWorker::create();
// Booted after the worker was made and before it waits for a request: each process forked has all of it.
$answer = require getenv('CODE');
$token = bin2hex(random_bytes(8));
mt_srand(1);
$rpc = Rpc::create();
$version = $rpc->call('rpc.Version', true);
register_shutdown_function(static fn () => file_put_contents(getenv('BOOTS'), "ended\n", FILE_APPEND));

$worker->run(static fn (Request $request): Response => match ($request->path()) {
    '/code' => Response::text($answer),
    '/token' => Response::text($token),
    '/pid' => Response::text((string) getmypid()),
    '/random' => Response::text((string) mt_rand()),
    // Many processes at once: each must have the results of its own calls.
    '/rpc' => Response::text($rpc->call('shop.Double', (int) getmypid()) === 2 * getmypid() ? 'mine' : 'not mine'),
    '/group' => Response::text(posix_getpgrp() === getmypid() ? 'own' : 'shared'),
    '/exit' => exit(3),
    '/busy' => (static function (): Response {
        usleep(300_000);
        return Response::text((string) getmypid());
    })(),
    '/relay' => Response::text(getenv('RR_RELAY')),
});

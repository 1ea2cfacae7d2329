<?php
// Does what the bundles of frameworks do beside answering: asks for the configuration, sends hints and streams.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;
use RR\Rpc;

$worker = HttpWorker::create();

function parts(): iterable
{
    yield 'first;';
    yield 'last;';
}

/** The headers of the hints are not said again with the answer. */
function hints(HttpWorker $worker): Response
{
    $worker->inform(103, ['Link' => '</shop.css>; rel=preload']);

    return new Response(200, parts(), ['X-Streamed' => 'yes']);
}

$worker->run(static fn (Request $request): Response => match ($request->path()) {
    '/env' => Response::json(getenv()),
    '/arguments' => Response::json($_SERVER['argv']),
    // As `symfony` and `spiral` decode it.
    '/config' => Response::json(json_decode(base64_decode(Rpc::create()->call('rpc.Config', null, Rpc\Codec::Json)))),
    '/hints' => hints($worker),
    '/file' => new Response(200, '', ['X-Sendfile' => $request->query()['path'], 'Content-Type' => 'text/plain']),
    '/long' => Response::text(str_repeat('long ', 1000)),
    default => Response::text('page ' . $request->path()),
});

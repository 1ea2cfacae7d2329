<?php
// The application behind the conformance suites: notes down every request, and answers with what it saw.
declare(strict_types=1);

require dirname(__DIR__, 2) . '/php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

const SHOWN = 2000;

$journal = fopen((string) getenv('CONFORMANCE_JOURNAL'), 'a');
$worker = HttpWorker::create();

$count = static fn (array $run): string => '(' . strlen($run[0]) . ' bytes)';

$worker->run(static function (Request $request) use ($worker, $journal, $count): Response {
    $bytes = strlen($request->body);
    $seen = json_encode([
        'method' => $request->method,
        'uri' => preg_replace_callback('/(.)\1{99,}/', $count, $request->uri),
        'protocol' => $request->protocol,
        'headers' => (object) $request->headers,
        'body' => $bytes > SHOWN ? "($bytes bytes)" : $request->body,
    ], JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    fwrite($journal, "$seen\n");

    if ($request->path() === '/slow') {
        usleep(50_000);
    }

    return match ($request->path()) {
        '/status' => new Response((int) $request->query()['code'], 'body', ['Content-Type' => 'text/plain']),
        '/stream' => new Response(200, parts(), ['Content-Type' => 'text/plain']),
        '/trailers' => new Response(200, 'body', ['Trailer' => 'X-Sum', 'X-Sum' => '42']),
        '/large' => new Response(200, str_repeat('x', (int) $request->query()['bytes'])),
        '/split' => new Response(200, 'ok', ['X-Split' => "a\r\nX-Injected: yes\r\n\r\nbody"]),
        '/hops' => new Response(200, 'ok', ['Connection' => 'X-Hop', 'Keep-Alive' => '5', 'Transfer-Encoding' => 'gzip']),
        '/length' => new Response(200, 'body', ['Content-Length' => $request->query()['says']]),
        '/interim' => interim($worker),
        '/page' => Response::html((string) file_get_contents(__DIR__ . '/browser/page.html')),
        default => new Response(200, $seen, ['Content-Type' => 'application/json']),
    };
});

function parts(): iterable
{
    yield 'one ';
    yield 'two ';
    yield 'three';
}

function interim(HttpWorker $worker): Response
{
    $worker->inform(103, ['Link' => '</style.css>; rel=preload']);

    return Response::text('page', 404);
}

<?php
// The application of the tests: one page for each thing that an application may do.
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\Http\Upload;
use RR\HttpWorker;
use RR\Rpc;

$worker = HttpWorker::create();

$worker->run(static fn (Request $request): ?Response => match ($request->path()) {
    '/' => Response::text('hello'),
    '/request' => Response::json([
        'method' => $request->method,
        'uri' => $request->uri,
        'protocol' => $request->protocol,
        'remote' => $request->remoteAddr,
        'headers' => $request->headers,
        'cookies' => $request->cookies,
        'query' => $request->query(),
        'attributes' => $request->attributes,
        'body' => $request->body,
        'form' => $request->form(),
    ]),
    '/hex' => Response::json(array_map(bin2hex(...), $request->headers[$request->query()['name']])),
    '/upload' => Response::json([
        'form' => $request->form(),
        'files' => array_map(static fn (Upload $file): array => [
            'name' => $file->name,
            'type' => $file->type,
            'size' => $file->size,
            'error' => $file->error,
            'path' => $file->path,
            'content' => $file->isOk() ? file_get_contents($file->path) : null,
        ], $request->uploads()),
    ]),
    '/modes' => Response::json([
        'file' => decoct(fileperms($request->uploads()['f']->path) & 0777),
        'folder' => decoct(fileperms(dirname($request->uploads()['f']->path)) & 0777),
    ]),
    '/late-upload' => late($request),
    '/many' => new Response(201, '', ['Set-Cookie' => ['a=1', 'b=2'], 'X-One' => 'x']),
    '/status' => raw($worker, '{"status":' . $request->query()['code'] . ',"headers":{}}'),
    '/head' => raw($worker, $request->query()['head']),
    '/trailers' => new Response(200, 'body', ['Trailer' => 'X-Sum, X-Other', 'X-Sum' => ['1', '2'], 'X-Head' => 'h']),
    '/length' => new Response(200, $request->query()['body'], ['Content-Length' => '7']),
    '/split' => new Response(200, 'ok', ['X-Evil' => "a\r\nX-Injected: yes", "bad\nname" => 'x']),
    '/big' => new Response(200, str_repeat('x', (int) $request->query()['bytes'])),
    '/echo' => new Response(200, $request->body),
    '/env' => Response::json(array_filter(
        getenv(),
        static fn (string $name): bool => str_starts_with($name, 'RR_') || $name === 'APP_COLOUR',
        ARRAY_FILTER_USE_KEY,
    )),
    '/memory-limit' => Response::text(ini_get('memory_limit')),
    '/pid' => Response::text((string) getmypid()),
    '/rpc' => Response::json(Rpc::create()->call('shop.Double', (int) $request->query()['n'])),
    '/stream' => new Response(200, parts(), ['X-Streamed' => 'yes']),
    '/answer' => new Response(
        (int) ($request->query()['status'] ?? 200),
        $request->query()['body'] ?? str_repeat('word ', (int) $request->query()['words']),
        array_diff_key($request->query(), ['status' => 1, 'body' => 1, 'words' => 1]),
    ),
    '/drip' => new Response(200, drip($request->query()['wait']), ['Content-Type' => 'text/plain']),
    '/stream-dies' => new Response(200, (static function (): iterable {
        yield 'part';
        posix_kill(getmypid(), SIGKILL);
    })()),
    '/hints' => hints($worker),
    '/stream-big' => new Response(200, (static function () use ($request): iterable {
        for ($i = 0; $i < (int) $request->query()['parts']; ++$i) {
            yield str_repeat(chr(97 + $i % 26), 100_000);
        }
    })()),
    '/hop' => new Response(200, 'body', [
        'Connection' => 'close',
        'Keep-Alive' => 'timeout=5',
        'Transfer-Encoding' => 'chunked',
        'TE' => 'trailers',
        'Upgrade' => 'h2c',
        'Proxy-Connection' => 'close',
        'Http2-Push' => '/style.css',
        'X-Kept' => 'yes',
    ]),
    '/values' => new Response(200, '', ['X-Null' => "a\0b", 'X-Latin' => "caf\u{e9}", 'X-Tab' => "a\tb", 'X-Bell' => "\x07"]),
    '/bodyless' => new Response((int) $request->query()['code'], 'unwanted', ['Content-Length' => '8']),
    '/interim' => interim($worker, (int) $request->query()['code']),
    '/echoed' => say('this goes to the log'),
    '/garbage' => garbage(),
    '/throw' => throw new RuntimeException('the application failed'),
    '/exit' => exit(3),
    '/exit-once' => once($request->query()['mark']),
    '/slow' => slow((int) $request->query()['ms']),
    default => Response::text('no such page', 404),
});

/** Dies, unless somebody died here before; the mark tells how often the page was asked for. */
function once(string $mark): Response
{
    file_put_contents($mark, 'x', FILE_APPEND);
    return filesize($mark) === 1 ? exit(3) : Response::text('survived');
}

function raw(HttpWorker $worker, string $head): ?Response
{
    $worker->worker->respond(new RR\Payload('body', $head));

    return null;
}

function parts(): iterable
{
    for ($i = 1; $i <= 20; ++$i) {
        yield "part $i;";
    }
}

/** Goes on when the file is there. */
function drip(string $wait): iterable
{
    yield 'first;';
    for ($i = 0; $i < 1000 && !file_exists($wait); ++$i) {
        usleep(10_000);
        clearstatcache();
    }
    yield 'last;';
}

function hints(HttpWorker $worker): Response
{
    $worker->inform(103, ['Link' => '</style.css>; rel=preload']);

    return Response::text('page', 404);
}

/** Informs twice, whatever may be informed of, and answers 201. */
function interim(HttpWorker $worker, int $code): Response
{
    if ($code < 102) {
        $worker->worker->respondPart(new RR\Payload('', '{"status":' . $code . ',"headers":{"X-First":["1"]}}'));

        return new Response(201, 'done');
    }
    $worker->inform($code, ['X-First' => ['1', '2'], 'Content-Length' => '5']);
    $worker->inform($code, ['X-Second' => "a\r\nX-Evil: yes"]);

    return new Response(201, 'done', ['X-Second' => 'final']);
}

function say(string $text): Response
{
    echo $text;

    return Response::text('said');
}

function garbage(): Response
{
    file_put_contents('php://stdout', "PHP Warning: not a frame\n");

    return Response::text('printed');
}

function slow(int $ms): Response
{
    usleep(1000 * $ms);

    return Response::text('slept');
}

/** Looks at an upload after a while, and notes what it finds. */
function late(Request $request): Response
{
    usleep(500_000);
    $found = file_get_contents($request->uploads()['f']->path);
    file_put_contents($request->query()['note'], $found);

    return Response::text('noted');
}

<?php

/**
 * The application that the chaos suite works on: says who answered, and notes each request that it executes.
 *
 * `php app.php FOLDER`: the folder holds `code.php`, the version of the code, and `ledger`, the notes.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../php-src/autoload.php';

[, $folder] = $argv;
$code = require "$folder/code.php";
$http = HttpWorker::create();
$hoard = [];

$http->run(static function (Request $request) use ($http, $folder, $code, &$hoard): ?Response {
    $query = $request->query();
    $id = $query['id'] ?? '0';
    file_put_contents("$folder/ledger", "{$request->method} $id\n", FILE_APPEND);
    usleep(1000 * (int) ($query['work'] ?? 0));
    $body = "$id:" . str_repeat('x', (int) ($query['size'] ?? 0));
    $headers = ['X-Pid' => (string) getmypid(), 'X-Code' => (string) $code];
    switch ($request->path()) {
        case '/exit':
            $http->respond(200, $body, $headers);
            exit(0);
        case '/hoard':
            $hoard[] = str_repeat('x', 1 << 20);
            break;
        case '/stream':
            return new Response(200, parts($body, (int) ($query['parts'] ?? 0), isset($query['dies'])), $headers);
    }

    return new Response(200, $body, $headers);
});

/** The body in its first part, then `-` in each further one; where it dies, the last part is never sent. */
function parts(string $body, int $parts, bool $dies): iterable
{
    yield $body;
    for ($part = 1; $part < $parts; ++$part) {
        usleep(1000);
        yield '-';
    }
    if ($dies) {
        posix_kill(getmypid(), SIGKILL);
    }
    yield '.';
}

<?php

/**
 * The measured application with a container of its own: 40 MiB of objects, built before the first request.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../php-src/autoload.php';

$heap = [];
for ($number = 0; memory_get_usage() < 40 << 20; ++$number) {
    $heap["service.$number"] = (object) ['number' => $number, 'name' => "service $number"];
}

HttpWorker::create()->run(
    static fn (Request $request): Response => Response::text($heap['service.' . random_int(0, $number - 1)]->name),
);

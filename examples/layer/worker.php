<?php
// Says which path it was asked for.
declare(strict_types=1);

require __DIR__ . '/../../php-src/autoload.php';

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

HttpWorker::create()->run(
    static fn (Request $request): Response => Response::text("PHP was asked for {$request->path()}\n"),
);

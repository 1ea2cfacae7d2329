<?php

/**
 * The measured application below PSR-7: a greeting.
 */

declare(strict_types=1);

use RR\Http\Request;
use RR\Http\Response;
use RR\HttpWorker;

require __DIR__ . '/../../php-src/autoload.php';

HttpWorker::create()->run(
    static fn (Request $request): Response => new Response(200, 'Hello, world!', ['Content-Type' => 'text/plain']),
);

<?php

/**
 * The measured application on PSR-7: a greeting, an echo, a mebibyte, the size of an upload.
 */

declare(strict_types=1);

use Nyholm\Psr7\Factory\Psr17Factory;
use Nyholm\Psr7\Response;
use Psr\Http\Message\ServerRequestInterface;
use RR\Psr7Worker;

require __DIR__ . '/../../php-src/autoload.php';
require 'Nyholm/Psr7/autoload.php';

$text = ['Content-Type' => 'text/plain'];
$mib = str_repeat('x', 1 << 20);

Psr7Worker::create(new Psr17Factory())->run(
    static fn (ServerRequestInterface $request): Response => match ($request->getUri()->getPath()) {
        '/echo' => new Response(200, $text, (string) $request->getBody()),
        '/mib' => new Response(200, $text, $mib),
        '/upload' => new Response(200, $text, (string) $request->getUploadedFiles()['file']->getSize()),
        default => new Response(200, $text, 'Hello, world!'),
    },
);

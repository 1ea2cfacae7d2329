<?php

/**
 * The measured application under php-fpm, as plain PHP: a greeting, an echo, a mebibyte.
 */

declare(strict_types=1);

header('Content-Type: text/plain');

echo match ($_SERVER['DOCUMENT_URI']) {
    '/echo' => file_get_contents('php://input'),
    '/mib' => str_repeat('x', 1 << 20),
    default => 'Hello, world!',
};

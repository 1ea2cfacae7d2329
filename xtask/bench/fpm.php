<?php

/**
 * The measured application under php-fpm, as plain PHP: a greeting, an echo, a mebibyte, the size of an upload.
 */

declare(strict_types=1);

header('Content-Type: text/plain');

echo match ($_SERVER['DOCUMENT_URI']) {
    '/echo' => file_get_contents('php://input'),
    '/upload' => $_FILES['file']['size'] ?? 0,
    '/mib' => str_repeat('x', 1 << 20),
    default => 'Hello, world!',
};

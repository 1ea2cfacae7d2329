<?php

/**
 * Loads the library, the tests' own classes and, where Debian's packages are installed, the PSR-7 libraries.
 */

declare(strict_types=1);

require __DIR__ . '/../autoload.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'RR\\Tests\\')) {
        $file = __DIR__ . strtr(substr($class, 8), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    }
});

foreach (['Nyholm/Psr7', 'GuzzleHttp/Psr7'] as $library) {
    $file = stream_resolve_include_path("$library/autoload.php");
    if ($file !== false) {
        require_once $file;
    }
}

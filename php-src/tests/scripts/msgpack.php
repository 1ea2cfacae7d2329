<?php

/**
 * What happens to the MessagePack codec without its extension: to be run with `php -n`.
 */

declare(strict_types=1);

use RR\Rpc\Codec;

require __DIR__ . '/../../autoload.php';

try {
    Codec::Msgpack->encode([1]);
} catch (Throwable $e) {
    echo $e::class, ': ', $e->getMessage(), "\n";
}

<?php

declare(strict_types=1);

namespace RR;

/**
 * A task of the server, or a worker's answer to it: a body, a context that describes it, and their encoding.
 */
final class Payload
{
    /**
     * @param string $body    the work itself, such as the body of a request
     * @param string $context what the plugin says about the body, such as method and headers
     * @param int    $codec   how the context is encoded: one of the codec flags of {@see Frame}, 0 for none
     */
    public function __construct(
        public readonly string $body,
        public readonly string $context = '',
        public readonly int $codec = 0,
    ) {
    }
}

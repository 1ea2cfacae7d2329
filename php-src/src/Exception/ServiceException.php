<?php

declare(strict_types=1);

namespace RR\Exception;

/**
 * The server answered a call with an error. The connection is fine.
 */
final class ServiceException extends \RuntimeException
{
    /**
     * @param string $error   the server's own text
     * @param string $method  the method that was called, `service.Method`
     * @param string $address where the server listens
     */
    public function __construct(
        public readonly string $error,
        public readonly string $method,
        public readonly string $address,
    ) {
        parent::__construct("$method on $address: $error");
    }
}

<?php

declare(strict_types=1);

namespace RR\Client;

/**
 * How a service is.
 */
final class Health
{
    /**
     * @param int    $code    as of HTTP: 200, or the configured `status.unavailable_status_code`
     * @param string $message what is wrong, if something is
     */
    public function __construct(public readonly int $code, public readonly string $message)
    {
    }

    public function isFine(): bool
    {
        return $this->code === 200;
    }
}

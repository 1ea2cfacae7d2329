<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * How the services of the server are: the service `status`.
 */
final class Status
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /**
     * Whether a service works.
     *
     * @throws ServiceException no service of that name tells
     * @throws RelayException   no connection, or it broke
     * @throws CodecException   the result cannot be read
     */
    public function health(string $plugin): Health
    {
        return $this->ask('status.Status', $plugin);
    }

    /**
     * Whether a service can take a request now.
     *
     * @throws ServiceException no service of that name tells
     * @throws RelayException   no connection, or it broke
     * @throws CodecException   the result cannot be read
     */
    public function readiness(string $plugin): Health
    {
        return $this->ask('status.Ready', $plugin);
    }

    private function ask(string $method, string $plugin): Health
    {
        $fields = Proto::read($this->rpc->call($method, Proto::bytes(1, $plugin), Codec::Proto));

        return new Health((int) ($fields[1] ?? 0), (string) ($fields[2] ?? ''));
    }
}

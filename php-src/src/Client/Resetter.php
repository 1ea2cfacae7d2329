<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * Replaces workers, after a deployment for example: the service `resetter`.
 */
final class Resetter
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /**
     * @return list<string> names of the services that can be reset
     *
     * @throws ServiceException the server does not tell
     * @throws RelayException   no connection, or it broke
     * @throws CodecException   the result cannot be read
     */
    public function services(): array
    {
        return $this->rpc->call('resetter.List', true, Codec::Json);
    }

    /**
     * Replaces all workers of a service and returns when that is done. A worker that resets its own service waits
     * for itself: leave that to others, or do not wait ({@see Rpc::callAsync()}).
     *
     * @throws ServiceException no such service, or its new workers do not boot; then the old ones stay
     * @throws RelayException   no connection, or it broke
     * @throws CodecException   the result cannot be read
     */
    public function reset(string $service): void
    {
        $this->rpc->call('resetter.Reset', $service, Codec::Json);
    }
}

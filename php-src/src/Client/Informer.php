<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * The workers of the server: the service `informer`.
 *
 * All methods throw {@see ServiceException}, {@see RelayException} and {@see CodecException} as {@see Rpc::call()} does.
 */
final class Informer
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /** @return list<string> names of the services with workers */
    public function services(): array
    {
        return $this->rpc->call('informer.List', true, Codec::Json);
    }

    /** @return list<WorkerInfo>|null null if the service has no workers or is not there */
    public function workers(string $service): ?array
    {
        $workers = $this->rpc->call('informer.Workers', $service, Codec::Json)['workers'];

        return $workers === null ? null : array_map(WorkerInfo::of(...), $workers);
    }

    /**
     * How busy the workers of a service are; times in seconds.
     *
     * @return array{workers: int, idle: int, waiting: int, longestWait: float, waited: int, waitTime: float,
     *               refused: int, repeated: int}
     */
    public function load(string $service): array
    {
        return $this->rpc->call('informer.Load', $service, Codec::Json);
    }

    /** Boots one more worker; returns when it is there. */
    public function addWorker(string $service): void
    {
        $this->rpc->call('informer.AddWorker', $service, Codec::Json);
    }

    /** Takes one worker away, when it is idle; the last one stays. */
    public function removeWorker(string $service): void
    {
        $this->rpc->call('informer.RemoveWorker', $service, Codec::Json);
    }
}

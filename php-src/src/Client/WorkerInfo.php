<?php

declare(strict_types=1);

namespace RR\Client;

/**
 * A worker as the server knows it.
 */
final class WorkerInfo
{
    /**
     * @param string  $status     `ready`, `working`, `invalid` and others
     * @param int     $executions tasks so far
     * @param float   $created    Unix time in seconds
     * @param int     $memory     bytes
     * @param float   $cpuPercent of one CPU, over its life
     * @param ?string $doing      what it is at, such as `GET /cart`; null while it is idle
     * @param ?float  $doingFor   seconds it has been at it
     */
    public function __construct(
        public readonly int $pid,
        public readonly string $status,
        public readonly int $executions,
        public readonly float $created,
        public readonly int $memory,
        public readonly float $cpuPercent,
        public readonly string $command = '',
        public readonly ?string $doing = null,
        public readonly ?float $doingFor = null,
    ) {
    }

    /**
     * @internal
     *
     * @param array<string, mixed> $worker
     */
    public static function of(array $worker): self
    {
        return new self(
            $worker['pid'],
            $worker['statusStr'],
            $worker['numExecs'],
            $worker['created'] / 1e9,
            $worker['memoryUsage'],
            (float) $worker['CPUPercent'],
            $worker['command'],
            $worker['doing']['what'] ?? null,
            isset($worker['doing']) ? (float) $worker['doing']['since'] : null,
        );
    }
}

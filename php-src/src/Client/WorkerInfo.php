<?php

declare(strict_types=1);

namespace RR\Client;

/**
 * A worker as the server knows it.
 */
final class WorkerInfo
{
    /**
     * @param string $status     `ready`, `working`, `invalid` and others
     * @param int    $executions tasks so far
     * @param float  $created    Unix time in seconds
     * @param int    $memory     bytes
     * @param float  $cpuPercent of one CPU, over its life
     */
    public function __construct(
        public readonly int $pid,
        public readonly string $status,
        public readonly int $executions,
        public readonly float $created,
        public readonly int $memory,
        public readonly float $cpuPercent,
        public readonly string $command = '',
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
        );
    }
}

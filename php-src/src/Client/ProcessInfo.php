<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;

/**
 * A process of a program, as the server knows it.
 */
final class ProcessInfo
{
    /**
     * @param int         $pid        0 if it does not run
     * @param int         $memory     bytes
     * @param float       $cpuPercent of one CPU, over its life
     * @param string|null $fault      why it does not run; null if it does
     */
    public function __construct(
        public readonly int $pid,
        public readonly string $command,
        public readonly int $memory,
        public readonly float $cpuPercent,
        public readonly ?string $fault = null,
    ) {
    }

    /**
     * @internal
     *
     * @throws CodecException
     */
    public static function of(string $status): self
    {
        $fields = Proto::read($status);
        $fault = isset($fields[5]) ? (string) (Proto::read((string) $fields[5])[2] ?? '') : null;

        return new self(
            (int) ($fields[2] ?? 0),
            (string) ($fields[4] ?? ''),
            (int) ($fields[3] ?? 0),
            Proto::float((string) ($fields[1] ?? "\0\0\0\0")),
            $fault,
        );
    }
}

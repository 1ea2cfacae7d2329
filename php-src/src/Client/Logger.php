<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;
use Stringable;

/**
 * The server's log, under the logger `app`: the service `app`.
 *
 * Values of a context become texts: others than scalars and `Stringable` as JSON. All methods throw
 * {@see ServiceException}, {@see RelayException} and {@see CodecException} as {@see Rpc::call()} does.
 */
final class Logger
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /** @param array<string, mixed> $context */
    public function error(string|Stringable $message, array $context = []): void
    {
        $this->record('Error', (string) $message, $context);
    }

    /** @param array<string, mixed> $context */
    public function warning(string|Stringable $message, array $context = []): void
    {
        $this->record('Warning', (string) $message, $context);
    }

    /** @param array<string, mixed> $context */
    public function info(string|Stringable $message, array $context = []): void
    {
        $this->record('Info', (string) $message, $context);
    }

    /** @param array<string, mixed> $context */
    public function debug(string|Stringable $message, array $context = []): void
    {
        $this->record('Debug', (string) $message, $context);
    }

    /**
     * Writes a text to the server's stderr as it is: no time, no level, no end of line. A context follows as
     * `key:value,key:value`.
     *
     * @param array<string, mixed> $context
     */
    public function write(string|Stringable $text, array $context = []): void
    {
        $this->record('Log', (string) $text, $context);
    }

    /** @param array<string, mixed> $context */
    private function record(string $level, string $message, array $context): void
    {
        if ($context === []) {
            $this->rpc->call("app.$level", $message, Codec::Json);

            return;
        }
        $entry = Proto::bytes(1, $message);
        foreach ($context as $key => $value) {
            $entry .= Proto::bytes(2, Proto::bytes(1, (string) $key) . Proto::bytes(2, self::text($value)));
        }
        $this->rpc->call("app.{$level}WithContext", $entry, Codec::Proto);
    }

    private static function text(mixed $value): string
    {
        return match (true) {
            is_bool($value) => $value ? 'true' : 'false',
            is_scalar($value), $value instanceof Stringable => (string) $value,
            default => Codec::Json->encode($value),
        };
    }
}

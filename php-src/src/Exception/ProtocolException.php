<?php

declare(strict_types=1);

namespace RR\Exception;

use RR\Frame;

/**
 * The bytes on a connection are not what the protocol allows. The connection cannot be used any more.
 */
final class ProtocolException extends RelayException
{
    /** @internal */
    public static function garbage(string $address, string $bytes): self
    {
        $shown = addcslashes(substr($bytes, 0, 64), "\0..\37\"\\\177..\377");

        return new self("broken frame on `$address`: the checksum of its header is wrong; it begins with \"$shown\"");
    }

    /** @internal */
    public static function headerLength(string $address, int $words): self
    {
        $most = 3 + Frame::MAX_OPTIONS;

        return new self("broken frame on `$address`: a header of $words words, expected 3 to $most");
    }

    /** @internal */
    public static function headLength(string $address, int $head, int $payload): self
    {
        return new self("broken frame on `$address`: the first part has $head bytes, the whole payload only $payload");
    }

    /** @internal */
    public static function unexpected(int $flags, int $options, string $body): self
    {
        $shown = addcslashes(substr($body, 0, 64), "\0..\37\"\\\177..\377");

        return new self(sprintf(
            'unexpected frame from the server: flags 0x%02x, %d options, body "%s"; expected a task with one option, '
            . 'or a `pid` or `stop` command',
            $flags,
            $options,
            $shown,
        ));
    }

    /** @internal */
    public static function unsendable(int $options, int $length): self
    {
        return new self(sprintf(
            'a frame carries at most %d options and %d bytes: got %d options and %d bytes',
            Frame::MAX_OPTIONS,
            Frame::MAX_PAYLOAD,
            $options,
            $length,
        ));
    }
}

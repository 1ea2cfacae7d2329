<?php

declare(strict_types=1);

namespace RR\Http;

use RR\Exception\CodecException;

use function chr;
use function implode;
use function min;
use function ord;
use function strlen;
use function substr;

/**
 * The protobuf form of request and response contexts: messages `Request` and `Response` of package `http.v1`.
 *
 * Written by hand for these two messages; unknown fields are skipped, as protobuf asks.
 */
final class ProtoContext
{
    /** Tags (field number and wire type) of `Request`. */
    private const REMOTE_ADDR = 0x0A;
    private const PROTOCOL = 0x12;
    private const METHOD = 0x1A;
    private const URI = 0x22;
    private const HEADER = 0x2A;
    private const COOKIES = 0x32;
    private const RAW_QUERY = 0x3A;
    private const PARSED = 0x40;
    private const UPLOADS = 0x4A;
    private const ATTRIBUTES = 0x52;

    /** Tags of a map entry and of `HeaderValue`. */
    private const KEY = 0x0A;
    private const VALUE = 0x12;
    private const ITEM = 0x0A;

    /** The wire type of strings, bytes and messages: a length and that many bytes. */
    private const LENGTH = 2;

    /** Follows the message, so that a number cut off at its end is not read beyond the string. */
    private const MARGIN = "\0\0\0\0";

    /**
     * @throws CodecException
     */
    public static function decode(string $context, string $body): Request
    {
        $remoteAddr = $protocol = $method = $uri = $rawQuery = '';
        $headers = $cookies = $attributes = [];
        $uploads = null;
        $parsed = false;

        $at = 0;
        $end = strlen($context);
        $context .= self::MARGIN;
        while ($at < $end) {
            // Most numbers are one byte long: only others are worth a call.
            $tag = ord($context[$at++]);
            if ($tag > 0x7F) {
                $tag = self::varint($context, $at, $tag);
            }
            if (($tag & 7) !== self::LENGTH) {
                $parsed = $tag === self::PARSED ? $context[$at] !== "\0" : $parsed;
                $at = self::skip($context, $at, $tag & 7);
                continue;
            }
            $size = ord($context[$at++]);
            if ($size > 0x7F) {
                $size = self::varint($context, $at, $size);
            }
            $from = $at;
            $at += $size;
            if ($at > $end) {
                throw self::malformed();
            }
            switch ($tag) {
                case self::HEADER:
                    self::entry($context, $from, $at, $headers);
                    break;
                case self::COOKIES:
                    self::entry($context, $from, $at, $cookies);
                    break;
                case self::ATTRIBUTES:
                    self::entry($context, $from, $at, $attributes);
                    break;
                case self::METHOD:
                    $method = substr($context, $from, $size);
                    break;
                case self::URI:
                    $uri = substr($context, $from, $size);
                    break;
                case self::RAW_QUERY:
                    $rawQuery = substr($context, $from, $size);
                    break;
                case self::REMOTE_ADDR:
                    $remoteAddr = substr($context, $from, $size);
                    break;
                case self::PROTOCOL:
                    $protocol = substr($context, $from, $size);
                    break;
                case self::UPLOADS:
                    $uploads = substr($context, $from, $size);
                    break;
            }
        }
        if ($at > $end || $method === '' || $uri === '') {
            throw self::malformed();
        }
        foreach ($cookies as $name => $values) {
            $cookies[$name] = implode(',', $values);
        }

        return new Request(
            $method,
            $uri,
            $headers,
            $cookies,
            $rawQuery,
            $body,
            $parsed,
            $attributes,
            $attributes['ipAddress'][0] ?? $remoteAddr,
            $protocol,
            $uploads,
        );
    }

    /**
     * @param array<string, list<string>> $headers
     */
    public static function encode(int $status, array $headers): string
    {
        $out = "\x08" . self::number($status);
        foreach ($headers as $name => $values) {
            $name = (string) $name;
            $items = '';
            foreach ($values as $value) {
                $items .= "\x0A" . self::number(strlen($value)) . $value;
            }
            $entry = "\x0A" . self::number(strlen($name)) . $name . "\x12" . self::number(strlen($items)) . $items;
            $out .= "\x12" . self::number(strlen($entry)) . $entry;
        }

        return $out;
    }

    /**
     * Reads one entry of a `map<string, HeaderValue>` into `$map`.
     *
     * @param array<string, list<string>> $map
     */
    private static function entry(string $bytes, int $at, int $end, array &$map): void
    {
        $key = '';
        $values = [];
        while ($at < $end) {
            $tag = ord($bytes[$at++]);
            if ($tag > 0x7F) {
                $tag = self::varint($bytes, $at, $tag);
            }
            if (($tag & 7) !== self::LENGTH) {
                $at = self::skip($bytes, $at, $tag & 7);
                continue;
            }
            $size = ord($bytes[$at++]);
            if ($size > 0x7F) {
                $size = self::varint($bytes, $at, $size);
            }
            $from = $at;
            $at += $size;
            if ($at > $end) {
                throw self::malformed();
            }
            if ($tag === self::KEY) {
                $key = substr($bytes, $from, $size);
            } elseif ($tag === self::VALUE) {
                $values = self::items($bytes, $from, $at);
            }
        }
        if ($at > $end) {
            throw self::malformed();
        }
        $map[$key] = $values;
    }

    /**
     * Reads a `HeaderValue`.
     *
     * @return list<string>
     */
    private static function items(string $bytes, int $at, int $end): array
    {
        $items = [];
        while ($at < $end) {
            $tag = ord($bytes[$at++]);
            if ($tag !== self::ITEM) {
                $at = self::skip($bytes, $at, $tag & 7);
                continue;
            }
            $size = ord($bytes[$at++]);
            if ($size > 0x7F) {
                $size = self::varint($bytes, $at, $size);
            }
            $items[] = substr($bytes, $at, $size);
            $at += $size;
        }

        return $at === $end ? $items : throw self::malformed();
    }

    /** The number whose first byte is `$value` and whose next one is at `$at`; moves `$at` behind it. */
    private static function varint(string $bytes, int &$at, int $value): int
    {
        $value &= 0x7F;
        for ($shift = 7; $shift < 70; $shift += 7) {
            $byte = ord($bytes[$at++]);
            $value |= ($byte & 0x7F) << $shift;
            if ($byte < 0x80) {
                return $value & PHP_INT_MAX; // no field that we read is negative
            }
        }

        throw self::malformed();
    }

    /** Where a field ends that we do not know; `$at` is behind its tag. */
    private static function skip(string $bytes, int $at, int $wireType): int
    {
        if ($wireType === 1) {
            return $at + 8;
        }
        if ($wireType === 5) {
            return $at + 4;
        }
        if ($wireType !== 0 && $wireType !== self::LENGTH) {
            throw self::malformed();
        }
        $number = ord($bytes[$at++]);
        if ($number > 0x7F) {
            $number = self::varint($bytes, $at, $number);
        }

        return $wireType === 0 ? $at : $at + min($number, strlen($bytes));
    }

    /** A varint of a number that is not negative. */
    private static function number(int $value): string
    {
        $bytes = '';
        for (; $value > 0x7F; $value >>= 7) {
            $bytes .= chr($value & 0x7F | 0x80);
        }

        return $bytes . chr($value);
    }

    private static function malformed(): CodecException
    {
        return new CodecException('the server sent a broken request: malformed protobuf, or no method or uri in it');
    }
}

<?php

declare(strict_types=1);

namespace RR\Http;

use JsonException;
use RR\Exception\CodecException;
use TypeError;

use function is_array;
use function json_decode;
use function json_encode;

/**
 * The JSON form of request and response contexts.
 */
final class JsonContext
{
    /**
     * @throws CodecException
     */
    public static function decode(string $context, string $body): Request
    {
        try {
            $c = json_decode($context, true, 512, JSON_THROW_ON_ERROR);
            if (!isset($c['method'], $c['uri'], $c['remoteAddr'], $c['protocol'], $c['rawQuery'], $c['parsed'])) {
                throw new CodecException('the server sent an incomplete request: no ' . self::missing($c));
            }
            $attributes = $c['attributes'] ?? [];
            foreach ($attributes as $name => $values) {
                if (!is_array($values) || !array_is_list($values)) {
                    $attributes[$name] = [$values]; // a single value, of whatever type
                }
            }

            return new Request(
                $c['method'],
                $c['uri'],
                $c['headers'] ?? [],
                $c['cookies'] ?? [],
                $c['rawQuery'],
                $body,
                $c['parsed'],
                $attributes,
                $attributes['ipAddress'][0] ?? $c['remoteAddr'],
                $c['protocol'],
                $c['uploads'] ?? null,
            );
        } catch (JsonException | TypeError $e) {
            throw new CodecException("the server sent a broken request: {$e->getMessage()}", 0, $e);
        }
    }

    /**
     * @param array<string, list<string>> $headers
     *
     * @throws CodecException a header is not UTF-8
     */
    public static function encode(int $status, array $headers): string
    {
        if ($headers === []) {
            return '{"status":' . $status . ',"headers":{}}';
        }
        $json = json_encode($headers, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        if ($json === false) {
            throw new CodecException(
                'headers cannot be sent: ' . json_last_error_msg() . '; write other bytes as rawurlencode() does',
            );
        }

        return '{"status":' . $status . ',"headers":' . $json . '}';
    }

    /** The first key that a request must have and this one has not. */
    private static function missing(mixed $context): string
    {
        foreach (['method', 'uri', 'remoteAddr', 'protocol', 'rawQuery'] as $key) {
            if (!isset($context[$key])) {
                return "`$key`";
            }
        }

        return '`parsed`';
    }
}

<?php

declare(strict_types=1);

namespace RR\Rpc;

use JsonException;
use RR\Exception\CodecException;

/**
 * How the argument and the result of a call are written. The values are the codec flags of {@see \RR\Frame}.
 */
enum Codec: int
{
    /** Any value; objects come back as arrays. */
    case Json = 0x08;

    /** Strings of bytes, untouched. */
    case Raw = 0x04;

    /** Any value; needs the extension `msgpack`. */
    case Msgpack = 0x10;

    /** Messages with `serializeToString()` and `mergeFromString()`, or their bytes. */
    case Proto = 0x80;

    /**
     * @throws CodecException
     */
    public function encode(mixed $argument): string
    {
        return match ($this) {
            self::Json => self::toJson($argument),
            self::Raw => is_string($argument) || $argument === null
                ? (string) $argument
                : throw self::wrongArgument('raw', 'a string', $argument),
            self::Msgpack => self::hasMsgpack() ? msgpack_pack($argument) : throw self::noMsgpack(),
            self::Proto => self::toProto($argument),
        };
    }

    /**
     * @param object|null $into message to fill with the result, protobuf only
     *
     * @return mixed the result; `$into`, if given
     *
     * @throws CodecException
     */
    public function decode(string $result, ?object $into = null): mixed
    {
        return match ($this) {
            self::Json => self::fromJson($result),
            self::Raw => $result,
            self::Msgpack => self::hasMsgpack() ? self::fromMsgpack($result) : throw self::noMsgpack(),
            self::Proto => $into === null ? $result : self::fromProto($result, $into),
        };
    }

    private static function toJson(mixed $argument): string
    {
        try {
            return json_encode($argument, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        } catch (JsonException $e) {
            throw new CodecException("the argument cannot be written as JSON: {$e->getMessage()}", 0, $e);
        }
    }

    private static function fromJson(string $result): mixed
    {
        try {
            return $result === '' ? null : json_decode($result, true, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        } catch (JsonException $e) {
            throw new CodecException("the result is no JSON: {$e->getMessage()}", 0, $e);
        }
    }

    private static function fromMsgpack(string $result): mixed
    {
        if ($result === '') {
            return null;
        }
        $value = @msgpack_unpack($result);
        if ($value === false && $result !== "\xC2") {
            throw new CodecException('the result is no MessagePack');
        }

        return $value;
    }

    private static function toProto(mixed $argument): string
    {
        if (is_object($argument) && method_exists($argument, 'serializeToString')) {
            return $argument->serializeToString();
        }

        return is_string($argument) || $argument === null
            ? (string) $argument
            : throw self::wrongArgument('protobuf', 'a string or a message', $argument);
    }

    private static function fromProto(string $result, object $into): object
    {
        if (!method_exists($into, 'mergeFromString')) {
            throw new CodecException($into::class . ' is no protobuf message: it has no mergeFromString()');
        }
        $into->mergeFromString($result);

        return $into;
    }

    private static function hasMsgpack(): bool
    {
        return function_exists('msgpack_pack');
    }

    private static function noMsgpack(): CodecException
    {
        return new CodecException('the MessagePack codec needs the PHP extension `msgpack`: install it, or use JSON');
    }

    private static function wrongArgument(string $codec, string $expected, mixed $argument): CodecException
    {
        return new CodecException("the $codec codec takes $expected: got " . get_debug_type($argument));
    }
}

<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;

/**
 * The little of protobuf that flat messages need, so that no extension and no generated code is wanted.
 *
 * @internal
 */
final class Proto
{
    private const VARINT = 0;
    private const FIXED64 = 1;
    private const LENGTH = 2;
    private const FIXED32 = 5;

    /** A string, bytes or a message; none where the value is null. */
    public static function bytes(int $field, ?string $value): string
    {
        return $value === null ? '' : self::varint($field << 3 | self::LENGTH) . self::varint(strlen($value)) . $value;
    }

    /** An integer; none where the value is null. */
    public static function integer(int $field, ?int $value): string
    {
        return $value === null ? '' : self::varint($field << 3 | self::VARINT) . self::varint($value);
    }

    /**
     * The fields of a message by their numbers; of a repeated one the last value.
     *
     * @return array<int, int|string>
     *
     * @throws CodecException
     */
    public static function read(string $message): array
    {
        $fields = [];
        foreach (self::fields($message) as [$field, $value]) {
            $fields[$field] = $value;
        }

        return $fields;
    }

    /**
     * All values of a repeated field.
     *
     * @return list<string>
     *
     * @throws CodecException
     */
    public static function each(string $message, int $field): array
    {
        $values = [];
        foreach (self::fields($message) as [$other, $value]) {
            if ($other === $field) {
                $values[] = (string) $value;
            }
        }

        return $values;
    }

    /**
     * The number in the four bytes of a field.
     *
     * @throws CodecException
     */
    public static function float(string $bytes): float
    {
        return strlen($bytes) === 4 ? unpack('g', $bytes)[1] : throw self::malformed();
    }

    /**
     * @return list<array{int, int|string}>
     *
     * @throws CodecException
     */
    private static function fields(string $message): array
    {
        $fields = [];
        for ($at = 0, $end = strlen($message); $at < $end;) {
            $tag = self::readVarint($message, $at);
            $size = match ($tag & 7) {
                self::VARINT => null,
                self::FIXED64 => 8,
                self::FIXED32 => 4,
                self::LENGTH => self::readVarint($message, $at),
                default => throw self::malformed(),
            };
            if ($size === null) {
                $fields[] = [$tag >> 3, self::readVarint($message, $at)];
                continue;
            }
            if ($size < 0 || $size > $end - $at) {
                throw self::malformed();
            }
            $fields[] = [$tag >> 3, substr($message, $at, $size)];
            $at += $size;
        }

        return $fields;
    }

    private static function varint(int $value): string
    {
        $bytes = '';
        while ($value < 0 || $value > 0x7F) {
            $bytes .= chr($value & 0x7F | 0x80);
            $value = $value >> 7 & PHP_INT_MAX >> 6;
        }

        return $bytes . chr($value);
    }

    private static function readVarint(string $bytes, int &$at): int
    {
        $value = 0;
        for ($shift = 0; $shift < 70 && isset($bytes[$at]); $shift += 7) {
            $byte = ord($bytes[$at++]);
            $value |= $shift < 64 ? ($byte & 0x7F) << $shift : 0;
            if ($byte < 0x80) {
                return $value;
            }
        }

        throw self::malformed();
    }

    private static function malformed(): CodecException
    {
        return new CodecException('the result is no protobuf message');
    }
}

<?php

declare(strict_types=1);

namespace RR\Tests\Support;

/**
 * A stream that hands out its bytes in pieces of chosen sizes, as a slow connection does.
 */
final class Dribble
{
    /** @var resource|null set by PHP */
    public $context;

    private static string $bytes = '';

    /** @var list<int> */
    private static array $pieces = [];

    /**
     * @param list<int> $pieces sizes, the last one repeated
     *
     * @return resource
     */
    public static function of(string $bytes, array $pieces)
    {
        if (!in_array('dribble', stream_get_wrappers(), true)) {
            stream_wrapper_register('dribble', self::class);
        }
        self::$bytes = $bytes;
        self::$pieces = $pieces;

        return fopen('dribble://', 'rb');
    }

    public function stream_open(): bool
    {
        return true;
    }

    public function stream_read(int $count): string
    {
        $size = min($count, count(self::$pieces) > 1 ? array_shift(self::$pieces) : self::$pieces[0]);
        $piece = substr(self::$bytes, 0, $size);
        self::$bytes = substr(self::$bytes, $size);

        return $piece;
    }

    public function stream_eof(): bool
    {
        return self::$bytes === '';
    }

    public function stream_set_option(): bool
    {
        return false;
    }
}

<?php

declare(strict_types=1);

namespace RR\Tests\Support;

/**
 * The recorded exchanges that all parts of rr are tested against.
 */
final class Vectors
{
    private const DIRECTORY = __DIR__ . '/../../../rr-core/tests/vectors/';

    /**
     * @return array<string, array<string, mixed>> vectors of one file by name, with their `bytes`
     */
    public static function of(string $file): array
    {
        $text = file_get_contents(self::DIRECTORY . $file . '.json');
        $vectors = [];
        foreach (json_decode($text, true, 512, JSON_THROW_ON_ERROR)['vectors'] as $vector) {
            $vectors[$vector['name']] = ['bytes' => hex2bin($vector['hex'])] + $vector;
        }

        return $vectors;
    }

    public static function bytes(string $file, string $name): string
    {
        return self::of($file)[$name]['bytes'];
    }
}

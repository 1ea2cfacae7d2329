<?php

declare(strict_types=1);

namespace RR;

use RR\Exception\RelayException;

/**
 * Keeps a worker's standard input and output for the protocol, and sends what PHP prints to standard error.
 *
 * Descriptors 0 and 1 are moved out of everyone's reach and replaced: 0 reads as empty, 1 is standard error. So
 * `echo`, fatal errors, `php://stdout` and the output of child processes cannot end up between two frames, and
 * nobody can read the server's bytes by accident. The price: the constants `STDIN` and `STDOUT` are closed
 * streams from then on. PHP has no other way to free a descriptor.
 */
final class Stdio
{
    /** @var array{resource, resource}|null */
    private static ?array $pipes = null;

    /** @var list<resource> what stands in for descriptors 0 and 1: closing it would free them again */
    private static array $standIns = [];

    private static bool $redirected = false;

    /**
     * The pipes to and from the server; the same pair each time.
     *
     * @return array{resource, resource}
     *
     * @throws RelayException standard input or output is closed, or is a terminal
     */
    public static function claim(): array
    {
        if (self::$pipes === null) {
            $in = @fopen('php://stdin', 'rb');
            $out = @fopen('php://stdout', 'wb');
            if ($in === false || $out === false) {
                throw new RelayException('standard input or output is closed: a worker on pipes needs both');
            }
            if (stream_isatty($in)) {
                throw new RelayException('standard input is a terminal: a worker is started by the server, with `serve`');
            }
            self::$pipes = [$in, $out];
            self::replaceDescriptors();
            self::redirectOutput();
        }

        return self::$pipes;
    }

    /**
     * Sends what PHP prints from now on to standard error, where the server logs it. Printing nothing to the SAPI
     * also keeps `headers_sent()` false, so that `header()` and sessions go on working after an `echo`.
     */
    public static function redirectOutput(): void
    {
        if (self::$redirected) {
            return;
        }
        self::$redirected = true;
        $err = fopen('php://stderr', 'wb');
        ob_start(static function (string $printed) use ($err): string {
            if ($printed !== '') {
                @fwrite($err, $printed);
            }

            return '';
        }, 1);
    }

    /** Gives the pipes up after a fork: they are the parent's. */
    public static function release(): void
    {
        array_map(fclose(...), self::$pipes ?? []);
        self::$pipes = null;
    }

    /** Writes a line to standard error, where the server logs it. */
    public static function report(string $text): void
    {
        @file_put_contents('php://stderr', $text . "\n");
    }

    /** A new descriptor takes the lowest free number: each stand-in is opened right after that number is freed. */
    private static function replaceDescriptors(): void
    {
        // Elsewhere the constants are missing or do not own the descriptors.
        if (PHP_SAPI !== 'cli' || !defined('STDOUT') || !is_resource(STDIN) || !is_resource(STDOUT)) {
            return;
        }
        $null = PHP_OS_FAMILY === 'Windows' ? 'NUL' : '/dev/null';
        fclose(STDIN);
        self::$standIns[] = @fopen($null, 'rb') ?: fopen('php://stderr', 'wb'); // `open_basedir` may forbid the first
        fclose(STDOUT);
        self::$standIns[] = @fopen('php://stderr', 'wb') ?: fopen($null, 'wb');
    }
}

<?php

declare(strict_types=1);

namespace RR\Http;

use RR\Exception\CodecException;

/**
 * What a handler of {@see \RR\HttpWorker::run()} answers.
 */
final class Response
{
    /**
     * @param int                                $status  200 to 599
     * @param string|iterable<string>            $body    an iterable is streamed: each chunk is sent when it is there
     * @param array<string, string|list<string>> $headers several values of a name go out as several lines
     */
    public function __construct(
        public readonly int $status = 200,
        public readonly string|iterable $body = '',
        public readonly array $headers = [],
    ) {
    }

    public static function text(string $text, int $status = 200): self
    {
        return new self($status, $text, ['Content-Type' => 'text/plain; charset=utf-8']);
    }

    public static function html(string $html, int $status = 200): self
    {
        return new self($status, $html, ['Content-Type' => 'text/html; charset=utf-8']);
    }

    /**
     * @throws CodecException the value cannot be written as JSON
     */
    public static function json(mixed $value, int $status = 200): self
    {
        $json = json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION);
        if ($json === false) {
            throw new CodecException('the response cannot be written as JSON: ' . json_last_error_msg());
        }

        return new self($status, $json, ['Content-Type' => 'application/json']);
    }
}

<?php

declare(strict_types=1);

namespace RR;

use InvalidArgumentException;
use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Http\JsonContext;
use RR\Http\ProtoContext;
use RR\Http\Request;
use RR\Http\Response;
use UnexpectedValueException;

use function count;
use function is_array;
use function is_int;
use function is_string;

/**
 * Takes HTTP requests from the server and answers them.
 *
 * Reads contexts in JSON and in protobuf, and answers each request in the encoding it came in.
 */
final class HttpWorker
{
    /** Encoding of the request in hand. */
    private int $codec = Frame::JSON;

    public function __construct(public readonly Worker $worker)
    {
    }

    /**
     * The worker of this process; call it first in a script, see {@see Worker::create()}.
     *
     * @throws RelayException
     */
    public static function create(?Environment $environment = null): self
    {
        return new self(Worker::create($environment));
    }

    /**
     * Serves requests until the server asks to stop.
     *
     * The handler returns what to answer: a {@see Response}, a string (200, HTML), or null if it called
     * {@see respond()} or {@see stream()} itself. What it throws becomes an error of that request alone. What it
     * returns after `$worker->stop()` is dropped: another worker answers then.
     *
     * @param callable(Request): (Response|string|null) $handler
     *
     * @throws RelayException the connection broke: let the process end
     */
    public function run(callable $handler): void
    {
        $this->worker->serve($this->receive(...), function (Request $request) use ($handler): void {
            $answer = $handler($request);
            if ($this->worker->hasHandedBack()) {
                return;
            }
            if (is_string($answer)) {
                $answer = Response::html($answer);
            }
            if ($answer instanceof Response) {
                is_string($answer->body)
                    ? $this->respond($answer->status, $answer->body, $answer->headers)
                    : $this->stream($answer->status, $answer->body, $answer->headers);
            } elseif ($answer !== null) {
                $type = get_debug_type($answer);
                throw new UnexpectedValueException("the handler returned $type: expected a Response, a string or null");
            }
        });
    }

    /**
     * Waits for the next request.
     *
     * @return Request|null null: stop; let the script end
     *
     * @throws CodecException the request cannot be read: answer with `$worker->error()` and go on
     * @throws RelayException
     */
    public function receive(): ?Request
    {
        $payload = $this->worker->receive();
        if ($payload === null) {
            return null;
        }
        $this->codec = $payload->codec === 0 ? Frame::JSON : $payload->codec;

        return match ($this->codec) {
            Frame::JSON => JsonContext::decode($payload->context, $payload->body),
            Frame::PROTO => ProtoContext::decode($payload->context, $payload->body),
            default => throw new CodecException("a request came in codec {$this->codec}: expected JSON or protobuf"),
        };
    }

    /**
     * Answers the request.
     *
     * @param int                                $status  200 to 599
     * @param array<string, string|list<string>> $headers several values of a name go out as several lines
     *
     * @throws CodecException a header cannot be sent
     * @throws RelayException
     */
    public function respond(int $status, string $body = '', array $headers = []): void
    {
        self::assertFinal($status);
        $this->worker->respond(new Payload($body, $this->context($status, $headers), $this->codec));
    }

    /**
     * Answers the request with a body whose length is known, but which is not in one string.
     *
     * @param int                                $status  200 to 599
     * @param int                                $size    bytes of the body
     * @param iterable<string>                   $chunks  exactly so many bytes: the frame says it before they come
     * @param array<string, string|list<string>> $headers
     *
     * @throws CodecException a header cannot be sent
     * @throws RelayException also if `$chunks` are not `$size` bytes: let the process end
     */
    public function respondSized(int $status, int $size, iterable $chunks, array $headers = []): void
    {
        self::assertFinal($status);
        $this->worker->respondSized($size, $chunks, $this->context($status, $headers), $this->codec);
    }

    /**
     * Answers the request in parts, each sent as soon as `$chunks` yields it.
     *
     * @param int                                $status  200 to 599
     * @param iterable<string>                   $chunks
     * @param array<string, string|list<string>> $headers
     *
     * @return bool false: the client left before the end
     *
     * @throws CodecException a header cannot be sent
     * @throws RelayException
     */
    public function stream(int $status, iterable $chunks, array $headers = []): bool
    {
        self::assertFinal($status);

        return $this->worker->respondStream($chunks, $this->context($status, $headers), $this->codec);
    }

    /**
     * Hands over an interim response before the answer proper, such as 103 (Early Hints).
     *
     * Servers that send none, this project's among them so far, add its headers to the answer.
     *
     * @param int                                $status  102 to 199
     * @param array<string, string|list<string>> $headers of this response alone
     *
     * @throws CodecException a header cannot be sent
     * @throws RelayException
     */
    public function inform(int $status, array $headers = []): void
    {
        if ($status < 102 || $status > 199) {
            throw new InvalidArgumentException("an interim response has a status of 102 to 199: got $status");
        }
        $this->worker->respondPart(new Payload('', $this->context($status, $headers), $this->codec));
    }

    /**
     * @param array<string, string|list<string>> $headers
     */
    private function context(int $status, array $headers): string
    {
        foreach ($headers as $name => $values) {
            if (is_int($name)) {
                throw new CodecException("a header has no name: write ['Name' => 'value'], got key $name");
            }
            if (is_string($values)) {
                $headers[$name] = [$values];
            } elseif (!is_array($values) || count($values) !== 1 || !is_string($values[0] ?? null)) {
                // One string in a list, as PSR-7 has nearly all, stays as it is.
                $headers[$name] = array_map(strval(...), array_values((array) $values));
            }
        }

        return $this->codec === Frame::PROTO
            ? ProtoContext::encode($status, $headers)
            : JsonContext::encode($status, $headers);
    }

    private static function assertFinal(int $status): void
    {
        if ($status < 200 || $status > 599) {
            throw new InvalidArgumentException("a response has a status of 200 to 599: got $status");
        }
    }
}

<?php

declare(strict_types=1);

namespace RR;

use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestFactoryInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;
use Psr\Http\Message\UploadedFileFactoryInterface;
use Psr\Http\Message\UploadedFileInterface;
use RR\Exception\RelayException;
use RR\Http\Request;
use RR\Http\Upload;

use function count;
use function implode;
use function in_array;
use function is_int;
use function str_replace;
use function strtoupper;

/**
 * Takes HTTP requests as PSR-7 messages, made by any PSR-17 factories.
 *
 * Needs the interfaces of `psr/http-message` and `psr/http-factory`, nothing else.
 */
final class Psr7Worker
{
    /** Bodies up to this size go out in one frame; longer ones, or of unknown size, are streamed. */
    private const ONE_FRAME = 2 * 1024 * 1024;

    private const STREAM_CHUNK = 256 * 1024;

    /**
     * Bodies up to this size are copied into a string. Longer ones that lie in memory are sent by parts of it, each
     * written while it is in the processor's caches; strings of a megabyte come from the system, page by page.
     */
    private const COPY = 64 * 1024;

    /** @var array<string, mixed> what every request finds in its server parameters: the environment */
    private readonly array $server;

    public function __construct(
        public readonly HttpWorker $http,
        private readonly ServerRequestFactoryInterface $requests,
        private readonly StreamFactoryInterface $streams,
        private readonly UploadedFileFactoryInterface $files,
    ) {
        $this->server = $_SERVER;
    }

    /**
     * The worker of this process; call it first in a script, see {@see Worker::create()}.
     *
     * @template F of ServerRequestFactoryInterface&StreamFactoryInterface&UploadedFileFactoryInterface
     *
     * @param F $factory one object that is all three factories, such as `Nyholm\Psr7\Factory\Psr17Factory`
     *
     * @throws RelayException
     */
    public static function create(
        ServerRequestFactoryInterface&StreamFactoryInterface&UploadedFileFactoryInterface $factory,
        ?Environment $environment = null,
    ): self {
        return new self(HttpWorker::create($environment), $factory, $factory, $factory);
    }

    /**
     * Serves requests until the server asks to stop. What the handler throws becomes an error of that request alone.
     *
     * A PSR-15 handler goes in as `$handler->handle(...)`.
     *
     * @param callable(ServerRequestInterface): (ResponseInterface|null) $handler null: it called `respond()` itself
     *
     * @throws RelayException the connection broke: let the process end
     */
    public function run(callable $handler): void
    {
        $answer = function (ServerRequestInterface $request) use ($handler): void {
            $response = $handler($request);
            if ($response !== null && !$this->http->worker->hasHandedBack()) {
                $this->respond($response);
            }
        };
        $this->http->worker->serve($this->receive(...), $answer);
    }

    /**
     * Waits for the next request.
     *
     * @return ServerRequestInterface|null null: stop; let the script end
     *
     * @throws RelayException
     */
    public function receive(): ?ServerRequestInterface
    {
        $request = $this->http->receive();

        return $request === null ? null : $this->message($request);
    }

    /**
     * Answers the request; a status below 200 is sent as an interim response, before the answer proper.
     *
     * @throws RelayException
     */
    public function respond(ResponseInterface $response): void
    {
        $status = $response->getStatusCode();
        $headers = $response->getHeaders();
        if ($status < 200) {
            $this->http->inform($status, $headers);

            return;
        }
        $body = $response->getBody();
        $size = $body->getSize();
        if ($size === null || $size > self::ONE_FRAME) {
            $this->http->stream($status, self::chunks($body, self::STREAM_CHUNK), $headers);
        } elseif ($size > self::COPY && self::isInMemory($body)) {
            $this->http->respondSized($status, $size, self::chunks($body, self::COPY), $headers);
        } else {
            $this->http->respond($status, (string) $body, $headers);
        }
    }

    /** Whether it is sure to give as many bytes as it says it has. */
    private static function isInMemory(StreamInterface $body): bool
    {
        return $body->isSeekable() && in_array($body->getMetadata('stream_type'), ['TEMP', 'MEMORY'], true);
    }

    /** @return iterable<string> all of it, wherever it was left */
    private static function chunks(StreamInterface $body, int $size): iterable
    {
        if ($body->isSeekable()) {
            $body->rewind();
        }
        while (!$body->eof()) {
            yield $body->read($size);
        }
    }

    private function message(Request $request): ServerRequestInterface
    {
        $message = $this->requests->createServerRequest($request->method, $request->uri, $this->serverParams($request));
        if ($request->protocol !== 'HTTP/1.1') {
            $message = $message->withProtocolVersion(self::version($request->protocol));
        }
        foreach ($request->headers as $name => $values) {
            if (!is_int($name) && $name !== '') {
                $message = $message->withHeader($name, $values);
            }
        }
        if (!$message->hasHeader('Host') && $request->host() !== '') {
            $message = $message->withHeader('Host', $request->host());
        }
        if ($request->cookies !== []) {
            $message = $message->withCookieParams($request->cookies);
        }
        if ($request->rawQuery !== '') {
            $message = $message->withQueryParams($request->query());
        }
        if ($request->parsed) {
            $message = $message->withParsedBody($request->form());
        } elseif ($request->body !== '') {
            $message = $message->withBody($this->streams->createStream($request->body));
        }
        $uploads = $request->uploads();
        if ($uploads !== []) {
            $message = $message->withUploadedFiles($this->uploadedFiles($uploads));
        }
        foreach ($request->attributes as $name => $values) {
            $message = $message->withAttribute((string) $name, count($values) === 1 ? $values[0] : $values);
        }

        return $message;
    }

    /**
     * As CGI names them, over the environment of the process.
     *
     * @return array<string, mixed>
     */
    private function serverParams(Request $request): array
    {
        $time = microtime(true);
        $path = $request->path();
        $params = $this->server; // a copy: merging two arrays takes several times as long
        $params['REQUEST_METHOD'] = $request->method;
        $params['REQUEST_URI'] = $request->rawQuery === '' ? $path : "$path?{$request->rawQuery}";
        $params['QUERY_STRING'] = $request->rawQuery;
        $params['SERVER_PROTOCOL'] = $request->protocol;
        $params['REMOTE_ADDR'] = $request->remoteAddr;
        $params['REQUEST_TIME'] = (int) $time;
        $params['REQUEST_TIME_FLOAT'] = $time;
        $params['HTTP_HOST'] = $request->host();
        if (str_starts_with($request->uri, 'https:')) {
            $params['HTTPS'] = 'on';
        }
        foreach ($request->headers as $name => $values) {
            $key = str_replace('-', '_', strtoupper((string) $name));
            if ($key === 'PROXY') {
                continue; // a client could choose the proxy of libraries that read `HTTP_PROXY`
            }
            $bare = $key === 'CONTENT_TYPE' || $key === 'CONTENT_LENGTH';
            $params[$bare ? $key : "HTTP_$key"] = count($values) === 1 ? $values[0] : implode(', ', $values);
        }

        return $params;
    }

    /**
     * @param array<array-key, mixed> $uploads
     *
     * @return array<array-key, mixed>
     */
    private function uploadedFiles(array $uploads): array
    {
        foreach ($uploads as $name => $upload) {
            $uploads[$name] = $upload instanceof Upload ? $this->uploadedFile($upload) : $this->uploadedFiles($upload);
        }

        return $uploads;
    }

    private function uploadedFile(Upload $upload): UploadedFileInterface
    {
        return $this->files->createUploadedFile(
            $upload->isOk() ? $this->streams->createStreamFromFile($upload->path) : $this->streams->createStream(),
            $upload->size,
            $upload->error,
            $upload->name,
            $upload->type,
        );
    }

    /** `HTTP/2.0` is version `2` to PSR-7. */
    private static function version(string $protocol): string
    {
        return match ($protocol) {
            'HTTP/1.0' => '1.0',
            'HTTP/2.0', 'HTTP/2' => '2',
            'HTTP/3.0', 'HTTP/3' => '3',
            default => '1.1',
        };
    }
}

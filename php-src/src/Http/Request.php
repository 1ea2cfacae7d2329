<?php

declare(strict_types=1);

namespace RR\Http;

use JsonException;
use RR\Exception\CodecException;

/**
 * An HTTP request as the server received it. What costs time to parse is parsed when asked for.
 */
final class Request
{
    /** @var array<array-key, mixed>|null */
    private ?array $query = null;

    /** @var array<array-key, mixed>|null */
    private ?array $form = null;

    /** @var array<array-key, mixed>|null */
    private ?array $uploads = null;

    /** @var array<string, list<string>>|null */
    private ?array $lowerHeaders = null;

    /**
     * @param string                                $uri         absolute, escapes kept: `http://host/path?query`
     * @param array<string, list<string>>           $headers     names in canonical form; `Host` is not among them
     * @param array<string, string>                 $cookies     values decoded
     * @param string                                $rawQuery    without `?`
     * @param string                                $body        bytes as received; the form as JSON if `$parsed`
     * @param bool                                  $parsed      the server has parsed a form out of the body
     * @param array<string, list<mixed>>            $attributes  set by middleware of the server
     * @param string                                $remoteAddr  IP address of the client, without port
     * @param string                                $protocol    `HTTP/1.1`
     * @param array<array-key, mixed>|string|null   $uploadTree  tree of uploaded files, or its JSON text
     */
    public function __construct(
        public readonly string $method,
        public readonly string $uri,
        public readonly array $headers = [],
        public readonly array $cookies = [],
        public readonly string $rawQuery = '',
        public readonly string $body = '',
        public readonly bool $parsed = false,
        public readonly array $attributes = [],
        public readonly string $remoteAddr = '127.0.0.1',
        public readonly string $protocol = 'HTTP/1.1',
        private readonly array|string|null $uploadTree = null,
    ) {
    }

    /** Path of the URI, escapes kept, without query: `/a%20b`. */
    public function path(): string
    {
        [, $to] = $this->authority();
        $path = substr($this->uri, $to, strcspn($this->uri, '?#', $to));

        return $path === '' ? '/' : $path;
    }

    /** The name the client called the server by, with the port if it gave one. */
    public function host(): string
    {
        [$from, $to] = $this->authority();

        return substr($this->uri, $from, $to - $from);
    }

    /**
     * Parameters of the query, in PHP's usual reading: `a[b]=1` is `['a' => ['b' => '1']]`.
     *
     * @return array<array-key, mixed>
     */
    public function query(): array
    {
        if ($this->query === null) {
            parse_str($this->rawQuery, $this->query);
        }

        return $this->query;
    }

    /**
     * Fields of a form that the server parsed; null if the body is something else, see `$body` then.
     *
     * @return array<array-key, mixed>|null
     *
     * @throws CodecException
     */
    public function form(): ?array
    {
        if ($this->form === null && $this->parsed) {
            $this->form = $this->body === '' ? [] : self::tree($this->body, 'form');
        }

        return $this->form;
    }

    /**
     * Uploaded files under their field names: `f` is an {@see Upload}, `m[]` a list of them, `a[b]` nested arrays.
     *
     * @return array<array-key, mixed>
     *
     * @throws CodecException
     */
    public function uploads(): array
    {
        if ($this->uploads === null) {
            $tree = $this->uploadTree ?? [];
            if (is_string($tree)) {
                $tree = $tree === '' ? [] : self::tree($tree, 'uploads');
            }
            $this->uploads = self::files($tree);
        }

        return $this->uploads;
    }

    /** Values of a header in one line, whatever the case of its name; null if it was not sent. */
    public function header(string $name): ?string
    {
        $values = $this->headers[$name] ?? null;
        if ($values === null) {
            $this->lowerHeaders ??= array_change_key_case($this->headers);
            $values = $this->lowerHeaders[strtolower($name)] ?? null;
        }

        return $values === null ? null : implode(', ', $values);
    }

    public function cookie(string $name): ?string
    {
        return $this->cookies[$name] ?? null;
    }

    /** First value of an attribute: a string, or what else the server's middleware set. */
    public function attribute(string $name): mixed
    {
        return $this->attributes[$name][0] ?? null;
    }

    /**
     * Where `host:port` begins and ends in the URI.
     *
     * @return array{int, int}
     */
    private function authority(): array
    {
        $scheme = strpos($this->uri, '://');
        if ($scheme === false) {
            return [0, 0];
        }

        return [$scheme + 3, $scheme + 3 + strcspn($this->uri, '/?#', $scheme + 3)];
    }

    /**
     * @return array<array-key, mixed>
     */
    private static function tree(string $json, string $what): array
    {
        try {
            $tree = json_decode($json, true, 512, JSON_THROW_ON_ERROR);
        } catch (JsonException $e) {
            throw new CodecException("the server sent a broken $what tree: {$e->getMessage()}", 0, $e);
        }

        return is_array($tree) ? $tree : throw new CodecException("the server sent a broken $what tree: not an object");
    }

    /**
     * @param array<array-key, mixed> $tree
     *
     * @return array<array-key, mixed>
     */
    private static function files(array $tree): array
    {
        $files = [];
        foreach ($tree as $name => $node) {
            if (is_array($node)) {
                // A field may be called `name` itself: in a leaf it is text.
                $files[$name] = is_string($node['name'] ?? null) ? Upload::fromNode($node) : self::files($node);
            }
        }

        return $files;
    }
}

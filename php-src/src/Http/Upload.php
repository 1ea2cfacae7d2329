<?php

declare(strict_types=1);

namespace RR\Http;

use RuntimeException;

/**
 * An uploaded file. The server deletes its temporary file after the answer: move it to keep it.
 */
final class Upload
{
    /**
     * @param string $name  file name as the client gave it: never use it as a path
     * @param string $type  media type as the client gave it
     * @param int    $size  bytes
     * @param int    $error one of PHP's `UPLOAD_ERR_*`; 8 (`UPLOAD_ERR_EXTENSION`) if the extension is not allowed
     * @param string $path  temporary file, empty on error
     */
    public function __construct(
        public readonly string $name,
        public readonly string $type,
        public readonly int $size,
        public readonly int $error,
        public readonly string $path,
    ) {
    }

    public function isOk(): bool
    {
        return $this->error === UPLOAD_ERR_OK;
    }

    /**
     * Moves the file to `$path`, replacing what is there.
     *
     * @throws RuntimeException
     */
    public function moveTo(string $path): void
    {
        if (!$this->isOk()) {
            throw new RuntimeException("there is no file: the upload of `{$this->name}` failed, error {$this->error}");
        }
        if (!@rename($this->path, $path)) {
            $reason = error_get_last()['message'] ?? '';

            throw new RuntimeException("cannot move `{$this->path}` to `$path`: $reason");
        }
    }

    /**
     * @internal
     *
     * @param array<array-key, mixed> $node leaf of the tree that the server sends
     */
    public static function fromNode(array $node): self
    {
        return new self(
            (string) $node['name'],
            (string) ($node['mime'] ?? ''),
            (int) ($node['size'] ?? 0),
            (int) ($node['error'] ?? UPLOAD_ERR_OK),
            (string) ($node['tmpName'] ?? ''),
        );
    }
}

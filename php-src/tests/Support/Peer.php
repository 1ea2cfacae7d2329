<?php

declare(strict_types=1);

namespace RR\Tests\Support;

use RuntimeException;

/**
 * The other end of a relay, with a frame codec of its own and a deadline on every read: a test cannot hang.
 */
final class Peer
{
    private const DEADLINE = 10.0;

    private string $buffer = '';

    /**
     * @param resource $in
     * @param resource $out
     */
    public function __construct(private $in, private $out)
    {
        stream_set_blocking($in, false);
        stream_set_read_buffer($in, 0);
    }

    /**
     * @param list<int> $options
     */
    public static function frame(int $flags, array $options, string $payload, int $stream = 0): string
    {
        $start = pack('CCV', 0x13 + count($options), $flags, strlen($payload));

        return $start . pack('VCC', crc32($start), $stream, 0) . pack('V*', ...$options) . $payload;
    }

    public function write(string $bytes): void
    {
        while ($bytes !== '') {
            $sent = @fwrite($this->out, $bytes);
            if ($sent === false) {
                throw new RuntimeException('nobody reads what is written');
            }
            $bytes = substr($bytes, $sent);
        }
    }

    public function task(string $body, string $context = '', int $codec = 0): void
    {
        $this->write(self::frame($codec, [strlen($context)], $context . $body));
    }

    public function command(string $json): void
    {
        $this->write(self::frame(0x09, [], $json));
    }

    /**
     * @return array{flags: int, stream: int, options: list<int>, context: string, body: string, bytes: string}
     */
    public function read(): array
    {
        $this->want(12);
        $header = unpack('Cwords/Cflags/Vlength/Vcrc/Cstream/Creserved', $this->buffer);
        if (crc32(substr($this->buffer, 0, 6)) !== $header['crc']) {
            throw new RuntimeException('broken frame: ' . $this->shown());
        }
        $start = 4 * ($header['words'] & 15);
        $this->want($start + $header['length']);
        $options = array_values(unpack('V*', substr($this->buffer, 12, $start - 12)));
        $payload = substr($this->buffer, $start, $header['length']);
        $bytes = substr($this->buffer, 0, $start + $header['length']);
        $this->buffer = substr($this->buffer, $start + $header['length']);
        $split = $options === [] ? 0 : end($options);

        return [
            'flags' => $header['flags'],
            'stream' => $header['stream'],
            'options' => $options,
            'context' => substr($payload, 0, $split),
            'body' => substr($payload, $split),
            'bytes' => $bytes,
        ];
    }

    /** A line of text, without its end. */
    public function line(): string
    {
        while (($end = strpos($this->buffer, "\n")) === false) {
            $this->want(strlen($this->buffer) + 1);
        }
        $line = substr($this->buffer, 0, $end);
        $this->buffer = substr($this->buffer, $end + 1);

        return $line;
    }

    /** Everything up to the end of the connection. */
    public function rest(): string
    {
        while ($this->more()) {
        }
        $rest = $this->buffer;
        $this->buffer = '';

        return $rest;
    }

    public function close(): void
    {
        fclose($this->out);
    }

    private function want(int $size): void
    {
        while (strlen($this->buffer) < $size) {
            if (!$this->more()) {
                throw new RuntimeException('connection closed after ' . $this->shown());
            }
        }
    }

    private function shown(): string
    {
        return '"' . addcslashes(substr($this->buffer, 0, 200), "\0..\37\177..\377") . '"';
    }

    private function more(): bool
    {
        $until = microtime(true) + self::DEADLINE;
        while (($bytes = (string) fread($this->in, 1 << 20)) === '') {
            if (feof($this->in)) {
                return false;
            }
            $read = [$this->in];
            $none = null;
            if (microtime(true) > $until || stream_select($read, $none, $none, (int) self::DEADLINE) === 0) {
                throw new RuntimeException('nothing came within ' . self::DEADLINE . ' s');
            }
        }
        $this->buffer .= $bytes;

        return true;
    }
}

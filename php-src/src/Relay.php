<?php

declare(strict_types=1);

namespace RR;

use RR\Exception\ProtocolException;
use RR\Exception\RelayException;

use function array_values;
use function crc32;
use function fread;
use function fwrite;
use function min;
use function ord;
use function strlen;
use function substr;
use function unpack;

/**
 * Frames over a pair of streams: pipes, a unix socket or TCP. Knows bytes and frames, not what they mean.
 *
 * A small frame costs one read and one write call. After an exception the connection is unusable: the place
 * where the next frame begins is lost.
 */
final class Relay
{
    /** Bytes asked for at a time: what a pipe holds. Larger bodies are written on their own, not copied. */
    private const CHUNK = 65536;

    private const CONNECT_TRIES = 6;

    /** Seconds. */
    private const CONNECT_TIMEOUT = 10.0;

    /** What a read brought beyond the frame it was for. */
    private string $ahead = '';

    /** A frame is under way; still so afterwards: something threw, and nobody knows where the next frame begins. */
    private bool $torn = false;

    /**
     * @param resource $in       blocking stream to read frames from
     * @param resource $out      blocking stream to write frames to; may be the same
     * @param string   $address  for error messages
     * @param bool     $pollable whether {@see pending()} works: pipes on Windows cannot be asked
     */
    public function __construct(
        private $in,
        private $out,
        public readonly string $address,
        public readonly bool $pollable = true,
    ) {
        stream_set_read_buffer($in, 0);
    }

    /**
     * Opens the relay that `RR_RELAY` names.
     *
     * @throws RelayException
     */
    public static function open(string $address): self
    {
        return $address === 'pipes' ? self::pipes() : self::connect($address);
    }

    /** The pipes this process was started with; see {@see Stdio} for what happens to its input and output. */
    public static function pipes(): self
    {
        [$in, $out] = Stdio::claim();

        return new self($in, $out, 'pipes', PHP_OS_FAMILY !== 'Windows');
    }

    /**
     * Connects to a socket of the server.
     *
     * @param string     $address `tcp://host:port` or `unix:///path`
     * @param float|null $timeout seconds to wait for bytes of an answer; null: for ever
     *
     * @throws RelayException
     */
    public static function connect(string $address, ?float $timeout = null): self
    {
        if (!str_starts_with($address, 'tcp://') && !str_starts_with($address, 'unix://')) {
            throw new RelayException(
                "unknown address `$address`: expected `tcp://host:port` or `unix:///path` (a worker's may be `pipes`)",
            );
        }
        $target = str_replace('tcp://:', 'tcp://127.0.0.1:', $address);
        $options = stream_context_create(['socket' => ['tcp_nodelay' => true]]);
        for ($try = 1; true; ++$try) {
            $socket = @stream_socket_client($target, $code, $text, self::CONNECT_TIMEOUT, context: $options);
            if ($socket !== false) {
                break;
            }
            if ($try === self::CONNECT_TRIES) {
                throw new RelayException("cannot connect to `$address`: $text; is the server listening there?", $code);
            }
            // A unix socket refuses at once when many workers connect together: its queue is full.
            usleep(1000 << $try);
        }
        $timeout ??= -1.0;
        stream_set_timeout($socket, (int) $timeout, $timeout < 0 ? 0 : (int) (fmod($timeout, 1) * 1e6));

        return new self($socket, $socket, $address);
    }

    /**
     * Waits for the next frame.
     *
     * @return Frame|null null: the other side closed the connection between two frames
     *
     * @throws ProtocolException the bytes are no frame
     * @throws RelayException    the connection ended inside a frame
     */
    public function receive(): ?Frame
    {
        $this->begin();
        $buffer = $this->ahead;
        $this->ahead = '';
        if ($buffer === '' && ($buffer = $this->read(self::CHUNK)) === '') {
            $this->torn = false;

            return null;
        }
        if (strlen($buffer) < Frame::HEADER_SIZE) {
            $buffer = $this->fill($buffer, Frame::HEADER_SIZE);
        }
        [1 => $length, 2 => $crc] = unpack('V2', $buffer, 2);
        if (crc32(substr($buffer, 0, 6)) !== $crc) {
            throw ProtocolException::garbage($this->address, $buffer);
        }
        $words = ord($buffer[0]) & 0x0F;
        if ($words < 3 || $words > 3 + Frame::MAX_OPTIONS) {
            throw ProtocolException::headerLength($this->address, $words);
        }
        $flags = ord($buffer[1]);
        $stream = ord($buffer[10]);

        $start = 4 * $words;
        $options = [];
        $split = 0;
        if ($words > 3) {
            if (strlen($buffer) < $start) {
                $buffer = $this->fill($buffer, $start);
            }
            $options = $words === 4 // every task
                ? [unpack('V', $buffer, Frame::HEADER_SIZE)[1]]
                : array_values(unpack('V' . ($words - 3), $buffer, Frame::HEADER_SIZE));
            if ($words < 6) {
                $split = $options[$words - 4];
                if ($split > $length) {
                    throw ProtocolException::headLength($this->address, $split, $length);
                }
            }
        }

        // The body gets a string of its own before the rest of it arrives: large ones are never copied.
        if (strlen($buffer) < $start + $split) {
            $buffer = $this->fill($buffer, $start + $split);
        }
        $head = substr($buffer, $start, $split);
        $body = substr($buffer, $start + $split, $length - $split);
        $end = $start + $length;
        if (strlen($buffer) > $end) {
            $this->ahead = substr($buffer, $end);
        } elseif (strlen($buffer) < $end) {
            unset($buffer);
            $body = $this->fill($body, $length - $split);
        }
        $this->torn = false;

        return new Frame($flags, $body, $head, $options, $stream);
    }

    /**
     * Sends a frame.
     *
     * @throws RelayException the other side is gone
     */
    public function send(Frame $frame): void
    {
        $bytes = $frame->header() . $frame->head;
        $this->begin();
        if (strlen($frame->body) < self::CHUNK) {
            $this->write($bytes . $frame->body);
        } else {
            $this->write($bytes);
            $this->write($frame->body);
        }
        $this->torn = false;
    }

    /**
     * Sends a frame whose body comes in parts: nobody needs all of it in one string.
     *
     * @param Frame            $frame with no body of its own
     * @param int              $size  bytes of the body, which its header says before they come
     * @param iterable<string> $parts
     *
     * @throws RelayException the other side is gone, or `$parts` are not `$size` bytes
     */
    public function sendParts(Frame $frame, int $size, iterable $parts): void
    {
        $this->begin();
        $bytes = $frame->header($size) . $frame->head;
        $missing = $size;
        foreach ($parts as $part) {
            $missing -= strlen($part);
            if ($missing < 0) {
                break;
            }
            $this->write($bytes . $part);
            $bytes = '';
        }
        if ($missing !== 0) {
            throw new RelayException($missing < 0
                ? "a body of $size bytes was announced, and has more: the frame cannot be ended"
                : "a body of $size bytes was announced, and $missing are missing: the frame cannot be ended");
        }
        if ($bytes !== '') {
            $this->write($bytes); // there was no part
        }
        $this->torn = false;
    }

    /** Whether {@see receive()} would find something, be it only the end of the connection. Does not wait. */
    public function pending(): bool
    {
        if ($this->ahead !== '') {
            return true;
        }
        $read = [$this->in];
        $none = null;

        return @stream_select($read, $none, $none, 0) === 1;
    }

    private function begin(): void
    {
        if ($this->torn) {
            throw new RelayException("`{$this->address}` cannot be used any more: it broke in the middle of a frame");
        }
        $this->torn = true;
    }

    /** Reads on until `$bytes` has `$size` bytes, and no further. */
    private function fill(string $bytes, int $size): string
    {
        while (($missing = $size - strlen($bytes)) > 0) {
            $more = $this->read(min($missing, self::CHUNK));
            if ($more === '') {
                throw new RelayException("`{$this->address}` ended inside a frame: $missing more bytes expected");
            }
            $bytes .= $more;
        }

        return $bytes;
    }

    /** What is there, at most `$size` bytes; waits for the first. Empty: the other side closed the connection. */
    private function read(int $size): string
    {
        $bytes = @fread($this->in, $size);
        while ($bytes === '' || $bytes === false) {
            if (feof($this->in)) {
                return '';
            }
            if (stream_get_meta_data($this->in)['timed_out']) {
                throw new RelayException("no answer on `{$this->address}` in time");
            }
            // A signal came in between, or the stream does not block. Sleep until it has something.
            $read = [$this->in];
            $none = null;
            if (@stream_select($read, $none, $none, null) === false && fstat($this->in) === false) {
                throw new RelayException("`{$this->address}` cannot be read");
            }
            $bytes = @fread($this->in, $size);
        }

        return $bytes;
    }

    private function write(string $bytes): void
    {
        $sent = @fwrite($this->out, $bytes);
        while ($sent !== strlen($bytes)) {
            $bytes = substr($bytes, (int) $sent);
            $write = [$this->out];
            $none = null;
            // Interrupted, or full. If it still takes nothing when it says it has room, it is broken.
            $ready = @stream_select($none, $write, $none, null);
            $sent = @fwrite($this->out, $bytes);
            if (!$sent && ($ready !== false || fstat($this->out) === false)) {
                throw new RelayException("cannot write to `{$this->address}`: the other side is gone");
            }
        }
    }
}

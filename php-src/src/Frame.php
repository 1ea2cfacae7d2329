<?php

declare(strict_types=1);

namespace RR;

use RR\Exception\ProtocolException;

use function count;
use function crc32;
use function pack;
use function strlen;

/**
 * One goridge frame: flags, stream bits, options and a payload of two parts.
 *
 * On the wire a payload is one run of bytes. The last of one or two options says how many of them are the
 * *head* (the context of a task, the method of a call); the rest is the *body*. With no option, or with more
 * than two, all of it is body.
 *
 * Layout, numbers little-endian: version and header length in words (1 byte), flags (1), payload length (4),
 * CRC-32 of these six bytes (4), stream bits (1), reserved (1), options (4 each), payload.
 */
final class Frame
{
    /** A command about the connection itself: pid or stop. */
    public const CONTROL = 0x01;
    public const RAW = 0x04;
    public const JSON = 0x08;
    public const MSGPACK = 0x10;
    public const GOB = 0x20;
    /** The payload is the text of an error. */
    public const ERROR = 0x40;
    public const PROTO = 0x80;
    /** All flags that name the encoding of a payload. */
    public const CODECS = self::RAW | self::JSON | self::MSGPACK | self::GOB | self::PROTO;

    /** Stream bit: more frames of the same answer follow. */
    public const STREAM = 0x01;
    /** Stream bit: nobody wants the rest of this answer. */
    public const STOP = 0x02;
    /** Stream bit: please send a frame with `PONG`. */
    public const PING = 0x04;
    public const PONG = 0x08;

    /** Bytes of a header without options. */
    public const HEADER_SIZE = 12;
    public const MAX_OPTIONS = 10;
    public const MAX_PAYLOAD = 0xFFFFFFFF;

    /**
     * @param int       $flags   `CONTROL`, `ERROR` and codec flags, combined with OR
     * @param list<int> $options unsigned 32-bit words
     * @param int       $stream  stream bits, combined with OR
     */
    public function __construct(
        public readonly int $flags,
        public readonly string $body,
        public readonly string $head = '',
        public readonly array $options = [],
        public readonly int $stream = 0,
    ) {
    }

    /**
     * The bytes that go before the payload: header and options.
     *
     * @param int $more bytes of a body that follows beside this frame's own
     *
     * @throws ProtocolException too many options, or a payload longer than 32 bits can say
     */
    public function header(int $more = 0): string
    {
        $length = strlen($this->head) + strlen($this->body) + $more;
        $words = 3 + count($this->options);
        if ($words > 3 + self::MAX_OPTIONS || $length > self::MAX_PAYLOAD) {
            throw ProtocolException::unsendable(count($this->options), $length);
        }
        $covered = pack('CCV', 0x10 | $words, $this->flags, $length);

        return $covered . pack('VvV*', crc32($covered), $this->stream, ...$this->options);
    }
}
